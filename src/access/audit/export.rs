//! The whole audit, page by page, in the order of the chain: each row as it is read over
//! HTTP, with its digest and its link.

use super::contract::AuditRowView;
use super::store;
use crate::platform::db::Db;
use crate::problem::Problem;

/// How many rows are read at a time.
const PAGE: i64 = 500;

/// The next rows from behind a number of the chain; none at its end.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn export_behind(db: &Db, sequence: i64) -> Result<Vec<AuditRowView>, Problem> {
    let mut tx = db.read().await?;
    let rows = store::sealed_behind(&mut tx, sequence, PAGE).await?;
    tx.finish();
    Ok(rows.into_iter().map(AuditRowView::from).collect())
}
