//! The sweep that changes the key of personal data, step by step.

use futures_util::future::LocalBoxFuture;

use super::Gate;
use crate::platform::jobs::Job;
use crate::platform::vault::{self, SealedColumn};
use crate::problem::Problem;

/// Lets a new key seal, and seals anew what the one before has sealed.
pub struct SealAnew {
    /// What is sealed.
    pub columns: &'static [SealedColumn],
}

impl Job<Gate> for SealAnew {
    fn name(&self) -> &'static str {
        "vault.seal_anew"
    }

    fn run<'a>(&'a self, gate: &'a Gate) -> LocalBoxFuture<'a, Result<usize, Problem>> {
        Box::pin(async move {
            let now = gate.clock().now();
            let mut tx = gate.read_without_permit(self.name()).await?;
            let step = vault::next_step(&mut tx, self.columns, now).await?;
            tx.finish();
            let Some(step) = step else { return Ok(0) };
            let take =
                async |work: &mut super::Work<'_>| vault::take_step(work.tx, step, work.now).await;
            gate.without_permit(self.name(), take).await?;
            Ok(1)
        })
    }
}
