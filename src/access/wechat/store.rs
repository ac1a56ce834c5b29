//! The SQL of who is who at WeChat, and of its token.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::domain::Identity;
use crate::ids::AccountId;
use crate::platform::db::Tx;
use crate::platform::db::statements::{
    execute, execute_rows, fetch_all, fetch_optional, statements,
};
use crate::problem::Problem;

statements! {
    /// Found by his number in this mini-program, and after that by the one in all of them.
    FIND = "SELECT w.account_id FROM wechat_identities w JOIN accounts a ON a.account_id = w.account_id
             WHERE a.closed_at IS NULL
               AND ((w.kind = 'openid' AND w.appid = $1 AND w.id = $2) OR (w.kind = 'unionid' AND w.appid = '' AND w.id = $3))
             ORDER BY w.kind";
    /// Whoever the account was bound to before, where that is somebody else. $4 is empty where
    /// there is no unionid.
    RELEASE = "DELETE FROM wechat_identities
                WHERE account_id = $1
                  AND ((kind = 'openid' AND appid = $2 AND id <> $3) OR (kind = 'unionid' AND appid = '' AND id <> $4 AND $4 <> ''))";
    BIND = "INSERT INTO wechat_identities (kind, appid, id, account_id, bound_at) VALUES {rows:5}
            ON CONFLICT (kind, appid, id) DO UPDATE SET account_id = excluded.account_id, bound_at = excluded.bound_at";
    UNBIND = "DELETE FROM wechat_identities WHERE account_id = $1";
    FIND_TOKEN = "SELECT token, expires_at FROM wechat_tokens WHERE appid = $1";
    SAVE_TOKEN = "INSERT INTO wechat_tokens (appid, token, expires_at) VALUES ($1, $2, $3)
                  ON CONFLICT (appid) DO UPDATE SET token = excluded.token, expires_at = excluded.expires_at";
}

/// The accounts that somebody is bound to: by his numbers, the most particular first.
pub async fn find(tx: &mut Tx, who: &Identity) -> Result<Vec<AccountId>, Problem> {
    let (appid, openid) = (who.appid.as_str(), who.openid.as_str());
    let rows = fetch_all!(tx, (AccountId,), FIND, appid, openid, who.unionid_or_none())?;
    Ok(rows.into_iter().map(|(account,)| account).collect())
}

/// Binds somebody to an account, in the place of whoever was.
pub async fn bind(
    tx: &mut Tx,
    who: &Identity,
    account: AccountId,
    now: DateTime<Utc>,
) -> Result<(), Problem> {
    let (appid, openid) = (who.appid.as_str(), who.openid.as_str());
    execute!(tx, RELEASE, account, appid, openid, who.unionid_or_none())?;
    let unionid = who.unionid.as_deref().map(|unionid| ("unionid", "", unionid));
    let rows: Vec<_> = [Some(("openid", appid, openid)), unionid].into_iter().flatten().collect();
    execute_rows!(tx, BIND, rows, |row| [row.0, row.1, row.2, account, now])?;
    Ok(())
}

/// Releases an account from whoever is bound to it; says whether anybody was.
pub async fn unbind(tx: &mut Tx, account: AccountId) -> Result<bool, Problem> {
    Ok(execute!(tx, UNBIND, account)? > 0)
}

/// The token that is kept.
#[derive(FromRow)]
pub struct KeptToken {
    /// It.
    pub token: String,
    /// Until when it is good.
    pub expires_at: DateTime<Utc>,
}

pub async fn find_token(tx: &mut Tx, appid: &str) -> Result<Option<KeptToken>, Problem> {
    fetch_optional!(tx, KeptToken, FIND_TOKEN, appid)
}

pub async fn save_token(tx: &mut Tx, appid: &str, kept: &KeptToken) -> Result<(), Problem> {
    execute!(tx, SAVE_TOKEN, appid, kept.token.as_str(), kept.expires_at)?;
    Ok(())
}
