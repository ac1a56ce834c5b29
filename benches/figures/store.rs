//! Connections of the bench's own, set up like the program's, and the program's own texts on them.

use std::path::PathBuf;
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use clap::ValueEnum;
use redvest::app::STATEMENTS;
use redvest::platform::db::statements;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgRow};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};
use sqlx::types::Json;
use sqlx::{AssertSqlSafe, FromRow, PgPool, Postgres, Sqlite, SqlitePool, Transaction};

use crate::value::Value;

/// A text that is prepared once and run often.
#[derive(Clone, Debug)]
pub struct Text(Arc<str>);

impl Text {
    /// The program's own statement of this store and name.
    pub fn of(store: &str, name: &str) -> Self {
        Self::written(published(store, name))
    }

    /// The program's own statement with so many values in its list.
    pub fn with_list(store: &str, name: &str, count: usize) -> Self {
        Self::written(&statements::with_list(published(store, name), count))
    }

    /// The program's own statement with so many rows.
    pub fn with_rows(store: &str, name: &str, count: usize) -> Self {
        Self::written(&statements::with_rows(published(store, name), count))
    }

    /// The program's own statement with one of its alternatives.
    pub fn with_choice(store: &str, name: &str, chosen: &str) -> Self {
        Self::written(&statements::with_choice(published(store, name), chosen))
    }

    /// The program's own statement that inserts one row, for so many rows.
    pub fn many(store: &str, name: &str, count: usize) -> Self {
        let text = published(store, name);
        let (head, _) = text.split_once(')').unwrap();
        let (_, columns) = head.split_once('(').unwrap();
        let width = columns.split(',').count();
        Self::written(&statements::with_rows(&format!("{head}) VALUES {{rows:{width}}}"), count))
    }

    /// Any text.
    pub fn written(text: &str) -> Self {
        Self(Arc::from(text))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn published(store: &str, name: &str) -> &'static str {
    let (_, texts) = STATEMENTS.iter().find(|(known, _)| *known == store).unwrap();
    texts.iter().find(|(known, _)| *known == name).unwrap().1
}

/// What the connections are for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To write much at once, before anything is measured.
    Loading,
    /// To do what the program does.
    Floor,
}

/// How far a server keeps transactions apart; a file has one writer anyway.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Isolation {
    /// Nothing can be spoiled by two together.
    Serializable,
    /// As the program does: of two writers of the same row the later begins anew.
    #[default]
    RepeatableRead,
    /// Writers of the same row wait for each other.
    ReadCommitted,
}

impl Isolation {
    const fn begin(self) -> &'static str {
        match self {
            Self::Serializable => "BEGIN ISOLATION LEVEL SERIALIZABLE",
            Self::RepeatableRead => "BEGIN ISOLATION LEVEL REPEATABLE READ",
            Self::ReadCommitted => "BEGIN ISOLATION LEVEL READ COMMITTED",
        }
    }
}

/// A database, reached without the program.
#[derive(Clone)]
pub enum Store {
    /// A file, with one writing connection.
    Sqlite { readers: SqlitePool, writer: SqlitePool },
    /// A server.
    Postgres(PgPool),
}

/// How many connections the program is given.
pub const CONNECTIONS: u32 = 16;

impl Store {
    /// Opens it.
    pub async fn open(url: &str, purpose: Purpose) -> Self {
        match url.strip_prefix("sqlite:") {
            Some(path) => sqlite(path.into(), purpose).await,
            None => Self::Postgres(
                PgPoolOptions::new()
                    .max_connections(if purpose == Purpose::Loading { 1 } else { CONNECTIONS })
                    .min_connections(1)
                    .test_before_acquire(false)
                    .connect_with(PgConnectOptions::from_str(url).unwrap())
                    .await
                    .unwrap(),
            ),
        }
    }

    /// A connection for reading.
    pub async fn read(&self) -> Result<Session, sqlx::Error> {
        Ok(match self {
            Self::Sqlite { readers, .. } => Session::SqliteReader(readers.acquire().await?),
            Self::Postgres(pool) => Session::PostgresReader(pool.acquire().await?),
        })
    }

    /// A transaction as the program begins one; on a server with this isolation.
    pub async fn begin(&self, isolation: Isolation) -> Result<Session, sqlx::Error> {
        Ok(match self {
            Self::Sqlite { writer, .. } => {
                Session::SqliteWriter(writer.begin_with("BEGIN IMMEDIATE").await?)
            }
            Self::Postgres(pool) => {
                Session::PostgresWriter(pool.begin_with(isolation.begin()).await?)
            }
        })
    }

    /// Reads rows by a statement that nothing else stands around.
    pub async fn rows<T>(&self, text: &str, values: &[Value]) -> Vec<T>
    where
        T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        let mut session = self.read().await.unwrap();
        session.rows(&Text::written(text), values).await.unwrap()
    }

    /// The number that a text finds.
    pub async fn number(&self, text: &str) -> i64 {
        let rows: Vec<(i64,)> = self.rows(text, &[]).await;
        rows.first().map_or(0, |(number,)| *number)
    }

    /// How many transactions were rolled back so far, give or take those of the last second.
    pub async fn rollbacks(&self) -> usize {
        if matches!(self, Self::Sqlite { .. }) {
            return 0;
        }
        let text = "SELECT xact_rollback FROM pg_stat_database WHERE datname = current_database()";
        let counted: Vec<(i64,)> = self.rows(text, &[]).await;
        counted.first().and_then(|(count,)| usize::try_from(*count).ok()).unwrap_or_default()
    }

    /// Does something that cannot be done in a transaction.
    pub async fn command(&self, text: &'static str) {
        match self {
            Self::Sqlite { writer, .. } => {
                sqlx::raw_sql(text).execute(writer).await.unwrap();
            }
            Self::Postgres(pool) => {
                sqlx::raw_sql(text).execute(pool).await.unwrap();
            }
        }
    }

    /// Ends all connections.
    pub async fn close(self) {
        match self {
            Self::Sqlite { readers, writer } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

async fn sqlite(path: PathBuf, purpose: Purpose) -> Store {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(30))
        .statement_cache_capacity(400);
    let options = if purpose == Purpose::Loading {
        options.synchronous(SqliteSynchronous::Off).pragma("cache_size", "-1000000")
    } else {
        options
            .synchronous(SqliteSynchronous::Full)
            .pragma("mmap_size", "268435456")
            .pragma("cache_size", "-4000")
    };
    let pool = |most| {
        SqlitePoolOptions::new()
            .max_connections(most)
            .max_lifetime(None)
            .idle_timeout(None)
            .test_before_acquire(false)
            .connect_with(options.clone())
    };
    let readers = if purpose == Purpose::Loading { 1 } else { 8 };
    Store::Sqlite { writer: pool(1).await.unwrap(), readers: pool(readers).await.unwrap() }
}

/// A transaction, or a connection for reading.
pub enum Session {
    /// Begun on the one writing connection of a file.
    SqliteWriter(Transaction<'static, Sqlite>),
    /// On a file.
    SqliteReader(PoolConnection<Sqlite>),
    /// Begun on a server.
    PostgresWriter(Transaction<'static, Postgres>),
    /// On a server.
    PostgresReader(PoolConnection<Postgres>),
}

macro_rules! bound {
    ($query:expr, $values:expr) => {{
        let mut query = $query;
        for value in $values {
            query = match value {
                Value::Id(value) => query.bind(*value),
                Value::Text(value) => query.bind(value.as_deref()),
                Value::At(value) => query.bind(*value),
                Value::Whole(value) => query.bind(*value),
                Value::Real(value) => query.bind(*value),
                Value::Flag(value) => query.bind(*value),
                Value::Json(value) => query.bind(value.as_ref().map(Json)),
            };
        }
        query
    }};
}

macro_rules! on_engine {
    ($session:expr, |$connection:ident| $body:expr) => {
        match $session {
            Session::SqliteWriter(held) => {
                let $connection = &mut **held;
                $body
            }
            Session::SqliteReader(held) => {
                let $connection = &mut **held;
                $body
            }
            Session::PostgresWriter(held) => {
                let $connection = &mut **held;
                $body
            }
            Session::PostgresReader(held) => {
                let $connection = &mut **held;
                $body
            }
        }
    };
}

impl Session {
    /// Runs a statement and says how many rows it changed.
    pub async fn execute(&mut self, text: &Text, values: &[Value]) -> Result<u64, sqlx::Error> {
        let sql = AssertSqlSafe(Arc::clone(&text.0));
        on_engine!(self, |connection| bound!(sqlx::query(sql), values)
            .execute(connection)
            .await
            .map(|done| done.rows_affected()))
    }

    /// Runs a statement and reads its rows.
    pub async fn rows<T>(&mut self, text: &Text, values: &[Value]) -> Result<Vec<T>, sqlx::Error>
    where
        T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        let sql = AssertSqlSafe(Arc::clone(&text.0));
        on_engine!(self, |connection| bound!(sqlx::query_as::<_, T>(sql), values)
            .fetch_all(connection)
            .await)
    }

    /// Runs a statement and says how many rows it gave, without looking into them.
    pub async fn fetch(&mut self, text: &Text, values: &[Value]) -> Result<usize, sqlx::Error> {
        let sql = AssertSqlSafe(Arc::clone(&text.0));
        on_engine!(self, |connection| bound!(sqlx::query(sql), values)
            .fetch_all(connection)
            .await
            .map(|rows| rows.len()))
    }

    /// Commits.
    pub async fn commit(self) -> Result<(), sqlx::Error> {
        match self {
            Self::SqliteWriter(held) => held.commit().await,
            Self::PostgresWriter(held) => held.commit().await,
            Self::SqliteReader(_) | Self::PostgresReader(_) => Ok(()),
        }
    }
}
