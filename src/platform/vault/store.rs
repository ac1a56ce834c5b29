//! The SQL of the data keys.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use uuid::Uuid;

use super::sealed::Sealed;
use crate::platform::db::statements::{
    changes_identities, execute, execute_rows, fetch_all, statements,
};
use crate::platform::db::{Tx, TxEngine};
use crate::problem::Problem;

statements! {
    ALL = "SELECT purpose, number, suite, wrapped, created_at, seals_since FROM data_keys ORDER BY purpose, number";
    /// Whoever is first makes the keys; the others find them.
    INSERT = "INSERT INTO data_keys (purpose, number, suite, wrapped, created_at, seals_since) VALUES {rows:6}
              ON CONFLICT (purpose, number) DO NOTHING";
    BEGIN_SEALING = "UPDATE data_keys SET seals_since = $2 WHERE purpose = 'field' AND number = $1 AND seals_since IS NULL";
    PROGRESS = "SELECT field, after_id, finished FROM sealed_anew WHERE number = $1";
    SAVE_PROGRESS = "INSERT INTO sealed_anew (number, field, after_id, finished) VALUES ($1, $2, $3, $4)
                     ON CONFLICT (number, field) DO UPDATE SET after_id = excluded.after_id, finished = excluded.finished";
}

/// A key as it is stored.
#[derive(Clone, FromRow)]
pub struct WrappedKey {
    /// What it is for.
    pub purpose: String,
    /// Its number among those of its purpose.
    pub number: i64,
    /// What it is a key of.
    pub suite: String,
    /// The key, wrapped by the master key.
    pub wrapped: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Since when it seals; not yet, if it was only made known.
    pub seals_since: Option<DateTime<Utc>>,
}

/// Every key, in the order of purposes and numbers.
pub async fn all(tx: &mut Tx) -> Result<Vec<WrappedKey>, Problem> {
    fetch_all!(tx, WrappedKey, ALL)
}

/// Stores these keys, unless somebody was faster.
pub async fn insert(tx: &mut Tx, keys: &[WrappedKey]) -> Result<(), Problem> {
    execute_rows!(tx, INSERT, keys, |key| [
        key.purpose.as_str(),
        key.number,
        key.suite.as_str(),
        key.wrapped.as_str(),
        key.created_at,
        key.seals_since,
    ])?;
    Ok(())
}

/// Lets a key seal that was only known so far.
pub async fn begin_sealing(tx: &mut Tx, number: i64, now: DateTime<Utc>) -> Result<(), Problem> {
    execute!(tx, BEGIN_SEALING, number, now)?;
    Ok(())
}

/// How far a column has been sealed anew.
#[derive(FromRow)]
pub struct Progress {
    /// The column.
    pub field: String,
    /// The last row that was.
    pub after_id: Uuid,
    /// Whether all of them were.
    pub finished: bool,
}

/// How far the columns have been sealed anew with this key.
pub async fn progress(tx: &mut Tx, number: i64) -> Result<Vec<Progress>, Problem> {
    fetch_all!(tx, Progress, PROGRESS, number)
}

/// Notes how far a column has been sealed anew.
pub async fn save_progress(
    tx: &mut Tx,
    number: i64,
    field: &str,
    after_id: Uuid,
    finished: bool,
) -> Result<(), Problem> {
    execute!(tx, SAVE_PROGRESS, number, field, after_id, finished)?;
    Ok(())
}

/// Runs one of the statements of a sealed column, which are declared together and not one by
/// one.
macro_rules! on_column {
    ($tx:expr, $sql:expr, |$connection:ident| $body:expr) => {{
        let tx: &mut Tx = $tx;
        tx.count_statement(changes_identities($sql));
        match &mut tx.engine {
            TxEngine::Sqlite(handle) => {
                let $connection = handle.connection();
                $body
            }
            TxEngine::Postgres(handle) => {
                let $connection = handle.connection();
                $body
            }
        }
    }};
}

/// A page of a column: rows and values, in the order of the rows.
pub async fn page(
    tx: &mut Tx,
    sql: &'static str,
    after: Uuid,
    limit: i64,
) -> Result<Vec<(Uuid, Option<Sealed>)>, Problem> {
    Ok(on_column!(tx, sql, |connection| sqlx::query_as::<_, (Uuid, Option<Sealed>)>(sql)
        .bind(after)
        .bind(limit)
        .fetch_all(connection)
        .await)?)
}

/// Replaces the value of one row of a column.
pub async fn replace(
    tx: &mut Tx,
    sql: &'static str,
    row: Uuid,
    sealed: &Sealed,
) -> Result<(), Problem> {
    on_column!(tx, sql, |connection| sqlx::query(sql)
        .bind(row)
        .bind(sealed)
        .execute(connection)
        .await
        .map(drop))?;
    Ok(())
}
