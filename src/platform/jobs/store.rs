//! The SQL of leases.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::platform::db::Tx;
use crate::platform::db::statements::{execute, statements};
use crate::problem::Problem;

statements! {
    /// Takes a lease that is free, over, or one's own; the condition is repeated
    /// where the row changes, so that two instances cannot both take it.
    LEASE = "INSERT INTO job_leases (name, owner, until) VALUES ($1, $2, $4)
             ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until = excluded.until
              WHERE job_leases.owner = $2 OR job_leases.until <= $3";
    HAND_BACK = "DELETE FROM job_leases WHERE owner = $1";
}

/// Takes or keeps the lease of a job; says whether it is held now.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn lease(
    tx: &mut Tx,
    name: &str,
    owner: Uuid,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<bool, Problem> {
    Ok(execute!(tx, LEASE, name, owner, now, until)? == 1)
}

/// Gives back everything this instance holds.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn hand_back(tx: &mut Tx, owner: Uuid) -> Result<(), Problem> {
    execute!(tx, HAND_BACK, owner)?;
    Ok(())
}
