//! The SQL of accounts, as their holders have a right to them.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::access::domain::Role;
use crate::access::store::PHONE;
use crate::ids::{AccountId, GrantId, OrganizationId};
use crate::platform::db::Tx;
use crate::platform::db::range::{Part, earliest_first, fetch_part, latest_first};
use crate::platform::db::statements::{execute, fetch_optional, statements};
use crate::platform::vault::Sealed;
use crate::problem::Problem;

/// The roles that an account holds or has held.
macro_rules! roles_of {
    () => {
        "SELECT grant_id, organization_id, role, valid_from, valid_until, revoked_at FROM grants WHERE account_id = $1"
    };
}

statements! {
    KEPT = "SELECT a.name, a.username, a.phone, a.created_at, a.second_factor_since,
                   EXISTS (SELECT 1 FROM wechat_identities w WHERE w.account_id = a.account_id) AS is_bound_to_wechat
              FROM accounts a WHERE a.account_id = $1";
    LATEST_ROLES = concat!(roles_of!(), latest_first!("valid_from", "grant_id"));
    EARLIEST_ROLES = concat!(roles_of!(), earliest_first!("valid_from", "grant_id"));
    HOLDS_ROLE = "SELECT CAST(1 AS BIGINT) FROM grants
                   WHERE account_id = $1 AND revoked_at IS NULL AND (valid_until IS NULL OR valid_until > $2) LIMIT 1";
    CLOSE = "UPDATE accounts SET name = $2, closed_at = $3, username = NULL, password_hash = NULL, password_given_at = NULL,
                    phone = NULL, phone_index = NULL, born = NULL, second_factor_secret = NULL, second_factor_since = NULL, second_factor_step = NULL
              WHERE account_id = $1 AND closed_at IS NULL";
    RENAME = "UPDATE accounts SET name = $2 WHERE account_id = $1 AND name <> $2 AND closed_at IS NULL";
    END_SIGN_INS = "UPDATE sessions SET revoked_at = $2, client = NULL WHERE account_id = $1 AND revoked_at IS NULL";
    FORGET_RECOVERY_CODES = "DELETE FROM recovery_codes WHERE account_id = $1";
}

/// What is kept of an account.
#[derive(Debug)]
pub struct KeptAccount {
    /// How it is addressed.
    pub name: String,
    /// What it signs in with, if it does so by password.
    pub username: Option<String>,
    /// The telephone that it signs in with, if it does.
    pub phone: Option<String>,
    /// When it was opened.
    pub created_at: DateTime<Utc>,
    /// Since when it has a second factor, if it has one.
    pub second_factor_since: Option<DateTime<Utc>>,
    /// Whether it is bound to WeChat.
    pub is_bound_to_wechat: bool,
}

#[derive(FromRow)]
struct KeptRow {
    name: String,
    username: Option<String>,
    phone: Option<Sealed>,
    created_at: DateTime<Utc>,
    second_factor_since: Option<DateTime<Utc>>,
    is_bound_to_wechat: bool,
}

/// What is kept of an account, if there is one.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn kept(tx: &mut Tx, account: AccountId) -> Result<Option<KeptAccount>, Problem> {
    let row = fetch_optional!(tx, KeptRow, KEPT, account)?;
    let open = |row: KeptRow| {
        Ok(KeptAccount {
            phone: tx.keyring().perhaps_open(PHONE, account.0, row.phone.as_ref())?,
            name: row.name,
            username: row.username,
            created_at: row.created_at,
            second_factor_since: row.second_factor_since,
            is_bound_to_wechat: row.is_bound_to_wechat,
        })
    };
    row.map(open).transpose()
}

/// A role that somebody holds, or has held.
#[derive(Debug, FromRow)]
pub struct HeldRole {
    /// The grant.
    pub grant_id: GrantId,
    /// Where; everywhere when absent.
    pub organization_id: Option<OrganizationId>,
    /// What.
    pub role: Role,
    /// From when.
    pub valid_from: DateTime<Utc>,
    /// Until when, if it ends by itself.
    pub valid_until: Option<DateTime<Utc>>,
    /// When it was taken from him, if it was.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// The roles of an account, past and present.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn roles(tx: &mut Tx, account: AccountId, part: &Part) -> Result<Vec<HeldRole>, Problem> {
    fetch_part!(tx, HeldRole, [LATEST_ROLES, EARLIEST_ROLES], part, account)
}

/// Whether the account holds a role, or will.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn holds_role(
    tx: &mut Tx,
    account: AccountId,
    now: DateTime<Utc>,
) -> Result<bool, Problem> {
    Ok(fetch_optional!(tx, (i64,), HOLDS_ROLE, account, now)?.is_some())
}

pub async fn close(
    tx: &mut Tx,
    account: AccountId,
    name: &str,
    now: DateTime<Utc>,
) -> Result<bool, Problem> {
    Ok(execute!(tx, CLOSE, account, name, now)? == 1)
}

/// Says whether it was called otherwise before.
pub async fn rename(tx: &mut Tx, account: AccountId, name: &str) -> Result<bool, Problem> {
    Ok(execute!(tx, RENAME, account, name)? == 1)
}

/// Ends every sign-in of an account, and forgets on which devices they were; says how many.
pub async fn end_sign_ins(
    tx: &mut Tx,
    account: AccountId,
    now: DateTime<Utc>,
) -> Result<u64, Problem> {
    execute!(tx, END_SIGN_INS, account, now)
}

pub async fn forget_recovery_codes(tx: &mut Tx, account: AccountId) -> Result<(), Problem> {
    execute!(tx, FORGET_RECOVERY_CODES, account)?;
    Ok(())
}
