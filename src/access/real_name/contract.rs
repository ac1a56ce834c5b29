//! What callers send and see of their real name.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::domain::{RealName, RealNameState};
use crate::platform::values::{AgeBand, IdNumber, MaskedIdNumber, PersonName, day_in_china};

/// Proves one's real name.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProveRealName {
    /// The name on the identity card.
    pub name: PersonName,
    /// Its number: sealed where it matches, forgotten where it does not.
    pub id_number: IdNumber,
}

/// What is known of one's real name.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RealName)]
pub struct RealNameView {
    /// Whether it is proven.
    pub state: RealNameState,
    /// The number of the identity card, by its last four; null unless it is proven.
    pub id_number: Option<MaskedIdNumber>,
    /// How old the holder is; null unless it is proven.
    pub age_band: Option<AgeBand>,
    /// Who was asked.
    pub source: Option<String>,
    /// When.
    pub asked_at: Option<DateTime<Utc>>,
}

impl RealNameView {
    /// What is known, masked.
    #[must_use]
    pub fn of(known: Option<&RealName>, now: DateTime<Utc>) -> Self {
        let number = known.and_then(|known| known.number.as_ref());
        Self {
            state: known.map_or(RealNameState::NotAsked, RealName::state),
            id_number: number.map(IdNumber::masked),
            age_band: number.map(|number| AgeBand::of(number.birth_date(), day_in_china(now))),
            source: known.map(|known| known.source.clone()),
            asked_at: known.map(|known| known.asked_at),
        }
    }
}
