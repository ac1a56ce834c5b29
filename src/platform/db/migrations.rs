//! The schema: one DDL for both engines in `migrations/common`, true
//! differences beside it, one version sequence.

use sqlx::migrate::{MigrateError, Migrator};

use super::{Db, Engine};

static COMMON: Migrator = sqlx::migrate!("migrations/common");
static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

impl Db {
    /// Brings the schema up to date. PostgreSQL takes an advisory lock, so that
    /// instances which start together do it once; a SQLite file has one process.
    ///
    /// # Errors
    /// The migration that could not be applied, and why.
    pub async fn migrate(&self) -> Result<(), MigrateError> {
        match &self.engine {
            Engine::Sqlite { writer, .. } => merged(&SQLITE).run(writer.pool()).await,
            Engine::Postgres(all) => merged(&POSTGRES).run(all.pool()).await,
        }
    }
}

fn merged(own: &Migrator) -> Migrator {
    let mut migrations: Vec<_> = COMMON.iter().chain(own.iter()).cloned().collect();
    migrations.sort_by_key(|migration| migration.version);
    Migrator::with_migrations(migrations)
}
