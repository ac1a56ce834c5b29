//! # Another key
//!
//! A data key is changed in steps, while every instance serves:
//!
//! 1. [`rotate`] stores a new key. Every process learns it with the reference data, and can
//!    open what it seals, but nobody seals with it yet.
//! 2. A minute later all have learned it, and from now on it seals.
//! 3. Another minute later nobody seals with the old key any more, and what it has sealed is
//!    sealed anew, page by page.
//!
//! The old key stays, for it opens what is never written again: the journal is append-only,
//! so what it says stays sealed with the key of its time.

use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

use super::master::MasterKeySource;
use super::opening::{FIELD, UnlockError, fresh_data_key, open_master};
use super::sealed::{Field, Sealed};
use super::store::{self, WrappedKey};
use super::suite::Suite;
use crate::platform::clock::Clock;
use crate::platform::db::{Db, Tx};
use crate::platform::reference;
use crate::problem::{Code, Problem};

/// How long every process has to learn what has changed: they look each second.
const LEARNED: Duration = Duration::minutes(1);

/// How many values one transaction seals anew.
const PAGE: i64 = 200;

/// A column of sealed values, and how they are sealed anew.
#[derive(Clone, Copy)]
pub struct SealedColumn {
    /// The column.
    pub field: Field,
    /// Reads a page of it: rows and values.
    pub page: &'static str,
    /// Replaces the value of one row.
    pub replace: &'static str,
}

/// The statement that reads a page of a sealed column.
macro_rules! page_of {
    ($table:literal, $row:literal, $column:literal) => {
        concat!(
            "SELECT ",
            $row,
            ", ",
            $column,
            " FROM ",
            $table,
            " WHERE ",
            $row,
            " > $1 ORDER BY ",
            $row,
            " LIMIT $2"
        )
    };
}

/// The statement that replaces the value of one row of it.
macro_rules! replace_in {
    ($table:literal, $row:literal, $column:literal) => {
        concat!("UPDATE ", $table, " SET ", $column, " = $2 WHERE ", $row, " = $1")
    };
}

/// Declares the columns that are sealed, by table and by what their values are bound to, and
/// collects the statements that seal them anew.
macro_rules! sealed_columns {
    ($($table:literal by $row:literal: $($column:literal),+;)+) => {
        /// Every column that is sealed anew when the key is changed.
        pub const SEALED_COLUMNS: &[$crate::platform::vault::SealedColumn] = &[$($(
            $crate::platform::vault::SealedColumn {
                field: $crate::platform::vault::Field::of($table, $column),
                page: $crate::platform::vault::page_of!($table, $row, $column),
                replace: $crate::platform::vault::replace_in!($table, $row, $column),
            },
        )+)+];

        /// The statements that do it.
        const SEALING_ANEW: &[(&str, &str)] = &[$($(
            (
                concat!("PAGE_OF_", $table, "_", $column),
                $crate::platform::vault::page_of!($table, $row, $column),
            ),
            (
                concat!("REPLACE_IN_", $table, "_", $column),
                $crate::platform::vault::replace_in!($table, $row, $column),
            ),
        )+)+];
    };
}
pub(crate) use {page_of, replace_in, sealed_columns};

/// Stores a new key for fields, of this suite; gives its number.
///
/// # Errors
/// [`UnlockError`], in words for the person who gave the command.
pub async fn rotate(
    db: &Db,
    source: &MasterKeySource,
    suite: Suite,
    clock: &Clock,
) -> Result<i64, UnlockError> {
    let (master, _) = open_master(db, source, suite, clock).await?;
    let rotated = db
        .write(async |tx| {
            let number = latest(&store::all(tx).await?).map_or(0, |key| key.number) + 1;
            let key = fresh_data_key(&master, number, suite, clock.now());
            let key = key.ok_or_else(|| Problem::of(Code::Internal).because("no key was made"))?;
            store::insert(tx, &[key]).await?;
            reference::next_version(tx).await?;
            Ok(number)
        })
        .await;
    rotated.map_err(UnlockError::Database)
}

fn latest(keys: &[WrappedKey]) -> Option<&WrappedKey> {
    keys.iter().rev().find(|key| key.purpose == FIELD)
}

/// What is to be done next about a change of keys.
#[derive(Clone, Copy)]
pub enum Step {
    /// This key begins to seal.
    Begin(i64),
    /// What follows this row in a column is sealed anew with this key.
    Reseal(i64, SealedColumn, Uuid),
}

/// The next step that is due, if there is one.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn next_step(
    tx: &mut Tx,
    columns: &[SealedColumn],
    now: DateTime<Utc>,
) -> Result<Option<Step>, Problem> {
    let keys = store::all(tx).await?;
    let Some(key) = latest(&keys) else { return Ok(None) };
    let Some(since) = key.seals_since else {
        let learned = key.created_at + LEARNED <= now;
        return Ok(learned.then_some(Step::Begin(key.number)));
    };
    if key.number == 1 || since + LEARNED > now {
        return Ok(None);
    }
    let progress = store::progress(tx, key.number).await?;
    let of = |column: &SealedColumn| {
        let name = column.field.to_string();
        progress.iter().find(|progress| progress.field == name)
    };
    let unfinished = columns.iter().find(|column| of(column).is_none_or(|p| !p.finished));
    let after = |column: &SealedColumn| of(column).map_or_else(Uuid::nil, |p| p.after_id);
    Ok(unfinished.map(|column| Step::Reseal(key.number, *column, after(column))))
}

/// Takes a step, in the transaction of the sweep that found it due.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn take_step(tx: &mut Tx, step: Step, now: DateTime<Utc>) -> Result<(), Problem> {
    match step {
        Step::Begin(number) => {
            store::begin_sealing(tx, number, now).await?;
            reference::next_version(tx).await.map(drop)
        }
        Step::Reseal(number, column, after) => {
            let last = seal_page_anew(tx, &column, after).await?;
            let (after, finished) = last.map_or((after, true), |last| (last, false));
            store::save_progress(tx, number, &column.field.to_string(), after, finished).await
        }
    }
}

/// Gives the last row of a full page, after which there may be others.
async fn seal_page_anew(
    tx: &mut Tx,
    column: &SealedColumn,
    after: Uuid,
) -> Result<Option<Uuid>, Problem> {
    let rows = store::page(tx, column.page, after, PAGE).await?;
    let is_full = i64::try_from(rows.len()).is_ok_and(|count| count >= PAGE);
    let last = rows.last().map(|(row, _)| *row).filter(|_| is_full);
    for (row, value) in rows {
        let Some(value) = value else { continue };
        if let Some(sealed) = sealed_anew(tx, column.field, row, &value) {
            store::replace(tx, column.replace, row, &sealed).await?;
        }
    }
    Ok(last)
}

/// Nothing where the key of today has sealed it already. What does not open stays as it is,
/// and is told to the log: it stands in nobody's way.
fn sealed_anew(tx: &Tx, field: Field, row: Uuid, value: &Sealed) -> Option<Sealed> {
    let keyring = tx.keyring();
    if keyring.is_current(value) {
        return None;
    }
    let sealed = keyring.open(field, row, value).and_then(|plain| keyring.seal(field, row, &plain));
    sealed.inspect_err(|problem| log::error!("cannot be sealed anew: {problem}")).ok()
}
