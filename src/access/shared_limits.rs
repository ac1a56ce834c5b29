//! The limits of requests, shared between the instances: a job that each of them does for
//! itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use futures_util::future::LocalBoxFuture;
use uuid::Uuid;

use super::Gate;
use crate::platform::http::limits::{self, Limits};
use crate::platform::jobs::Job;
use crate::problem::Problem;

/// Tells the other instances who has sent many requests to this one, and hears from them.
pub struct ShareCounts {
    limits: Arc<Limits>,
    instance: Uuid,
    /// The minute that was told of last, and is not forgotten yet; 0 if there is none.
    last_told: AtomicI64,
}

impl ShareCounts {
    /// In the name of this instance.
    #[must_use]
    pub const fn new(limits: Arc<Limits>, instance: Uuid) -> Self {
        Self { limits, instance, last_told: AtomicI64::new(0) }
    }

    async fn share(&self, gate: &Gate) -> Result<usize, Problem> {
        let told = self.limits.to_tell();
        let last = self.last_told.load(Ordering::Relaxed);
        let is_over = last != 0 && last != told.minute;
        // Whoever has nothing to tell has nothing to ask: nobody here is near his limit.
        if told.counts.is_empty() && !is_over {
            return Ok(0);
        }
        let elsewhere = gate
            .without_permit(self.name(), async |work| {
                if is_over {
                    limits::forget_before(work.tx, told.minute).await?;
                }
                limits::share(work.tx, self.instance, &told).await
            })
            .await?;
        self.limits.hear(&told, &elsewhere);
        let tells = !told.counts.is_empty();
        self.last_told.store(if tells { told.minute } else { 0 }, Ordering::Relaxed);
        // However many were told of: that is no reason to do it again at once.
        Ok(usize::from(tells))
    }
}

impl Job<Gate> for ShareCounts {
    fn name(&self) -> &'static str {
        "access.share_counts"
    }

    fn is_for_every_instance(&self) -> bool {
        true
    }

    fn run<'a>(&'a self, gate: &'a Gate) -> LocalBoxFuture<'a, Result<usize, Problem>> {
        Box::pin(self.share(gate))
    }
}
