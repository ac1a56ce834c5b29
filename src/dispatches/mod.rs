//! # Dispatches 派单
//!
//! A demand handed to one responder: offered to a team, or opened as a
//! recruitment call 招募令 to every volunteer with the skill. The offer is
//! accepted, declined with a reason, or lapses; then the next candidate is asked,
//! and where nobody is left the demand goes up a level. Nobody is assigned
//! without consent, and declining costs nothing (Order 685 art. 25).
//!
//! Who is asked, and why, is decided by [`candidates`] and stored with the
//! dispatch (Personal Information Protection Law art. 24). The volunteers on a
//! dispatch are its [`assignments`].

pub mod assignments;
pub mod audit;
mod calling;
mod candidates;
mod contract;
mod domain;
mod jobs;
mod policy;
mod responding;
mod routes;
mod store;

pub use audit::AuditClocks;
pub use calling::called;
pub use domain::{Dispatch, DispatchState, Kind, Move};
pub use jobs::LapseOffers;
pub use policy::ACTIONS;
pub use responding::{Responding, burden, end};
pub use routes::configure;
pub use store::STATEMENTS;
pub use store::erasing::{
    STATEMENTS as ERASING_STATEMENTS, erase_words, promised_by, rename_on_page,
};
pub use store::lists::STATEMENTS as LIST_STATEMENTS;
