//! # Real names
//!
//! Whether a name and the number of an identity card belong together is asked of a source
//! outside ([`NameSource`]): a gateway of the installation, which hands the question on to
//! whoever may answer it. Kept is what was answered, yes or no, when and by which source; of
//! a yes also the number, sealed, and when he was born. What else the source says is not even
//! read. A number belongs to one account.
//!
//! ```text
//! name, number ─▶ counted ─▶ source ─┬─ yes ─▶ whose number is it? ─ nobody's ─▶ matched
//!                                    │                              └ another's ─▶ 409
//!                                    └─ no ──▶ not_matched, to be tried again
//! ```
//!
//! Whether a number is known here is told only to somebody whose name belongs to it, and
//! never to whom it belongs. How often somebody may try is counted, by account, by address and
//! by number ([`tries`]): otherwise names could be tried out. A child under fourteen is not asked
//! for his number: his guardian proves his own.

mod contract;
mod domain;
mod policy;
mod routes;
mod source;
mod store;
mod tries;

pub use domain::RealName;
pub use policy::ACTIONS;
pub use routes::configure;
pub use source::{HttpSource, NameSource, RealNameSettings};
pub use store::STATEMENTS;

use crate::ids::AccountId;
use crate::platform::db::Tx;
use crate::problem::Problem;

/// What is known of somebody's real name, if anything was asked.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn real_name_of(tx: &mut Tx, account: AccountId) -> Result<Option<RealName>, Problem> {
    store::find(tx, account).await
}

/// Forgets it, with the account.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn forget(tx: &mut Tx, account: AccountId) -> Result<(), Problem> {
    store::forget(tx, account).await
}
