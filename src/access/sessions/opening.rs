//! Beginning a sign-in, and going on with it.

use actix_web::HttpRequest;
use actix_web::http::header::USER_AGENT;
use chrono::{DateTime, Utc};

use super::domain::{Lifetime, SignIn, SignInMethod, client_name};
use super::store;
use crate::access::gate::Work;
use crate::ids::{AccountId, SessionId};
use crate::platform::config::SignInTimes;
use crate::platform::crypto;
use crate::problem::Problem;

/// A sign-in with a refresh token that was just made.
pub struct Opened {
    /// The sign-in.
    pub session_id: SessionId,
    /// Whose it is.
    pub account_id: AccountId,
    /// Good for the next exchange.
    pub refresh_token: String,
    /// When the token was made.
    pub now: DateTime<Utc>,
    /// Until when the sign-in stands unless it is refreshed.
    pub expires_at: DateTime<Utc>,
    /// Until when it stands at the latest.
    pub ends_at: DateTime<Utc>,
}

/// Begins a sign-in.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn open(
    work: &mut Work<'_>,
    times: &SignInTimes,
    method: SignInMethod,
    account_id: AccountId,
    request: &HttpRequest,
) -> Result<Opened, Problem> {
    let lifetime = Lifetime::of(method, times);
    let now = work.now;
    let ends_at = now + lifetime.whole;
    let session = SignIn {
        session_id: work.new_id(),
        account_id,
        method,
        client: request.headers().get(USER_AGENT).and_then(|v| client_name(v.as_bytes())),
        started_at: now,
        refreshed_at: now,
        expires_at: ends_at.min(now + lifetime.idle),
        ends_at,
    };
    let refresh_token = crypto::random_secret();
    store::insert(work.tx, &session, &crypto::digest(refresh_token.as_bytes())).await?;
    Ok(Opened {
        session_id: session.session_id,
        account_id,
        refresh_token,
        now,
        expires_at: session.expires_at,
        ends_at,
    })
}

/// Exchanges the refresh token that is shown for the next one; `None` when it is not good.
/// One that was spent before ends the sign-in: somebody holds a copy.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn go_on(
    work: &mut Work<'_>,
    times: &SignInTimes,
    shown: &str,
) -> Result<Option<Opened>, Problem> {
    let shown = crypto::digest(shown.as_bytes());
    let refresh_token = crypto::random_secret();
    let next = crypto::digest(refresh_token.as_bytes());
    let now = work.now;
    let Some(rotated) = store::rotate(work.tx, &shown, &next, now, times).await? else {
        store::revoke_spent(work.tx, &shown, now).await?;
        return Ok(None);
    };
    let store::Rotated { session_id, account_id, expires_at, ends_at } = rotated;
    Ok(Some(Opened { session_id, account_id, refresh_token, now, expires_at, ends_at }))
}
