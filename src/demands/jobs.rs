//! The sweeps over the clocks of demands.

use std::sync::Arc;

use chrono::Duration;
use futures_util::future::LocalBoxFuture;
use serde_json::json;

use super::catalog::Catalog;
use super::domain::{
    Closing, Demand, DueKind, EscalationCause, State, UnfilledCode, UnfilledReason,
};
use super::escalation::{Climb, climb};
use super::responders::{Outcome, Responders};
use super::store;
use crate::access::{Gate, Work};
use crate::ids::DemandId;
use crate::organizations::Directory;
use crate::organizations::rules::{Matching, Ruling};
use crate::platform::db::Tx;
use crate::platform::jobs::Job;
use crate::problem::Problem;

/// How many demands one sweep takes.
const SWEEP: i64 = 100;

/// Draws the consequence of every deadline of a demand that has come.
pub struct FollowClocks {
    /// The tree.
    pub directory: Arc<Directory>,
    /// The menu.
    pub catalog: Arc<Catalog>,
    /// Who finds and ends dispatches.
    pub responders: Arc<dyn Responders>,
}

impl Job<Gate> for FollowClocks {
    fn name(&self) -> &'static str {
        "demands.follow_clocks"
    }

    fn run<'a>(&'a self, gate: &'a Gate) -> LocalBoxFuture<'a, Result<usize, Problem>> {
        Box::pin(async move {
            let due = async |tx: &mut Tx, now| store::due(tx, now, SWEEP).await;
            let follow = async |work: &mut Work<'_>, id| self.follow(work, id).await;
            Ok(gate.sweep(self.name(), due, follow).await?.done)
        })
    }
}

impl FollowClocks {
    async fn follow(&self, work: &mut Work<'_>, id: DemandId) -> Result<(), Problem> {
        let Some(demand) = store::find(work.tx, id).await? else { return Ok(()) };
        let Some((at, kind)) = demand.due() else { return Ok(()) };
        if at > work.now {
            return Ok(());
        }
        match kind {
            DueKind::Respond => self.nobody_responded(work, demand).await,
            DueKind::Handle => self.nobody_handled(work, demand).await,
            DueKind::Evaluate => self.nobody_judged(work, demand).await,
            DueKind::Retry => self.responders.find_responder(work, demand).await.map(drop),
        }
    }

    async fn nobody_responded(&self, work: &mut Work<'_>, demand: Demand) -> Result<(), Problem> {
        let demand = self.take_back(work, demand).await?;
        let cause = EscalationCause::RespondOverdue;
        let climbed = climb(work, &self.directory, &self.catalog, demand, cause, None)?;
        match climbed {
            Climb::Up(demand) if demand.automatic && demand.state == State::Verified => {
                self.responders.find_responder(work, demand).await.map(drop)
            }
            Climb::Up(demand) => store::save(work.tx, demand).await.map(drop),
            // What a person has to dispatch is reported to persons; only what the system
            // dispatches is tried again by the system.
            Climb::Top(demand) if demand.automatic && demand.state == State::Verified => {
                self.give_up(work, demand).await
            }
            Climb::Top(demand) => self.report_overdue(work, demand, DueKind::Respond).await,
        }
    }

    /// An offer that still stands lapses with the demand's own time to respond; the demand is
    /// yet to be stored.
    async fn take_back(&self, work: &mut Work<'_>, demand: Demand) -> Result<Demand, Problem> {
        if demand.state != State::Dispatched {
            return Ok(demand);
        }
        self.responders.end_dispatch(work, &demand, Outcome::Lapsed, None).await?;
        demand.back_to_responsible(work.now)
    }

    async fn give_up(&self, work: &mut Work<'_>, demand: Demand) -> Result<(), Problem> {
        let rule: Ruling<Matching> = self.directory.rule(demand.responsible_id, work.now);
        let retry_at = work.now + Duration::minutes(i64::from(rule.value.retry_minutes));
        let reasons = vec![UnfilledReason::plain(UnfilledCode::RespondOverdue)];
        let unfilled = demand.unfilled(Some(retry_at), reasons, work.now)?;
        let more = json!({ "cause": EscalationCause::RespondOverdue });
        work.record(unfilled.fact("demand.unfilled.v1", None, more));
        store::save(work.tx, unfilled).await.map(drop)
    }

    async fn nobody_handled(&self, work: &mut Work<'_>, demand: Demand) -> Result<(), Problem> {
        let cause = EscalationCause::HandleOverdue;
        match climb(work, &self.directory, &self.catalog, demand, cause, None)? {
            Climb::Up(demand) => store::save(work.tx, demand).await.map(drop),
            Climb::Top(demand) => self.report_overdue(work, demand, DueKind::Handle).await,
        }
    }

    async fn report_overdue(
        &self,
        work: &mut Work<'_>,
        mut demand: Demand,
        kind: DueKind,
    ) -> Result<(), Problem> {
        // Told once. Whoever is found after all still has the time to handle it.
        match kind {
            DueKind::Respond => demand.waits.respond_by = None,
            _ => demand.waits.overdue = true,
        }
        demand.updated_at = work.now;
        work.record(demand.fact("demand.overdue.v1", None, json!({ "kind": kind })));
        store::save(work.tx, demand).await.map(drop)
    }

    async fn nobody_judged(&self, work: &mut Work<'_>, demand: Demand) -> Result<(), Problem> {
        self.responders.end_dispatch(work, &demand, Outcome::Completed, None).await?;
        let closed = demand.closed(Closing::Silence, work.now)?;
        work.record(closed.fact("demand.closed.v1", None, json!({ "closing": Closing::Silence })));
        store::save(work.tx, closed).await.map(drop)
    }
}
