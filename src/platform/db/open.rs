//! Opening a database by its address.

use std::fs::File;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use log::LevelFilter;
use sqlx::pool::PoolOptions;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Database, Executor};

use super::connections::Connections;
use super::{Db, Engine};

/// How long a request waits for a connection before it is told to come back.
pub(super) const WAIT_FOR_CONNECTION: Duration = Duration::from_secs(5);

/// A statement that takes longer is told to the log; only loading in bulk may.
const SLOW_STATEMENT: Duration = Duration::from_secs(5);

/// Why a database could not be opened: said at start, to the person who starts it.
#[derive(Debug)]
pub enum OpenError {
    /// Neither `sqlite:` nor `postgres:`.
    UnknownScheme(String),
    /// Another redvest process uses the file.
    InUse(PathBuf),
    /// The lock file or its folder cannot be written.
    File(PathBuf, std::io::Error),
    /// The database itself refused.
    Database(sqlx::Error),
}

impl std::fmt::Display for OpenError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::UnknownScheme(url) => {
                write!(
                    formatter,
                    "the database URL must begin with sqlite: or postgres:, not {url}"
                )
            }
            Self::InUse(path) => write!(
                formatter,
                "{} is in use by another redvest process; SQLite serves one process, use PostgreSQL for several",
                path.display()
            ),
            Self::File(path, error) => {
                write!(formatter, "cannot write {}: {error}", path.display())
            }
            Self::Database(error) => write!(formatter, "the database refused: {error}"),
        }
    }
}

impl std::error::Error for OpenError {}

impl Db {
    /// Opens the database at `url` (`sqlite:path` or `postgres://…`), with at
    /// most `connections` connections, and brings its schema up to date.
    ///
    /// # Errors
    /// [`OpenError`], in words for the person who starts the program.
    pub async fn open(url: &str, connections: u32) -> Result<Self, OpenError> {
        let db = match address_of(url)? {
            Address::File(path) => open_sqlite(path, connections).await?,
            Address::Server => open_postgres(url, connections).await?,
        };
        db.migrate().await.map_err(|error| OpenError::Database(error.into()))?;
        Ok(db)
    }
}

impl Db {
    /// Opens the database at `url` to read it and nothing else: the schema is left as it
    /// is, and another process may serve it meanwhile. SQLite sees to that by itself; one
    /// process per file is what those need that write, because of what they remember.
    ///
    /// # Errors
    /// [`OpenError`], in words for the person who starts the program.
    pub async fn open_for_reading(url: &str) -> Result<Self, OpenError> {
        let Address::File(path) = address_of(url)? else { return open_postgres(url, 1).await };
        let options = SqliteConnectOptions::new().filename(path).read_only(true);
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await;
        let all = Connections::of(pool.map_err(OpenError::Database)?);
        Ok(Self::of(Engine::Sqlite {
            readers: all.clone(),
            writer: all,
            identities: Arc::default(),
            _lock: Arc::default(),
        }))
    }
}

/// Where a database is.
enum Address<'a> {
    /// A file of SQLite.
    File(&'a Path),
    /// A server of PostgreSQL.
    Server,
}

fn address_of(url: &str) -> Result<Address<'_>, OpenError> {
    if let Some(path) = url.strip_prefix("sqlite:") {
        return Ok(Address::File(Path::new(path.trim_start_matches("//"))));
    }
    if url.starts_with("postgres:") || url.starts_with("postgresql:") {
        return Ok(Address::Server);
    }
    Err(OpenError::UnknownScheme(url.to_owned()))
}

async fn open_postgres(url: &str, connections: u32) -> Result<Db, OpenError> {
    let options = PgConnectOptions::from_str(url)
        .map_err(OpenError::Database)?
        .application_name("redvest")
        // A statement that takes this long has lost its caller already. The
        // keep-alives find a peer that has silently gone.
        .options([
            ("statement_timeout", "15000"),
            ("idle_in_transaction_session_timeout", "30000"),
            ("tcp_keepalives_idle", "30"),
            ("tcp_keepalives_interval", "10"),
            ("timezone", "UTC"),
        ])
        .log_slow_statements(LevelFilter::Warn, SLOW_STATEMENT);
    rolling_back(PgPoolOptions::new())
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(WAIT_FOR_CONNECTION)
        .max_lifetime(Duration::from_mins(15))
        // The round trip would double the cost of a cheap request; a broken
        // connection shows itself at its first statement, which answers 503.
        .test_before_acquire(false)
        .connect_with(options)
        .await
        .map(|pool| Db::of(Engine::Postgres(Connections::of(pool))))
        .map_err(OpenError::Database)
}

async fn open_sqlite(path: &Path, connections: u32) -> Result<Db, OpenError> {
    let lock = lock_file(path)?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // FULL: what was acknowledged survives a power cut.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        .statement_cache_capacity(400)
        // The file is not mapped into memory: every connection would count it anew, and the
        // system keeps its pages anyway.
        .pragma("cache_size", WRITER_CACHE)
        .log_slow_statements(LevelFilter::Warn, SLOW_STATEMENT);
    let writer = rolling_back(SqlitePoolOptions::new())
        .max_connections(1)
        .acquire_timeout(WAIT_FOR_CONNECTION)
        .max_lifetime(None)
        .idle_timeout(None)
        .test_before_acquire(false)
        .connect_with(options.clone())
        .await
        .map_err(OpenError::Database)?;
    let readers = rolling_back(SqlitePoolOptions::new())
        .max_connections(connections.clamp(1, readers_at_once()))
        .acquire_timeout(WAIT_FOR_CONNECTION)
        .max_lifetime(None)
        .idle_timeout(None)
        .test_before_acquire(false)
        .connect_with(options.pragma("cache_size", READER_CACHE))
        .await
        .map_err(OpenError::Database)?;
    Ok(Db::of(Engine::Sqlite {
        readers: Connections::of(readers),
        writer: Connections::of(writer),
        identities: Arc::default(),
        _lock: Arc::new(lock),
    }))
}

/// How much of the file the connection that writes keeps, in KiB (negative for SQLite).
const WRITER_CACHE: &str = "-4000";

/// How much each connection that reads keeps, in KiB (negative for SQLite): whatever is
/// written makes it start anew.
const READER_CACHE: &str = "-2000";

/// How many connections read at once. Each has a thread of its own and its own copy of
/// the pages it reads: more of them than twice the processors only cost memory.
fn readers_at_once() -> u32 {
    let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
    u32::try_from(2 * processors).map_or(MOST_READERS, |readers| readers.min(MOST_READERS))
}

/// How many connections read at once on the largest machine.
const MOST_READERS: u32 = 16;

/// What comes back through the pool may have begun what nobody ends: its caller went
/// away. Where nothing was begun, the engines say so, and that is all.
fn rolling_back<DB: Database>(options: PoolOptions<DB>) -> PoolOptions<DB>
where
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    options.after_release(|connection, _| {
        Box::pin(async move {
            let _ = connection.execute("ROLLBACK").await;
            Ok(true)
        })
    })
}

/// Holds `<file>.lock` for the life of the process: one process per file.
fn lock_file(database: &Path) -> Result<Option<File>, OpenError> {
    if database.as_os_str() == ":memory:" {
        return Ok(None);
    }
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    let path = PathBuf::from(name);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| OpenError::File(path.clone(), error))?;
    }
    let file = File::create(&path).map_err(|error| OpenError::File(path.clone(), error))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(std::fs::TryLockError::WouldBlock) => Err(OpenError::InUse(database.to_owned())),
        Err(std::fs::TryLockError::Error(error)) => Err(OpenError::File(path, error)),
    }
}
