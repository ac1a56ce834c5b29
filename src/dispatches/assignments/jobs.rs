//! The sweeps over assignments: unanswered nominations, and midnight.

use std::sync::Arc;

use futures_util::future::LocalBoxFuture;

use super::completion::finish;
use super::domain::Act;
use super::store;
use crate::access::{Gate, Work};
use crate::ids::AssignmentId;
use crate::organizations::Directory;
use crate::platform::jobs::Job;
use crate::problem::{Code, Problem};
use crate::volunteers::hours::Provenance;

/// How many assignments one sweep takes.
const SWEEP: i64 = 200;

/// Lapses nominations that were not answered in time.
pub struct LapseNominations;

impl Job<Gate> for LapseNominations {
    fn name(&self) -> &'static str {
        "assignments.lapse_nominations"
    }

    fn run<'a>(&'a self, gate: &'a Gate) -> LocalBoxFuture<'a, Result<usize, Problem>> {
        Box::pin(async move {
            // Looked for before anything is written: an idle county writes nothing.
            let mut tx = gate.read_without_permit(self.name()).await?;
            if !store::has_unanswered(&mut tx, gate.clock().now()).await? {
                return Ok(0);
            }
            drop(tx);
            let lapsed = gate
                .without_permit(self.name(), async |work| {
                    store::lapse(work.tx, work.now, SWEEP).await
                })
                .await?;
            Ok(usize::try_from(lapsed).unwrap_or(usize::MAX))
        })
    }
}

/// Checks out by force whoever has not left by midnight; that gives no hours.
pub struct ForceOut {
    /// The tree.
    pub directory: Arc<Directory>,
}

impl Job<Gate> for ForceOut {
    fn name(&self) -> &'static str {
        "assignments.force_out"
    }

    fn run<'a>(&'a self, gate: &'a Gate) -> LocalBoxFuture<'a, Result<usize, Problem>> {
        Box::pin(async move {
            let mut tx = gate.read_without_permit(self.name()).await?;
            let forgotten = store::forgotten(&mut tx, gate.clock().now(), SWEEP).await?;
            drop(tx);
            let mut done = 0;
            for id in forgotten {
                let forced = gate
                    .without_permit(self.name(), async |work| self.force_out(work, id).await)
                    .await;
                match forced {
                    Ok(()) => done += 1,
                    Err(problem) if problem.code() == Code::ChangedMeanwhile => {}
                    Err(problem) if problem.code() == Code::Unavailable => return Err(problem),
                    Err(problem) => log::error!("assignment {id} could not be ended: {problem}"),
                }
            }
            Ok(done)
        })
    }
}

impl ForceOut {
    async fn force_out(&self, work: &mut Work<'_>, id: AssignmentId) -> Result<(), Problem> {
        let Some(mut duty) = store::find(work.tx, id).await? else { return Ok(()) };
        let Some(leave_by) = duty.assignment.leave_by.filter(|by| *by <= work.now) else {
            return Ok(());
        };
        let mut forced = duty.assignment.act(Act::ForceOut, work.now)?;
        forced.checked_out_at = Some(leave_by);
        forced.leave_by = None;
        duty.assignment = store::save(work.tx, forced).await?;
        let name = "assignment.forced_out.v1";
        finish(work, duty, Provenance::Forced, None, name, &self.directory).await.map(drop)
    }
}
