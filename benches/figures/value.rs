//! What is bound to a statement, on either engine.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde_json::Value as Json;
use uuid::Uuid;

/// One bind.
#[derive(Clone, Debug)]
pub enum Value {
    /// An id, or NULL.
    Id(Option<Uuid>),
    /// A text, or NULL.
    Text(Option<Cow<'static, str>>),
    /// An instant, or NULL.
    At(Option<DateTime<Utc>>),
    /// A whole number, or NULL.
    Whole(Option<i64>),
    /// A number with fractions.
    Real(f64),
    /// Yes or no.
    Flag(bool),
    /// A document, or NULL.
    Json(Option<Json>),
}

macro_rules! made_from {
    ($($from:ty => $variant:ident($value:ident) $made:expr;)*) => { $(
        impl From<$from> for Value {
            fn from($value: $from) -> Self {
                Self::$variant($made)
            }
        }
    )* };
}

made_from! {
    Uuid => Id(value) Some(value);
    Option<Uuid> => Id(value) value;
    &'static str => Text(value) Some(Cow::Borrowed(value));
    Option<&'static str> => Text(value) value.map(Cow::Borrowed);
    String => Text(value) Some(Cow::Owned(value));
    Option<Cow<'static, str>> => Text(value) value;
    DateTime<Utc> => At(value) Some(value);
    Option<DateTime<Utc>> => At(value) value;
    i64 => Whole(value) Some(value);
    Option<i64> => Whole(value) value;
    f64 => Real(value) value;
    bool => Flag(value) value;
    Json => Json(value) Some(value);
    Option<Json> => Json(value) value;
}

/// No id.
pub const NO_ID: Value = Value::Id(None);
/// No text.
pub const NO_TEXT: Value = Value::Text(None);
/// No instant.
pub const NO_INSTANT: Value = Value::At(None);
/// No number.
pub const NO_NUMBER: Value = Value::Whole(None);

/// The values of one row, or of one statement.
macro_rules! values {
    ($($value:expr),* $(,)?) => { vec![$($crate::value::Value::from($value)),*] };
}
pub(crate) use values;
