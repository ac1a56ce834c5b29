//! The sweep that seals.

use futures_util::future::LocalBoxFuture;

use super::{domain, store};
use crate::access::Gate;
use crate::platform::jobs::{Job, Settled, settled};
use crate::problem::Problem;

/// How many rows one sweep takes.
const SWEEP: i64 = 200;

/// Seals the rows that were written since the last sweep. Should two instances do it at
/// once, the later one finds its numbers taken and begins anew with the next sweep.
pub struct SealRows;

impl Job<Gate> for SealRows {
    fn name(&self) -> &'static str {
        "access.seal_rows"
    }

    fn run<'a>(&'a self, gate: &'a Gate) -> LocalBoxFuture<'a, Result<usize, Problem>> {
        Box::pin(async move {
            // Read before anything is written: an idle county writes nothing.
            let mut tx = gate.read_without_permit(self.name()).await?;
            let rows = store::unsealed(&mut tx, SWEEP).await?;
            tx.finish();
            if rows.is_empty() {
                return Ok(0);
            }
            let sealed = gate
                .without_permit(self.name(), async |work| {
                    let head = store::head(work.tx).await?;
                    let seals = domain::chain(head, &rows, gate.audit_digest());
                    store::seal(work.tx, &seals, work.now).await
                })
                .await;
            let is_done = settled(self.name(), "a batch", sealed)? == Settled::Done;
            Ok(if is_done { rows.len() } else { 0 })
        })
    }
}
