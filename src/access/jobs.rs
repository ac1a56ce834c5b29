//! The sweeps over kept answers, over sign-ins that have ended and over those that failed;
//! and telling the other instances who sends much.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Duration, Utc};
use futures_util::future::LocalBoxFuture;
use uuid::Uuid;

use super::{Gate, lockout, sessions};
use crate::platform::db::Tx;
use crate::platform::http::limits::{self, Limits};
use crate::platform::jobs::Job;
use crate::platform::journal;
use crate::problem::Problem;

/// How many rows one sweep forgets.
const SWEEP: i64 = 500;
/// How long a sign-in is kept when it is over, in days.
const SESSIONS_KEPT_DAYS: i64 = 30;

/// Forgets the answers to idempotency keys that nobody may ask for again.
pub struct ForgetAnswers;

impl Job<Gate> for ForgetAnswers {
    fn name(&self) -> &'static str {
        "access.forget_answers"
    }

    fn run<'a>(&'a self, gate: &'a Gate) -> LocalBoxFuture<'a, Result<usize, Problem>> {
        let kept = Duration::hours(journal::ANSWERS_KEPT_HOURS);
        let (has, forget) = (journal::has_answers_before, journal::forget_answers);
        Box::pin(forget_older(gate, self.name(), kept, has, forget))
    }
}

/// Forgets sign-ins that were over long ago.
pub struct ForgetSessions;

impl Job<Gate> for ForgetSessions {
    fn name(&self) -> &'static str {
        "access.forget_sessions"
    }

    fn run<'a>(&'a self, gate: &'a Gate) -> LocalBoxFuture<'a, Result<usize, Problem>> {
        let kept = Duration::days(SESSIONS_KEPT_DAYS);
        let (has, forget) = (sessions::has_over, sessions::forget_over);
        Box::pin(forget_older(gate, self.name(), kept, has, forget))
    }
}

/// Forgets failed tries to sign in, when nobody waits for them any more.
pub struct ForgetFailures;

impl Job<Gate> for ForgetFailures {
    fn name(&self) -> &'static str {
        "access.forget_failures"
    }

    fn run<'a>(&'a self, gate: &'a Gate) -> LocalBoxFuture<'a, Result<usize, Problem>> {
        let (has, forget) = (lockout::has_old, lockout::forget);
        Box::pin(forget_older(gate, self.name(), lockout::KEPT, has, forget))
    }
}

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

/// Forgets what is older than it is `kept`, up to [`SWEEP`] rows of it.
async fn forget_older(
    gate: &Gate,
    name: &'static str,
    kept: Duration,
    has: impl AsyncFn(&mut Tx, DateTime<Utc>) -> Result<bool, Problem>,
    forget: impl AsyncFn(&mut Tx, DateTime<Utc>, i64) -> Result<u64, Problem>,
) -> Result<usize, Problem> {
    let before = gate.clock().now() - kept;
    // Looked for before anything is written: an idle county writes nothing.
    let mut tx = gate.read_without_permit(name).await?;
    if !has(&mut tx, before).await? {
        return Ok(0);
    }
    drop(tx);
    let forgotten =
        gate.without_permit(name, async |work| forget(work.tx, before, SWEEP).await).await?;
    Ok(usize::try_from(forgotten).unwrap_or(usize::MAX))
}
