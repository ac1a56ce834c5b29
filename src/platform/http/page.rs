//! Pages by keyset: a page begins after the last row of the one before, so the
//! hundredth page costs what the first one does and nothing is shown twice.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::platform::db::range::Part;
use crate::platform::values::{bounded, refusal};
use crate::problem::FieldCode;

/// How many items a page may have.
pub const MAXIMUM_PAGE: i64 = 100;
/// How many items a page has unless the caller says otherwise.
const USUAL_PAGE: u32 = 20;

/// The default of `limit`.
#[must_use]
pub const fn usual_page() -> u32 {
    USUAL_PAGE
}

/// Reads a `limit`.
///
/// # Errors
/// `out_of_range` unless it is from 1 to [`MAXIMUM_PAGE`].
pub fn limit<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    bounded::<_, _, 1, MAXIMUM_PAGE>(deserializer)
}

/// In which order a list runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// The latest first.
    LatestFirst,
    /// The earliest first.
    EarliestFirst,
}

/// A window of time, half open; open where it says nothing.
pub type Window = (Option<DateTime<Utc>>, Option<DateTime<Utc>>);

/// The part of a list that is asked for: within the window, after the cursor. One
/// row more than the page has tells that there is a next page. Instants that no row
/// can have, and not every engine knows, are taken for the nearest that one can.
#[must_use]
pub fn part(order: Order, (from, until): Window, cursor: Option<Cursor>, limit: u32) -> Part {
    let latest_first = order == Order::LatestFirst;
    let (earliest, latest) = (Cursor::earliest(), Cursor::latest());
    let begin = |at: Option<DateTime<Utc>>, open: Cursor| {
        at.map_or(open, |at| Cursor { at, id: Uuid::nil() })
    };
    let (beginning, bound) = if latest_first {
        (begin(until, latest), from.unwrap_or(earliest.at))
    } else {
        (begin(from, earliest), until.unwrap_or(latest.at))
    };
    let known = |at: DateTime<Utc>| at.clamp(earliest.at, latest.at);
    let after = cursor.unwrap_or(beginning);
    Part {
        latest_first,
        after: (known(after.at), after.id),
        bound: known(bound),
        limit: i64::from(limit) + 1,
    }
}

/// Declares what a list is asked with: what it is narrowed by, then what every list
/// has, namely a window of time (where it has one), an order and a page. The fields
/// are written out, once, because `serde(flatten)` would read numbers as texts.
macro_rules! list_query {
    (@window $self:ident) => { (None, None) };
    (@window $self:ident $from:ident $until:ident) => { ($self.$from, $self.$until) };
    (
        $(#[$doc:meta])*
        $name:ident in order of $usual:ident {
            $($(#[$meta:meta])* $field:ident: $type:ty,)*
        }
        $($(#[$from_doc:meta])* $from:ident .. $(#[$until_doc:meta])* $until:ident)?
    ) => {
        $(#[$doc])*
        #[derive(Debug, serde::Deserialize, utoipa::IntoParams)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        #[into_params(parameter_in = Query)]
        pub struct $name {
            $($(#[$meta])* pub $field: $type,)*
            $(
                $(#[$from_doc])*
                #[serde(
                    default,
                    deserialize_with = "crate::platform::values::perhaps_instant"
                )]
                pub $from: Option<chrono::DateTime<chrono::Utc>>,
                $(#[$until_doc])*
                #[serde(
                    default,
                    deserialize_with = "crate::platform::values::perhaps_instant"
                )]
                pub $until: Option<chrono::DateTime<chrono::Utc>>,
            )?
            /// In which order.
            #[param(inline)]
            pub order: Option<$crate::platform::http::page::Order>,
            /// How many items at most.
            #[serde(
                default = "crate::platform::http::page::usual_page",
                deserialize_with = "crate::platform::http::page::limit"
            )]
            #[param(required = false, minimum = 1, maximum = 100, default = 20)]
            pub limit: u32,
            /// The `next` of the page before.
            #[param(value_type = Option<String>, max_length = 200)]
            pub cursor: Option<$crate::platform::http::page::Cursor>,
        }

        impl $name {
            /// The part of the list that is asked for.
            #[must_use]
            pub fn part(&self) -> $crate::platform::db::range::Part {
                let usual = $crate::platform::http::page::Order::$usual;
                let window = $crate::platform::http::page::list_query!(@window self $($from $until)?);
                let order = self.order.unwrap_or(usual);
                $crate::platform::http::page::part(order, window, self.cursor, self.limit)
            }
        }
    };
}
pub(crate) use list_query;

/// The place in a list that is ordered by time and id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The time of the last item of the page before.
    pub at: DateTime<Utc>,
    /// Its id, which decides among items of one instant.
    pub id: Uuid,
}

impl Cursor {
    /// Opaque text for the client.
    #[must_use]
    pub fn encode(self) -> String {
        let mut bytes = self.at.timestamp_micros().to_be_bytes().to_vec();
        bytes.extend_from_slice(self.id.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn decode(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (micros, id) = bytes.split_at_checked(8)?;
        let at = DateTime::from_timestamp_micros(i64::from_be_bytes(micros.try_into().ok()?))?;
        Some(Self { at, id: Uuid::from_slice(id).ok()? })
    }

    /// Before everything in a list that runs from late to early.
    #[must_use]
    pub const fn latest() -> Self {
        Self { at: FAR_AHEAD, id: Uuid::max() }
    }

    /// Before everything in a list that runs from early to late.
    #[must_use]
    pub const fn earliest() -> Self {
        Self { at: DateTime::UNIX_EPOCH, id: Uuid::nil() }
    }
}

/// Later than anything that is stored, and still a date that both engines know.
const FAR_AHEAD: DateTime<Utc> = match DateTime::from_timestamp(253_402_300_799, 0) {
    Some(instant) => instant,
    None => DateTime::UNIX_EPOCH,
};

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::decode(&text).ok_or_else(|| refusal(FieldCode::BadCursor, ""))
    }
}

/// Cuts the one row too many that tells that there is a next page.
#[must_use]
pub fn cut<R>(
    mut rows: Vec<R>,
    limit: u32,
    cursor: impl Fn(&R) -> Cursor,
) -> (Vec<R>, Option<String>) {
    let limit = limit as usize;
    if rows.len() <= limit {
        return (rows, None);
    }
    rows.truncate(limit);
    let next = rows.last().map(|row| cursor(row).encode());
    (rows, next)
}

/// Declares one concrete page type per item, so that the contract refers to the
/// item by name (utoipa writes generic items out in full).
macro_rules! page {
    ($(#[$doc:meta])* $name:ident of $item:ty) => {
        $(#[$doc])*
        #[derive(Debug, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        #[serde(rename_all = "camelCase")]
        pub struct $name {
            /// The items of this page.
            pub items: Vec<$item>,
            /// The cursor of the next page; null when this is the last.
            pub next: Option<String>,
        }
    };
}
pub(crate) use page;
