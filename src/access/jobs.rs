//! The sweeps over kept answers, over sign-ins that have ended, over counts, and over codes,
//! keys, assertions and requests for a reveal that are good for nothing any more.

use chrono::{DateTime, Duration, Utc};
use futures_util::future::LocalBoxFuture;

use super::{Gate, counts, partners, phone_codes, reveals, sessions, signing_keys};
use crate::platform::db::Tx;
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

/// Forgets what was counted, when nobody waits for it any more.
pub struct ForgetCounts;

impl Job<Gate> for ForgetCounts {
    fn name(&self) -> &'static str {
        "access.forget_counts"
    }

    fn run<'a>(&'a self, gate: &'a Gate) -> LocalBoxFuture<'a, Result<usize, Problem>> {
        let (has, forget) = (counts::has_old, counts::forget);
        Box::pin(forget_older(gate, self.name(), counts::KEPT, has, forget))
    }
}

/// Forgets codes that nobody has used in time.
pub struct ForgetCodes;

impl Job<Gate> for ForgetCodes {
    fn name(&self) -> &'static str {
        "access.forget_codes"
    }

    fn run<'a>(&'a self, gate: &'a Gate) -> LocalBoxFuture<'a, Result<usize, Problem>> {
        let (has, forget) = (phone_codes::has_lapsed, phone_codes::forget_lapsed);
        Box::pin(forget_older(gate, self.name(), Duration::zero(), has, forget))
    }
}

/// Forgets signing keys of which no token can live any more.
pub struct ForgetKeys;

impl Job<Gate> for ForgetKeys {
    fn name(&self) -> &'static str {
        "access.forget_keys"
    }

    fn run<'a>(&'a self, gate: &'a Gate) -> LocalBoxFuture<'a, Result<usize, Problem>> {
        let (has, forget) = (signing_keys::has_lapsed, signing_keys::forget_lapsed);
        Box::pin(forget_older(gate, self.name(), signing_keys::KEPT, has, forget))
    }
}

/// Forgets assertions of partners that were spent and would be refused by now for their age.
pub struct ForgetAssertions;

impl Job<Gate> for ForgetAssertions {
    fn name(&self) -> &'static str {
        "access.forget_assertions"
    }

    fn run<'a>(&'a self, gate: &'a Gate) -> LocalBoxFuture<'a, Result<usize, Problem>> {
        let (has, forget) = (partners::has_lapsed, partners::forget_lapsed);
        Box::pin(forget_older(gate, self.name(), Duration::zero(), has, forget))
    }
}

/// Takes reveals that nobody has approved in time from among those that wait. They have lapsed
/// by the clock already.
pub struct ForgetWaits;

impl Job<Gate> for ForgetWaits {
    fn name(&self) -> &'static str {
        "access.forget_waits"
    }

    fn run<'a>(&'a self, gate: &'a Gate) -> LocalBoxFuture<'a, Result<usize, Problem>> {
        let (has, forget) = (reveals::has_lapsed, reveals::forget_lapsed);
        Box::pin(forget_older(gate, self.name(), Duration::zero(), has, forget))
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
