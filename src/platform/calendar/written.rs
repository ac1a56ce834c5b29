//! A calendar as a rule writes it: the zone by its IANA name, dates as `YYYY-MM-DD`.

use std::borrow::Cow;
use std::collections::BTreeSet;

use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::{Deserialize, Deserializer, Serializer};

use crate::platform::values::refusal;
use crate::problem::FieldCode;

/// How many holidays, or make-up days, one version of a calendar may have: decades of them.
pub const MAXIMUM_DATES: usize = 1_000;

/// Writes a zone.
///
/// # Errors
/// Whatever the serializer refuses with.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over references")]
pub fn write_zone<S: Serializer>(zone: &Tz, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(zone.name())
}

/// Reads a zone.
///
/// # Errors
/// `not_one_of` where the database of zones has no such name.
pub fn read_zone<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Tz, D::Error> {
    let name = Cow::<'de, str>::deserialize(deserializer)?;
    name.parse().map_err(|_| refusal(FieldCode::NotOneOf, "Asia/Shanghai, Asia/Urumqi, … (IANA)"))
}

/// Reads dates in any order.
///
/// # Errors
/// `wrong_type` for what is no date of the calendar, `out_of_range` for too many.
pub fn read_dates<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeSet<NaiveDate>, D::Error> {
    let dates = Vec::<WrittenDate>::deserialize(deserializer)?;
    if dates.len() > MAXIMUM_DATES {
        return Err(refusal(FieldCode::OutOfRange, format_args!("0–{MAXIMUM_DATES}")));
    }
    Ok(dates.into_iter().map(|WrittenDate(date)| date).collect())
}

struct WrittenDate(NaiveDate);

impl<'de> Deserialize<'de> for WrittenDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        // Ten characters, as the contract says: chrono alone would also read `2026-5-1`.
        let whole = (text.len() == 10).then(|| text.parse().ok()).flatten();
        whole.map(Self).ok_or_else(|| refusal(FieldCode::WrongType, "YYYY-MM-DD"))
    }
}
