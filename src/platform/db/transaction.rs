//! The handle that store functions work on.

use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, Postgres, Sqlite, SqliteConnection, Transaction};

use crate::problem::Problem;

/// A transaction, or a connection for reading, on either engine. Counts its
/// statements, because their number decides what a request costs.
pub struct Tx {
    pub(crate) engine: TxEngine,
    statements: u32,
    changes_identities: bool,
}

/// The connection behind a [`Tx`]; only the statement macros look inside.
pub enum TxEngine {
    /// SQLite.
    Sqlite(Handle<Sqlite>),
    /// PostgreSQL.
    Postgres(Handle<Postgres>),
}

/// A transaction or a plain connection of one engine.
pub enum Handle<DB: sqlx::Database> {
    /// Begun, to be committed.
    Transaction(Transaction<'static, DB>),
    /// Every statement for itself.
    Connection(PoolConnection<DB>),
}

impl Handle<Sqlite> {
    /// The connection to run a statement on.
    pub fn connection(&mut self) -> &mut SqliteConnection {
        match self {
            Self::Transaction(transaction) => transaction,
            Self::Connection(connection) => connection,
        }
    }
}

impl Handle<Postgres> {
    /// The connection to run a statement on.
    pub fn connection(&mut self) -> &mut PgConnection {
        match self {
            Self::Transaction(transaction) => transaction,
            Self::Connection(connection) => connection,
        }
    }
}

impl<DB: sqlx::Database> Handle<DB> {
    async fn commit(self) -> Result<(), Problem> {
        match self {
            Self::Transaction(transaction) => Ok(transaction.commit().await?),
            Self::Connection(_) => Ok(()),
        }
    }

    async fn rollback(self) -> Result<(), Problem> {
        match self {
            Self::Transaction(transaction) => Ok(transaction.rollback().await?),
            Self::Connection(_) => Ok(()),
        }
    }
}

impl Tx {
    const fn of(engine: TxEngine) -> Self {
        Self { engine, statements: 0, changes_identities: false }
    }

    pub(super) const fn sqlite_transaction(transaction: Transaction<'static, Sqlite>) -> Self {
        Self::of(TxEngine::Sqlite(Handle::Transaction(transaction)))
    }

    pub(super) const fn postgres_transaction(transaction: Transaction<'static, Postgres>) -> Self {
        Self::of(TxEngine::Postgres(Handle::Transaction(transaction)))
    }

    pub(super) const fn sqlite_connection(connection: PoolConnection<Sqlite>) -> Self {
        Self::of(TxEngine::Sqlite(Handle::Connection(connection)))
    }

    pub(super) const fn postgres_connection(connection: PoolConnection<Postgres>) -> Self {
        Self::of(TxEngine::Postgres(Handle::Connection(connection)))
    }

    /// Called by the statement macros, once per statement.
    pub const fn count_statement(&mut self, changes_identities: bool) {
        self.statements += 1;
        self.changes_identities |= changes_identities;
    }

    /// Whether a statement on it has changed who somebody is.
    pub(super) const fn changes_identities(&self) -> bool {
        self.changes_identities
    }

    /// How many statements ran on it, begin and commit aside.
    #[must_use]
    pub const fn statements(&self) -> u32 {
        self.statements
    }

    pub(super) async fn commit(self) -> Result<(), Problem> {
        match self.engine {
            TxEngine::Sqlite(handle) => handle.commit().await,
            TxEngine::Postgres(handle) => handle.commit().await,
        }
    }

    pub(super) async fn rollback(self) -> Result<(), Problem> {
        match self.engine {
            TxEngine::Sqlite(handle) => handle.rollback().await,
            TxEngine::Postgres(handle) => handle.rollback().await,
        }
    }
}

/// A growing, uneven pause, so that those who collided do not collide again.
pub(super) fn pause_before(tries: u32) -> Duration {
    let [byte] = crate::platform::crypto::random_bytes::<1>();
    let unevenness = u64::from(byte);
    Duration::from_micros(500 + u64::from(tries.min(12)) * 20 * unevenness)
}
