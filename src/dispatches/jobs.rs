//! The sweep over unanswered offers.

use std::sync::Arc;

use futures_util::future::LocalBoxFuture;

use super::domain::{DispatchState, Move};
use super::responding::end_by;
use super::store::{self, OfferId};
use crate::access::{Gate, Work};
use crate::demands::{self, Responders, State};
use crate::ids::DispatchId;
use crate::platform::db::Tx;
use crate::platform::jobs::Job;
use crate::problem::Problem;

/// How many offers one sweep takes.
const SWEEP: i64 = 100;

/// Lapses every offer that was not answered in time, and asks the next
/// candidate where the system dispatches.
pub struct LapseOffers {
    /// Who finds the next responder.
    pub responders: Arc<dyn Responders>,
}

impl Job<Gate> for LapseOffers {
    fn name(&self) -> &'static str {
        "dispatches.lapse_offers"
    }

    fn run<'a>(&'a self, gate: &'a Gate) -> LocalBoxFuture<'a, Result<usize, Problem>> {
        Box::pin(async move {
            let overdue = async |tx: &mut Tx, now| store::overdue(tx, now, SWEEP).await;
            let lapse = async |work: &mut Work<'_>, id| self.lapse(work, id).await;
            Ok(gate.sweep(self.name(), overdue, lapse).await?.done)
        })
    }
}

impl LapseOffers {
    async fn lapse(&self, work: &mut Work<'_>, id: DispatchId) -> Result<(), Problem> {
        let id = OfferId { dispatch: id, volunteer: None, at: work.now };
        let Some(offer) = store::find(work.tx, id).await? else { return Ok(()) };
        let running = offer.dispatch.state == DispatchState::Offered;
        let paused = offer.demand.waits.paused_at.is_some();
        if !running || paused || offer.dispatch.respond_by > work.now {
            return Ok(());
        }
        let lapsed = end_by(work, offer.dispatch, Move::Lapse, None).await?;
        if offer.demand.state != State::Dispatched {
            return Ok(());
        }
        let returned = offer.demand.back_to_responsible(work.now)?;
        work.record(lapsed.fact("dispatch.lapsed.v1", None, &returned));
        // A demand whose own time is over goes up by its own clock.
        let in_time = returned.due().is_none_or(|(at, _)| at > work.now);
        if returned.automatic && in_time {
            self.responders.find_responder(work, returned).await.map(drop)
        } else {
            demands::save(work.tx, returned).await.map(drop)
        }
    }
}
