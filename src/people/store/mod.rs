//! The SQL of deletions.

pub mod requests;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::ids::AccountId;
use crate::people::domain::Deletion;
use crate::platform::db::Tx;
use crate::platform::db::statements::{execute, fetch_all, fetch_optional, statements};
use crate::problem::{Code, Problem, UniqueMeans as _};

/// What every reading of a deletion reads.
macro_rules! deletions {
    () => {
        "SELECT deletion_id, account_id, state, asked_at, due_at, held_up, volunteer_id, phase, after_at, after_id, \
                failures, found_open, closed_at, finished_at, version FROM deletions"
    };
}

statements! {
    INSERT = "INSERT INTO deletions (deletion_id, account_id, state, asked_at, due_at, held_up, phase, after_at, after_id,
                     failures, found_open, version)
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    FIND = concat!(deletions!(), " WHERE deletion_id = $1");
    STANDING_OF = concat!(deletions!(), " WHERE account_id = $1 AND state IN ('waiting', 'erasing')");
    DUE = "SELECT deletion_id FROM deletions WHERE state IN ('waiting', 'erasing') AND due_at <= $1 ORDER BY due_at LIMIT $2";
    SAVE = "UPDATE deletions SET state = $3, due_at = $4, held_up = $5, volunteer_id = $6, phase = $7, after_at = $8, after_id = $9,
                   found_open = $10, closed_at = $11, finished_at = $12, failures = $13, version = version + 1
             WHERE deletion_id = $1 AND version = $2";
}

/// Stores what somebody asks for; he asks once.
pub async fn insert(tx: &mut Tx, asked: &Deletion) -> Result<(), Problem> {
    execute!(
        tx,
        INSERT,
        asked.id,
        asked.account_id,
        asked.state,
        asked.asked_at,
        asked.due_at,
        asked.held_up,
        asked.phase,
        asked.after_at,
        asked.after_id,
        asked.failures,
        asked.found_open,
        asked.version,
    )
    .unique_means(Code::AlreadyExists)
    .map_err(|problem| problem.about("deletion"))?;
    Ok(())
}

pub async fn find(tx: &mut Tx, id: Uuid) -> Result<Option<Deletion>, Problem> {
    fetch_optional!(tx, Deletion, FIND, id)
}

/// The deletion of an account that was asked for and is not over.
pub async fn standing_of(tx: &mut Tx, account: AccountId) -> Result<Option<Deletion>, Problem> {
    fetch_optional!(tx, Deletion, STANDING_OF, account)
}

/// Up to `limit` deletions that have something to be done now, the longest waiting first.
pub async fn due(tx: &mut Tx, now: DateTime<Utc>, limit: i64) -> Result<Vec<Uuid>, Problem> {
    let rows = fetch_all!(tx, (Uuid,), DUE, now, limit)?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Stores a changed deletion over the version it was read at.
pub async fn save(tx: &mut Tx, changed: Deletion) -> Result<(), Problem> {
    let saved = execute!(
        tx,
        SAVE,
        changed.id,
        changed.version,
        changed.state,
        changed.due_at,
        changed.held_up,
        changed.volunteer_id,
        changed.phase,
        changed.after_at,
        changed.after_id,
        changed.found_open,
        changed.closed_at,
        changed.finished_at,
        changed.failures,
    )?;
    if saved == 1 { Ok(()) } else { Err(Problem::of(Code::ChangedMeanwhile)) }
}
