//! The sweep that forgets what has passed its time. Sign-ins, codes, kept answers and notices have
//! sweeps of their own (`access/jobs.rs`, `notifications/jobs.rs`).

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Duration, Utc};
use futures_util::future::LocalBoxFuture;

use crate::access::{Gate, Work};
use crate::organizations::Directory;
use crate::people::domain::Limit;
use crate::people::limits::limits;
use crate::platform::jobs::{Job, settled};
use crate::problem::Problem;
use crate::{demands, dispatches, evaluations};

/// How many rows a piece has.
const PIECE: i64 = 50;
/// How often it is looked again where nothing was found.
const LOOK_EVERY: Duration = Duration::hours(1);

/// Puts out what is personal of orders that ended long ago, by the rule of each county.
pub struct ForgetOrders {
    /// The tree, which knows the rules.
    pub directory: Arc<Directory>,
    looked_at: Mutex<Option<DateTime<Utc>>>,
}

impl ForgetOrders {
    /// A sweep over the counties of this tree.
    #[must_use]
    pub fn new(directory: Arc<Directory>) -> Self {
        Self { directory, looked_at: Mutex::default() }
    }

    /// Whether enough time has passed since nothing was found: what is kept for years is not
    /// looked for every second.
    fn is_time(&self, now: DateTime<Utc>) -> bool {
        let looked_at = self.looked_at.lock().unwrap_or_else(PoisonError::into_inner);
        looked_at.is_none_or(|at| now - at >= LOOK_EVERY || now < at)
    }

    fn nothing_found(&self, now: DateTime<Utc>) {
        *self.looked_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
    }
}

impl Job<Gate> for ForgetOrders {
    fn name(&self) -> &'static str {
        "people.forget_orders"
    }

    fn run<'a>(&'a self, gate: &'a Gate) -> LocalBoxFuture<'a, Result<usize, Problem>> {
        Box::pin(async move {
            let now = gate.clock().now();
            if !self.is_time(now) {
                return Ok(0);
            }
            let mut done = 0;
            for limit in limits(&self.directory, now) {
                // Looked for before anything is written: an idle county writes nothing.
                let mut tx = gate.read_without_permit(self.name()).await?;
                let any = demands::count_ended(&mut tx, limit.county_id, limit.before, 1).await?;
                drop(tx);
                if any > 0 {
                    let piece = async |work: &mut Work<'_>| forget(work, &limit).await;
                    let forgotten = gate.without_permit(self.name(), piece).await;
                    // One county that cannot be dealt with keeps none of the others waiting.
                    let count = forgotten.as_ref().copied().unwrap_or_default();
                    settled(self.name(), limit.county_id, forgotten.map(drop))?;
                    done += count;
                }
            }
            if done == 0 {
                self.nothing_found(now);
            }
            Ok(done)
        })
    }
}

/// Puts out a piece of what has passed its time in one county.
async fn forget(work: &mut Work<'_>, limit: &Limit) -> Result<usize, Problem> {
    let now = work.now;
    let erased = demands::erase_ended(work.tx, limit.county_id, limit.before, PIECE, now).await?;
    dispatches::erase_words(work.tx, &erased).await?;
    evaluations::erase_words(work.tx, &erased).await?;
    if !erased.is_empty() {
        work.record(limit.fact(erased.len()));
    }
    Ok(erased.len())
}
