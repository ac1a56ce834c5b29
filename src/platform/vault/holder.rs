//! What a process holds: the master key, and the keyring of the moment.

use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use futures_util::future::LocalBoxFuture;

use super::keyring::Keyring;
use super::master::MasterKey;
use super::opening::keyring_of;
use super::store;
use crate::platform::db::Tx;
use crate::platform::reference::Cache;
use crate::problem::{Code, Problem};

/// The vault of one process; closed until it is given the master key.
#[derive(Default)]
pub struct Vault {
    master: OnceLock<MasterKey>,
    keyring: RwLock<Arc<Keyring>>,
}

impl Vault {
    /// The keys at hand; none while it is closed.
    #[must_use]
    pub fn keyring(&self) -> Arc<Keyring> {
        Arc::clone(&self.keyring.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Opens it. Whoever opens it twice does so with the same master key.
    pub(super) fn open(&self, master: MasterKey, keyring: Keyring) {
        self.hold(keyring);
        drop(self.master.set(master));
    }

    fn hold(&self, keyring: Keyring) {
        *self.keyring.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keyring);
    }
}

/// A new key is reference data: every process knows it before it answers the next request.
impl Cache for Vault {
    fn catch_up<'a>(&'a self, tx: &'a mut Tx, _: i64) -> LocalBoxFuture<'a, Result<(), Problem>> {
        Box::pin(async move {
            let Some(master) = self.master.get() else { return Ok(()) };
            let stored = store::all(tx).await?;
            let keyring = keyring_of(master, &stored);
            let unknown = || Problem::of(Code::Internal).because("a data key does not unwrap");
            self.hold(keyring.ok_or_else(unknown)?);
            tx.take_up(self.keyring());
            Ok(())
        })
    }
}
