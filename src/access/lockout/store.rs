//! The SQL of a try that was right.

use chrono::{DateTime, Utc};

use crate::platform::db::Tx;
use crate::platform::db::statements::{execute, statements};
use crate::problem::Problem;

statements! {
    /// $3 is when the try was, $4 when the address had failed before.
    FORGIVE = "UPDATE access_counts SET number = CASE WHEN subject = $1 THEN 0 ELSE number - 1 END,
                      counted_at = CASE WHEN counted_at = $3 THEN $4 ELSE counted_at END
                WHERE subject IN ($1, $2) AND number > 0";
    /// As if it had never been: $3 is when the try was, $4 and $5 when account and address had
    /// failed before.
    TAKE_BACK = "UPDATE access_counts SET number = number - 1,
                        counted_at = CASE WHEN counted_at <> $3 THEN counted_at WHEN subject = $1 THEN $4 ELSE $5 END
                  WHERE subject IN ($1, $2) AND number > 0";
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
