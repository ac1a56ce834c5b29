//! Opening the vault, at the start of a process.

use std::fmt;
use std::path::PathBuf;

use chrono::{DateTime, Utc};

use super::keyring::{DataKey, Keyring};
use super::master::{MASTER_KEY_VARIABLE, MasterKey, MasterKeySource};
use super::store::{self, WrappedKey};
use super::suite::{Cipher, Suite};
use crate::platform::clock::Clock;
use crate::platform::crypto::random_bytes;
use crate::platform::db::Db;
use crate::problem::Problem;

/// The purpose of the keys that seal fields.
pub(super) const FIELD: &str = "field";
/// The purpose of the key of blind indexes.
const INDEX: &str = "index";
/// What the key of blind indexes is a key of.
const INDEX_SUITE: &str = "hmac-sha-256";

/// Why the vault stays closed: said at start, to the person who starts the program.
#[derive(Debug)]
pub enum UnlockError {
    /// Nothing was said, where every instance has to be given the same key.
    NotGiven,
    /// The usual file is gone, and there is data that its key has sealed.
    Lost(PathBuf),
    /// The file that was named is not there.
    Missing(PathBuf),
    /// The file cannot be read or written.
    File(PathBuf, std::io::Error),
    /// What was given there is no key.
    NotAKey(String),
    /// It is not the key of this database.
    Wrong(String),
    /// The database does not answer.
    Database(Problem),
}

impl fmt::Display for UnlockError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotGiven => write!(
                formatter,
                "on PostgreSQL the master key must be given, the same to every instance: name its file by \
                 --master-key-file, or set {MASTER_KEY_VARIABLE}; `openssl rand -base64 32` makes one"
            ),
            Self::Lost(path) => write!(
                formatter,
                "the master key {} is missing, and the personal data in this database cannot be read without it: \
                 put the file back where it was; nothing was changed",
                path.display()
            ),
            Self::Missing(path) => write!(
                formatter,
                "there is no master key in {}; `openssl rand -base64 32` makes one for a new database",
                path.display()
            ),
            Self::File(path, error) => {
                write!(formatter, "the master key {}: {error}", path.display())
            }
            Self::NotAKey(place) => write!(
                formatter,
                "what is in {place} is no master key: that is 32 bytes in base64, as `openssl rand -base64 32` makes them"
            ),
            Self::Wrong(place) => write!(
                formatter,
                "the master key in {place} is not the one that the personal data in this database was sealed with: \
                 give the one that was; nothing was changed"
            ),
            Self::Database(problem) => write!(formatter, "the database: {problem}"),
        }
    }
}

impl std::error::Error for UnlockError {}

/// Unwraps the keys of this database, so that every transaction on it can seal and open;
/// makes them where there are none yet. Of several processes that start together one makes
/// them, and the others take what it made.
///
/// # Errors
/// [`UnlockError`], in words for the person who starts the program.
pub async fn unlock(
    db: &Db,
    source: &MasterKeySource,
    suite: Suite,
    clock: &Clock,
) -> Result<(), UnlockError> {
    let (master, keyring) = open_master(db, source, suite, clock).await?;
    db.vault().open(master, keyring);
    Ok(())
}

/// The master key, proven by what it unwraps.
pub(super) async fn open_master(
    db: &Db,
    source: &MasterKeySource,
    suite: Suite,
    clock: &Clock,
) -> Result<(MasterKey, Keyring), UnlockError> {
    let mut tx = db.read().await.map_err(UnlockError::Database)?;
    let mut stored = store::all(&mut tx).await.map_err(UnlockError::Database)?;
    tx.finish();
    let alone = db.engine_name() == "sqlite";
    let master = source.master_key(stored.is_empty(), alone)?;
    if stored.is_empty() {
        stored = first_keys(db, &master, suite, clock).await.map_err(UnlockError::Database)?;
    }
    let wrong = || UnlockError::Wrong(source.to_string());
    let keyring = keyring_of(&master, &stored).ok_or_else(wrong)?;
    Ok((master, keyring))
}

/// The first keys, made by whoever comes first.
async fn first_keys(
    db: &Db,
    master: &MasterKey,
    suite: Suite,
    clock: &Clock,
) -> Result<Vec<WrappedKey>, Problem> {
    let now = clock.now();
    let fresh: Vec<WrappedKey> = [fresh_data_key(master, 1, suite, now), index_key(master, now)]
        .into_iter()
        .flatten()
        .map(|key| WrappedKey { seals_since: Some(now), ..key })
        .collect();
    db.write(async |tx| {
        store::insert(tx, &fresh).await?;
        store::all(tx).await
    })
    .await
}

/// A key for fields, which does not seal yet.
pub(super) fn fresh_data_key(
    master: &MasterKey,
    number: i64,
    suite: Suite,
    now: DateTime<Utc>,
) -> Option<WrappedKey> {
    wrapped(master, (FIELD, number, suite.as_str()), &suite.fresh_key(), now)
}

/// The key of blind indexes. It is never changed: what it finds would have to be found anew.
fn index_key(master: &MasterKey, now: DateTime<Utc>) -> Option<WrappedKey> {
    wrapped(master, (INDEX, 1, INDEX_SUITE), &random_bytes::<32>(), now)
}

fn wrapped(
    master: &MasterKey,
    (purpose, number, suite): (&str, i64, &str),
    key: &[u8],
    now: DateTime<Utc>,
) -> Option<WrappedKey> {
    Some(WrappedKey {
        purpose: purpose.to_owned(),
        number,
        suite: suite.to_owned(),
        wrapped: master.wrap_key(&place(purpose, number, suite), key)?,
        created_at: now,
        seals_since: None,
    })
}

/// What a wrapped key is bound to: none can be put in the place of another.
fn place(purpose: &str, number: i64, suite: &str) -> String {
    format!("data_keys:{purpose}:{number}:{suite}")
}

/// The keyring; `None` unless this master key has wrapped every key of it.
pub(super) fn keyring_of(master: &MasterKey, stored: &[WrappedKey]) -> Option<Keyring> {
    let mut data_keys = Vec::new();
    let mut index_key = None;
    for key in stored {
        let place = place(&key.purpose, key.number, &key.suite);
        let bytes = master.unwrap_key(&place, &key.wrapped)?;
        if key.purpose == INDEX {
            index_key = Some(bytes);
        } else {
            let cipher = Cipher::new(Suite::parse(&key.suite)?, &bytes)?;
            data_keys.push(DataKey::new(key.number, cipher, key.seals_since.is_some()));
        }
    }
    Some(Keyring::of(data_keys, &index_key?))
}
