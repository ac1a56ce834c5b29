//! Whoever needs help, as far as the law asks how old he is.

use chrono::{DateTime, NaiveDate, Utc};

use super::Relation;
use crate::platform::values::{AgeBand, day_in_china};

/// How old whoever needs help is: what is known of somebody who orders for himself and is a minor
/// stands before what the order says.
#[must_use]
pub fn age_of_recipient(
    relation: Relation,
    requester_born: Option<NaiveDate>,
    at: DateTime<Utc>,
    said: Option<AgeBand>,
) -> Option<AgeBand> {
    let own = requester_born.filter(|_| relation == Relation::Oneself);
    let known = own.map(|born| AgeBand::of(born, day_in_china(at)));
    known.filter(|band| band.is_minor()).or(said)
}
