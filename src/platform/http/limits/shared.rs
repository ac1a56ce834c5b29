//! What the instances tell each other of those who send much.

use uuid::Uuid;

use super::CallerNumber;
use crate::platform::db::Tx;
use crate::platform::db::statements::{execute, execute_rows, fetch_all, statements};
use crate::problem::Problem;

statements! {
    TELL = "INSERT INTO request_counts (minute, caller, instance, requests) VALUES {rows:4}
            ON CONFLICT (minute, caller, instance) DO UPDATE SET requests = excluded.requests";
    ELSEWHERE = "SELECT caller, CAST(SUM(requests) AS BIGINT) FROM request_counts
                  WHERE minute = $1 AND instance <> $2 GROUP BY caller";
    FORGET = "DELETE FROM request_counts WHERE minute < $1";
}

/// What one instance tells the others.
#[derive(Clone, Debug)]
pub struct Told {
    /// The minute that it is about, since 1970.
    pub minute: i64,
    /// Who has sent how many requests to it.
    pub counts: Vec<(CallerNumber, u32)>,
}

/// Tells the others, and gives what they have told.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn share(
    tx: &mut Tx,
    instance: Uuid,
    told: &Told,
) -> Result<Vec<(CallerNumber, i64)>, Problem> {
    execute_rows!(tx, TELL, told.counts, |row| [told.minute, row.0, instance, i64::from(row.1)])?;
    fetch_all!(tx, (CallerNumber, i64), ELSEWHERE, told.minute, instance)
}

/// Forgets what was told of minutes before this one.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn forget_before(tx: &mut Tx, minute: i64) -> Result<(), Problem> {
    execute!(tx, FORGET, minute)?;
    Ok(())
}
