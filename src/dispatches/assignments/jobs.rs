//! The sweeps over assignments: unanswered nominations, and midnight, for those who
//! have not left and for those who have not come.

use std::sync::Arc;

use futures_util::future::LocalBoxFuture;

use super::completion::finish;
use super::domain::{Act, Assignment, AssignmentState};
use super::places::vacate;
use super::store;
use crate::access::{Gate, Work};
use crate::demands::Demand;
use crate::ids::AssignmentId;
use crate::organizations::Directory;
use crate::platform::db::Tx;
use crate::platform::jobs::Job;
use crate::problem::Problem;
use crate::volunteers::hours::Provenance;

/// How many assignments one sweep takes.
const SWEEP: i64 = 200;
/// Why midnight releases somebody.
const DID_NOT_COME: &str = "服务时间已过，未签到 · The time is over, and nobody checked in";

/// Lapses nominations that were not answered in time.
pub struct LapseNominations;

impl Job<Gate> for LapseNominations {
    fn name(&self) -> &'static str {
        "assignments.lapse_nominations"
    }

    fn run<'a>(&'a self, gate: &'a Gate) -> LocalBoxFuture<'a, Result<usize, Problem>> {
        Box::pin(async move {
            let mut tx = gate.read_without_permit(self.name()).await?;
            let unanswered = store::unanswered(&mut tx, gate.clock().now(), SWEEP).await?;
            drop(tx);
            // An idle county writes nothing.
            if unanswered.is_empty() {
                return Ok(0);
            }
            gate.without_permit(self.name(), async |work| lapse(work, &unanswered).await).await
        })
    }
}

/// Lapses those that are still unanswered, and says so of each; gives how many.
async fn lapse(work: &mut Work<'_>, unanswered: &[(Assignment, Demand)]) -> Result<usize, Problem> {
    let ids: Vec<_> = unanswered.iter().map(|(nomination, _)| nomination.assignment_id).collect();
    let lapsed = store::lapse(work.tx, &ids, work.now).await?;
    for (nomination, demand) in unanswered {
        if lapsed.contains(&nomination.assignment_id) {
            let nomination = Assignment { state: AssignmentState::Lapsed, ..nomination.clone() };
            work.record(nomination.fact("assignment.lapsed.v1", None, demand));
        }
    }
    Ok(lapsed.len())
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
            let forgotten = async |tx: &mut Tx, now| store::forgotten(tx, now, SWEEP).await;
            let force_out = async |work: &mut Work<'_>, id| self.force_out(work, id).await;
            Ok(gate.sweep(self.name(), forgotten, force_out).await?.done)
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

/// Releases whoever has accepted and has not come by the midnight of his day, so
/// that no demand waits for him for ever.
pub struct ReleaseAbsent {
    /// The tree.
    pub directory: Arc<Directory>,
}

impl Job<Gate> for ReleaseAbsent {
    fn name(&self) -> &'static str {
        "assignments.release_absent"
    }

    fn run<'a>(&'a self, gate: &'a Gate) -> LocalBoxFuture<'a, Result<usize, Problem>> {
        Box::pin(async move {
            let absent = async |tx: &mut Tx, now| store::absent(tx, now, SWEEP).await;
            let release = async |work: &mut Work<'_>, id| self.release(work, id).await;
            Ok(gate.sweep(self.name(), absent, release).await?.done)
        })
    }
}

impl ReleaseAbsent {
    async fn release(&self, work: &mut Work<'_>, id: AssignmentId) -> Result<(), Problem> {
        let Some(duty) = store::find(work.tx, id).await? else { return Ok(()) };
        let awaited = duty.assignment.come_by.is_none_or(|by| by > work.now);
        let accepted = duty.assignment.state == AssignmentState::Accepted;
        if awaited || !accepted || duty.demand.waits.paused_at.is_some() {
            return Ok(());
        }
        let released = (Act::Release, "assignment.released.v1");
        vacate(work, duty, released, Some(DID_NOT_COME), &self.directory).await.map(drop)
    }
}
