//! Pages by keyset: a page begins after the last row of the one before, so the
//! hundredth page costs what the first one does and nothing is shown twice.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer};
use utoipa::IntoParams;
use uuid::Uuid;

use crate::platform::values::{bounded, refusal};
use crate::problem::FieldCode;

/// How many items a page may have.
pub const MAXIMUM_PAGE: i64 = 100;
/// How many items a page has unless the caller says otherwise.
const USUAL_PAGE: u32 = 20;

/// Where a page begins and how long it is.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// How many items at most.
    #[serde(default = "usual_page", deserialize_with = "bounded::<_, _, 1, MAXIMUM_PAGE>")]
    #[param(required = false, minimum = 1, maximum = 100, default = 20)]
    pub limit: u32,
    /// The `next` of the page before; absent for the first page.
    #[param(value_type = Option<String>, max_length = 200)]
    pub cursor: Option<Cursor>,
}

/// The default of `limit`.
#[must_use]
pub const fn usual_page() -> u32 {
    USUAL_PAGE
}

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
