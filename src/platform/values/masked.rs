//! What is shown of personal data, as types of their own: a text is not shown where one of
//! these stands, so that no view tells the whole by mistake (domain.md 2.7: of a telephone
//! the first three and the last four digits, of an identity number the last four).

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How many characters are shown at the end of a number.
const TAIL: usize = 4;

/// A telephone number as others see it: the first three and the last four digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(example = "139****0000")]
pub struct MaskedPhone(String);

impl MaskedPhone {
    /// Masks a full number.
    #[must_use]
    pub fn of(full: &str) -> Self {
        let head: String = full.chars().take(3).collect();
        Self(format!("{head}****{}", tail_of(full)))
    }
}

/// The number of a person as it is shown to himself: the last four characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(example = "**************002X")]
pub struct MaskedIdNumber(String);

impl MaskedIdNumber {
    /// Masks a full number.
    #[must_use]
    pub fn of(full: &str) -> Self {
        let hidden = full.chars().count().saturating_sub(TAIL);
        Self(format!("{}{}", "*".repeat(hidden), tail_of(full)))
    }
}

impl fmt::Display for MaskedIdNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A telephone number in a view that some see masked and others whole: which of both it is
/// has to be said where it is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(example = "139****0000")]
pub struct ShownPhone(String);

impl ShownPhone {
    /// For those who may not call.
    #[must_use]
    pub fn masked(full: &str) -> Self {
        Self(MaskedPhone::of(full).0)
    }

    /// For those who have to call.
    #[must_use]
    pub fn whole(full: &str) -> Self {
        Self(full.to_owned())
    }
}

/// The name of a person in a view that some see masked and others whole: which of both it is
/// has to be said where it is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(example = "王**")]
pub struct ShownName(String);

impl ShownName {
    /// As another system sees it, or staff a minor: its first character.
    #[must_use]
    pub fn masked(full: &str) -> Self {
        let first: String = full.chars().take(1).collect();
        Self(format!("{first}**"))
    }

    /// For those who meet him.
    #[must_use]
    pub fn whole(full: &str) -> Self {
        Self(full.to_owned())
    }

    /// For whoever reads it: that of a minor masked.
    #[must_use]
    pub fn for_others(full: &str, is_minor: bool) -> Self {
        if is_minor { Self::masked(full) } else { Self::whole(full) }
    }
}

impl From<ShownName> for String {
    fn from(name: ShownName) -> Self {
        name.0
    }
}

fn tail_of(full: &str) -> String {
    full.chars().skip(full.chars().count().saturating_sub(TAIL)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_masked_shows_no_more_than_it_says() {
        let written = |value: serde_json::Result<serde_json::Value>| value.unwrap_or_default();
        let phone = serde_json::to_value(MaskedPhone::of("13800001234"));
        assert_eq!(written(phone), "138****1234");
        let shown = serde_json::to_value(ShownPhone::masked("057763700000"));
        assert_eq!(written(shown), "057****0000");
        let number = serde_json::to_value(MaskedIdNumber::of("11010519491231002X"));
        assert_eq!(written(number), "**************002X");
        assert_eq!(written(serde_json::to_value(ShownName::masked("王秀英"))), "王**");
        assert_eq!(written(serde_json::to_value(ShownName::masked(""))), "**");
    }
}
