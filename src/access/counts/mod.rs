//! # Counts
//!
//! How often something was done lately, by whom: kept in the database, so that it holds
//! across instances, and by digest, so that it names nobody. Failed tries to sign in are
//! counted here ([`lockout`](super::lockout)), and whatever may be done only so often in a
//! time ([`Limit`]).

mod store;

pub use store::{STATEMENTS, forget, has_old, known, write};

use chrono::{DateTime, Duration, Utc};

use super::gate::Work;
use crate::platform::clock::seconds_until;
use crate::problem::{Code, Problem};

/// How long anything is counted at most.
pub const KEPT: Duration = Duration::hours(24);

/// How often, and since when or when last, as it is counted.
#[derive(Clone, Copy, Debug)]
pub struct Count {
    /// How often.
    pub number: i64,
    /// Since when, or when last.
    pub at: DateTime<Utc>,
}

/// The count of one subject among those that are known.
#[must_use]
pub fn of(known: &[(String, Count)], subject: &str) -> Option<Count> {
    known.iter().find(|(known, _)| known == subject).map(|(_, count)| *count)
}

/// How often something may be done in a time, which begins with the first of them.
#[derive(Clone, Debug)]
pub struct Limit {
    /// What is done by whom: a digest, where that names anybody.
    pub subject: String,
    /// How often; 0 is no limit.
    pub most: u32,
    /// In which time, at most [`KEPT`].
    pub within: Duration,
}

impl Limit {
    /// What has been counted of it in the time that runs now.
    fn running(&self, known: &[(String, Count)], now: DateTime<Utc>) -> Count {
        let counts = |count: &Count| count.number > 0 && count.at + self.within > now;
        of(known, &self.subject).filter(counts).unwrap_or(Count { number: 0, at: now })
    }

    /// How many seconds are left to wait.
    fn wait(&self, running: Count, now: DateTime<Utc>) -> i64 {
        if running.number < i64::from(self.most) {
            return 0;
        }
        seconds_until(running.at + self.within, now)
    }
}

/// How often it was done in the time that runs now.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn spent(work: &mut Work<'_>, limit: &Limit) -> Result<i64, Problem> {
    let known = known(work.tx, &[limit.subject.as_str()]).await?;
    Ok(limit.running(&known, work.now).number)
}

/// Counts that something is done once more, unless one of the limits is reached.
///
/// # Errors
/// `too_many_requests` with the seconds to wait.
pub async fn spend(work: &mut Work<'_>, limits: &[Limit]) -> Result<(), Problem> {
    let now = work.now;
    let limits: Vec<&Limit> = limits.iter().filter(|limit| limit.most > 0).collect();
    let subjects: Vec<&str> = limits.iter().map(|limit| limit.subject.as_str()).collect();
    let known = known(work.tx, &subjects).await?;
    let running: Vec<Count> = limits.iter().map(|limit| limit.running(&known, now)).collect();
    let waits = limits.iter().zip(&running).map(|(limit, running)| limit.wait(*running, now));
    let wait = waits.max().unwrap_or(0);
    if wait > 0 {
        return Err(Problem::of(Code::TooManyRequests).about(wait));
    }
    let one_more = |count: &Count| Count { number: count.number.saturating_add(1), ..*count };
    let counted: Vec<(&str, Count)> =
        subjects.into_iter().zip(running.iter().map(one_more)).collect();
    write(work.tx, &counted).await
}

/// Takes back one that was counted, because it was not done after all, or is done with.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn give_back(work: &mut Work<'_>, limits: &[Limit]) -> Result<(), Problem> {
    for limit in limits.iter().filter(|limit| limit.most > 0) {
        store::take_one_back(work.tx, &limit.subject).await?;
    }
    Ok(())
}
