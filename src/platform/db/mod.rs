//! # Two engines, one body
//!
//! [`Db`] is SQLite (in process, one file, one machine) or PostgreSQL (several
//! instances). A store function takes a [`Tx`] and says its SQL once: the macros
//! of [`statements`] expand that one body per connection type and count it.
//!
//! SQLite has one writer by nature. Here it has one writing *connection*, whose
//! pool is a fair queue: writers wait in line instead of polling a locked file,
//! and readers never wait for them (WAL).

mod connections;
mod migrations;
mod open;
pub mod range;
pub mod statements;
mod transaction;

pub use open::OpenError;
pub use transaction::{Tx, TxEngine};

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use connections::Connections;
use sqlx::{Postgres, Sqlite};
use transaction::Handle;

use crate::platform::vault::{Keyring, Vault};
use crate::problem::{Code, Problem};

/// The database of this process.
#[derive(Clone)]
pub struct Db {
    engine: Engine,
    vault: Arc<Vault>,
}

#[derive(Clone)]
enum Engine {
    Sqlite {
        readers: Connections<Sqlite>,
        writer: Connections<Sqlite>,
        /// How often somebody's identity has changed.
        identities: Arc<AtomicU64>,
        _lock: Arc<Option<std::fs::File>>,
    },
    Postgres(Connections<Postgres>),
}

impl Db {
    fn of(engine: Engine) -> Self {
        Self { engine, vault: Arc::default() }
    }

    /// What holds the keys of the personal data on it.
    #[must_use]
    pub const fn vault(&self) -> &Arc<Vault> {
        &self.vault
    }

    /// The keys as they are now: a transaction has those of its beginning.
    #[must_use]
    pub fn keyring(&self) -> Arc<Keyring> {
        self.vault.keyring()
    }

    /// A connection for reading: every statement sees what is committed when it runs.
    ///
    /// # Errors
    /// `unavailable` when no connection can be had in time.
    pub async fn read(&self) -> Result<Tx, Problem> {
        let keyring = self.keyring();
        Ok(match &self.engine {
            Engine::Sqlite { readers, .. } => {
                Tx::sqlite(Handle::reading(readers.lend().await?), keyring)
            }
            Engine::Postgres(all) => Tx::postgres(Handle::reading(all.lend().await?), keyring),
        })
    }

    /// Does `work` in one transaction: commits on `Ok`, rolls back on `Err`, and
    /// does it again when the database asks for that. `work` may therefore run
    /// more than once and must do no I/O outside the database.
    ///
    /// # Errors
    /// Whatever `work` refuses with, or `unavailable` when the database does not
    /// answer or too many tries collided.
    pub async fn write<T>(
        &self,
        mut work: impl AsyncFnMut(&mut Tx) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let mut tries = 0;
        loop {
            match self.write_once(&mut work).await {
                Err(problem) if problem.is_worth_retrying() && tries < MAXIMUM_TRIES => {
                    tries += 1;
                    tokio::time::sleep(transaction::pause_before(tries)).await;
                }
                result => return result,
            }
        }
    }

    async fn write_once<T>(
        &self,
        work: &mut impl AsyncFnMut(&mut Tx) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let mut tx = self.begin().await?;
        match work(&mut tx).await {
            Ok(value) => self.commit(tx).await.map(|()| value),
            Err(problem) => {
                // A failed rollback leaves nothing behind either: the connection is dropped.
                let _ = tx.rollback().await;
                Err(problem)
            }
        }
    }

    /// Commits. Where somebody's identity changes with it, the commit and the number that
    /// tells of it belong together: a caller who goes away drops his request, and with it
    /// whatever waits for the answer, while the database does what it was told to do all
    /// the same. A task of its own is not dropped with him.
    async fn commit(&self, tx: Tx) -> Result<(), Problem> {
        let Engine::Sqlite { identities, .. } = &self.engine else { return tx.commit().await };
        if !tx.changes_identities() {
            return tx.commit().await;
        }
        let identities = Arc::clone(identities);
        let committed = tokio::spawn(async move {
            let committed = tx.commit().await;
            identities.fetch_add(1, Ordering::AcqRel);
            committed
        });
        committed.await.unwrap_or_else(|error| Err(Problem::of(Code::Internal).because(error)))
    }

    /// PostgreSQL keeps writers apart by REPEATABLE READ: everything is read as of one
    /// instant, and of two that change the same row the later begins anew. What two
    /// writers of *different* rows could spoil together is kept whole by a row that
    /// both write (a demand, for all that hangs on it; a volunteer, who joins and
    /// leaves) or by a constraint (a volunteer's time), and where neither is worth its
    /// price, the place says what is borne and why. SERIALIZABLE would watch for that by itself, but takes
    /// neighbors on an index page for a conflict: with sixteen writers it did every
    /// transaction over once to seven times, at a quarter of the speed.
    async fn begin(&self) -> Result<Tx, Problem> {
        let keyring = self.keyring();
        Ok(match &self.engine {
            Engine::Sqlite { writer, .. } => {
                Tx::sqlite(Handle::begin(writer.lend().await?, "BEGIN IMMEDIATE").await?, keyring)
            }
            Engine::Postgres(all) => {
                let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ";
                Tx::postgres(Handle::begin(all.lend().await?, begin).await?, keyring)
            }
        })
    }

    /// The number of the latest change to anybody's identity: as long as it is the same,
    /// whatever was looked up of somebody still holds. Only SQLite knows it, because
    /// nobody writes its file but this process; of PostgreSQL one has to ask each time.
    #[must_use]
    pub fn identities_version(&self) -> Option<u64> {
        match &self.engine {
            Engine::Sqlite { identities, .. } => Some(identities.load(Ordering::Acquire)),
            Engine::Postgres(_) => None,
        }
    }

    /// Whether other processes may write it as well.
    #[must_use]
    pub const fn is_shared(&self) -> bool {
        matches!(&self.engine, Engine::Postgres(_))
    }

    /// Which engine this is, for logs and for the tests' names.
    #[must_use]
    pub const fn engine_name(&self) -> &'static str {
        match &self.engine {
            Engine::Sqlite { .. } => "sqlite",
            Engine::Postgres(_) => "postgres",
        }
    }

    /// Ends all connections; SQLite writes its log back into the file.
    pub async fn close(&self) {
        match &self.engine {
            Engine::Sqlite { readers, writer, .. } => {
                readers.close().await;
                if let Ok(mut lent) = writer.lend().await {
                    let checkpoint = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)");
                    let _ = checkpoint.execute(lent.connection()).await;
                }
                writer.close().await;
            }
            Engine::Postgres(all) => all.close().await,
        }
    }
}

/// How often a transaction that collided is done again before the caller is
/// told to come back: under heavy contention somebody always succeeds, so this
/// bounds the wait of the unluckiest.
const MAXIMUM_TRIES: u32 = 60;
