//! The SQL of the audit.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use crate::platform::db::Tx;
use crate::platform::db::statements::{fetch_all, statements};
use crate::problem::Problem;

statements! {
    /// Every deadline that has passed and still stands, of the five that there are; each part
    /// reads the index that its sweep reads.
    PASSED = "SELECT kind, id, at FROM (SELECT 'demand_due' AS kind, demand_id AS id, due_at AS at FROM demands
                       WHERE due_at IS NOT NULL AND due_at <= $1 ORDER BY due_at LIMIT $2) AS demand_due
              UNION ALL SELECT kind, id, at FROM (SELECT 'offer_respond_by' AS kind, x.dispatch_id AS id, x.respond_by AS at
                       FROM dispatches x JOIN demands d ON d.demand_id = x.demand_id
                       WHERE x.state = 'offered' AND x.respond_by <= $1 AND d.paused_at IS NULL ORDER BY x.respond_by LIMIT $2) AS offer_respond_by
              UNION ALL SELECT kind, id, at FROM (SELECT 'nomination_respond_by' AS kind, a.assignment_id AS id, a.respond_by AS at
                       FROM assignments a JOIN demands d ON d.demand_id = a.demand_id
                       WHERE a.state = 'offered' AND a.respond_by <= $1 AND d.paused_at IS NULL ORDER BY a.respond_by LIMIT $2) AS nomination_respond_by
              UNION ALL SELECT kind, id, at FROM (SELECT 'come_by' AS kind, a.assignment_id AS id, a.come_by AS at
                       FROM assignments a JOIN demands d ON d.demand_id = a.demand_id
                       WHERE a.state = 'accepted' AND a.come_by <= $1 AND d.paused_at IS NULL ORDER BY a.come_by LIMIT $2) AS come_by
              UNION ALL SELECT kind, id, at FROM (SELECT 'leave_by' AS kind, assignment_id AS id, leave_by AS at FROM assignments
                       WHERE state = 'on_site' AND leave_by <= $1 ORDER BY leave_by LIMIT $2) AS leave_by";
}

/// A deadline that has passed and still stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash, FromRow)]
pub struct Passed {
    /// Which of the five.
    pub kind: String,
    /// The demand, dispatch or assignment.
    pub id: Uuid,
    /// The deadline.
    pub at: DateTime<Utc>,
}

/// Up to `limit` of each kind, the earliest first.
pub async fn passed(tx: &mut Tx, now: DateTime<Utc>, limit: i64) -> Result<Vec<Passed>, Problem> {
    fetch_all!(tx, Passed, PASSED, now, limit)
}
