//! Connections at rest. The pool of sqlx asks every connection that comes back whether
//! it is still alive, which costs as much as a statement does; most requests have two
//! or three. So those that come back from work that went well wait here instead, and
//! only the others go back through the pool: it asks, rolls back what was begun and
//! opens new ones.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sqlx::pool::PoolConnection;
use sqlx::{Database, Pool};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::open::WAIT_FOR_CONNECTION;
use crate::problem::{Code, Problem};

/// How long a connection may rest here and be lent before the pool looks after it.
const LONGEST_AWAY: Duration = Duration::from_mins(15);

/// The connections of one pool; whoever waits for one waits in line.
pub struct Connections<DB: Database> {
    pool: Pool<DB>,
    turns: Arc<Semaphore>,
    resting: Arc<Mutex<Vec<Resting<DB>>>>,
}

impl<DB: Database> Clone for Connections<DB> {
    fn clone(&self) -> Self {
        Self {
            pool: self.pool.clone(),
            turns: Arc::clone(&self.turns),
            resting: Arc::clone(&self.resting),
        }
    }
}

struct Resting<DB: Database> {
    connection: PoolConnection<DB>,
    away_since: Instant,
}

/// A connection that is lent out. Dropped, it goes back through the pool.
pub struct Lent<DB: Database> {
    resting: Resting<DB>,
    home: Connections<DB>,
    turn: OwnedSemaphorePermit,
}

impl<DB: Database> Connections<DB> {
    pub(super) fn of(pool: Pool<DB>) -> Self {
        let at_once = usize::try_from(pool.options().get_max_connections()).unwrap_or(1);
        Self { pool, turns: Arc::new(Semaphore::new(at_once)), resting: Arc::default() }
    }

    /// A connection, as soon as it is this caller's turn.
    pub(super) async fn lend(&self) -> Result<Lent<DB>, Problem> {
        let turn = timeout(WAIT_FOR_CONNECTION, Arc::clone(&self.turns).acquire_owned()).await;
        let turn = turn.map_err(|_| sqlx::Error::PoolTimedOut)?;
        let turn = turn.map_err(|_| sqlx::Error::PoolClosed)?;
        let rested = self.resting.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let resting = if let Some(resting) = rested {
            resting
        } else {
            // Whatever stands in the way of a connection, the database is not there now.
            let connection = self
                .pool
                .acquire()
                .await
                .map_err(|error| Problem::of(Code::Unavailable).because(error))?;
            Resting { connection, away_since: Instant::now() }
        };
        Ok(Lent { resting, home: self.clone(), turn })
    }

    /// The pool behind them.
    pub(super) const fn pool(&self) -> &Pool<DB> {
        &self.pool
    }

    /// Ends all of them, those at rest first.
    pub(super) async fn close(&self) {
        self.turns.close();
        self.resting.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.pool.close().await;
    }
}

impl<DB: Database> Lent<DB> {
    pub(super) fn connection(&mut self) -> &mut DB::Connection {
        &mut self.resting.connection
    }

    /// Brings it back from work that went well: nothing on it is begun or unread.
    pub(super) fn bring_back(self) {
        let Self { resting, home, turn } = self;
        if resting.away_since.elapsed() < LONGEST_AWAY && !home.pool.is_closed() {
            home.resting.lock().unwrap_or_else(PoisonError::into_inner).push(resting);
        }
        drop(turn);
    }
}
