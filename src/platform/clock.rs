//! # Time and identity, as arguments
//!
//! The only room that may ask the operating system what time it is or make up
//! an identifier. Everything else is handed a [`Clock`]; a test moves it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Duration, SubsecRound, Utc};
use uuid::{ContextV7, Timestamp, Uuid};

/// How many seconds are left until an instant, a part of one counted as a whole.
#[must_use]
pub fn seconds_until(instant: DateTime<Utc>, now: DateTime<Utc>) -> i64 {
    let left = (instant - now).num_milliseconds().max(0);
    left / 1_000 + i64::from(left % 1_000 > 0)
}

/// Where the time comes from.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's own clock.
    System,
    /// A clock that stands still until it is moved: microseconds since 1970.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `start` until a test moves it.
    #[must_use]
    pub fn standing_at(start: DateTime<Utc>) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(start.timestamp_micros())))
    }

    /// The present instant, cut to microseconds: PostgreSQL stores no finer.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one room where the system clock is read")]
    pub fn now(&self) -> DateTime<Utc> {
        match self {
            Self::System => Utc::now().trunc_subsecs(6),
            Self::Manual(micros) => {
                DateTime::from_timestamp_micros(micros.load(Ordering::SeqCst)).unwrap_or_default()
            }
        }
    }

    /// Moves a manual clock forward; the system clock is left alone.
    pub fn advance(&self, by: Duration) {
        if let Self::Manual(micros) = self {
            micros.fetch_add(by.num_microseconds().unwrap_or(0), Ordering::SeqCst);
        }
    }

    /// A fresh UUIDv7 of the present instant: later ids sort after earlier ones.
    #[must_use]
    pub fn new_id<I: From<Uuid>>(&self) -> I {
        thread_local! {
            /// Keeps ids of one millisecond in order within a thread.
            static CONTEXT: ContextV7 = const { ContextV7::new() };
        }
        let now = self.now();
        let seconds = u64::try_from(now.timestamp()).unwrap_or(0);
        let id = CONTEXT.with(|context| {
            Uuid::new_v7(Timestamp::from_unix(context, seconds, now.timestamp_subsec_nanos()))
        });
        I::from(id)
    }
}
