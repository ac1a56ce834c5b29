//! The SQL of sign-ins.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::domain::{Lifetime, SignIn, SignInMethod};
use crate::ids::{AccountId, SessionId};
use crate::platform::config::SignInTimes;
use crate::platform::db::Tx;
use crate::platform::db::range::{Part, earliest_first, fetch_part, latest_first};
use crate::platform::db::statements::{execute, fetch_optional, statements};
use crate::problem::Problem;

/// Those of one account that stand.
macro_rules! standing {
    () => {
        "SELECT session_id, account_id, method, client, started_at, refreshed_at, expires_at, ends_at
           FROM sessions WHERE account_id = $1 AND revoked_at IS NULL AND expires_at > $6"
    };
}

statements! {
    INSERT = "INSERT INTO sessions (session_id, account_id, method, client, refresh_digest, started_at, refreshed_at, expires_at, ends_at)
              VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8)";
    /// The next refresh token takes the place of the one that was shown. $4 and $5 are
    /// until when a sign-in by password, or by phone or WeChat, may now stand unused.
    ROTATE = "UPDATE sessions SET refresh_digest = $2, spent_digest = $1, refreshed_at = $3,
                     expires_at = CASE WHEN method = 'password' AND $4 < ends_at THEN $4
                                       WHEN method <> 'password' AND $5 < ends_at THEN $5
                                       ELSE ends_at END
               WHERE refresh_digest = $1 AND revoked_at IS NULL AND expires_at > $3
           RETURNING session_id, account_id, expires_at, ends_at";
    /// A token that was spent before: somebody holds a copy, so the sign-in ends.
    REVOKE_SPENT = "UPDATE sessions SET revoked_at = $2 WHERE spent_digest = $1 AND revoked_at IS NULL RETURNING session_id, account_id, expires_at, ends_at";
    REVOKE = "UPDATE sessions SET revoked_at = $2 WHERE session_id = $1 AND revoked_at IS NULL";
    REVOKE_OTHERS = "UPDATE sessions SET revoked_at = $3 WHERE account_id = $1 AND session_id <> $2 AND revoked_at IS NULL";
    FIND = "SELECT session_id, account_id, method, client, started_at, refreshed_at, expires_at, ends_at
              FROM sessions WHERE session_id = $1 AND revoked_at IS NULL";
    LATEST = concat!(standing!(), latest_first!("started_at", "session_id"));
    EARLIEST = concat!(standing!(), earliest_first!("started_at", "session_id"));
    HAS_OVER = "SELECT CAST(1 AS BIGINT) FROM sessions WHERE expires_at < $1 LIMIT 1";
    FORGET_OVER = "DELETE FROM sessions WHERE session_id IN (SELECT session_id FROM sessions WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";
}

pub async fn insert(tx: &mut Tx, session: &SignIn, refresh_digest: &str) -> Result<(), Problem> {
    execute!(
        tx,
        INSERT,
        session.session_id,
        session.account_id,
        session.method,
        session.client.as_deref(),
        refresh_digest,
        session.started_at,
        session.expires_at,
        session.ends_at,
    )?;
    Ok(())
}

/// What is known of a sign-in whose refresh token was shown.
#[derive(FromRow)]
pub struct Rotated {
    pub session_id: SessionId,
    pub account_id: AccountId,
    pub expires_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
}

/// Exchanges one refresh token for the next; `None` when it is not the current one.
pub async fn rotate(
    tx: &mut Tx,
    shown: &str,
    next: &str,
    now: DateTime<Utc>,
    times: &SignInTimes,
) -> Result<Option<Rotated>, Problem> {
    let by_password = now + Lifetime::of(SignInMethod::Password, times).idle;
    let by_phone = now + Lifetime::of(SignInMethod::Phone, times).idle;
    fetch_optional!(tx, Rotated, ROTATE, shown, next, now, by_password, by_phone)
}

/// Ends the sign-in whose refresh token was spent before, if it still stands.
pub async fn revoke_spent(
    tx: &mut Tx,
    digest: &str,
    now: DateTime<Utc>,
) -> Result<Option<Rotated>, Problem> {
    fetch_optional!(tx, Rotated, REVOKE_SPENT, digest, now)
}

/// Ends a sign-in.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn revoke(tx: &mut Tx, session: SessionId, now: DateTime<Utc>) -> Result<(), Problem> {
    execute!(tx, REVOKE, session, now)?;
    Ok(())
}

/// Ends all sign-ins of an account but one; says how many.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn revoke_others(
    tx: &mut Tx,
    account: AccountId,
    but: SessionId,
    now: DateTime<Utc>,
) -> Result<u64, Problem> {
    execute!(tx, REVOKE_OTHERS, account, but, now)
}

/// A sign-in that nobody has ended.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn find(tx: &mut Tx, session: SessionId) -> Result<Option<SignIn>, Problem> {
    fetch_optional!(tx, SignIn, FIND, session)
}

/// The sign-ins of an account that stand.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn list_standing(
    tx: &mut Tx,
    account: AccountId,
    now: DateTime<Utc>,
    part: &Part,
) -> Result<Vec<SignIn>, Problem> {
    fetch_part!(tx, SignIn, [LATEST, EARLIEST], part, account, now)
}

/// Whether any sign-in was over before this.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn has_over(tx: &mut Tx, before: DateTime<Utc>) -> Result<bool, Problem> {
    Ok(fetch_optional!(tx, (i64,), HAS_OVER, before)?.is_some())
}

/// Forgets up to `limit` sign-ins that were over before this, those first that were over
/// first; says how many.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn forget_over(tx: &mut Tx, before: DateTime<Utc>, limit: i64) -> Result<u64, Problem> {
    execute!(tx, FORGET_OVER, before, limit)
}
