//! # Lists that are one range of one index
//!
//! An index `(scope, at, id)` holds what belongs to one scope in the order of time;
//! among rows of one instant the id decides. A page is a range of it, read from
//! either end: it begins after the last row of the page before and ends at a bound
//! of time. It costs what it shows, however long the history.
//!
//! The text of such a list names its scope as `$1`, ends with [`latest_first!`] or
//! [`earliest_first!`], which take `$2` to `$5`, and narrows by `$6` and further.
//! [`fetch_part!`] runs the one that the [`Part`] wants. The tests read the plans:
//! every list runs along its index, on both engines.

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Which part of a list to read.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// Latest first; else earliest first.
    pub latest_first: bool,
    /// After this place in the list.
    pub after: (DateTime<Utc>, Uuid),
    /// Not beyond this instant: the earliest (latest first) or the end, excluded.
    pub bound: DateTime<Utc>,
    /// How many rows at most.
    pub limit: i64,
}

impl Part {
    /// Whether a row lies in the range, for lists of what is kept in memory.
    #[must_use]
    pub fn holds(&self, (at, id): (DateTime<Utc>, Uuid)) -> bool {
        if self.latest_first {
            (at, id) < self.after && at >= self.bound
        } else {
            (at, id) > self.after && at < self.bound
        }
    }
}

/// The end of a text that reads from the latest row to the earliest: of the whole
/// scope, or `of` those whose key is `$6`. There the key leads the range, as it does
/// in the index `(scope, key, at, id)`, so that no other index can serve it. Of
/// `key = $6` SQLite guesses what it is worth, and would read through the whole scope
/// where the wanted rows are few.
macro_rules! latest_first {
    ($at:literal, $id:literal) => {
        concat!(
            " AND (",
            $at,
            ", ",
            $id,
            ") < ($2, $3) AND ",
            $at,
            " >= $4 \
             ORDER BY ",
            $at,
            " DESC, ",
            $id,
            " DESC LIMIT $5"
        )
    };
    (of $key:literal, $at:literal, $id:literal) => {
        concat!(
            " AND (",
            $key,
            ", ",
            $at,
            ", ",
            $id,
            ") < ($6, $2, $3) AND (",
            $key,
            ", ",
            $at,
            ") >= ($6, $4) \
             ORDER BY ",
            $key,
            " DESC, ",
            $at,
            " DESC, ",
            $id,
            " DESC LIMIT $5"
        )
    };
}

/// The end of a text that reads from the earliest row to the latest; else as
/// [`latest_first!`].
macro_rules! earliest_first {
    ($at:literal, $id:literal) => {
        concat!(
            " AND (",
            $at,
            ", ",
            $id,
            ") > ($2, $3) AND ",
            $at,
            " < $4 \
             ORDER BY ",
            $at,
            ", ",
            $id,
            " LIMIT $5"
        )
    };
    (of $key:literal, $at:literal, $id:literal) => {
        concat!(
            " AND (",
            $key,
            ", ",
            $at,
            ", ",
            $id,
            ") > ($6, $2, $3) AND (",
            $key,
            ", ",
            $at,
            ") < ($6, $4) \
             ORDER BY ",
            $key,
            ", ",
            $at,
            ", ",
            $id,
            " LIMIT $5"
        )
    };
}

/// Runs the text of the wanted order, `[latest first, earliest first]`, for a part
/// of a list. `choosing` puts the `{choice:…}` of both to one alternative.
macro_rules! fetch_part {
    ($tx:expr, $row:ty, [$latest:path, $earliest:path], choosing $chosen:expr, $part:expr, $scope:expr
     $(, $bind:expr)* $(,)?) => {{
        let part: &$crate::platform::db::range::Part = $part;
        let ((at, id), bound, limit) = (part.after, part.bound, part.limit);
        if part.latest_first {
            $crate::platform::db::statements::fetch_chosen!(
                $tx, $row, $latest, [$chosen], $scope, at, id, bound, limit $(, $bind)*)
        } else {
            $crate::platform::db::statements::fetch_chosen!(
                $tx, $row, $earliest, [$chosen], $scope, at, id, bound, limit $(, $bind)*)
        }
    }};
    ($tx:expr, $row:ty, [$latest:path, $earliest:path], $part:expr, $scope:expr
     $(, $bind:expr)* $(,)?) => {{
        let part: &$crate::platform::db::range::Part = $part;
        let ((at, id), bound, limit) = (part.after, part.bound, part.limit);
        if part.latest_first {
            $crate::platform::db::statements::fetch_all!(
                $tx, $row, $latest, $scope, at, id, bound, limit $(, $bind)*)
        } else {
            $crate::platform::db::statements::fetch_all!(
                $tx, $row, $earliest, $scope, at, id, bound, limit $(, $bind)*)
        }
    }};
}

pub(crate) use {earliest_first, fetch_part, latest_first};
