//! One body of SQL for both engines: every text of the program can be prepared on either, wants as
//! many values as it is given, and finds the same tables. PostgreSQL also checks the types.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use redvest::app::STATEMENTS;
use redvest::platform::db::statements::{
    changes_identities, choices, columns, placeholders, with_choice, with_list, with_rows,
};
use sqlx::{
    AssertSqlSafe, Connection as _, Either, Executor as _, PgConnection, SqlSafeStr as _,
    SqliteConnection, Statement as _,
};

use crate::support::Engine;
use crate::support::databases::Database;
use crate::support::golden::assert_golden;

/// How many rows or list elements a repeating part is written out for.
const REPETITIONS: usize = 2;

/// A named text with its repeating part written out.
struct Written {
    name: String,
    sql: String,
    binds: usize,
}

fn written() -> impl Iterator<Item = Written> {
    STATEMENTS.iter().flat_map(|(store, statements)| {
        statements.iter().flat_map(move |(name, sql)| {
            let chosen = chosen(sql).into_iter();
            chosen.map(move |(choice, sql)| write_out(format!("{store}.{name}{choice}"), &sql))
        })
    })
}

/// The text with each of its alternatives, or as it is.
fn chosen(sql: &str) -> Vec<(String, String)> {
    match choices(sql).as_slice() {
        [] => vec![(String::new(), sql.to_owned())],
        all => all.iter().map(|one| (format!("({one})"), with_choice(sql, one))).collect(),
    }
}

fn write_out(name: String, sql: &str) -> Written {
    let (text, binds) = if columns(sql) > 0 {
        (with_rows(sql, REPETITIONS), columns(sql) * REPETITIONS)
    } else if sql.contains("{list}") {
        (with_list(sql, REPETITIONS), placeholders(sql) + REPETITIONS)
    } else {
        (sql.to_owned(), placeholders(sql))
    };
    let unknown_part = text.split('{').skip(1).any(|rest| rest.starts_with(char::is_alphabetic));
    assert!(!unknown_part, "{name} has a part in braces that this guard cannot write out: {text}");
    Written { name, sql: text, binds }
}

async fn sqlite() -> (Database, SqliteConnection) {
    let database = Database::fresh(Engine::Sqlite).await;
    let connection = SqliteConnection::connect(database.url()).await.expect("the file opens");
    (database, connection)
}

async fn postgres() -> (Database, PgConnection) {
    let database = Database::fresh(Engine::Postgres).await;
    let connection = PgConnection::connect(database.url()).await.expect("the cluster answers");
    (database, connection)
}

#[test]
fn every_statement_has_a_name_of_its_own() {
    let names: Vec<String> = written().map(|statement| statement.name).collect();
    let different: BTreeSet<&String> = names.iter().collect();
    assert_eq!(different.len(), names.len());
}

#[actix_web::test]
async fn sqlite_prepares_every_statement() {
    let (_database, mut connection) = sqlite().await;
    for Written { name, sql, binds } in written() {
        let prepared = (&mut connection).prepare(AssertSqlSafe(sql).into_sql_str()).await;
        let prepared = prepared.unwrap_or_else(|error| panic!("{name}: {error}"));
        let wanted = prepared.parameters().and_then(Either::right);
        assert_eq!(wanted, Some(binds), "{name}");
    }
}

#[actix_web::test]
async fn postgres_prepares_every_statement() {
    let (_database, mut connection) = postgres().await;
    for Written { name, sql, binds } in written() {
        let prepared = (&mut connection).prepare(AssertSqlSafe(sql).into_sql_str()).await;
        let prepared = prepared.unwrap_or_else(|error| panic!("{name}: {error}"));
        let wanted = prepared.parameters().and_then(Either::left).map(<[_]>::len);
        assert_eq!(wanted, Some(binds), "{name}");
    }
}

/// What was looked up of a person is remembered until a statement changes it. So every text that
/// writes a table which the look-up reads is either known to do that, or listed here because it
/// changes nobody who was looked up before.
#[test]
fn every_statement_that_changes_who_somebody_is_is_known_to() {
    const CHANGES_NOBODY: [&str; 11] = [
        // A new account, a new sign-in, and a sign-in that goes on.
        "access.INSERT_ACCOUNT",
        "access.INSERT_ACCOUNTS",
        "access.ACCOUNT_OF_PHONE",
        "sessions.INSERT",
        "sessions.ROTATE",
        // A sign-in that was over long ago.
        "sessions.FORGET_OVER",
        // Answers are looked up by commands only, which remember nothing.
        "journal.INSERT",
        "journal.FORGET_ANSWERS",
        "journal.FORGET_BARE_ANSWERS",
        "journal.MARK_TOLD",
        "seals.MARK",
    ];
    let looked_up =
        ["accounts", "sessions", "grants", "volunteers", "memberships", "consents", "journal"];
    let writes = |sql: &str, table: &str| {
        let word = |verb: &str| {
            let wanted = format!("{verb} {table}");
            let mut texts = sql.match_indices(&wanted);
            texts.any(|(at, text)| !sql[at + text.len()..].starts_with(['_', '.']))
        };
        word("INTO") || word("UPDATE") || word("DELETE FROM")
    };
    for Written { name, sql, .. } in written() {
        let about_people = looked_up.iter().any(|table| writes(&sql, table));
        let about_all = writes(&sql, "reference_version");
        let expected = (about_people && !CHANGES_NOBODY.contains(&name.as_str())) || about_all;
        assert_eq!(changes_identities(&sql), expected, "{name}: {sql}");
    }
}

/// The cost of a request must not grow with history: whatever is not found by an index shows here.
#[actix_web::test]
async fn the_scans_of_sqlite_are_known() {
    let (_database, mut connection) = sqlite().await;
    let mut scans = String::new();
    for Written { name, sql, .. } in written() {
        let plan = plan(&mut connection, &sql).await;
        for step in plan.iter().filter(|step| scans_a_table(step, &sql)) {
            writeln!(scans, "{name}: {step}").expect("writing to a text");
        }
    }
    assert_golden("scans.txt", &scans);
}

async fn plan(connection: &mut SqliteConnection, sql: &str) -> Vec<String> {
    let explained = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
    let steps: Vec<(i64, i64, i64, String)> =
        sqlx::query_as(explained).fetch_all(connection).await.expect("a plan");
    steps.into_iter().map(|(.., step)| step).collect()
}

/// Not the rows of the statement itself, nor the tables that refer to a row that is inserted: those
/// are looked through only where a reference is broken already.
fn scans_a_table(step: &str, sql: &str) -> bool {
    let Some(scanned) = step.strip_prefix("SCAN ") else { return false };
    let name = scanned.split(' ').next().unwrap_or_default();
    let is_row = scanned.contains("CONSTANT ROW") || scanned.contains("VALUES CLAUSE");
    let mut words = sql.split(|c: char| !c.is_alphanumeric() && c != '_');
    !is_row && words.any(|word| word == name)
}

/// Table, column, and whether it may be empty.
type Columns = BTreeSet<(String, String, bool)>;

async fn columns_of_sqlite(connection: &mut SqliteConnection) -> Columns {
    // A part of a primary key may be empty in SQLite only; nothing relies on that.
    let rows: Vec<(String, String, bool)> = sqlx::query_as(
        "SELECT m.name, c.name, c.\"notnull\" = 0 AND c.pk = 0
           FROM sqlite_schema m JOIN pragma_table_info(m.name) c
          WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE '_sqlx_%'",
    )
    .fetch_all(connection)
    .await
    .expect("SQLite knows its columns");
    rows.into_iter().collect()
}

async fn columns_of_postgres(connection: &mut PgConnection) -> Columns {
    let rows: Vec<(String, String, bool)> = sqlx::query_as(
        "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT), is_nullable = 'YES'
           FROM information_schema.columns
          WHERE table_schema = 'public' AND table_name NOT LIKE '\\_sqlx\\_%'",
    )
    .fetch_all(connection)
    .await
    .expect("PostgreSQL knows its columns");
    rows.into_iter().collect()
}

#[actix_web::test]
async fn both_engines_have_the_same_tables_and_columns() {
    let (_file, mut sqlite) = sqlite().await;
    let (_database, mut postgres) = postgres().await;
    let own = columns_of_sqlite(&mut sqlite).await;
    let other = columns_of_postgres(&mut postgres).await;
    assert!(!own.is_empty());
    let different: Vec<_> = own.symmetric_difference(&other).collect();
    assert!(different.is_empty(), "only one engine has: {different:?}");
}

#[actix_web::test]
async fn both_engines_have_the_same_indexes() {
    let (_file, mut sqlite) = sqlite().await;
    let (_database, mut postgres) = postgres().await;
    let own: Vec<(String,)> = sqlx::query_as(
        "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY name",
    )
    .fetch_all(&mut sqlite)
    .await
    .expect("SQLite knows its indexes");
    // Those behind a primary key or a unique column have names of PostgreSQL's own making.
    let other: Vec<(String,)> = sqlx::query_as(
        "SELECT CAST(i.relname AS TEXT) FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
          WHERE i.relnamespace = 'public'::regnamespace
            AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = x.indexrelid)
          ORDER BY i.relname",
    )
    .fetch_all(&mut postgres)
    .await
    .expect("PostgreSQL knows its indexes");
    assert_eq!(own, other);
}
