//! The sweep over kept answers.

use chrono::Duration;
use futures_util::future::LocalBoxFuture;

use super::Gate;
use crate::platform::jobs::Job;
use crate::platform::journal;
use crate::problem::Problem;

/// How many answers one sweep forgets.
const SWEEP: i64 = 500;

/// Forgets the answers to idempotency keys that nobody may ask for again.
pub struct ForgetAnswers;

impl Job<Gate> for ForgetAnswers {
    fn name(&self) -> &'static str {
        "access.forget_answers"
    }

    fn run<'a>(&'a self, gate: &'a Gate) -> LocalBoxFuture<'a, Result<usize, Problem>> {
        Box::pin(async move {
            let before = gate.clock().now() - Duration::hours(journal::ANSWERS_KEPT_HOURS);
            // Looked for before anything is written: an idle county writes nothing.
            let mut tx = gate.read_without_permit(self.name()).await?;
            if !journal::has_answers_before(&mut tx, before).await? {
                return Ok(0);
            }
            drop(tx);
            let forgotten = gate
                .without_permit(self.name(), async |work| {
                    journal::forget_answers(work.tx, before, SWEEP).await
                })
                .await?;
            Ok(usize::try_from(forgotten).unwrap_or(usize::MAX))
        })
    }
}
