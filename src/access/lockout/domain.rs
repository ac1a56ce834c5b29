//! How long somebody waits who failed so often.

use chrono::{DateTime, Duration, Utc};

use crate::access::counts::KEPT;
use crate::platform::clock::seconds_until;

/// The wait after the first failure too many, in seconds; it doubles with each further one.
const FIRST_WAIT: i64 = 60;
/// The longest wait, in seconds.
const LONGEST_WAIT: i64 = 30 * 60;

/// What failures are counted of.
#[derive(Clone, Copy, Debug)]
pub enum Guarded {
    /// One account.
    Account,
    /// One address, behind which a whole office may sit.
    Address,
}

impl Guarded {
    /// Which failure is the first that is followed by a wait.
    const fn first_too_many(self) -> i64 {
        match self {
            Self::Account => 5,
            Self::Address => 30,
        }
    }
}

/// The failures of one account or address.
#[derive(Clone, Copy, Debug)]
pub struct Failures {
    /// How many.
    pub number: i64,
    /// When the last one was.
    pub last: DateTime<Utc>,
}

impl Failures {
    /// What is still remembered of what is known.
    #[must_use]
    pub fn remembered(known: Option<Self>, now: DateTime<Utc>) -> Self {
        let recent = known.filter(|known| known.last + KEPT > now);
        recent.unwrap_or(Self { number: 0, last: now })
    }

    /// One more.
    #[must_use]
    pub const fn and_one(self, now: DateTime<Utc>) -> Self {
        Self { number: self.number.saturating_add(1), last: now }
    }

    /// How many seconds are left to wait before the next try.
    #[must_use]
    pub fn wait_left(self, guarded: Guarded, now: DateTime<Utc>) -> i64 {
        seconds_until(self.last + Duration::seconds(self.wait(guarded)), now)
    }

    fn wait(self, guarded: Guarded) -> i64 {
        let beyond = self.number - guarded.first_too_many();
        // Beyond ten doublings every wait is the longest.
        match u32::try_from(beyond) {
            Ok(doublings) => (FIRST_WAIT << doublings.min(10)).min(LONGEST_WAIT),
            Err(_) => 0,
        }
    }
}
