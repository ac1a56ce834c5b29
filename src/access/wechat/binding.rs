//! Whose account it is that somebody of WeChat signs in to.

use serde_json::json;

use super::domain::Identity;
use super::store;
use crate::access::gate::Work;
use crate::ids::AccountId;
use crate::platform::journal::Fact;
use crate::problem::{Code, Problem};

/// The account that somebody is bound to. If he is known by one of his numbers only, by the
/// other one too from now on.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn account_of(work: &mut Work<'_>, who: &Identity) -> Result<Option<AccountId>, Problem> {
    let found = store::find(work.tx, who).await?;
    let Some(account) = found.first().copied() else { return Ok(None) };
    if found.len() < who.numbers() {
        bind(work, who, account).await?;
    }
    Ok(Some(account))
}

/// Binds somebody to an account, in the place of whoever was.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn bind(work: &mut Work<'_>, who: &Identity, account: AccountId) -> Result<(), Problem> {
    store::bind(work.tx, who, account, work.now).await?;
    work.record(fact("wechat.bound.v1", account));
    Ok(())
}

/// Binds somebody to his own account, unless he is bound to another.
///
/// # Errors
/// `wechat_bound_elsewhere`.
pub async fn bind_own(work: &mut Work<'_>, who: &Identity, own: AccountId) -> Result<(), Problem> {
    match account_of(work, who).await? {
        Some(account) if account == own => Ok(()),
        Some(_) => Err(Problem::of(Code::WechatBoundElsewhere)),
        None => bind(work, who, own).await,
    }
}

/// Releases an account from WeChat.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn unbind(work: &mut Work<'_>, account: AccountId) -> Result<(), Problem> {
    if store::unbind(work.tx, account).await? {
        work.record(fact("wechat.unbound.v1", account));
    }
    Ok(())
}

fn fact(name: &'static str, account: AccountId) -> Fact {
    Fact { name, demand_id: None, subject_id: account.0, reason: None, data: json!({}) }
}
