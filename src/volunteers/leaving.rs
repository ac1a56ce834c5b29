//! What ends with a volunteer who leaves, or whose account is closed.

use serde_json::json;

use super::domain::{Volunteer, VolunteerStatus};
use super::store;
use crate::access::Work;
use crate::ids::{AccountId, VolunteerId};
use crate::organizations::{SkillSet, SlotSet};
use crate::platform::db::Tx;
use crate::platform::journal::Fact;
use crate::problem::Problem;

/// Himself as a volunteer, if the account is registered.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn id_of(tx: &mut Tx, account: AccountId) -> Result<Option<VolunteerId>, Problem> {
    store::id_of(tx, account).await
}

/// Declines whatever the volunteer was asked for, and ends his memberships.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn end_everything(work: &mut Work<'_>, id: VolunteerId) -> Result<(), Problem> {
    for asked in store::decline_all(work.tx, id, work.now).await? {
        work.record(declined(&asked, id));
    }
    store::end_memberships(work.tx, id, work.now).await
}

/// Puts out what is personal of a volunteer whose account is closed, whatever his status:
/// nothing is left but what his hours need, under a name that is nobody's.
///
/// # Errors
/// `changed_meanwhile` when somebody has changed him at the same time.
pub async fn erase(work: &mut Work<'_>, id: VolunteerId, name: &str) -> Result<(), Problem> {
    let Some(volunteer) = store::find(work.tx, id).await? else { return Ok(()) };
    end_everything(work, id).await?;
    store::ages::forget(work.tx, volunteer.account_id).await?;
    let erased = Volunteer {
        name: name.to_owned(),
        status: VolunteerStatus::Left,
        place: None,
        skills: SkillSet::default(),
        slots: SlotSet::default(),
        accepts_matching: false,
        updated_at: work.now,
        ..volunteer
    };
    store::save(work.tx, &erased).await?;
    if volunteer.status != VolunteerStatus::Left {
        work.record(fact("volunteer.left.v1", &erased));
    }
    Ok(())
}

/// What happened to a volunteer.
#[must_use]
pub fn fact(name: &'static str, volunteer: &Volunteer) -> Fact {
    Fact {
        name,
        demand_id: None,
        subject_id: volunteer.volunteer_id.0,
        reason: None,
        data: json!({ "countyId": volunteer.county_id, "status": volunteer.status }),
    }
}

fn declined(asked: &store::Nomination, volunteer: VolunteerId) -> Fact {
    Fact {
        name: "assignment.declined.v1",
        demand_id: Some(asked.demand_id.0),
        subject_id: asked.assignment_id.0,
        reason: None,
        data: json!({
            "dispatchId": asked.dispatch_id,
            "volunteerId": volunteer,
            "assignmentState": "declined",
        }),
    }
}
