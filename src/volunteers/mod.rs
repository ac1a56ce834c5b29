//! # Volunteers
//!
//! A volunteer 志愿者 is a person's registration: in which county, what he can do,
//! when, and how far he goes. He registers himself, or staff does it for him by
//! phone. He is found by where he lives (an H3 cell), unless he has asked to be
//! left out of automatic matching (个人信息保护法 article 24).
//!
//! Teams 队伍 are organizations; who is in one is said here. A person joins a team
//! himself and leaves it himself. Nobody is made a member by its leaders: 志愿服务条例
//! article 25 forbids to make anybody serve. Only an administrator may enter a
//! member, for those who signed on paper.
//!
//! What a volunteer, a team or a station has done is counted in [`hours`].

mod contract;
mod domain;
pub mod hours;
mod policy;
mod routes;
mod store;

pub use contract::{MemberView, MembershipView, NewMember, NewVolunteer, VolunteerView};
pub use domain::{MemberRole, USUAL_RADIUS_METERS, Volunteer, VolunteerStatus};
pub use policy::ACTIONS;
pub use routes::configure;
pub use store::STATEMENTS;

use chrono::{DateTime, Utc};

use crate::ids::{OrganizationId, VolunteerId};
use crate::organizations::Skill;
use crate::platform::db::Tx;
use crate::problem::Problem;

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

/// The members of a team whom the system may ask: active and not left out of
/// matching, those who joined first coming first.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn members_with_facts(
    tx: &mut Tx,
    team: OrganizationId,
    limit: i64,
) -> Result<Vec<Volunteer>, Problem> {
    store::askable_members(tx, team, limit).await
}

/// Volunteers who live in these cells, have the skill if one is needed, and may be
/// asked by the system. In the order of cells, not of distance: whoever wants the
/// nearest asks for the nearest cells first.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn near_with_skill(
    tx: &mut Tx,
    cells: &[i64],
    skill: Option<Skill>,
    limit: i64,
) -> Result<Vec<Volunteer>, Problem> {
    store::near_with_skill(tx, cells, skill, limit).await
}
