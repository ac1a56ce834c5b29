//! # Reference data kept in memory
//!
//! The tree, the rules and the menu are read by every request and changed a few
//! times a day. Each process keeps a copy; one counter in the database says
//! which change it has seen. The counter rides on the statement that looks up
//! who is asking, and no statement is spent on asking. Where callers are remembered
//! and not looked up (one process, on SQLite), a change of reference data makes them
//! forgotten. So a copy is never older than the request that uses it, on any number
//! of instances.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use futures_util::future::LocalBoxFuture;

use super::db::Tx;
use super::db::statements::{fetch_optional, statements};
use crate::problem::Problem;

statements! {
    /// Takes the next number; the row is also the lock that orders changes.
    NEXT = "UPDATE reference_version SET version = version + 1 RETURNING version";
    /// The number of the latest change.
    CURRENT = "SELECT version FROM reference_version";
}

/// A copy of some tables that can catch up with them.
pub trait Cache: Send + Sync {
    /// Reads everything that changed after change number `since`.
    fn catch_up<'a>(
        &'a self,
        tx: &'a mut Tx,
        since: i64,
    ) -> LocalBoxFuture<'a, Result<(), Problem>>;
}

/// All copies of this process and the change they have seen.
pub struct Reference {
    caches: Vec<Arc<dyn Cache>>,
    seen: AtomicI64,
}

impl Reference {
    /// Copies that have seen nothing yet.
    #[must_use]
    pub fn new(caches: Vec<Arc<dyn Cache>>) -> Self {
        Self { caches, seen: AtomicI64::new(-1) }
    }

    /// Whether change number `version` is already in the copies.
    #[must_use]
    pub fn has_seen(&self, version: i64) -> bool {
        self.seen.load(Ordering::Acquire) >= version
    }

    /// Brings the copies up to the latest change.
    ///
    /// # Errors
    /// `unavailable` when the database does not answer.
    pub async fn catch_up(&self, tx: &mut Tx) -> Result<(), Problem> {
        let current: Option<(i64,)> = fetch_optional!(tx, (i64,), CURRENT)?;
        let current = current.map_or(0, |(version,)| version);
        let since = self.seen.load(Ordering::Acquire);
        if since >= current {
            return Ok(());
        }
        for cache in &self.caches {
            cache.catch_up(tx, since).await?;
        }
        self.seen.fetch_max(current, Ordering::AcqRel);
        Ok(())
    }
}

/// The number under which a change to reference data is stored.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn next_version(tx: &mut Tx) -> Result<i64, Problem> {
    let version: Option<(i64,)> = fetch_optional!(tx, (i64,), NEXT)?;
    version.map(|(version,)| version).ok_or_else(|| Problem::of(crate::problem::Code::Internal))
}
