//! Accounts and roles.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ids::AccountId;
use crate::platform::clock::Clock;
use crate::platform::values::{Phone, Username};

/// What a staff member may do at a node and everywhere below it. Each role can do what
/// the ones before it can; the audit administrator stands beside them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum Role {
    /// Reads what the node and those below it do.
    Viewer,
    /// Takes orders at the counter and by phone, calls back, records evaluations.
    Clerk,
    /// Verifies, dispatches, escalates, pauses and closes.
    Dispatcher,
    /// Keeps the tree, the menu, the rules and the staff.
    Administrator,
    /// Gives roles and takes them, registers partners, lets signing keys follow each other and
    /// says how staff signs in; nothing else. An administrator does so as well, unless the
    /// installation keeps the two apart (GB/T 22239—2019, 8.1.5: 三员分立).
    SecurityAdministrator,
    /// Reads the audit of the whole installation, and nothing else: what the other
    /// administrators do is looked at by somebody who is none of them.
    AuditAdministrator,
}

impl Role {
    /// Every role, from the least to the most, and those beside them.
    pub const ALL: &'static [Self] = &[
        Self::Viewer,
        Self::Clerk,
        Self::Dispatcher,
        Self::Administrator,
        Self::SecurityAdministrator,
        Self::AuditAdministrator,
    ];

    /// The name in the contract and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Clerk => "clerk",
            Self::Dispatcher => "dispatcher",
            Self::Administrator => "administrator",
            Self::SecurityAdministrator => "security_administrator",
            Self::AuditAdministrator => "audit_administrator",
        }
    }

    /// Whether whoever holds this role can do what the other one can.
    #[must_use]
    pub fn includes(self, wanted: Self) -> bool {
        self == wanted || self.rank().zip(wanted.rank()).is_some_and(|(own, other)| own > other)
    }

    /// Its place among those of which each can do what the lower ones can.
    const fn rank(self) -> Option<u8> {
        match self {
            Self::Viewer => Some(0),
            Self::Clerk => Some(1),
            Self::Dispatcher => Some(2),
            Self::Administrator => Some(3),
            Self::SecurityAdministrator | Self::AuditAdministrator => None,
        }
    }
}

/// Whoever has a telephone, among those who have signed in.
#[derive(Clone, Copy, Debug)]
pub struct PhoneHolder {
    /// His account.
    pub account_id: AccountId,
    /// When he was born, as far as that is known.
    pub born: Option<NaiveDate>,
}

/// An account that is about to be opened.
#[derive(Clone, Debug)]
pub struct OpenedAccount {
    /// Its id.
    pub account_id: AccountId,
    /// How it is addressed.
    pub name: String,
    /// The user name of a staff account.
    pub username: Option<String>,
    /// The argon2id hash of a staff account's password.
    pub password_hash: Option<String>,
    /// When somebody else set that password; none once its holder has chosen it himself.
    pub password_given_at: Option<DateTime<Utc>>,
    /// The phone of a resident's or volunteer's account.
    pub phone: Option<String>,
    /// When it is opened.
    pub created_at: DateTime<Utc>,
}

impl OpenedAccount {
    /// An account that signs in by user name and password.
    #[must_use]
    pub fn staff(clock: &Clock, name: &str, username: &Username, password_hash: String) -> Self {
        Self {
            account_id: clock.new_id(),
            name: name.to_owned(),
            username: Some(username.as_str().to_lowercase()),
            password_hash: Some(password_hash),
            password_given_at: None,
            phone: None,
            created_at: clock.now(),
        }
    }

    /// An account that signs in by phone and one-time code.
    #[must_use]
    pub fn resident(clock: &Clock, name: &str, phone: &Phone) -> Self {
        Self {
            account_id: clock.new_id(),
            name: name.to_owned(),
            username: None,
            password_hash: None,
            password_given_at: None,
            phone: Some(phone.as_str().to_owned()),
            created_at: clock.now(),
        }
    }
}
