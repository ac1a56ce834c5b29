//! Whether somebody outside is asked at all.
//!
//! ```text
//!            FAILURES in a row            PAUSE is over
//!   closed ────────────────────▶ open ────────────────────▶ half open: one asks,
//!     ▲                            ▲                         the others wait on
//!     │                            └──────── it fails ────────────┤
//!     └───────────────────────────────────── it answers ──────────┘
//! ```
//!
//! Half open is open for another pause, of which one request is let through: where nothing
//! becomes of that one, because its caller has gone away, the next one follows after the pause.
//! Each process counts for itself: what one cannot reach another may.

use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Duration, Utc};

use crate::platform::clock::seconds_until;

/// After how many failures in a row nobody asks any more.
const FAILURES: u32 = 5;
/// For how long nobody asks.
const PAUSE: Duration = Duration::seconds(30);

/// The circuit to one peer.
#[derive(Debug, Default)]
pub struct Breaker(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    failures: u32,
    /// Where the circuit is open: when the next one may ask.
    open_until: Option<DateTime<Utc>>,
}

impl Breaker {
    /// Whether to ask now.
    ///
    /// # Errors
    /// The seconds to wait, where the circuit is open.
    pub fn admit(&self, now: DateTime<Utc>) -> Result<(), i64> {
        let mut state = self.state();
        let Some(until) = state.open_until else { return Ok(()) };
        if now < until {
            return Err(seconds_until(until, now));
        }
        state.open_until = Some(now + PAUSE);
        Ok(())
    }

    /// The peer has answered.
    pub fn answered(&self) {
        *self.state() = State::default();
    }

    /// The peer has failed. Says whether it is left alone from now on.
    pub fn failed(&self, now: DateTime<Utc>) -> bool {
        let mut state = self.state();
        state.failures = state.failures.saturating_add(1);
        if state.failures >= FAILURES {
            state.open_until = Some(now + PAUSE);
        }
        state.open_until.is_some()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::{Breaker, FAILURES, PAUSE};
    use chrono::{DateTime, Duration, Utc};

    fn instant() -> DateTime<Utc> {
        DateTime::from_timestamp(1_772_416_800, 0).unwrap_or_default()
    }

    fn opened(now: DateTime<Utc>) -> Breaker {
        let breaker = Breaker::default();
        for failure in 1..=FAILURES {
            assert_eq!(breaker.admit(now), Ok(()));
            assert_eq!(breaker.failed(now), failure == FAILURES);
        }
        breaker
    }

    #[test]
    fn it_opens_after_failures_in_a_row_and_only_then() {
        let now = instant();
        let breaker = Breaker::default();
        for _ in 0..3 {
            for _ in 1..FAILURES {
                assert!(!breaker.failed(now));
            }
            breaker.answered();
        }
        assert_eq!(breaker.admit(now), Ok(()));
        assert_eq!(opened(now).admit(now), Err(30));
        assert_eq!(opened(now).admit(now + PAUSE - Duration::milliseconds(1)), Err(1));
    }

    #[test]
    fn after_the_pause_one_asks_and_its_answer_closes_it() {
        let breaker = opened(instant());
        let later = instant() + PAUSE;
        assert_eq!(breaker.admit(later), Ok(()));
        assert_eq!(breaker.admit(later), Err(30));
        breaker.answered();
        assert_eq!(breaker.admit(later), Ok(()));
        assert!(!breaker.failed(later));
    }

    #[test]
    fn one_failure_after_the_pause_opens_it_again() {
        let breaker = opened(instant());
        let later = instant() + PAUSE;
        assert_eq!(breaker.admit(later), Ok(()));
        assert!(breaker.failed(later));
        assert_eq!(breaker.admit(later + PAUSE - Duration::seconds(1)), Err(1));
        assert_eq!(breaker.admit(later + PAUSE), Ok(()));
    }

    #[test]
    fn where_nothing_becomes_of_the_one_the_next_follows() {
        let breaker = opened(instant());
        let later = instant() + PAUSE;
        assert_eq!(breaker.admit(later), Ok(()));
        assert_eq!(breaker.admit(later + PAUSE), Ok(()));
    }
}
