//! The auditor: every wait has a deadline, every deadline a consequence, and here somebody
//! looks whether it came.
//!
//! It changes nothing: what it finds is a fault of the sweeps, for a person to look at. A
//! sweep that is catching up, after a night without power, needs some time; so a deadline
//! counts as missed when the auditor has seen it pass and sees it still stand later on.

mod store;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Duration, Utc};
use futures_util::future::LocalBoxFuture;
use store::Passed;
pub use store::STATEMENTS;

use crate::access::Gate;
use crate::platform::jobs::Job;
use crate::problem::Problem;

/// How many deadlines of each kind are looked at.
const LOOK: i64 = 100;
/// How long after it was seen to pass a deadline counts as missed.
const GRACE: Duration = Duration::minutes(5);
/// Every kind of deadline there is.
const KINDS: [&str; 5] =
    ["demand_due", "offer_respond_by", "nomination_respond_by", "come_by", "leave_by"];

/// Reports every deadline that passed without its consequence: each once in the log, and
/// how many there are in `redvest_deadlines_missed`.
#[derive(Default)]
pub struct AuditClocks(Mutex<HashMap<Passed, Sighting>>);

/// What is known of a deadline that has passed.
#[derive(Clone, Copy)]
struct Sighting {
    first_seen: DateTime<Utc>,
    reported: bool,
}

impl AuditClocks {
    /// How many deadlines of each kind have been reported and still stand.
    #[must_use]
    pub fn missed(&self) -> BTreeMap<String, u32> {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut missed: BTreeMap<_, _> = KINDS.iter().map(|kind| ((*kind).to_owned(), 0)).collect();
        for (passed, _) in seen.iter().filter(|(_, sighting)| sighting.reported) {
            *missed.entry(passed.kind.clone()).or_default() += 1;
        }
        missed
    }

    /// Takes note of what has passed, and forgets what has found its consequence; says how
    /// many are reported for the first time.
    fn observe(&self, passed: Vec<Passed>, now: DateTime<Utc>) -> usize {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::take(&mut *seen);
        let mut news = 0;
        for one in passed {
            let known = before.get(&one).copied();
            let mut sighting = known.unwrap_or(Sighting { first_seen: now, reported: false });
            if !sighting.reported && now - sighting.first_seen >= GRACE {
                log::error!(kind = one.kind.as_str(), id = one.id.to_string().as_str(); "a deadline passed at {} without its consequence", one.at);
                sighting.reported = true;
                news += 1;
            }
            seen.insert(one, sighting);
        }
        news
    }
}

impl Job<Gate> for AuditClocks {
    fn name(&self) -> &'static str {
        "dispatches.audit_clocks"
    }

    fn run<'a>(&'a self, gate: &'a Gate) -> LocalBoxFuture<'a, Result<usize, Problem>> {
        Box::pin(async move {
            let now = gate.clock().now();
            let mut tx = gate.read_without_permit(self.name()).await?;
            let passed = store::passed(&mut tx, now, LOOK).await?;
            drop(tx);
            let news = self.observe(passed, now);
            for (kind, count) in self.missed() {
                metrics::gauge!("redvest_deadlines_missed", "kind" => kind).set(f64::from(count));
            }
            Ok(news)
        })
    }
}
