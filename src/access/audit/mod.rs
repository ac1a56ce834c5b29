//! # Audit
//!
//! Every row of the journal says who did what to which thing, when, with what result, and
//! where the request came from: commands write their facts there, and with them, by names
//! of their own, refusals, sign-ins, tokens and readings of the audit itself. What has
//! changed of a setting stands there before and after. Only a command that changes nothing
//! that anybody would look for, such as reading one's own notices, has none. Here the rows
//! are sealed, read and verified.
//!
//! ```text
//! journal    a ── b ── c ── d                      written by commands, in their transaction
//!            │    │    │    │
//! seals   1 ◀┘ 2 ◀┘ 3 ◀┘ 4 ◀┘                      written by a sweep, within seconds
//!         link₁ ▶ link₂ ▶ link₃ ▶ link₄ = head     link = H(link before, sequence, suite, digest)
//! ```
//!
//! **Sealing** ([`jobs`]). A sweep takes the rows that have no seal yet and gives each a
//! number without gaps, a digest of all that never changes in it (not the mark of who was
//! told, not the answer that is kept for a day), and a link that holds the one before.
//! The order of the chain is that of sealing. A command runs no statement more for it.
//!
//! **Verifying** ([`mod@verify`]). Whoever changes a sealed row makes its digest wrong; whoever
//! takes one away leaves its seal behind; whoever takes away both leaves a gap; whoever
//! puts seals in another order, or others in their place, breaks a link; whoever adds a row
//! to the past has it sealed among later ones.
//!
//! **What it does not prove.** A row can be changed in the seconds before it is sealed. And
//! who may write to the database may cut off the end of the chain, or compute a whole new
//! one: nothing in the database could tell. So the newest link, the *head*, is to be noted
//! elsewhere from time to time (`redvest audit verify` prints it, and every row that is read
//! carries its own): a chain that was made anew does not hold it, and
//! `redvest audit verify --expect LINK` says so.
//!
//! **Reading** ([`routes`]). Only audit administrators do, and their reading is a row as
//! well. They hold no other role, and are made at the machine (`redvest admin create
//! --role audit_administrator`): none of those who are looked at chooses who looks.
//!
//! Whoever has the machine exports all of it in the order of the chain ([`export`]).
//!
//! **Keeping.** Nothing sweeps the audit away: it is kept for as long as the database is,
//! and so for more than the 180 days that the law asks for.

mod contract;
mod domain;
mod export;
mod jobs;
mod policy;
mod routes;
mod store;
mod verify;

pub use domain::{Fault, Finding, Head, Row};
pub use export::export_behind;
pub use jobs::SealRows;
pub use policy::ACTIONS;
pub use routes::configure;
pub use store::STATEMENTS;
pub use verify::{Report, verify};

use self::domain::Wanted;
use crate::ids::AccountId;
use crate::platform::db::Tx;
use crate::platform::db::range::Part;
use crate::problem::Problem;

/// What an account did, as far as it is sealed: for its holder.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn rows_of(tx: &mut Tx, account: AccountId, part: &Part) -> Result<Vec<Row>, Problem> {
    let rows = store::list(tx, &Wanted::By(account.0), part).await?;
    Ok(rows.into_iter().map(|sealed| sealed.row).collect())
}
