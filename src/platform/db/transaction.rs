//! The handle that store functions work on.

use std::sync::Arc;
use std::time::Duration;

use sqlx::{Executor, Postgres, Sqlite, raw_sql};

use super::connections::Lent;
use crate::platform::vault::Keyring;
use crate::problem::Problem;

/// A transaction, or a connection for reading, on either engine. Counts its
/// statements, because their number decides what a request costs.
pub struct Tx {
    pub(crate) engine: TxEngine,
    statements: u32,
    changes_identities: bool,
    keyring: Arc<Keyring>,
}

/// The connection behind a [`Tx`]; only the statement macros look inside.
pub enum TxEngine {
    /// SQLite.
    Sqlite(Handle<Sqlite>),
    /// PostgreSQL.
    Postgres(Handle<Postgres>),
}

/// A lent connection of one engine, with or without a transaction begun on it.
pub struct Handle<DB: sqlx::Database> {
    lent: Lent<DB>,
    has_begun: bool,
}

impl<DB: sqlx::Database> Handle<DB>
where
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    /// For reading: every statement for itself.
    pub(super) const fn reading(lent: Lent<DB>) -> Self {
        Self { lent, has_begun: false }
    }

    /// Begins a transaction.
    pub(super) async fn begin(mut lent: Lent<DB>, begin: &'static str) -> Result<Self, Problem> {
        raw_sql(begin).execute(lent.connection()).await?;
        Ok(Self { lent, has_begun: true })
    }

    /// The connection to run a statement on.
    pub fn connection(&mut self) -> &mut DB::Connection {
        self.lent.connection()
    }

    async fn end(mut self, end: &'static str) -> Result<(), Problem> {
        if self.has_begun {
            raw_sql(end).execute(self.lent.connection()).await?;
        }
        self.lent.bring_back();
        Ok(())
    }
}

impl Tx {
    const fn of(engine: TxEngine, keyring: Arc<Keyring>) -> Self {
        Self { engine, statements: 0, changes_identities: false, keyring }
    }

    pub(super) const fn sqlite(handle: Handle<Sqlite>, keyring: Arc<Keyring>) -> Self {
        Self::of(TxEngine::Sqlite(handle), keyring)
    }

    pub(super) const fn postgres(handle: Handle<Postgres>, keyring: Arc<Keyring>) -> Self {
        Self::of(TxEngine::Postgres(handle), keyring)
    }

    /// Goes on with keys that were learned on it.
    pub(in crate::platform) fn take_up(&mut self, keyring: Arc<Keyring>) {
        self.keyring = keyring;
    }

    /// What personal data is sealed and opened with.
    #[must_use]
    pub fn keyring(&self) -> &Keyring {
        &self.keyring
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
        self.end("COMMIT").await
    }

    pub(super) async fn rollback(self) -> Result<(), Problem> {
        self.end("ROLLBACK").await
    }

    /// Gives a connection for reading back when everything was read. One that is only
    /// dropped is asked first whether it is alive.
    pub fn finish(self) {
        match self.engine {
            TxEngine::Sqlite(handle) => handle.lent.bring_back(),
            TxEngine::Postgres(handle) => handle.lent.bring_back(),
        }
    }

    async fn end(self, end: &'static str) -> Result<(), Problem> {
        match self.engine {
            TxEngine::Sqlite(handle) => handle.end(end).await,
            TxEngine::Postgres(handle) => handle.end(end).await,
        }
    }
}

/// A growing, uneven pause, so that those who collided do not collide again.
pub(super) fn pause_before(tries: u32) -> Duration {
    let [byte] = crate::platform::crypto::random_bytes::<1>();
    let unevenness = u64::from(byte);
    Duration::from_micros(500 + u64::from(tries.min(12)) * 20 * unevenness)
}
