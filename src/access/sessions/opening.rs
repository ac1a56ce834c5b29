//! Beginning a sign-in, and going on with it.

use actix_web::HttpRequest;
use actix_web::http::header::USER_AGENT;
use chrono::{DateTime, Utc};
use serde_json::json;

use super::domain::{Lifetime, SignIn, SignInMethod, client_name, ended_by};
use super::store;
use crate::access::gate::Work;
use crate::access::store::AccountRow;
use crate::ids::{AccountId, SessionId};
use crate::platform::config::SignInTimes;
use crate::platform::crypto;
use crate::platform::journal::{Author, Fact, Origin};
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

/// Begins a sign-in, and writes down that it has begun.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn open(
    work: &mut Work<'_>,
    times: &SignInTimes,
    method: SignInMethod,
    account: &AccountRow,
    request: &HttpRequest,
) -> Result<Opened, Problem> {
    let account_id = account.account_id;
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
    write_down(work, &session, account).await?;
    Ok(Opened {
        session_id: session.session_id,
        account_id,
        refresh_token,
        now,
        expires_at: session.expires_at,
        ends_at,
    })
}

async fn write_down(
    work: &mut Work<'_>,
    session: &SignIn,
    account: &AccountRow,
) -> Result<(), Problem> {
    let session_id = Some(session.session_id);
    let author = Author {
        account_id: Some(account.account_id),
        name: account.name.clone(),
        delegated_by: None,
        origin: Origin { session_id, ..work.origin().clone() },
    };
    let fact = Fact {
        name: "sign_in.succeeded.v1",
        demand_id: None,
        subject_id: account.account_id.0,
        reason: None,
        data: json!({ "method": session.method }),
    };
    work.record_of(&author, fact).await
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
        if let Some(copied) = store::revoke_spent(work.tx, &shown, now).await? {
            let ended = json!({ "accountId": copied.account_id, "cause": "token_reused" });
            work.record(ended_by(copied.session_id, ended));
        }
        return Ok(None);
    };
    let store::Rotated { session_id, account_id, expires_at, ends_at } = rotated;
    Ok(Some(Opened { session_id, account_id, refresh_token, now, expires_at, ends_at }))
}
