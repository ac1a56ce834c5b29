//! The statement catalogue and the macros that run it.
//!
//! Every SQL text is a named constant, declared by [`statements!`] in a
//! `store.rs`; a test prepares all of them on both engines. `$1…$n` works on both.
//! The number of binds is compared with the text when the program is compiled,
//! because SQLite would silently read a missing one as NULL.
//!
//! Some texts have a part that is written out when they run: `{rows:N}` stands for
//! as many rows of N values as there are, `{list}` for as many values as there are,
//! after the fixed binds, and `{choice:a|b|c}` for one of the alternatives that it
//! names itself.

/// Declares named SQL texts and collects them in `STATEMENTS`.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:expr;)*) => {
        $($(#[$doc])* const $name: &str = $sql;)*
        /// Every SQL text of this store, for the test that prepares them all.
        pub const STATEMENTS: &[(&str, &str)] = &[$((stringify!($name), $name),)*];
    };
}

/// Expands one body per engine; only the type of `$connection` differs.
macro_rules! on_engine {
    ($tx:expr, $sql:path, |$connection:ident| $body:expr) => {{
        let tx: &mut $crate::platform::db::Tx = $tx;
        tx.count_statement(const { $crate::platform::db::statements::changes_identities($sql) });
        match &mut tx.engine {
            $crate::platform::db::TxEngine::Sqlite(handle) => {
                let $connection = handle.connection();
                $body
            }
            $crate::platform::db::TxEngine::Postgres(handle) => {
                let $connection = handle.connection();
                $body
            }
        }
    }};
}

/// Compares the binds with the text while compiling.
macro_rules! assert_binds {
    ($sql:path $(, $bind:expr)*) => {
        const {
            assert!(
                $crate::platform::db::statements::placeholders($sql)
                    == <[&str]>::len(&[$(stringify!($bind)),*]),
                "the SQL text and its binds differ in number"
            );
        }
    };
}

/// Runs a named statement and says how many rows it changed.
macro_rules! execute {
    ($tx:expr, $sql:path $(, $bind:expr)* $(,)?) => {{
        $crate::platform::db::statements::assert_binds!($sql $(, $bind)*);
        $crate::platform::db::statements::on_engine!($tx, $sql, |connection| sqlx::query($sql)
            $(.bind($bind))*
            .execute(connection)
            .await
            .map(|done| done.rows_affected())
            .map_err($crate::problem::Problem::from))
    }};
}

/// Runs a named statement and reads one row, if there is one.
macro_rules! fetch_optional {
    ($tx:expr, $row:ty, $sql:path $(, $bind:expr)* $(,)?) => {{
        $crate::platform::db::statements::assert_binds!($sql $(, $bind)*);
        $crate::platform::db::statements::on_engine!($tx, $sql, |connection| sqlx::query_as::<_, $row>($sql)
            $(.bind($bind))*
            .fetch_optional(connection)
            .await
            .map_err($crate::problem::Problem::from))
    }};
}

/// Runs a named statement and reads all its rows.
macro_rules! fetch_all {
    ($tx:expr, $row:ty, $sql:path $(, $bind:expr)* $(,)?) => {{
        $crate::platform::db::statements::assert_binds!($sql $(, $bind)*);
        $crate::platform::db::statements::on_engine!($tx, $sql, |connection| sqlx::query_as::<_, $row>($sql)
            $(.bind($bind))*
            .fetch_all(connection)
            .await
            .map_err($crate::problem::Problem::from))
    }};
}

/// Runs a named statement with a `{list}` part and reads all its rows.
macro_rules! fetch_listed {
    ($tx:expr, $row:ty, $sql:path, [$list:expr] $(, $bind:expr)* $(,)?) => {{
        $crate::platform::db::statements::assert_binds!($sql $(, $bind)*);
        let list = $list;
        let text = $crate::platform::db::statements::with_list($sql, list.len());
        $crate::platform::db::statements::on_engine!($tx, $sql, |connection| {
            let mut query = sqlx::query_as::<_, $row>(sqlx::AssertSqlSafe(text)) $(.bind($bind))*;
            for value in list {
                query = query.bind(value);
            }
            query.fetch_all(connection).await.map_err($crate::problem::Problem::from)
        })
    }};
}

/// Runs a named statement with a `{choice:a|b|c}` part, put to one of its
/// alternatives, and reads all its rows.
macro_rules! fetch_chosen {
    ($tx:expr, $row:ty, $sql:path, [$chosen:expr] $(, $bind:expr)* $(,)?) => {{
        $crate::platform::db::statements::assert_binds!($sql $(, $bind)*);
        let text = $crate::platform::db::statements::with_choice($sql, $chosen);
        $crate::platform::db::statements::on_engine!($tx, $sql, |connection| {
            sqlx::query_as::<_, $row>(sqlx::AssertSqlSafe(text))
                $(.bind($bind))*
                .fetch_all(connection)
                .await
                .map_err($crate::problem::Problem::from)
        })
    }};
}

/// Runs a named statement with a `{rows:N}` part for all `$rows`: once for a few,
/// and for many as often as [`rows_at_once`] says.
macro_rules! execute_rows {
    ($tx:expr, $sql:path, $rows:expr, |$row:ident| [$($bind:expr),* $(,)?]) => {{
        const {
            assert!(
                $crate::platform::db::statements::columns($sql)
                    == <[&str]>::len(&[$(stringify!($bind)),*]),
                "the SQL text and its binds differ in number"
            );
        }
        let mut affected = Ok(0);
        for rows in $rows.chunks($crate::platform::db::statements::rows_at_once($sql)) {
            let text = $crate::platform::db::statements::with_rows($sql, rows.len());
            let done = $crate::platform::db::statements::on_engine!($tx, $sql, |connection| {
                let mut query = sqlx::query(sqlx::AssertSqlSafe(text));
                for $row in rows {
                    query = query$(.bind($bind))*;
                }
                query
                    .execute(connection)
                    .await
                    .map(|done| done.rows_affected())
                    .map_err($crate::problem::Problem::from)
            });
            affected = affected.and_then(|before: u64| done.map(|more| before + more));
            if affected.is_err() {
                break;
            }
        }
        affected
    }};
}

pub(crate) use {
    assert_binds, execute, execute_rows, fetch_all, fetch_chosen, fetch_listed, fetch_optional,
    on_engine, statements,
};

/// The highest `$n` in a text: how many binds it wants before any list.
#[must_use]
#[expect(
    clippy::indexing_slicing,
    reason = "runs while compiling, and within bounds that it has checked"
)]
pub const fn placeholders(sql: &str) -> usize {
    let bytes = sql.as_bytes();
    let mut highest = 0;
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b'$' {
            let mut number = 0;
            while at + 1 < bytes.len() && bytes[at + 1].is_ascii_digit() {
                at += 1;
                number = number * 10 + (bytes[at] - b'0') as usize;
            }
            if number > highest {
                highest = number;
            }
        }
        at += 1;
    }
    highest
}

/// The N of `{rows:N}`, 0 where there is none.
#[must_use]
#[expect(
    clippy::indexing_slicing,
    reason = "runs while compiling, and within bounds that it has checked"
)]
pub const fn columns(sql: &str) -> usize {
    const MARK: &[u8] = b"{rows:";
    let bytes = sql.as_bytes();
    let mut at = 0;
    while at + MARK.len() < bytes.len() {
        let mut same = 0;
        while same < MARK.len() && bytes[at + same] == MARK[same] {
            same += 1;
        }
        if same == MARK.len() {
            let mut number = 0;
            let mut digit = at + MARK.len();
            while digit < bytes.len() && bytes[digit].is_ascii_digit() {
                number = number * 10 + (bytes[digit] - b'0') as usize;
                digit += 1;
            }
            return number;
        }
        at += 1;
    }
    0
}

/// What a text that changes who somebody is, or which reference data is current, holds.
/// A new account or sign-in changes nobody who is known already.
const CHANGES_OF_IDENTITIES: &[&str] = &[
    "UPDATE accounts",
    "UPDATE sessions SET revoked_at",
    "INTO grants",
    "UPDATE grants",
    "INTO volunteers",
    "UPDATE volunteers",
    "INTO memberships",
    "UPDATE memberships",
    "INTO consents",
    "UPDATE consents",
    "UPDATE reference_version",
];

/// Whether a text changes what is remembered of those who ask.
#[must_use]
#[expect(
    clippy::indexing_slicing,
    reason = "runs while compiling, and within bounds that it has checked"
)]
pub const fn changes_identities(sql: &str) -> bool {
    let mut at = 0;
    while at < CHANGES_OF_IDENTITIES.len() {
        if contains(sql, CHANGES_OF_IDENTITIES[at]) {
            return true;
        }
        at += 1;
    }
    false
}

#[expect(
    clippy::indexing_slicing,
    reason = "runs while compiling, and within bounds that it has checked"
)]
const fn contains(text: &str, part: &str) -> bool {
    let (text, part) = (text.as_bytes(), part.as_bytes());
    let mut at = 0;
    while at + part.len() <= text.len() {
        let mut same = 0;
        while same < part.len() && text[at + same] == part[same] {
            same += 1;
        }
        if same == part.len() {
            return true;
        }
        at += 1;
    }
    false
}

/// How many values one statement carries at most.
const VALUES_AT_ONCE: usize = 500;

/// How many rows one statement writes at most. SQLite looks every value up by its
/// name, in a list: a statement with ten times the values takes a hundred times as
/// long. PostgreSQL takes no more than 65,535.
#[must_use]
pub const fn rows_at_once(sql: &str) -> usize {
    let width = columns(sql);
    if width == 0 || width > VALUES_AT_ONCE { 1 } else { VALUES_AT_ONCE / width }
}

/// The text with its `{list}` written out for `count` values. An empty list
/// becomes NULL, which equals nothing.
#[must_use]
pub fn with_list(sql: &str, count: usize) -> String {
    let first = placeholders(sql) + 1;
    let list = if count == 0 {
        "NULL".to_owned()
    } else {
        (first..first + count).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ")
    };
    sql.replace("{list}", &list)
}

/// The text with its `{rows:N}` written out for `count` rows.
#[must_use]
pub fn with_rows(sql: &str, count: usize) -> String {
    let width = columns(sql);
    let row = |index: usize| {
        let values: Vec<String> =
            (index * width + 1..=(index + 1) * width).map(|n| format!("${n}")).collect();
        format!("({})", values.join(", "))
    };
    let rows: Vec<String> = (0..count).map(row).collect();
    sql.replace(&format!("{{rows:{width}}}"), &rows.join(", "))
}

/// The alternatives of `{choice:a|b|c}`; none where there is no such part.
#[must_use]
pub fn choices(sql: &str) -> Vec<&str> {
    let part = sql.split_once("{choice:").and_then(|(_, rest)| rest.split_once('}'));
    part.map(|(alternatives, _)| alternatives.split('|').collect()).unwrap_or_default()
}

/// The text with its `{choice:a|b|c}` put to `chosen`. A choice that the text does
/// not name leaves the braces in place: the database refuses it, instead of
/// answering something else.
#[must_use]
pub fn with_choice(sql: &str, chosen: &str) -> String {
    let alternatives = choices(sql);
    let known = alternatives.iter().find(|alternative| **alternative == chosen);
    let Some(put) = known else { return sql.to_owned() };
    sql.replace(&format!("{{choice:{}}}", alternatives.join("|")), put)
}
