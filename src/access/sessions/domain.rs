//! How a sign-in was made, and how long it stands.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::ids::{AccountId, SessionId};
use crate::platform::config::SignInTimes;
use crate::platform::journal::Fact;

/// How many characters are kept of what a client says about itself.
const CLIENT_LENGTH: usize = 200;

/// How long ago somebody has signed in at most who is trusted with all that is kept of him.
const FRESH: Duration = Duration::minutes(30);

/// How somebody signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum SignInMethod {
    /// By user name and password.
    Password,
    /// By phone and one-time code.
    Phone,
    /// From a WeChat mini-program.
    Wechat,
}

/// One sign-in of an account.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct SignIn {
    /// Its id.
    pub session_id: SessionId,
    /// Whose it is.
    pub account_id: AccountId,
    /// How it was made.
    pub method: SignInMethod,
    /// How the client names itself, if it does.
    pub client: Option<String>,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When its tokens were made last.
    pub refreshed_at: DateTime<Utc>,
    /// Until when it stands unless it is refreshed.
    pub expires_at: DateTime<Utc>,
    /// Until when it stands at the latest.
    pub ends_at: DateTime<Utc>,
}

impl SignIn {
    /// Whether it began a short while ago, however often its tokens were exchanged since.
    #[must_use]
    pub fn is_fresh(&self, now: DateTime<Utc>) -> bool {
        now - self.started_at <= FRESH
    }
}

/// How long sign-ins of one kind last.
#[derive(Clone, Copy, Debug)]
pub struct Lifetime {
    /// Without being refreshed.
    pub idle: Duration,
    /// In all.
    pub whole: Duration,
}

impl Lifetime {
    /// The lifetime of sign-ins that were made like this.
    #[must_use]
    pub fn of(method: SignInMethod, times: &SignInTimes) -> Self {
        match method {
            SignInMethod::Password => Self {
                idle: Duration::minutes(times.password_idle_minutes.into()),
                whole: Duration::hours(times.password_sign_in_hours.into()),
            },
            SignInMethod::Phone | SignInMethod::Wechat => Self {
                idle: Duration::days(times.phone_idle_days.into()),
                whole: Duration::days(times.phone_sign_in_days.into()),
            },
        }
    }
}

/// That a sign-in was ended before its time, and how.
#[must_use]
pub const fn ended_by(session: SessionId, data: Value) -> Fact {
    Fact { name: "session.ended.v1", demand_id: None, subject_id: session.0, reason: None, data }
}

/// How a client names itself: in one line, cut; `None` where it says nothing.
#[must_use]
pub fn client_name(user_agent: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(user_agent);
    let between = |c: char| c.is_control() || c.is_whitespace();
    let words: Vec<&str> = text.split(between).filter(|word| !word.is_empty()).collect();
    let name: String = words.join(" ").chars().take(CLIENT_LENGTH).collect();
    (!name.is_empty()).then_some(name)
}
