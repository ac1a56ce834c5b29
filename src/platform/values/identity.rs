//! The number of a person (GB 11643) and of an organization (GB 32100), checked exactly.
//!
//! Both end with a character that is reckoned from those before it: one wrong digit, or
//! two that have changed places, and the number is refused where it is typed. Neither can
//! be written by serde: what is shown of an [`IdNumber`] is a [`MaskedIdNumber`].

use std::borrow::Cow;
use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Deserializer};
use utoipa::openapi::schema::{ObjectBuilder, Schema};
use utoipa::openapi::{RefOr, Type};
use utoipa::{PartialSchema, ToSchema};

use super::{MaskedIdNumber, refusal};
use crate::problem::FieldCode;

/// How long both kinds of number are.
const LENGTH: usize = 18;
/// How long the numbers are that ran out in 2013.
const OLD_LENGTH: usize = 15;

/// The first two digits of the divisions (GB/T 2260): the provinces, and those of the
/// residence permits of Hong Kong, Macao and Taiwan.
const PROVINCES: [u8; 35] = [
    11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52,
    53, 54, 61, 62, 63, 64, 65, 71, 81, 82, 83,
];
/// What each of the first seventeen digits counts.
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
/// The last character by the remainder of the sum.
const CHECKS: [u8; 11] = *b"10X98765432";

/// The number of a person, on his identity card: eighteen digits, of which the last may be
/// an X.
#[derive(Clone, PartialEq, Eq)]
pub struct IdNumber {
    text: String,
    birth_date: NaiveDate,
}

impl IdNumber {
    /// Reads a number. Whether he can have been born by now, the caller has to ask
    /// ([`IdNumber::birth_date`]): a number knows no today.
    ///
    /// # Errors
    /// `old_id_number` for one of fifteen digits, `not_an_id_number` for anything else
    /// that is none.
    pub fn parse(text: &str) -> Result<Self, FieldCode> {
        let text = text.trim().to_ascii_uppercase();
        if text.len() == OLD_LENGTH && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(FieldCode::OldIdNumber);
        }
        let birth_date = birth_date_of(text.as_bytes()).ok_or(FieldCode::NotAnIdNumber)?;
        Ok(Self { text, birth_date })
    }

    /// When he was born.
    #[must_use]
    pub const fn birth_date(&self) -> NaiveDate {
        self.birth_date
    }

    /// The number: for whoever seals it or has it verified, and for nobody's eyes.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// What is shown of it.
    #[must_use]
    pub fn masked(&self) -> MaskedIdNumber {
        MaskedIdNumber::of(&self.text)
    }
}

/// When whoever has this number was born, if it is one.
fn birth_date_of(number: &[u8]) -> Option<NaiveDate> {
    let (digits, check) = number.split_at_checked(LENGTH - 1)?;
    if !digits.iter().all(u8::is_ascii_digit) || check != [check_digit(digits)?] {
        return None;
    }
    let province = std::str::from_utf8(digits.get(..2)?).ok()?.parse().ok()?;
    let birth_date = std::str::from_utf8(digits.get(6..14)?).ok()?;
    let birth_date = NaiveDate::parse_from_str(birth_date, "%Y%m%d").ok()?;
    PROVINCES.contains(&province).then_some(birth_date)
}

/// The last character of the number that begins with these digits (ISO 7064 MOD 11-2).
fn check_digit(digits: &[u8]) -> Option<u8> {
    let values = digits.iter().map(|digit| u32::from(digit.wrapping_sub(b'0')));
    let sum: u32 = values.zip(WEIGHTS).map(|(value, weight)| value * weight).sum();
    CHECKS.get(usize::try_from(sum % 11).ok()?).copied()
}

impl fmt::Debug for IdNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "IdNumber({})", self.masked())
    }
}

impl<'de> Deserialize<'de> for IdNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(|code| refusal(code, ""))
    }
}

impl PartialSchema for IdNumber {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("The number on an identity card (GB 11643), with its check digit"))
            .pattern(Some("^[1-8][0-9]{16}[0-9Xx]$"))
            .examples([serde_json::Value::from("11010519491231002X")])
            .into()
    }
}

impl ToSchema for IdNumber {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("IdNumber")
    }
}

/// The characters of a credit code in the order of their values: digits and capitals
/// without I, O, S, V and Z.
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// The unified social credit code of an organization (GB 32100): eighteen characters, the
/// last of which is reckoned from the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreditCode(String);

impl CreditCode {
    /// Reads a code.
    ///
    /// # Errors
    /// `not_a_credit_code`.
    pub fn parse(text: &str) -> Result<Self, FieldCode> {
        let text = text.trim().to_ascii_uppercase();
        if is_credit_code(text.as_bytes()) {
            return Ok(Self(text));
        }
        Err(FieldCode::NotACreditCode)
    }

    /// The code: it is public, like the organization.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_credit_code(code: &[u8]) -> bool {
    let parts = code.split_at_checked(LENGTH - 1);
    parts.is_some_and(|(rest, check)| check_character(rest).is_some_and(|own| check == [own]))
}

/// The last character of the code that begins with these (mod 31, weights 3ⁱ).
fn check_character(code: &[u8]) -> Option<u8> {
    let mut weight = 1;
    let mut sum = 0;
    for character in code {
        sum += ALPHABET.iter().position(|known| known == character)? * weight;
        weight = weight * 3 % ALPHABET.len();
    }
    ALPHABET.get((ALPHABET.len() - sum % ALPHABET.len()) % ALPHABET.len()).copied()
}

impl<'de> Deserialize<'de> for CreditCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(|code| refusal(code, ""))
    }
}

impl PartialSchema for CreditCode {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("The unified social credit code of an organization (GB 32100)"))
            .pattern(Some("^[0-9A-HJ-NP-RTUW-Ya-hj-np-rtuw-y]{18}$"))
            .examples([serde_json::Value::from("91350100M000100Y43")])
            .into()
    }
}

impl ToSchema for CreditCode {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("CreditCode")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The examples that GB 11643-1999 itself gives, of Beijing and of Guangdong.
    const PUBLISHED: [&str; 2] = ["11010519491231002X", "440524188001010014"];
    /// The example of GB 32100-2015, and codes of companies that everybody knows.
    const CODES: [&str; 4] =
        ["91350100M000100Y43", "91330100799655058B", "9144030071526726XG", "914403001922038216"];

    fn with_check(rest: &str, check: Option<u8>) -> String {
        format!("{rest}{}", char::from(check.unwrap_or(b'?')))
    }

    #[test]
    fn the_published_numbers_are_numbers() {
        for number in PUBLISHED {
            let read = IdNumber::parse(number).ok();
            assert_eq!(read.as_ref().map(IdNumber::expose), Some(number));
        }
        let born = IdNumber::parse(" 11010519491231002x ").ok().map(|read| read.birth_date());
        assert_eq!(born, NaiveDate::from_ymd_opt(1949, 12, 31));
        for code in CODES {
            assert_eq!(CreditCode::parse(code).ok().as_ref().map(CreditCode::as_str), Some(code));
        }
    }

    #[test]
    fn with_any_other_last_character_they_are_none() {
        for number in PUBLISHED {
            let (rest, _) = number.split_at(LENGTH - 1);
            let good = (0..=u8::MAX).filter(u8::is_ascii).map(|last| with_check(rest, Some(last)));
            let good: Vec<String> = good.filter(|text| IdNumber::parse(text).is_ok()).collect();
            let both = number.ends_with('X').then(|| number.to_lowercase());
            assert_eq!(
                good,
                [Some(number.to_owned()), both].into_iter().flatten().collect::<Vec<_>>()
            );
        }
        for code in CODES {
            let (rest, _) = code.split_at(LENGTH - 1);
            let good = ALPHABET
                .iter()
                .filter(|last| CreditCode::parse(&with_check(rest, Some(**last))).is_ok());
            assert_eq!(good.count(), 1, "{code}");
        }
    }

    #[test]
    fn every_single_wrong_digit_and_every_exchange_of_neighbors_is_found() {
        for number in PUBLISHED.into_iter().chain(CODES) {
            let is_person = PUBLISHED.contains(&number);
            let accepts = |text: &str| {
                if is_person {
                    IdNumber::parse(text).is_ok()
                } else {
                    CreditCode::parse(text).is_ok()
                }
            };
            for at in 0..LENGTH {
                let mut bytes = number.as_bytes().to_vec();
                for other in ALPHABET {
                    if let Some(byte) = bytes.get_mut(at) {
                        *byte = *other;
                    }
                    let changed = String::from_utf8_lossy(&bytes).into_owned();
                    assert!(changed == number || !accepts(&changed), "{changed} for {number}");
                }
                let mut exchanged = number.as_bytes().to_vec();
                exchanged.swap(at, (at + 1).min(LENGTH - 1));
                let exchanged = String::from_utf8_lossy(&exchanged).into_owned();
                assert!(exchanged == number || !accepts(&exchanged), "{exchanged} for {number}");
            }
        }
    }

    #[test]
    fn every_remainder_has_its_check_digit() {
        let numbers = (0..1000).map(|order| format!("11010519491231{order:03}"));
        let checks: Vec<Option<u8>> = numbers.map(|rest| check_digit(rest.as_bytes())).collect();
        for check in CHECKS {
            assert!(checks.contains(&Some(check)), "{}", char::from(check));
        }
    }

    #[test]
    fn a_number_is_of_a_province_and_of_a_day_that_there_was() {
        let number = |rest: &str| with_check(rest, check_digit(rest.as_bytes()));
        for none in ["00010519491231002", "10010519491231002", "99010519491231002"] {
            assert_eq!(IdNumber::parse(&number(none)), Err(FieldCode::NotAnIdNumber), "{none}");
        }
        for never in
            ["11010520230229002", "11010519491331002", "11010519490431002", "11010519490400002"]
        {
            assert_eq!(IdNumber::parse(&number(never)), Err(FieldCode::NotAnIdNumber), "{never}");
        }
        assert!(IdNumber::parse(&number("11010520240229002")).is_ok());
    }

    #[test]
    fn what_is_no_number_says_what_is_wrong() {
        assert_eq!(IdNumber::parse("110105491231002"), Err(FieldCode::OldIdNumber));
        for other in [
            "",
            "X",
            "11010519491231002",
            "11010519491231002XX",
            "一二三四五六",
            "1101051949123100２X",
        ] {
            assert_eq!(IdNumber::parse(other), Err(FieldCode::NotAnIdNumber), "{other}");
            assert_eq!(CreditCode::parse(other), Err(FieldCode::NotACreditCode), "{other}");
        }
        for letter in ["I", "O", "S", "V", "Z"] {
            let code = "91350100M000100Y43".replace('M', letter);
            assert_eq!(CreditCode::parse(&code), Err(FieldCode::NotACreditCode), "{code}");
        }
    }

    #[test]
    fn printed_it_shows_its_last_four() {
        let printed = format!("{:?}", IdNumber::parse(PUBLISHED[0]));
        assert_eq!(printed, "Ok(IdNumber(**************002X))");
    }

    proptest! {
        #[test]
        fn no_text_breaks_them(text in "\\PC*") {
            let _ = IdNumber::parse(&text);
            let _ = CreditCode::parse(&text);
        }

        #[test]
        fn what_the_check_completes_is_read(
            province in proptest::sample::select(&PROVINCES[..]),
            division in 0..10_000_u32, day in 0..40_000_u32, order in 0..1_000_u32,
            code in "[0-9A-HJ-NP-RTUW-Y]{17}",
        ) {
            let beginning = NaiveDate::from_ymd_opt(1900, 1, 1).unwrap_or_default();
            let born = beginning + chrono::Days::new(day.into());
            let rest = format!("{province}{division:04}{}{order:03}", born.format("%Y%m%d"));
            let number = IdNumber::parse(&with_check(&rest, check_digit(rest.as_bytes())));
            prop_assert_eq!(number.map(|number| number.birth_date()), Ok(born));
            let code = with_check(&code, check_character(code.as_bytes()));
            prop_assert!(CreditCode::parse(&code).is_ok());
        }
    }
}
