//! How fast each partner may be, as far as this process has met it.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use crate::ids::PartnerId;

/// The rates of partners who have been looked up. Requests are counted before anything is
/// looked up, so a partner's first one counts by the usual limit.
#[derive(Default)]
pub struct Rates(RwLock<HashMap<PartnerId, u32>>);

impl Rates {
    /// How many requests the partner may send in a minute, if that is known here.
    #[must_use]
    pub fn of(&self, partner: PartnerId) -> Option<u32> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(&partner).copied()
    }

    /// Remembers what was looked up.
    pub fn remember(&self, partner: PartnerId, requests_per_minute: i64) {
        let rate = u32::try_from(requests_per_minute).unwrap_or(u32::MAX);
        if self.of(partner) != Some(rate) {
            self.0.write().unwrap_or_else(PoisonError::into_inner).insert(partner, rate);
        }
    }
}
