//! A closed loop: so many workers, each doing one thing after the other, timed one by one.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;

/// What came of one step.
pub enum Step {
    /// It was done, with so many statements if the answer says so.
    Done(Option<u32>),
    /// It was refused, and why.
    Failed(String),
    /// Nothing is left to do.
    Exhausted,
}

/// Something that does one thing after the other.
pub trait Worker: Send + 'static {
    /// Does the next thing.
    fn step(&mut self) -> impl Future<Output = Step> + Send;
}

/// How long to do it.
#[derive(Clone, Copy)]
pub struct Pace {
    /// What is not measured at first.
    pub warm_up: Duration,
    /// What is measured.
    pub measured: Duration,
}

/// What was measured.
#[derive(Clone, Debug, Default)]
pub struct Measured {
    /// How long.
    pub elapsed: Duration,
    /// The microseconds of each step that was done, in order.
    micros: Vec<u32>,
    /// How many steps were refused.
    pub failed: usize,
    /// What the first refusal said.
    pub refusal: Option<String>,
    /// How many statements most of the steps took.
    pub statements: Option<u32>,
    /// How many steps there were, the unmeasured ones too.
    pub steps: usize,
    /// How many transactions had to be done again, as far as that is known.
    pub again: usize,
}

impl Measured {
    /// How many steps were done in a second.
    pub fn rate(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a count of seconds' work")]
        let done = self.micros.len() as f64;
        done / self.elapsed.as_secs_f64().max(1e-6)
    }

    /// How often a step had to be done again.
    pub fn again(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "counts of seconds' work")]
        let each = self.again as f64 / self.steps.max(1) as f64;
        each
    }

    /// The time that so many of a thousand steps took at most.
    pub fn permille(&self, permille: usize) -> u32 {
        let last = self.micros.len().saturating_sub(1);
        self.micros.get(last * permille / 1_000).copied().unwrap_or_default()
    }
}

/// Lets the workers loose, one task each, over these threads in turn.
pub async fn measure<W: Worker>(workers: Vec<W>, threads: &[Handle], pace: Pace) -> Measured {
    let begin = Instant::now() + pace.warm_up;
    let end = begin + pace.measured;
    let tasks: Vec<_> = workers
        .into_iter()
        .zip(threads.iter().cycle())
        .map(|(worker, thread)| thread.spawn(run(worker, begin, end)))
        .collect();
    let mut all = Measured::default();
    let mut statements = Vec::new();
    for task in tasks {
        let one = task.await.unwrap();
        all.elapsed = all.elapsed.max(one.elapsed);
        all.micros.extend(one.micros);
        all.failed += one.failed;
        all.steps += one.steps;
        all.refusal = all.refusal.or(one.refusal);
        statements.extend(one.statements);
    }
    all.micros.sort_unstable();
    statements.sort_unstable();
    all.statements = statements.get(statements.len() / 2).copied();
    all
}

async fn run<W: Worker>(mut worker: W, begin: Instant, end: Instant) -> Measured {
    let mut seen = Measured::default();
    let mut before = Instant::now();
    while before < end {
        let step = worker.step().await;
        let after = Instant::now();
        seen.steps += 1;
        match step {
            Step::Done(statements) => {
                seen.statements = statements.or(seen.statements);
                if before >= begin {
                    let micros = (after - before).as_micros();
                    seen.micros.push(u32::try_from(micros).unwrap_or(u32::MAX));
                }
            }
            Step::Failed(refusal) => {
                seen.failed += 1;
                seen.refusal.get_or_insert(refusal);
            }
            Step::Exhausted => break,
        }
        before = after;
    }
    seen.elapsed = Instant::now().saturating_duration_since(begin);
    seen
}

/// Things to be done, handed out once each, or round and round.
pub struct Queue<T> {
    things: Arc<Vec<T>>,
    next: Arc<AtomicUsize>,
    around: bool,
}

impl<T> Clone for Queue<T> {
    fn clone(&self) -> Self {
        Self { things: Arc::clone(&self.things), next: Arc::clone(&self.next), around: self.around }
    }
}

impl<T: Clone> Queue<T> {
    /// Each thing once.
    pub fn once(things: Vec<T>) -> Self {
        Self { things: Arc::new(things), next: Arc::default(), around: false }
    }

    /// The things again and again.
    pub fn around(things: Vec<T>) -> Self {
        Self { around: true, ..Self::once(things) }
    }

    /// The next thing, and which one it is.
    pub fn next(&self) -> Option<(usize, &T)> {
        let mut index = self.next.fetch_add(1, Ordering::Relaxed);
        if self.around {
            index %= self.things.len().max(1);
        }
        self.things.get(index).map(|thing| (index, thing))
    }
}
