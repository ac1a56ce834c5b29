//! The SQL of counts.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::Count;
use crate::platform::db::Tx;
use crate::platform::db::statements::{
    execute, execute_rows, fetch_listed, fetch_optional, statements,
};
use crate::problem::Problem;

statements! {
    KNOWN = "SELECT subject, number, counted_at FROM access_counts WHERE subject IN ({list})";
    /// Whoever counts at the same moment begins anew with what this one wrote.
    WRITE = "INSERT INTO access_counts (subject, number, counted_at) VALUES {rows:3}
             ON CONFLICT (subject) DO UPDATE SET number = excluded.number, counted_at = excluded.counted_at";
    TAKE_ONE_BACK = "UPDATE access_counts SET number = number - 1 WHERE subject = $1 AND number > 0";
    HAS_OLD = "SELECT CAST(1 AS BIGINT) FROM access_counts WHERE counted_at <= $1 LIMIT 1";
    FORGET = "DELETE FROM access_counts WHERE subject IN (SELECT subject FROM access_counts WHERE counted_at <= $1 ORDER BY counted_at LIMIT $2)";
}

#[derive(FromRow)]
struct Row {
    subject: String,
    number: i64,
    counted_at: DateTime<Utc>,
}

/// What is known of these.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn known(tx: &mut Tx, subjects: &[&str]) -> Result<Vec<(String, Count)>, Problem> {
    let rows = fetch_listed!(tx, Row, KNOWN, [subjects])?;
    let of = |row: Row| (row.subject, Count { number: row.number, at: row.counted_at });
    Ok(rows.into_iter().map(of).collect())
}

/// Replaces what is known of these.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn write(tx: &mut Tx, counted: &[(&str, Count)]) -> Result<(), Problem> {
    execute_rows!(tx, WRITE, counted, |row| [row.0, row.1.number, row.1.at])?;
    Ok(())
}

pub async fn take_one_back(tx: &mut Tx, subject: &str) -> Result<(), Problem> {
    execute!(tx, TAKE_ONE_BACK, subject)?;
    Ok(())
}

/// Whether anything was counted last at this instant or before.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn has_old(tx: &mut Tx, before: DateTime<Utc>) -> Result<bool, Problem> {
    Ok(fetch_optional!(tx, (i64,), HAS_OLD, before)?.is_some())
}

/// Forgets up to `limit` of what was counted last at this instant or before, the earliest
/// first; says how many.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn forget(tx: &mut Tx, before: DateTime<Utc>, limit: i64) -> Result<u64, Problem> {
    execute!(tx, FORGET, before, limit)
}
