//! # Demands 点单
//!
//! One order for help, from placement to close. Its life is one table
//! ([`State::after`]), its clocks are columns ([`DueKind`]), and every step is a
//! row of its timeline.
//!
//! A demand knows nothing of the teams that bring the help. Where its life needs
//! one found or sent home, it says so through [`Responders`], which `dispatches`
//! implements: in the same transaction, so that an item on the menu is accepted
//! and dispatched in the very request that placed it.

mod callers;
pub mod catalog;
mod contacts;
mod contract;
pub mod desk;
mod domain;
mod escalation;
mod jobs;
mod policy;
mod responders;
mod routes;
mod store;
mod timeline;

pub use callers::HandOver;
pub use contacts::Contacts;
pub use contract::{DemandSummary, DemandView, Names};
pub use domain::{
    Channel, Closing, Demand, DueKind, EscalationCause, Relation, State, Step, UnfilledCode,
    UnfilledReason, Urgency, Waits, usual_busy,
};
pub use escalation::{Climb, climb, fresh_waits};
pub use jobs::FollowClocks;
pub use policy::{
    ACTIONS, has_ordered, may_call_back, may_dispatch, may_judge, may_read, sees_recipient,
};
pub use responders::{Outcome, Responders};
pub use routes::configure;
pub use store::STATEMENTS;
pub use store::erasing::{
    ErasedPage, STATEMENTS as ERASING_STATEMENTS, count_ended, erase_ended, erase_page, open_of,
};
pub use store::timeline::STATEMENTS as TIMELINE_STATEMENTS;
pub use store::{DemandRow, find, save};
pub(crate) use store::{busy_from, busy_until, demand_columns};
pub use timeline::title;

use crate::ids::AccountId;
use crate::platform::db::Tx;
use crate::platform::db::range::Part;
use crate::problem::Problem;

/// What a person has ordered.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn ordered_by(
    tx: &mut Tx,
    account: AccountId,
    part: &Part,
) -> Result<Vec<Demand>, Problem> {
    store::list(tx, store::Scope::Requester(account), None, part).await
}
