//! The SQL of signing keys. There are a handful of them at any time.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::domain::{KeyStatus, SigningKey};
use crate::platform::db::Tx;
use crate::platform::db::statements::{execute, fetch_all, fetch_optional, statements};
use crate::platform::vault::{Field, Keyring, Sealed, row_named};
use crate::problem::Problem;

statements! {
    ALL = "SELECT key_id, status, public_key, private_key, generation, created_at, activated_at, retired_at FROM signing_keys";
    /// There is one current and one next key: where there is one already, it stays.
    INSERT = "INSERT INTO signing_keys (key_id, status, public_key, private_key, generation, created_at, activated_at)
              VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
    /// What signs no more needs no private part.
    RETIRE = "UPDATE signing_keys SET status = 'previous', private_key = NULL, retired_at = $1 WHERE status = 'current'";
    ACTIVATE = "UPDATE signing_keys SET status = 'current', activated_at = $1 WHERE status = 'next'";
    HAS_LAPSED = "SELECT CAST(1 AS BIGINT) FROM signing_keys WHERE retired_at <= $1 LIMIT 1";
    FORGET_LAPSED = "DELETE FROM signing_keys WHERE key_id IN (SELECT key_id FROM signing_keys WHERE retired_at <= $1 ORDER BY retired_at LIMIT $2)";
}

const PRIVATE_KEY: Field = Field::of("signing_keys", "private_key");

/// A key as it is stored.
#[derive(FromRow)]
struct KeyRow {
    key_id: String,
    status: KeyStatus,
    public_key: String,
    private_key: Option<Sealed>,
    generation: i64,
    created_at: DateTime<Utc>,
    activated_at: Option<DateTime<Utc>>,
    retired_at: Option<DateTime<Utc>>,
}

impl KeyRow {
    fn open(self, keyring: &Keyring) -> Result<SigningKey, Problem> {
        let (row, private) = (row_named(&self.key_id), self.private_key.as_ref());
        Ok(SigningKey {
            private_key: keyring.perhaps_open(PRIVATE_KEY, row, private)?,
            key_id: self.key_id,
            status: self.status,
            public_key: self.public_key,
            generation: self.generation,
            created_at: self.created_at,
            activated_at: self.activated_at,
            retired_at: self.retired_at,
        })
    }
}

/// All keys: the current one, the next one, and those before, the latest first.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn all(tx: &mut Tx) -> Result<Vec<SigningKey>, Problem> {
    let rows = fetch_all!(tx, KeyRow, ALL)?;
    let opened = rows.into_iter().map(|row| row.open(tx.keyring()));
    let mut keys = opened.collect::<Result<Vec<_>, Problem>>()?;
    keys.sort_by(|one, other| {
        one.status.cmp(&other.status).then(other.retired_at.cmp(&one.retired_at))
    });
    Ok(keys)
}

pub async fn insert(tx: &mut Tx, key: &SigningKey) -> Result<(), Problem> {
    let (row, private) = (row_named(&key.key_id), key.private_key.as_deref());
    let private_key = tx.keyring().perhaps_seal(PRIVATE_KEY, row, private)?;
    execute!(
        tx,
        INSERT,
        key.key_id.as_str(),
        key.status,
        key.public_key.as_str(),
        private_key,
        key.generation,
        key.created_at,
        key.activated_at,
    )?;
    Ok(())
}

pub async fn retire(tx: &mut Tx, now: DateTime<Utc>) -> Result<(), Problem> {
    execute!(tx, RETIRE, now)?;
    Ok(())
}

pub async fn activate(tx: &mut Tx, now: DateTime<Utc>) -> Result<(), Problem> {
    execute!(tx, ACTIVATE, now)?;
    Ok(())
}

/// Whether any key ceased to sign at this instant or before.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn has_lapsed(tx: &mut Tx, before: DateTime<Utc>) -> Result<bool, Problem> {
    Ok(fetch_optional!(tx, (i64,), HAS_LAPSED, before)?.is_some())
}

/// Forgets up to `limit` keys that ceased to sign at this instant or before; says how many.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn forget_lapsed(tx: &mut Tx, before: DateTime<Utc>, limit: i64) -> Result<u64, Problem> {
    execute!(tx, FORGET_LAPSED, before, limit)
}
