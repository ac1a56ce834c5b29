//! # Values
//!
//! What may stand in a field is said once, by its type: reading refuses what the
//! schema of the contract refuses, with a field code and the limit, so the two
//! cannot drift apart. A value that exists is a valid one. What is personal has a type of its
//! own for what is shown of it ([`MaskedPhone`]).

mod age;
mod identity;
mod masked;

pub use age::{AgeBand, day_in_china};
pub use identity::{CreditCode, IdNumber};
pub use masked::{MaskedIdNumber, MaskedPhone, ShownName, ShownPhone};

use std::borrow::Cow;
use std::fmt;

use chrono::{DateTime, SubsecRound, Utc};
use serde::{Deserialize, Deserializer, Serialize, de};
use utoipa::openapi::schema::{ObjectBuilder, Schema};
use utoipa::openapi::{RefOr, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::platform::geography::{CoordinateSystem, Point};
use crate::problem::{FieldCode, FieldError, Problem};

/// How a value's own rule travels through serde: read back by `http::json`.
const MARK: &str = "redvest-field";

/// A deserialization error that carries a field code and its value.
pub fn refusal<E: de::Error>(code: FieldCode, value: impl fmt::Display) -> E {
    refusal_below("", code, value)
}

/// A deserialization error of a part, named by its pointer within what is being read.
pub fn refusal_below<E: de::Error>(pointer: &str, code: FieldCode, value: impl fmt::Display) -> E {
    E::custom(marked(pointer, code, value))
}

fn marked(pointer: &str, code: FieldCode, value: impl fmt::Display) -> String {
    format!("{MARK}|{code}|{value}|{pointer}|")
}

/// What a deserialization error says of a field, if a value put that there; the pointer
/// is the one within the value.
#[must_use]
pub fn refusal_in(message: &str) -> Option<FieldError> {
    let (_, marked) = message.split_once(MARK)?;
    let mut parts = marked.split('|').skip(1);
    let name = parts.next()?;
    let code = FieldCode::ALL.iter().copied().find(|code| code.as_str() == name)?;
    let mut text = || parts.next().unwrap_or_default().to_owned();
    let value = text();
    Some(FieldError { pointer: text(), code, value })
}

/// Declares texts with bounds in characters, trimmed, without control characters.
macro_rules! texts {
    ($($(#[doc = $doc:literal])* $name:ident = $minimum:literal ..= $maximum:literal, $example:literal;)*) => { $(
        $(#[doc = $doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::Type)]
        #[serde(transparent)]
        #[sqlx(transparent)]
        pub struct $name(String);

        impl $name {
            /// Reads a text that did not come as JSON.
            ///
            /// # Errors
            /// The field code and limit that it breaks.
            pub fn parse(text: &str) -> Result<Self, (FieldCode, usize)> {
                checked_text(text, $minimum, $maximum).map(Self)
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The text, owned.
            #[must_use]
            pub fn into_string(self) -> String {
                self.0
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<'de, str>::deserialize(deserializer)?;
                Self::parse(&text).map_err(|(code, limit)| refusal(code, limit))
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                text_schema($minimum, $maximum, $example, concat!($($doc,)*).trim())
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }
        }
    )* };
}

texts! {
    /// The name of a person, as he gives it.
    PersonName = 1..=50, "王秀英";
    /// The name of an organization, a team or an item.
    Title = 1..=80, "昆阳镇新时代文明实践所";
    /// What help is needed, in the words of the person who needs it.
    Content = 1..=2000, "独居老人家中水管漏水，请帮忙检修";
    /// An address in words.
    Address = 1..=200, "昆阳镇解放街道 1 号";
    /// Why something is done, refused, paused or given back.
    Reason = 1..=500, "队员均在外地";
    /// A remark.
    Remark = 1..=1000, "服务及时，态度很好";
    /// The user name of a staff account.
    Username = 3..=40, "kunyang.dispatcher";
    /// A password that is to be set: hard to guess, with no rules about kinds of characters.
    NewPassword = 10..=128, "correct horse battery staple";
    /// A password as it is typed: never stored, never logged.
    TypedPassword = 1..=200, "correct horse battery staple";
    /// A code of an authenticator app, or a recovery code; hyphens may be left out.
    OneTimeCode = 6..=30, "123456";
    /// Who answers for something, and how he is reached.
    Contact = 1..=200, "县大数据中心 王工 0577-63700000";
    /// The whole text of a privacy notice.
    NoticeText = 1..=6000, "我们收集您的姓名、电话和地址，用于为您安排志愿服务……";
    /// A provision of law, by name and article.
    Provision = 1..=200, "网络数据安全管理条例第十九条";
    /// The versioned name of something that happened.
    FactName = 5..=100, "grant.given.v1";
    /// A code that WeChat has given to the mini-program.
    WeChatCode = 1..=200, "0a3Wq1Ga1mE7cK0Z3uJa1Xw2Wq1Wq1GB";
    /// A refresh token as it was handed out.
    SecretText = 20..=200, "Zl0m2m6aV5l1bQy7rJ1m3w4S8n0c9k2x5v7b1a3d6f8";
}

fn checked_text(text: &str, minimum: usize, maximum: usize) -> Result<String, (FieldCode, usize)> {
    let trimmed = text.trim();
    if trimmed.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err((FieldCode::ControlCharacters, 0));
    }
    let length = trimmed.chars().count();
    if length < minimum {
        return Err((FieldCode::TooShort, minimum));
    }
    if length > maximum {
        return Err((FieldCode::TooLong, maximum));
    }
    Ok(trimmed.to_owned())
}

fn text_schema(minimum: usize, maximum: usize, example: &str, words: &str) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(words))
        .min_length(Some(minimum))
        .max_length(Some(maximum))
        // No control characters but line breaks and tabs, and none at the edges.
        .pattern(Some(r"^[^\s\u0000-\u001F\u007F-\u009F]([^\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F]*[^\s\u0000-\u001F\u007F-\u009F])?$"))
        .examples([serde_json::Value::from(example)])
        .into()
}

/// A Chinese telephone number: a mobile of eleven digits, or a landline with its
/// area code. Stored as digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::Type)]
#[serde(transparent)]
#[sqlx(transparent)]
pub struct Phone(String);

impl Phone {
    /// Reads a number; spaces and hyphens are left out.
    ///
    /// # Errors
    /// `not_a_phone` when it is neither a mobile nor a landline number.
    pub fn parse(text: &str) -> Result<Self, FieldCode> {
        let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
        let plausible = digits.bytes().all(|byte| byte.is_ascii_digit())
            && match digits.as_bytes() {
                [b'1', b'3'..=b'9', ..] => digits.len() == 11,
                [b'0', ..] => (10..=12).contains(&digits.len()),
                _ => false,
            };
        if plausible { Ok(Self(digits)) } else { Err(FieldCode::NotAPhone) }
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Phone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(|code| refusal(code, ""))
    }
}

impl PartialSchema for Phone {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^(1[3-9][0-9]{9}|0[0-9]{9,11})$"))
            .examples([serde_json::Value::from("13900000000")])
            .into()
    }
}

impl ToSchema for Phone {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Phone")
    }
}

/// A place on earth, with the coordinate system it is written in.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", try_from = "RawPosition", deny_unknown_fields)]
pub struct Position {
    /// Degrees north.
    #[schema(minimum = 3.5, maximum = 53.6, example = 27.6619)]
    pub latitude: f64,
    /// Degrees east.
    #[schema(minimum = 73.4, maximum = 135.2, example = 120.5658)]
    pub longitude: f64,
    /// The system of the two numbers. Say `gcj02` for what WeChat and Chinese maps give.
    pub coordinate_system: CoordinateSystem,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawPosition {
    latitude: f64,
    longitude: f64,
    coordinate_system: CoordinateSystem,
}

impl TryFrom<RawPosition> for Position {
    type Error = String;

    fn try_from(raw: RawPosition) -> Result<Self, String> {
        let point = Point { latitude: raw.latitude, longitude: raw.longitude };
        let refuse = |code: FieldCode| marked("", code, "");
        if point.looks_swapped() {
            return Err(refuse(FieldCode::SwappedCoordinates));
        }
        if !point.in_china() {
            return Err(refuse(FieldCode::OutsideChina));
        }
        Ok(Self {
            latitude: raw.latitude,
            longitude: raw.longitude,
            coordinate_system: raw.coordinate_system,
        })
    }
}

impl Position {
    /// The place in WGS-84, as it is stored.
    #[must_use]
    pub fn point(&self) -> Point {
        let point = Point { latitude: self.latitude, longitude: self.longitude };
        self.coordinate_system.to_wgs84(point)
    }

    /// A stored place in the system that the caller speaks.
    #[must_use]
    pub fn of(point: Point, system: CoordinateSystem) -> Self {
        let shown = system.from_wgs84(point);
        Self { latitude: shown.latitude, longitude: shown.longitude, coordinate_system: system }
    }
}

/// A span of time with a beginning and a later end, half open: `[from, until)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", try_from = "RawWindow", deny_unknown_fields)]
pub struct TimeWindow {
    /// When it begins.
    pub from: DateTime<Utc>,
    /// When it has ended; must be later than `from`.
    pub until: DateTime<Utc>,
}

impl TimeWindow {
    /// When it begins, and when it has ended.
    #[must_use]
    pub const fn bounds(self) -> (DateTime<Utc>, DateTime<Utc>) {
        (self.from, self.until)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawWindow {
    #[serde(deserialize_with = "instant")]
    from: DateTime<Utc>,
    #[serde(deserialize_with = "instant")]
    until: DateTime<Utc>,
}

impl TryFrom<RawWindow> for TimeWindow {
    type Error = String;

    fn try_from(raw: RawWindow) -> Result<Self, String> {
        if raw.until <= raw.from {
            return Err(marked("", FieldCode::Reversed, ""));
        }
        Ok(Self { from: raw.from, until: raw.until })
    }
}

/// Reads an instant, cut to microseconds: PostgreSQL stores no finer, and no cursor
/// could say where in a list a finer one stands.
///
/// # Errors
/// When it is no instant.
pub fn instant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DateTime<Utc>, D::Error> {
    DateTime::deserialize(deserializer).map(|at: DateTime<Utc>| at.trunc_subsecs(6))
}

/// Reads an instant, cut to microseconds, or nothing.
///
/// # Errors
/// When it is no instant.
pub fn perhaps_instant<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<DateTime<Utc>>, D::Error> {
    let at = Option::<DateTime<Utc>>::deserialize(deserializer)?;
    Ok(at.map(|at| at.trunc_subsecs(6)))
}

/// Reads a whole number from `LEAST` to `MOST`, both included.
///
/// # Errors
/// `out_of_range` with the bounds.
pub fn bounded<'de, D, T, const LEAST: i64, const MOST: i64>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: TryFrom<i64>,
{
    within(deserializer.deserialize_i64(WholeNumber)?, LEAST, MOST)
}

/// Reads a whole number from `LEAST` to `MOST`, or nothing.
///
/// # Errors
/// `out_of_range` with the bounds.
pub fn perhaps_bounded<'de, D, T, const LEAST: i64, const MOST: i64>(
    deserializer: D,
) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: TryFrom<i64>,
{
    let number = Option::<Whole>::deserialize(deserializer)?;
    number.map(|Whole(number)| within(number, LEAST, MOST)).transpose()
}

/// A whole number, which JSON may write with a fraction of zero.
struct Whole(i64);

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_i64(WholeNumber).map(Self)
    }
}

struct WholeNumber;

impl de::Visitor<'_> for WholeNumber {
    type Value = i64;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a whole number")
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<i64, E> {
        Ok(number)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<i64, E> {
        Ok(i64::try_from(number).unwrap_or(i64::MAX))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<i64, E> {
        #[expect(clippy::cast_possible_truncation, reason = "whole, and the cast saturates")]
        let whole = number as i64;
        if number.fract() == 0.0 {
            Ok(whole)
        } else {
            Err(E::invalid_type(de::Unexpected::Float(number), &self))
        }
    }
}

fn within<E: de::Error, T: TryFrom<i64>>(number: i64, least: i64, most: i64) -> Result<T, E> {
    let fits = (least..=most).contains(&number);
    let value = fits.then(|| T::try_from(number).ok()).flatten();
    value.ok_or_else(|| refusal(FieldCode::OutOfRange, format_args!("{least}–{most}")))
}

/// Reads a list of at most `MOST` elements.
///
/// # Errors
/// `out_of_range` with the bounds.
pub fn at_most<'de, D, T, const MOST: usize>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let list = Vec::deserialize(deserializer)?;
    if list.len() > MOST {
        return Err(refusal(FieldCode::OutOfRange, format_args!("0–{MOST}")));
    }
    Ok(list)
}

/// Collects what is wrong with the fields of a request, so that the caller
/// learns all of it at once.
#[derive(Default)]
pub struct Checks(Vec<FieldError>);

impl Checks {
    /// Nothing wrong so far.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Notes that the field at `pointer` breaks a rule, unless `fine`.
    pub fn require(
        &mut self,
        fine: bool,
        pointer: &str,
        code: FieldCode,
        value: impl fmt::Display,
    ) -> &mut Self {
        if !fine {
            self.0.push(FieldError { pointer: pointer.to_owned(), code, value: value.to_string() });
        }
        self
    }

    /// Ends the collection.
    ///
    /// # Errors
    /// One problem that names every field noted.
    pub fn done(self) -> Result<(), Problem> {
        Problem::refuse_fields(self.0)
    }
}
