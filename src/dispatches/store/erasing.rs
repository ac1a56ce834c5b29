//! The SQL of putting out what is personal of dispatches and assignments: words, and names.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use crate::ids::{AssignmentId, DemandId, DispatchId, VolunteerId};
use crate::platform::db::Tx;
use crate::platform::db::statements::{fetch_all, fetch_listed, statements};
use crate::problem::Problem;

statements! {
    /// The numbers of what a volunteer has promised, or is at.
    PROMISED = "SELECT d.number FROM assignments a JOIN demands d ON d.demand_id = a.demand_id
                 WHERE a.volunteer_id = $1 AND a.state IN ('accepted', 'on_site') LIMIT $2";
    ERASE_WORDS = "UPDATE dispatches SET reason = NULL, version = version + 1 WHERE reason IS NOT NULL AND demand_id IN ({list})
                   RETURNING dispatch_id";
    ERASE_WORDS_OF_ASSIGNMENTS = "UPDATE assignments SET reason = NULL, version = version + 1 WHERE reason IS NOT NULL
                    AND dispatch_id IN (SELECT dispatch_id FROM dispatches WHERE demand_id IN ({list}))
                   RETURNING assignment_id";
    /// The assignments of a volunteer, in the order of time.
    OF_VOLUNTEER = "SELECT assignment_id, created_at FROM assignments
                     WHERE volunteer_id = $1 AND (created_at, assignment_id) > ($2, $3) ORDER BY created_at, assignment_id LIMIT $4";
    ERASE_NAME = "UPDATE assignments SET volunteer_name = $1, reason = NULL, version = version + 1
                   WHERE volunteer_name <> $1 AND assignment_id IN ({list}) RETURNING assignment_id";
}

/// The numbers of up to `limit` orders that a volunteer has promised to serve, or is serving.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn promised_by(
    tx: &mut Tx,
    volunteer: VolunteerId,
    limit: i64,
) -> Result<Vec<String>, Problem> {
    let rows = fetch_all!(tx, (String,), PROMISED, volunteer, limit)?;
    Ok(rows.into_iter().map(|(number,)| number).collect())
}

/// Puts out what was said, in somebody's words, about the dispatches of these demands and by
/// the volunteers on them.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn erase_words(tx: &mut Tx, demands: &[DemandId]) -> Result<(), Problem> {
    if demands.is_empty() {
        return Ok(());
    }
    fetch_listed!(tx, (DispatchId,), ERASE_WORDS, [demands])?;
    fetch_listed!(tx, (AssignmentId,), ERASE_WORDS_OF_ASSIGNMENTS, [demands])?;
    Ok(())
}

#[derive(FromRow)]
struct PlaceRow {
    assignment_id: AssignmentId,
    created_at: DateTime<Utc>,
}

/// Puts `name` in place of a volunteer's own on a page of his assignments, from behind a place
/// in time; gives where the next page begins, and nothing after the last one.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn rename_on_page(
    tx: &mut Tx,
    volunteer: VolunteerId,
    name: &str,
    (at, id): (DateTime<Utc>, Uuid),
    limit: i64,
) -> Result<Option<(DateTime<Utc>, Uuid)>, Problem> {
    let rows = fetch_all!(tx, PlaceRow, OF_VOLUNTEER, volunteer, at, id, limit)?;
    let Some(last) = rows.last() else { return Ok(None) };
    let last = (last.created_at, last.assignment_id.0);
    let is_full = i64::try_from(rows.len()).is_ok_and(|count| count >= limit);
    let page: Vec<AssignmentId> = rows.iter().map(|row| row.assignment_id).collect();
    fetch_listed!(tx, (AssignmentId,), ERASE_NAME, [&page], name)?;
    Ok(is_full.then_some(last))
}
