//! What callers see of their sign-ins.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::domain::{SignIn, SignInMethod};
use crate::ids::SessionId;
use crate::platform::http::page::{list_query, page};

/// A sign-in that stands.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Session)]
pub struct SessionView {
    /// Its id.
    pub session_id: SessionId,
    /// How it was made.
    pub method: SignInMethod,
    /// How the client named itself when it signed in (`User-Agent`), at most 200
    /// characters; null if it did not.
    #[schema(example = "Mozilla/5.0 (Linux; Android 14) MicroMessenger/8.0.50")]
    pub client: Option<String>,
    /// When it began; the list is in this order.
    pub started_at: DateTime<Utc>,
    /// When its tokens were made last.
    pub refreshed_at: DateTime<Utc>,
    /// Until when it stands unless it is refreshed.
    pub expires_at: DateTime<Utc>,
    /// Until when it stands at the latest, however often it is refreshed.
    pub ends_at: DateTime<Utc>,
    /// Whether it is the one that asks.
    pub present: bool,
}

impl SessionView {
    /// The sign-in as the `present` one sees it.
    #[must_use]
    pub fn of(session: SignIn, present: Option<SessionId>) -> Self {
        Self {
            session_id: session.session_id,
            method: session.method,
            client: session.client,
            started_at: session.started_at,
            refreshed_at: session.refreshed_at,
            expires_at: session.expires_at,
            ends_at: session.ends_at,
            present: Some(session.session_id) == present,
        }
    }
}

page!(
    /// A page of sign-ins.
    SessionPage of SessionView
);

list_query! {
    /// Which of one's own sign-ins to list.
    SessionQuery in order of LatestFirst {}
}
