//! The master key: where it comes from, and what it wraps.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

use super::opening::UnlockError;
use super::suite::{Cipher, Suite};
use crate::platform::crypto::random_bytes;

/// How many bytes the master key has.
const KEY_BYTES: usize = 32;

/// The environment variable that may hold the master key.
pub const MASTER_KEY_VARIABLE: &str = "REDVEST_MASTER_KEY";

/// A secret that was given as text. It is not shown by anything that shows its owner.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// This text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// What an environment variable holds, unless that is nothing.
    #[must_use]
    pub fn of_environment(variable: &str) -> Option<Self> {
        std::env::var(variable).ok().filter(|text| !text.trim().is_empty()).map(Self)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret")
    }
}

/// Where the master key comes from.
#[derive(Clone, Debug)]
pub enum MasterKeySource {
    /// Given as text, by the environment.
    Given(Secret),
    /// In a file that was named.
    File(PathBuf),
    /// In the usual file, since nothing was said. A process that has its database to itself
    /// makes it at the very first start; several that share one have to be given the same.
    Usual(PathBuf),
}

impl fmt::Display for MasterKeySource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given(_) => formatter.write_str(MASTER_KEY_VARIABLE),
            Self::File(path) | Self::Usual(path) => write!(formatter, "{}", path.display()),
        }
    }
}

impl MasterKeySource {
    /// The master key. `first` says that the database has no keys yet, `alone` that this
    /// process has it to itself.
    pub(super) fn master_key(&self, first: bool, alone: bool) -> Result<MasterKey, UnlockError> {
        let text = match self {
            Self::Given(secret) => secret.0.clone(),
            Self::File(path) => read(path)?.ok_or_else(|| UnlockError::Missing(path.clone()))?,
            Self::Usual(path) => match read(path)? {
                Some(text) => text,
                None if !alone => return Err(UnlockError::NotGiven),
                None if first => return MasterKey::make(path),
                None => return Err(UnlockError::Lost(path.clone())),
            },
        };
        MasterKey::parse(&text).ok_or_else(|| UnlockError::NotAKey(self.to_string()))
    }
}

/// What a file says; nothing where there is none.
fn read(path: &Path) -> Result<Option<String>, UnlockError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(UnlockError::File(path.to_owned(), error)),
    }
}

/// The key that wraps the data keys.
pub struct MasterKey([u8; KEY_BYTES]);

impl MasterKey {
    /// Reads 256 bits in base64: of either alphabet, padded or not.
    fn parse(text: &str) -> Option<Self> {
        let usual: String = text.trim().trim_end_matches('=').chars().map(usual_letter).collect();
        STANDARD_NO_PAD.decode(usual).ok()?.try_into().ok().map(Self)
    }

    /// Makes one, in a file that only its owner may read and that was not there before. What
    /// it will wrap is stored after it lies on the disk.
    fn make(path: &Path) -> Result<Self, UnlockError> {
        let key = Self(random_bytes());
        key.write(path).map_err(|error| UnlockError::File(path.to_owned(), error))?;
        log::warn!(
            "made the master key {}: keep it, apart from the backups of the database; without it the personal data is lost",
            path.display()
        );
        Ok(key)
    }

    fn write(&self, path: &Path) -> std::io::Result<()> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        writeln!(file, "{}", STANDARD.encode(self.0))?;
        file.sync_all()?;
        File::open(folder)?.sync_all()
    }

    /// Wraps a key for its place in the table of data keys.
    pub(super) fn wrap_key(&self, place: &str, key: &[u8]) -> Option<String> {
        Some(STANDARD.encode(self.cipher()?.seal(place.as_bytes(), key)?))
    }

    /// Unwraps a key; `None` unless this master key has wrapped it for this place.
    pub(super) fn unwrap_key(&self, place: &str, wrapped: &str) -> Option<Vec<u8>> {
        self.cipher()?.open(place.as_bytes(), STANDARD.decode(wrapped).ok()?)
    }

    fn cipher(&self) -> Option<Cipher> {
        Cipher::new(Suite::Aes256Gcm, &self.0)
    }
}

const fn usual_letter(letter: char) -> char {
    match letter {
        '-' => '+',
        '_' => '/',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    #[test]
    fn a_key_may_be_written_in_either_alphabet() {
        let bytes = [0xfb; KEY_BYTES];
        let ways = [
            STANDARD.encode(bytes),
            URL_SAFE_NO_PAD.encode(bytes),
            format!(" {}\n", STANDARD.encode(bytes)),
        ];
        for way in ways {
            assert_eq!(MasterKey::parse(&way).map(|key| key.0), Some(bytes), "{way}");
        }
    }

    #[test]
    fn nothing_else_is_a_key() {
        let short = STANDARD.encode([1; KEY_BYTES - 1]);
        let long = STANDARD.encode([1; KEY_BYTES + 1]);
        for text in ["", "a password", &short, &long] {
            assert!(MasterKey::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_secret_is_not_shown() {
        let source = MasterKeySource::Given(Secret::new("the key itself"));
        assert!(!format!("{source:?} {source}").contains("the key itself"));
    }

    #[test]
    fn a_wrapped_key_belongs_to_its_place_and_its_master_key() {
        let (own, other) = (MasterKey([1; KEY_BYTES]), MasterKey([2; KEY_BYTES]));
        let wrapped = own.wrap_key("field 1", b"a data key").unwrap_or_default();
        assert_eq!(own.unwrap_key("field 1", &wrapped).as_deref(), Some(b"a data key".as_slice()));
        assert!(own.unwrap_key("field 2", &wrapped).is_none());
        assert!(other.unwrap_key("field 1", &wrapped).is_none());
    }
}
