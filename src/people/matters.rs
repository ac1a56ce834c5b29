//! What is under way for which somebody's account is needed.

use chrono::{DateTime, Utc};

use super::domain::Matters;
use crate::access::{Actor, accounts};
use crate::demands;
use crate::dispatches;
use crate::ids::{AccountId, VolunteerId};
use crate::platform::db::Tx;
use crate::problem::Problem;

/// How many of a kind are named.
const NAMED: i64 = 10;

/// What stands in the way of closing the account of this person.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn matters_of(
    tx: &mut Tx,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<Matters, Problem> {
    matters(tx, actor.account_id, actor.volunteer_id, now).await
}

/// What stands in the way of closing this account.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn matters(
    tx: &mut Tx,
    account: AccountId,
    volunteer: Option<VolunteerId>,
    now: DateTime<Utc>,
) -> Result<Matters, Problem> {
    let promised = match volunteer {
        Some(id) => dispatches::promised_by(tx, id, NAMED).await?,
        None => Vec::new(),
    };
    Ok(Matters {
        demands: demands::open_of(tx, account, NAMED).await?,
        assignments: promised,
        role: accounts::holds_role(tx, account, now).await?,
    })
}
