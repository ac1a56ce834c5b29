//! # Jobs
//!
//! Deadlines are columns and sweeps, never timers in memory: a restart loses
//! nothing and a test only moves the clock. A sweep takes a capped number of due
//! things, each in its own transaction, so that one conflict stops nobody else.
//! A lease in the database gives each job to one instance at a time; that saves
//! work, while compare-and-set in every transition is what makes it right.

pub mod store;

use std::collections::HashMap;
use std::fmt::Display;
use std::sync::{Arc, Mutex};
use std::time::Duration as StdDuration;

use chrono::{DateTime, Duration, Utc};
use futures_util::future::LocalBoxFuture;
use tokio::sync::watch;
use tokio::time::Instant;
use uuid::Uuid;

use crate::problem::{Code, Problem};

/// How long a lease lasts; a crashed instance's jobs are taken over after that.
const LEASE: Duration = Duration::seconds(30);

/// After a sweep that did so many things the next one of that job follows at once: it may have
/// come to its cap, which is larger, and not all that it takes up succeeds. After a smaller
/// one it comes in its own time, however busy the county is: a sweep after every single
/// fact costs more than what it does.
const MANY: usize = 50;

/// What became of one thing that a sweep took up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// The sweep did it.
    Done,
    /// Somebody else changed it at the same time: what there was to do, he has done.
    ByAnother,
    /// It could not be done. That is logged, and it is passed over.
    Failed,
}

/// What became of one thing that a sweep took up; a database that is gone ends the sweep. The
/// log names it by its id, and never says what is personal of anybody.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub fn settled(
    job: &'static str,
    id: impl Display,
    result: Result<(), Problem>,
) -> Result<Settled, Problem> {
    match result {
        Ok(()) => Ok(Settled::Done),
        Err(problem) if problem.code() == Code::ChangedMeanwhile => Ok(Settled::ByAnother),
        Err(problem) if problem.code() == Code::Unavailable => Err(problem),
        Err(problem) => {
            log::error!(job = job; "{id} could not be dealt with: {problem}");
            Ok(Settled::Failed)
        }
    }
}

/// What a sweep has come to.
#[derive(Debug)]
pub struct Swept<I> {
    /// How many things it did.
    pub done: usize,
    /// Those that could not be done, and are due still.
    pub failed: Vec<I>,
}

/// What jobs run in: it keeps the leases and knows the time.
pub trait Host {
    /// The present instant.
    fn now(&self) -> DateTime<Utc>;

    /// Brings the copies of reference data up to date.
    fn catch_up(&self) -> LocalBoxFuture<'_, Result<(), Problem>>;

    /// Takes or keeps the lease of a job; says whether `owner` holds it now.
    fn lease<'a>(
        &'a self,
        job: &'a str,
        owner: Uuid,
        until: DateTime<Utc>,
    ) -> LocalBoxFuture<'a, Result<bool, Problem>>;

    /// Gives back everything that `owner` holds.
    fn hand_back(&self, owner: Uuid) -> LocalBoxFuture<'_, Result<(), Problem>>;
}

/// Work that becomes due by itself.
pub trait Job<H>: Send + Sync {
    /// Its name: noun, then what it does.
    fn name(&self) -> &'static str;

    /// Whether every instance does it for itself, and not one of them for all.
    fn is_for_every_instance(&self) -> bool {
        false
    }

    /// Does what is due, up to a cap, and says how much it did.
    fn run<'a>(&'a self, host: &'a H) -> LocalBoxFuture<'a, Result<usize, Problem>>;
}

/// What came of running some jobs once.
struct Round<H> {
    done: usize,
    busy: Vec<Arc<dyn Job<H>>>,
    failed: Option<Problem>,
}

/// All jobs of the program.
pub struct Jobs<H> {
    all: Vec<Arc<dyn Job<H>>>,
    owner: Uuid,
    held_until: Mutex<HashMap<&'static str, DateTime<Utc>>>,
}

impl<H: Host> Jobs<H> {
    /// These jobs, run under this instance's name.
    #[must_use]
    pub fn new(jobs: Vec<Arc<dyn Job<H>>>, owner: Uuid) -> Self {
        Self { all: jobs, owner, held_until: Mutex::default() }
    }

    /// Runs every job once that this instance can lease; says how much was done.
    ///
    /// # Errors
    /// The last problem of any job; the others still ran.
    pub async fn run_once(&self, host: &H) -> Result<usize, Problem> {
        let Round { done, failed, .. } = self.round(&self.all, host).await?;
        failed.map_or(Ok(done), Err)
    }

    /// Runs until `stop` becomes true, then hands the leases back. All jobs have their turn once in
    /// a pause; in between those alone that have much to do, one sweep after the other.
    pub async fn run_until(&self, host: &H, pause: StdDuration, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            let begun = Instant::now();
            let mut busy = self.busy(&self.all, host).await;
            while !busy.is_empty() && begun.elapsed() < pause && !*stop.borrow() {
                busy = self.busy(&busy, host).await;
            }
            tokio::select! {
                () = tokio::time::sleep(pause.saturating_sub(begun.elapsed())) => {}
                changed = stop.changed() => if changed.is_err() { break },
            }
        }
        if let Err(problem) = host.hand_back(self.owner).await {
            log::warn!("leases could not be handed back, they end by themselves: {problem}");
        }
    }

    /// Those of these jobs that have done so much that there may be more.
    async fn busy(&self, jobs: &[Arc<dyn Job<H>>], host: &H) -> Vec<Arc<dyn Job<H>>> {
        self.round(jobs, host).await.map_or_else(|_| Vec::new(), |round| round.busy)
    }

    async fn round(&self, jobs: &[Arc<dyn Job<H>>], host: &H) -> Result<Round<H>, Problem> {
        host.catch_up().await?;
        let mut round = Round { done: 0, busy: Vec::new(), failed: None };
        for job in jobs {
            match self.run_one(job.as_ref(), host).await {
                Ok(count) => {
                    round.done += count;
                    round.busy.extend((count >= MANY).then(|| Arc::clone(job)));
                }
                Err(problem) => {
                    log::error!(job = job.name(); "{problem}");
                    round.failed = Some(problem);
                }
            }
        }
        Ok(round)
    }

    async fn run_one(&self, job: &dyn Job<H>, host: &H) -> Result<usize, Problem> {
        if !job.is_for_every_instance() && !self.holds(job.name(), host).await? {
            return Ok(0);
        }
        let done = job.run(host).await?;
        metrics::counter!("redvest_job_items_total", "job" => job.name()).increment(done as u64);
        Ok(done)
    }

    /// A lease is renewed when half of it is over, not at every look.
    async fn holds(&self, job: &'static str, host: &H) -> Result<bool, Problem> {
        let now = host.now();
        let held = self.held_until.lock().ok().and_then(|held| held.get(job).copied());
        if held.is_some_and(|until| until - now > LEASE / 2) {
            return Ok(true);
        }
        let leased = host.lease(job, self.owner, now + LEASE).await?;
        if let (true, Ok(mut held)) = (leased, self.held_until.lock()) {
            held.insert(job, now + LEASE);
        }
        Ok(leased)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use futures_util::FutureExt as _;

    use super::*;

    /// Everything is leased to everybody.
    struct Generous;

    impl Host for Generous {
        fn now(&self) -> DateTime<Utc> {
            DateTime::UNIX_EPOCH
        }

        fn catch_up(&self) -> LocalBoxFuture<'_, Result<(), Problem>> {
            Box::pin(async { Ok(()) })
        }

        fn lease<'a>(
            &'a self,
            _: &'a str,
            _: Uuid,
            _: DateTime<Utc>,
        ) -> LocalBoxFuture<'a, Result<bool, Problem>> {
            Box::pin(async { Ok(true) })
        }

        fn hand_back(&self, _: Uuid) -> LocalBoxFuture<'_, Result<(), Problem>> {
            Box::pin(async { Ok(()) })
        }
    }

    /// Does so many things, run by run.
    struct Backlog(Mutex<VecDeque<usize>>);

    impl Job<Generous> for Backlog {
        fn name(&self) -> &'static str {
            "tests.backlog"
        }

        fn run<'a>(&'a self, _: &'a Generous) -> LocalBoxFuture<'a, Result<usize, Problem>> {
            let next = self.0.lock().ok().and_then(|mut runs| runs.pop_front());
            Box::pin(async move { Ok(next.unwrap_or_default()) })
        }
    }

    /// How many runs of each job are left when the first pause begins, which never ends.
    fn left_at_the_first_pause<const N: usize>(runs: [&[usize]; N]) -> [usize; N] {
        let backlogs =
            runs.map(|runs| Arc::new(Backlog(Mutex::new(runs.iter().copied().collect()))));
        let job = |one: &Arc<Backlog>| Arc::clone(one) as Arc<dyn Job<Generous>>;
        let jobs = Jobs::new(backlogs.iter().map(job).collect(), Uuid::nil());
        let (_stop, stopped) = watch::channel(false);
        let forever = jobs.run_until(&Generous, StdDuration::MAX, stopped);
        assert!(forever.now_or_never().is_none(), "it runs until it is stopped");
        backlogs.map(|one| one.0.lock().map_or(0, |runs| runs.len()))
    }

    #[tokio::test]
    async fn after_a_full_sweep_the_next_one_follows_at_once() {
        assert_eq!(left_at_the_first_pause([&[200, MANY, MANY - 1, 200]]), [1]);
        assert_eq!(left_at_the_first_pause([&[1, 200]]), [1]);
        assert_eq!(left_at_the_first_pause([&[0, 200]]), [1]);
    }

    #[tokio::test]
    async fn who_has_little_to_do_waits_for_his_turn_while_another_catches_up() {
        let left = left_at_the_first_pause([&[200, 200, 10], &[0, 0], &[MANY, 1, 1], &[1, 200]]);
        assert_eq!(left, [0, 1, 1, 1]);
    }
}
