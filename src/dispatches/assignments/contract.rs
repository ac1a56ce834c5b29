//! What callers send and see of assignments.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::domain::{AssignmentState, Proof, is_its_day};
use super::policy;
use super::store::Duty;
use crate::access::Caller;
use crate::demands::Names;
use crate::dispatches::contract::DemandCard;
use crate::ids::{AssignmentId, DemandId, DispatchId, OrganizationId, VolunteerId};
use crate::platform::http::page::{list_query, page};
use crate::platform::values::{Position, Reason, ShownName, TimeWindow, refusal};
use crate::problem::FieldCode;

/// Proof of presence: the position, the code on the spot, or both.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Presence {
    /// Where the phone says that he is.
    pub position: Option<Position>,
    /// The six digits that the resident or the station shows.
    #[serde(default, deserialize_with = "code")]
    #[schema(pattern = "^[0-9]{6}$", example = "246810")]
    pub code: Option<String>,
}

fn code<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let code = Option::<String>::deserialize(deserializer)?;
    let digits = |code: &String| code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit());
    if code.as_ref().is_none_or(digits) {
        return Ok(code);
    }
    Err(refusal(FieldCode::WrongType, "000000"))
}

/// Presence entered by the team leader; it is marked as such.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EnteredPresence {
    /// From when until when he was there: on one local day, and over.
    pub served: TimeWindow,
    /// Why he could not check in and out himself.
    pub reason: Reason,
}

/// A command on an assignment. New ones may appear: ignore those you do not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AssignmentCommand {
    /// `POST …/accept`
    Accept,
    /// `POST …/decline`
    Decline,
    /// `POST …/drop-out`
    DropOut,
    /// `POST …/release`
    Release,
    /// `POST …/check-in`
    CheckIn,
    /// `POST …/check-out`
    CheckOut,
    /// `POST …/enter-presence`
    EnterPresence,
}

/// An assignment without its demand.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssignmentSummary {
    /// Its id.
    pub assignment_id: AssignmentId,
    /// The dispatch.
    pub dispatch_id: DispatchId,
    /// The demand.
    pub demand_id: DemandId,
    /// The volunteer.
    pub volunteer_id: VolunteerId,
    /// His name; of a minor masked, but for himself.
    pub volunteer_name: ShownName,
    /// Where it stands.
    pub state: AssignmentState,
    /// The time he is promised.
    pub busy: TimeWindow,
    /// Until when he is to answer, if the leader named him.
    pub respond_by: Option<DateTime<Utc>>,
    /// Until when he is waited for, while he has accepted and has not come: the
    /// local midnight after the time that is wanted, or where none is, after the
    /// time to handle the demand, and at least that of today. Then his place is
    /// free again.
    pub come_by: Option<DateTime<Utc>>,
    /// When he checked in.
    pub checked_in_at: Option<DateTime<Utc>>,
    /// How that was proven.
    pub check_in: Option<Proof>,
    /// When he checked out.
    pub checked_out_at: Option<DateTime<Utc>>,
    /// How that was proven.
    pub check_out: Option<Proof>,
    /// Why he declined, dropped out or was released, or why the leader entered it.
    pub reason: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
    /// Counts its changes; 3 is `"v3"` in `If-Match`.
    pub version: i64,
    /// The commands that the caller may give now.
    pub next: Vec<AssignmentCommand>,
}

impl AssignmentSummary {
    /// The assignment as this caller sees it.
    #[must_use]
    pub fn of(duty: &Duty, caller: &Caller, names: &Names) -> Self {
        let one = &duty.assignment;
        let calendar = names.calendar(duty.demand.area_id, caller.now);
        let is_its_day = is_its_day(&duty.demand, &calendar, caller.now);
        Self {
            assignment_id: one.assignment_id,
            dispatch_id: one.dispatch_id,
            demand_id: one.demand_id,
            volunteer_id: one.volunteer_id,
            volunteer_name: policy::name_for(&caller.actor, one),
            state: one.state,
            busy: TimeWindow { from: one.busy.0, until: one.busy.1 },
            respond_by: one.respond_by,
            come_by: one.come_by,
            checked_in_at: one.checked_in_at,
            check_in: one.check_in,
            checked_out_at: one.checked_out_at,
            check_out: one.check_out,
            reason: one.reason.clone(),
            created_at: one.created_at,
            updated_at: one.updated_at,
            version: one.version,
            next: policy::next(&caller.actor, duty, is_its_day),
        }
    }
}

/// An assignment with its demand.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Assignment)]
pub struct AssignmentView {
    /// The assignment.
    #[serde(flatten)]
    pub summary: AssignmentSummary,
    /// The minutes that were credited, once it is done.
    pub credited_minutes: Option<i64>,
    /// The demand; with where and to whom once he has accepted.
    pub demand: DemandCard,
}

impl AssignmentView {
    /// The assignment as this caller sees it.
    #[must_use]
    pub fn of(duty: &Duty, credited_minutes: Option<i64>, caller: &Caller, names: &Names) -> Self {
        let sight = duty.sight(&caller.actor);
        Self {
            summary: AssignmentSummary::of(duty, caller, names),
            credited_minutes,
            demand: DemandCard::of(&duty.demand, sight, caller, names),
        }
    }
}

/// An assignment in the list of a volunteer or an area.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListedAssignment {
    /// The assignment.
    #[serde(flatten)]
    pub summary: AssignmentSummary,
    /// The team, or the organization that published the call.
    pub organization_id: OrganizationId,
    /// Its name.
    pub organization_name: String,
    /// The demand; with where and to whom in one's own list, once one has accepted.
    pub demand: DemandCard,
}

page!(
    /// A page of assignments.
    AssignmentPage of ListedAssignment
);

/// Those who are named on a dispatch, and all others on it, earliest first.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssignmentList {
    /// The assignments.
    pub items: Vec<AssignmentSummary>,
}

page!(
    /// A page of the assignments of one dispatch.
    DispatchAssignmentPage of AssignmentSummary
);

list_query! {
    /// Which of one's own assignments to list.
    OwnAssignmentQuery in order of LatestFirst {
        /// Only this state.
        #[param(inline)]
        state: Option<AssignmentState>,
    }
    /// Only those made at this instant or later.
    created_from..
    /// Only those made before this instant.
    created_until
}

list_query! {
    /// Which assignments of an area to list.
    AreaAssignmentQuery in order of LatestFirst {
        /// Those on the demands in the area of this organization and below.
        within: OrganizationId,
        /// Only this state.
        #[param(inline)]
        state: Option<AssignmentState>,
    }
    /// Only those made at this instant or later.
    created_from..
    /// Only those made before this instant.
    created_until
}

list_query! {
    /// Which assignments of a dispatch to list.
    DispatchAssignmentQuery in order of EarliestFirst {
        /// Only this state.
        #[param(inline)]
        state: Option<AssignmentState>,
    }
}

/// A code to be shown on the spot.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CheckInCode {
    /// Six digits.
    #[schema(pattern = "^[0-9]{6}$", example = "246810")]
    pub code: String,
    /// When the next one takes its place; this one is good for one period more.
    pub changes_at: DateTime<Utc>,
}
