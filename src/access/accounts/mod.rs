//! # Accounts, and what their holders have a right to
//!
//! What is kept of somebody who signs in, for himself to read; and the end of his account:
//! nobody signs in with it any more, and nothing in it says who he was. The row stays, under
//! a name that is nobody's ([`CLOSED_NAME`]): what he did is counted still.

mod store;

pub use store::{HeldRole, KeptAccount, STATEMENTS, holds_role, kept, roles};

use serde_json::json;

use super::gate::{Caller, Work};
use super::{real_name, sessions, wechat};
use crate::ids::AccountId;
use crate::platform::db::Tx;
use crate::platform::journal::Fact;
use crate::problem::{Code, Problem};

/// How everybody is called whose account is closed.
pub const CLOSED_NAME: &str = "已注销用户";

/// That the caller has signed in a short while ago: for what a token that was left somewhere
/// must not be enough for.
///
/// # Errors
/// `fresh_sign_in_needed` when he has not.
pub async fn require_fresh_sign_in(tx: &mut Tx, caller: &Caller) -> Result<(), Problem> {
    let session = match caller.actor.session_id {
        Some(id) => sessions::find(tx, id).await?,
        None => None,
    };
    if session.is_some_and(|session| session.is_fresh(caller.now)) {
        return Ok(());
    }
    Err(Problem::of(Code::FreshSignInNeeded))
}

/// Gives an account another name. What it was is not written down: it is what was wrong.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn rename(work: &mut Work<'_>, account: AccountId, name: &str) -> Result<(), Problem> {
    if store::rename(work.tx, account, name).await? {
        work.record(Fact {
            name: "account.renamed.v1",
            demand_id: None,
            subject_id: account.0,
            reason: None,
            data: json!({}),
        });
    }
    Ok(())
}

/// Forgets what was written for an account at the very moment at which it was closed.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn forget_late(work: &mut Work<'_>, account: AccountId) -> Result<(), Problem> {
    store::forget_recovery_codes(work.tx, account).await?;
    wechat::unbind(work, account).await?;
    real_name::forget(work.tx, account).await
}

/// Closes an account: its sign-ins end, WeChat is released, and telephone, user name, password,
/// second factor and the number of the identity card are gone; says whether it was open.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn close(work: &mut Work<'_>, account: AccountId) -> Result<bool, Problem> {
    if !store::close(work.tx, account, CLOSED_NAME, work.now).await? {
        return Ok(false);
    }
    let ended = store::end_sign_ins(work.tx, account, work.now).await?;
    store::forget_recovery_codes(work.tx, account).await?;
    wechat::unbind(work, account).await?;
    real_name::forget(work.tx, account).await?;
    work.record(Fact {
        name: "account.closed.v1",
        demand_id: None,
        subject_id: account.0,
        reason: None,
        data: json!({ "signInsEnded": ended }),
    });
    Ok(true)
}
