//! The SQL of codes.

use chrono::{DateTime, Utc};

use crate::platform::db::Tx;
use crate::platform::db::statements::{execute, fetch_optional, statements};
use crate::platform::values::Phone;
use crate::platform::vault::{BlindIndex, Field};
use crate::problem::Problem;

/// The telephone that a code was sent to: found by its blind index, and not kept.
const PHONE: Field = Field::of("phone_codes", "phone");

statements! {
    /// A new code takes the place of the one before.
    SAVE = "INSERT INTO phone_codes (phone, code_digest, expires_at, tries) VALUES ($1, $2, $3, 0)
            ON CONFLICT (phone) DO UPDATE SET code_digest = excluded.code_digest, expires_at = excluded.expires_at, tries = 0";
    /// Every try counts, right or wrong, before the code is compared.
    COUNT_TRY = "UPDATE phone_codes SET tries = tries + 1 WHERE phone = $1 AND tries < $2 AND expires_at > $3 RETURNING code_digest";
    /// Changes nothing but that whoever else writes this row at this moment begins anew.
    MEET = "UPDATE phone_codes SET tries = tries WHERE phone = $1";
    /// A row to meet on that is no code: its time, $2, is long over.
    MARK = "INSERT INTO phone_codes (phone, code_digest, expires_at, tries) VALUES ($1, '', $2, 0)
            ON CONFLICT (phone) DO UPDATE SET tries = phone_codes.tries";
    USE_UP = "DELETE FROM phone_codes WHERE phone = $1";
    HAS_LAPSED = "SELECT CAST(1 AS BIGINT) FROM phone_codes WHERE expires_at <= $1 LIMIT 1";
    FORGET_LAPSED = "DELETE FROM phone_codes WHERE phone IN (SELECT phone FROM phone_codes WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)";
}

fn index_of(tx: &Tx, phone: &Phone) -> Result<BlindIndex, Problem> {
    tx.keyring().index(PHONE, phone.as_str())
}

pub async fn save(
    tx: &mut Tx,
    phone: &Phone,
    code_digest: &str,
    expires_at: DateTime<Utc>,
) -> Result<(), Problem> {
    let phone = index_of(tx, phone)?;
    execute!(tx, SAVE, phone, code_digest, expires_at)?;
    Ok(())
}

/// Counts a try and gives the digest to compare with, if tries are left.
pub async fn count_try(
    tx: &mut Tx,
    phone: &Phone,
    maximum_tries: i64,
    now: DateTime<Utc>,
) -> Result<Option<String>, Problem> {
    let phone = index_of(tx, phone)?;
    let row = fetch_optional!(tx, (String,), COUNT_TRY, phone, maximum_tries, now)?;
    Ok(row.map(|(digest,)| digest))
}

/// Lets those who prove at this moment that a phone is theirs, and those who ask whose it is,
/// meet: of two, the later one sees what the earlier one did.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn meet(tx: &mut Tx, phone: &Phone) -> Result<(), Problem> {
    // The row is looked for first: PostgreSQL does not mind that one which is inserted was
    // there and has been deleted meanwhile, but it does mind that of one which is changed.
    let phone = index_of(tx, phone)?;
    if execute!(tx, MEET, &phone)? == 0 {
        execute!(tx, MARK, phone, DateTime::UNIX_EPOCH)?;
    }
    Ok(())
}

/// Uses a code up; `false` when somebody else was faster.
pub async fn use_up(tx: &mut Tx, phone: &Phone) -> Result<bool, Problem> {
    let phone = index_of(tx, phone)?;
    Ok(execute!(tx, USE_UP, phone)? == 1)
}

/// Whether any code has lapsed at this instant or before.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn has_lapsed(tx: &mut Tx, before: DateTime<Utc>) -> Result<bool, Problem> {
    Ok(fetch_optional!(tx, (i64,), HAS_LAPSED, before)?.is_some())
}

/// Forgets up to `limit` of the codes that have lapsed at this instant or before, the
/// earliest first; says how many.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn forget_lapsed(tx: &mut Tx, before: DateTime<Utc>, limit: i64) -> Result<u64, Problem> {
    execute!(tx, FORGET_LAPSED, before, limit)
}
