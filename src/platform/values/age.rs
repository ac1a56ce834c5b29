//! How old somebody is, as far as the law asks: under fourteen a guardian has to agree
//! (个人信息保护法, article 31), and the data of everybody under eighteen is seen by staff only
//! with approval (未成年人网络保护条例, article 36).

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// At which age a guardian need not agree any more.
const AGREES_HIMSELF: u32 = 14;
/// At which age somebody is grown up.
const GROWN_UP: u32 = 18;

/// How old somebody is: nothing more exact is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum AgeBand {
    /// Under fourteen: a child.
    #[serde(rename = "under_14")]
    Under14,
    /// From fourteen to seventeen: a minor.
    #[serde(rename = "from_14_to_17")]
    From14To17,
    /// Eighteen or more.
    #[serde(rename = "adult")]
    Adult,
}

/// The day that it is in China, on which people there grow older.
#[must_use]
pub fn day_in_china(at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&chrono_tz::Asia::Shanghai).date_naive()
}

impl AgeBand {
    /// How old somebody who was born then is on this day.
    #[must_use]
    pub fn of(born: NaiveDate, on: NaiveDate) -> Self {
        match on.years_since(born).unwrap_or(0) {
            ..AGREES_HIMSELF => Self::Under14,
            AGREES_HIMSELF..GROWN_UP => Self::From14To17,
            GROWN_UP.. => Self::Adult,
        }
    }

    /// Whether he is a minor.
    #[must_use]
    pub const fn is_minor(self) -> bool {
        matches!(self, Self::Under14 | Self::From14To17)
    }

    /// As it is sealed: texts of one length, for what is sealed is as long as what it says.
    #[must_use]
    pub const fn to_text(self) -> &'static str {
        match self {
            Self::Under14 => "c",
            Self::From14To17 => "m",
            Self::Adult => "a",
        }
    }

    /// The one that was sealed as this.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Under14, Self::From14To17, Self::Adult].into_iter().find(|one| one.to_text() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_birthday_changes_it_and_the_day_before_does_not() {
        let date = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default();
        let born = date(2012, 3, 2);
        let ages = [
            (date(2012, 3, 1), AgeBand::Under14),
            (date(2026, 3, 1), AgeBand::Under14),
            (date(2026, 3, 2), AgeBand::From14To17),
            (date(2030, 3, 1), AgeBand::From14To17),
            (date(2030, 3, 2), AgeBand::Adult),
        ];
        for (on, band) in ages {
            assert_eq!(AgeBand::of(born, on), band, "{on}");
            assert_eq!(AgeBand::parse(band.to_text()), Some(band));
        }
        assert!(AgeBand::of(date(2012, 2, 29), date(2026, 2, 28)) == AgeBand::Under14);
    }
}
