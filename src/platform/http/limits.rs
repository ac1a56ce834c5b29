//! How many requests one caller may send in a minute, told in every answer
//! (`RateLimit`, `RateLimit-Policy`), so that a client can slow down by itself.
//!
//! A caller is an account or a partner once its token has been verified, and an address
//! until then: a made-up token buys nothing. A partner has a limit of its own. Only the
//! API and the tokens of partners are counted; health checks are not. Counted in this
//! process: each instance counts its own share.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use actix_web::dev::ServiceRequest;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use uuid::Uuid;

use super::origin::Proxies;

/// The window over which requests are counted.
const WINDOW: Duration = Duration::from_mins(1);

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

/// The count of every caller in the present window.
pub struct Limits {
    most: u32,
    proxies: Proxies,
    known_caller: KnownCaller,
    counted: Mutex<Counted>,
}

struct Counted {
    since: Instant,
    requests: HashMap<u64, u32>,
}

/// What is left to one caller.
#[derive(Clone, Copy, Debug)]
pub struct Left {
    most: u32,
    remaining: u32,
    seconds: u64,
    /// Whether this request is still within the limit.
    pub allowed: bool,
}

impl Limits {
    /// At most so many requests a minute and caller; 0 is no limit at all.
    #[must_use]
    pub fn new(most: u32, proxies: Proxies, known_caller: KnownCaller) -> Self {
        let counted = Counted { since: Instant::now(), requests: HashMap::new() };
        Self { most, proxies, known_caller, counted: Mutex::new(counted) }
    }

    /// Counts one request; `None` where there is no limit.
    #[must_use]
    pub fn count(&self, request: &ServiceRequest) -> Option<Left> {
        if !COUNTED.iter().any(|counted| request.path().starts_with(counted)) {
            return None;
        }
        let known = (self.known_caller)(request.headers());
        let most = known.and_then(|known| known.most).unwrap_or(self.most);
        if most == 0 {
            return None;
        }
        let caller = self.caller_of(known, request);
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        if counted.since.elapsed() >= WINDOW {
            counted.since = Instant::now();
            counted.requests.clear();
        }
        let seconds = WINDOW.saturating_sub(counted.since.elapsed()).as_secs() + 1;
        let sent = counted.requests.entry(caller).or_default();
        *sent = sent.saturating_add(1);
        Some(Left { most, remaining: most.saturating_sub(*sent), seconds, allowed: *sent <= most })
    }

    fn caller_of(&self, known: Option<Known>, request: &ServiceRequest) -> u64 {
        let mut hasher = DefaultHasher::new();
        match known {
            Some(known) => known.caller.hash(&mut hasher),
            None => {
                self.proxies.address_of(request.headers(), request.peer_addr()).hash(&mut hasher);
            }
        }
        hasher.finish()
    }
}

/// Under which addresses requests are counted.
const COUNTED: [&str; 2] = ["/api/", "/oauth2/"];

impl Left {
    /// Tells the caller.
    pub fn tell(self, headers: &mut HeaderMap) {
        let mut put = |name, text: String| {
            if let Ok(value) = HeaderValue::from_str(&text) {
                headers.insert(HeaderName::from_static(name), value);
            }
        };
        put("ratelimit-policy", format!("\"caller\";q={};w={}", self.most, WINDOW.as_secs()));
        put("ratelimit", format!("\"caller\";r={};t={}", self.remaining, self.seconds));
        if !self.allowed {
            put("retry-after", self.seconds.to_string());
        }
    }
}
