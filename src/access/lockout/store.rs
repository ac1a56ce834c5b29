//! The SQL of failed tries to sign in.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::domain::Failures;
use crate::platform::db::Tx;
use crate::platform::db::statements::{
    execute, execute_rows, fetch_all, fetch_optional, statements,
};
use crate::problem::Problem;

statements! {
    KNOWN = "SELECT subject, failures, failed_at FROM failed_sign_ins WHERE subject IN ($1, $2)";
    /// Whoever counts at the same moment begins anew with what this one wrote.
    WRITE = "INSERT INTO failed_sign_ins (subject, failures, failed_at) VALUES {rows:3}
             ON CONFLICT (subject) DO UPDATE SET failures = excluded.failures, failed_at = excluded.failed_at";
    /// $3 is when the try was, $4 when the address had failed before.
    FORGIVE = "UPDATE failed_sign_ins SET failures = CASE WHEN subject = $1 THEN 0 ELSE failures - 1 END,
                      failed_at = CASE WHEN failed_at = $3 THEN $4 ELSE failed_at END
                WHERE subject IN ($1, $2) AND failures > 0";
    /// As if it had never been: $3 is when the try was, $4 and $5 when account and address had
    /// failed before.
    TAKE_BACK = "UPDATE failed_sign_ins SET failures = failures - 1,
                        failed_at = CASE WHEN failed_at <> $3 THEN failed_at WHEN subject = $1 THEN $4 ELSE $5 END
                  WHERE subject IN ($1, $2) AND failures > 0";
    HAS_OLD = "SELECT CAST(1 AS BIGINT) FROM failed_sign_ins WHERE failed_at <= $1 LIMIT 1";
    FORGET = "DELETE FROM failed_sign_ins WHERE subject IN (SELECT subject FROM failed_sign_ins WHERE failed_at <= $1 ORDER BY failed_at LIMIT $2)";
}

#[derive(FromRow)]
struct Row {
    subject: String,
    failures: i64,
    failed_at: DateTime<Utc>,
}

/// What is known of an account and an address.
pub async fn known(
    tx: &mut Tx,
    account: &str,
    address: &str,
) -> Result<Vec<(String, Failures)>, Problem> {
    let rows = fetch_all!(tx, Row, KNOWN, account, address)?;
    let of = |row: Row| (row.subject, Failures { number: row.failures, last: row.failed_at });
    Ok(rows.into_iter().map(of).collect())
}

pub async fn write(tx: &mut Tx, counted: &[(&str, Failures)]) -> Result<(), Problem> {
    execute_rows!(tx, WRITE, counted, |row| [row.0, row.1.number, row.1.last])?;
    Ok(())
}

pub async fn forgive(
    tx: &mut Tx,
    account: &str,
    address: &str,
    at: DateTime<Utc>,
    address_before: DateTime<Utc>,
) -> Result<(), Problem> {
    execute!(tx, FORGIVE, account, address, at, address_before)?;
    Ok(())
}

pub async fn take_back(
    tx: &mut Tx,
    account: &str,
    address: &str,
    at: DateTime<Utc>,
    (account_before, address_before): (DateTime<Utc>, DateTime<Utc>),
) -> Result<(), Problem> {
    execute!(tx, TAKE_BACK, account, address, at, account_before, address_before)?;
    Ok(())
}

/// Whether anybody failed last at this instant or before.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn has_old(tx: &mut Tx, before: DateTime<Utc>) -> Result<bool, Problem> {
    Ok(fetch_optional!(tx, (i64,), HAS_OLD, before)?.is_some())
}

/// Forgets up to `limit` of those who failed last at this instant or before, the earliest
/// first; says how many.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn forget(tx: &mut Tx, before: DateTime<Utc>, limit: i64) -> Result<u64, Problem> {
    execute!(tx, FORGET, before, limit)
}
