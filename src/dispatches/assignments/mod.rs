//! # Assignments 接单、送单
//!
//! One volunteer on one dispatch: offered, accepted, on the spot, done. A member
//! of the team takes a free place himself, or the leader names him and he
//! accepts; nobody is assigned without consent. Presence is proven by place or by
//! the rotating code on the spot, judged here and not on the phone; a leader may
//! enter it by hand, and then it is marked.
//!
//! Nothing crosses midnight: whoever has not checked out by then is checked out by
//! force, and that gives no hours (domain.md 3.2). Whoever has accepted and has not
//! come by the midnight of his day ([`domain::come_by`]) is released, as the leader or the
//! dispatcher may do before: his place is free, and the demand goes on, to be served
//! where others have been there, else to be filled again.

mod completion;
mod contract;
mod domain;
mod jobs;
mod places;
mod policy;
mod presence;
mod routes;
mod store;

pub use domain::{Act, Assignment, AssignmentState, Proof, ProofKind};
pub use jobs::{ForceOut, LapseNominations, ReleaseAbsent};
pub use places::postpone;
pub use policy::ACTIONS;
pub use routes::configure;
pub use store::{STATEMENTS, has_served, release};

use self::store::Scope;
use crate::demands::Demand;
use crate::ids::VolunteerId;
use crate::platform::db::Tx;
use crate::platform::db::range::Part;
use crate::problem::Problem;

/// What a volunteer was asked for and has taken, each with the demand that it serves.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn of_volunteer(
    tx: &mut Tx,
    volunteer: VolunteerId,
    part: &Part,
) -> Result<Vec<(Assignment, Demand)>, Problem> {
    let duties = store::list(tx, Scope::Volunteer(volunteer), None, part).await?;
    Ok(duties.into_iter().map(|duty| (duty.assignment, duty.demand)).collect())
}
