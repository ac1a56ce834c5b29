//! What stands in the tables in place of personal data.

use std::fmt;

use aws_lc_rs::digest;
use uuid::Uuid;

/// A column that holds sealed values, or the blind index of one. Its name is part of what
/// every value in it is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    table: &'static str,
    column: &'static str,
}

impl Field {
    /// This column of this table.
    #[must_use]
    pub const fn of(table: &'static str, column: &'static str) -> Self {
        Self { table, column }
    }

    /// The place of a value: what it is sealed with, and does not open without.
    pub(super) fn place(self, row: Uuid) -> Vec<u8> {
        let (table, column) = (self.table.as_bytes(), self.column.as_bytes());
        [table, b".", column, b":", row.as_bytes()].concat()
    }

    /// A value of this column, apart from the same value of any other.
    pub(super) fn message(self, value: &str) -> Vec<u8> {
        let (table, column) = (self.table.as_bytes(), self.column.as_bytes());
        [table, b".", column, b"=", value.as_bytes()].concat()
    }
}

impl fmt::Display for Field {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.table, self.column)
    }
}

/// What a value is bound to in a table whose rows have names instead of ids.
#[must_use]
pub fn row_named(name: &str) -> Uuid {
    let digest = digest::digest(&digest::SHA256, name.as_bytes());
    digest.as_ref().first_chunk().map_or(Uuid::nil(), |bytes| Uuid::from_bytes(*bytes))
}

/// A sealed value as it is stored. A type of its own, so that a plain text is not stored in
/// its place, nor shown in place of what is in it.
#[derive(Clone, Debug, sqlx::Type)]
#[sqlx(transparent)]
pub struct Sealed(String);

impl From<&str> for Sealed {
    /// A value as it was read from a table.
    fn from(stored: &str) -> Self {
        Self(stored.to_owned())
    }
}

impl Sealed {
    pub(super) const fn new(text: String) -> Self {
        Self(text)
    }

    /// The text in the table.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a sealed value is found by.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(transparent)]
pub struct BlindIndex(String);

impl BlindIndex {
    pub(super) const fn new(text: String) -> Self {
        Self(text)
    }

    /// The text in the table.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
