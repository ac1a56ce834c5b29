//! How many requests one caller may send in a minute, told in every answer
//! (`RateLimit`, `RateLimit-Policy`), so that a client can slow down by itself.
//!
//! A caller is an account or a partner once its token has been verified, and an address
//! until then: a made-up token buys nothing. A partner has a limit of its own. Only the
//! API and the tokens of partners are counted; health checks are not.
//!
//! Every instance counts in its own memory: a count that cost a statement would cost more
//! than what it protects. Those who have used up a good part of their limit here are told
//! to the other instances through the database, once a sweep ([`Limits::to_tell`],
//! [`Limits::hear`]). So the limit holds for all instances together, but for what is sent
//! within a sweep, and for a tenth of it at each further instance.

mod shared;

pub use shared::{STATEMENTS, Told, forget_before, share};

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use actix_web::dev::ServiceRequest;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use uuid::Uuid;

use super::origin::Proxies;
use crate::platform::clock::Clock;
use crate::platform::crypto;

/// How long the window is over which requests are counted, in seconds. It begins with the
/// minute of the clock, at all instances.
const WINDOW: i64 = 60;
/// The part of his limit from which on the other instances hear of a caller.
const WORTH_TELLING: u32 = 10;
/// How many callers are told of at most in one sweep: those who have sent most.
const TOLD_AT_ONCE: usize = 1_000;
/// Under which addresses requests are counted.
const COUNTED: [&str; 2] = ["/api/", "/oauth2/"];

/// Somebody whose token has been verified before.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// Who.
    pub caller: Uuid,
    /// How many requests he may send in a minute, where that is not the usual number.
    pub most: Option<u32>,
}

/// Who a request comes from, if its token has been verified before.
pub type KnownCaller = Box<dyn Fn(&HeaderMap) -> Option<Known> + Send + Sync>;

/// A caller as the counts know him: the beginning of a digest, the same at all instances.
pub type CallerNumber = i64;

/// The count of every caller in the present window.
pub struct Limits {
    most: u32,
    proxies: Proxies,
    clock: Clock,
    known_caller: KnownCaller,
    counted: Mutex<Counted>,
}

#[derive(Default)]
struct Counted {
    minute: i64,
    callers: HashMap<CallerNumber, Count>,
}

/// What one caller has sent in this window.
#[derive(Clone, Copy, Default)]
struct Count {
    most: u32,
    here: u32,
    elsewhere: u32,
    /// How many of those sent here the other instances have heard of.
    told: u32,
}

/// What is left to one caller.
#[derive(Clone, Copy, Debug)]
pub struct Left {
    most: u32,
    remaining: u32,
    seconds: i64,
    /// Whether this request is still within the limit.
    pub allowed: bool,
}

impl Counted {
    /// Begins anew when the minute is another one.
    fn in_minute(&mut self, minute: i64) -> &mut HashMap<CallerNumber, Count> {
        if self.minute != minute {
            self.minute = minute;
            self.callers.clear();
        }
        &mut self.callers
    }
}

impl Count {
    const fn sent(self) -> u32 {
        self.here.saturating_add(self.elsewhere)
    }

    const fn is_worth_telling(self) -> bool {
        self.here > self.told && self.here >= self.most / WORTH_TELLING
    }
}

impl Limits {
    /// At most so many requests a minute and caller; 0 is no limit at all.
    #[must_use]
    pub fn new(most: u32, proxies: Proxies, clock: Clock, known_caller: KnownCaller) -> Self {
        Self { most, proxies, clock, known_caller, counted: Mutex::default() }
    }

    /// Counts one request; `None` where there is no limit.
    #[must_use]
    pub fn count(&self, request: &ServiceRequest) -> Option<Left> {
        // As the address is routed: written with escapes, it is the same one.
        let address = request.match_info().as_str();
        if !COUNTED.iter().any(|counted| address.starts_with(counted)) {
            return None;
        }
        let known = (self.known_caller)(request.headers());
        let most = known.and_then(|known| known.most).unwrap_or(self.most);
        if most == 0 {
            return None;
        }
        let caller = self.caller_of(known, request);
        let (minute, into) = self.minute();
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counted.in_minute(minute).entry(caller).or_default();
        count.most = most;
        count.here = count.here.saturating_add(1);
        let sent = count.sent();
        let remaining = most.saturating_sub(sent);
        Some(Left { most, remaining, seconds: WINDOW - into, allowed: sent <= most })
    }

    /// Whom the other instances should hear of, and how many requests he has sent here in
    /// the minute that is told with it.
    #[must_use]
    pub fn to_tell(&self) -> Told {
        let (minute, _) = self.minute();
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let callers = counted.in_minute(minute).iter();
        let worth = callers.filter(|(_, count)| count.is_worth_telling());
        let mut counts: Vec<(CallerNumber, u32)> =
            worth.map(|(caller, count)| (*caller, count.here)).collect();
        counts.sort_unstable_by_key(|(_, here)| std::cmp::Reverse(*here));
        counts.truncate(TOLD_AT_ONCE);
        Told { minute, counts }
    }

    /// Takes in what the others have told, now that they have been told as well.
    pub fn hear(&self, told: &Told, elsewhere: &[(CallerNumber, i64)]) {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        if counted.minute != told.minute {
            return;
        }
        for (caller, here) in &told.counts {
            counted.callers.entry(*caller).or_default().told = *here;
        }
        for (caller, sent) in elsewhere {
            counted.callers.entry(*caller).or_default().elsewhere =
                u32::try_from(*sent).unwrap_or(u32::MAX);
        }
    }

    /// The minute of the clock, and how many seconds of it are over.
    fn minute(&self) -> (i64, i64) {
        let seconds = self.clock.now().timestamp();
        (seconds.div_euclid(WINDOW), seconds.rem_euclid(WINDOW))
    }

    fn caller_of(&self, known: Option<Known>, request: &ServiceRequest) -> CallerNumber {
        let name = if let Some(known) = known {
            format!("caller {}", known.caller)
        } else {
            let address = self.proxies.address_of(request.headers(), request.peer_addr());
            format!("address {address:?}")
        };
        crypto::short_digest(name.as_bytes())
    }
}

impl Left {
    /// Tells the caller.
    pub fn tell(self, headers: &mut HeaderMap) {
        let mut put = |name, text: String| {
            if let Ok(value) = HeaderValue::from_str(&text) {
                headers.insert(HeaderName::from_static(name), value);
            }
        };
        put("ratelimit-policy", format!("\"caller\";q={};w={WINDOW}", self.most));
        put("ratelimit", format!("\"caller\";r={};t={}", self.remaining, self.seconds));
        if !self.allowed {
            put("retry-after", self.seconds.to_string());
        }
    }
}
