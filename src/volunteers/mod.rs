//! # Volunteers
//!
//! A volunteer 志愿者 is a person's registration: in which county, what he can do,
//! when, and how far he goes. He registers himself, or staff does it for him by
//! phone. He is found by where he lives (an H3 cell), unless he has asked to be
//! left out of automatic matching (个人信息保护法 article 24: [`matching`]).
//!
//! Teams 队伍 are organizations; who is in one is said here. A person joins a team
//! himself and leaves it himself. Nobody is made a member by its leaders: 志愿服务条例
//! article 25 forbids to make anybody serve. Only an administrator may enter a
//! member, for those who signed on paper.
//!
//! What a volunteer, a team or a station has done is counted in [`hours`].

mod consents;
mod contacts;
mod contract;
mod domain;
pub mod hours;
mod leaving;
mod matching;
mod policy;
mod routes;
mod store;

pub use consents::HeedConsents;
pub use contacts::revealed;
pub use contract::{MemberView, MembershipView, NewMember, NewVolunteer, VolunteerView};
pub use domain::{
    Age, Guardian, MemberRole, USUAL_RADIUS_METERS, Volunteer, VolunteerStatus, Wanted,
};
pub use leaving::{erase, id_of};
pub use policy::ACTIONS;
pub use routes::configure;
pub use store::ages::STATEMENTS as AGE_STATEMENTS;
pub use store::called::CalledRow;
pub use store::{PastOrPresent, STATEMENTS, teams_of};

use chrono::{DateTime, Utc};

use crate::ids::{AccountId, OrganizationId, VolunteerId};
use crate::platform::db::Tx;
use crate::problem::Problem;

/// How far around a place volunteers are looked for, step by step, in meters.
const SEARCHED_METERS: [f64; 3] = [2_000.0, 5_000.0, 15_000.0];

/// How old the holder of an account is, where he has said it as a volunteer.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn age_of(tx: &mut Tx, account: AccountId) -> Result<Option<Age>, Problem> {
    store::ages::find(tx, account).await
}

/// The volunteer of this id.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn find(tx: &mut Tx, id: VolunteerId) -> Result<Option<Volunteer>, Problem> {
    store::find(tx, id).await
}

/// Loads many volunteers and memberships (team, volunteer, whether he leads it) at
/// once: for the demo and imports.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn load(
    tx: &mut Tx,
    volunteers: &[Volunteer],
    memberships: &[(OrganizationId, VolunteerId, bool)],
    joined_at: DateTime<Utc>,
) -> Result<(), Problem> {
    store::insert_many(tx, volunteers).await?;
    store::insert_memberships(tx, memberships, joined_at).await
}

/// Up to `limit` active volunteers whom the system may choose and whom this fits, the
/// nearest first. Looks around the place first and farther away only where too few live near:
/// a few statements, however many volunteers there are.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn nearest_fitting(
    tx: &mut Tx,
    wanted: &Wanted,
    limit: usize,
) -> Result<Vec<Volunteer>, Problem> {
    let mut found = Vec::new();
    for radius in SEARCHED_METERS {
        found = store::fitting(tx, wanted, &wanted.place.cells_within(radius)).await?;
        found.retain(|volunteer| volunteer.reaches(wanted.place));
        if found.len() >= limit {
            break;
        }
    }
    let distance = |volunteer: &Volunteer| volunteer.distance_meters(wanted.place);
    found.sort_by(|left, right| distance(left).total_cmp(&distance(right)));
    found.truncate(limit);
    Ok(found)
}
