//! Sealing, opening, and what is looked up by.

use std::fmt;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use super::sealed::{BlindIndex, Field, Sealed};
use super::suite::Cipher;
use crate::problem::{Code, Problem};

/// How many bytes of the keyed digest a blind index has: 128 bits meet no other by chance.
const INDEX_BYTES: usize = 16;

/// The unwrapped keys of an installation. Without any it neither seals nor opens.
#[derive(Default)]
pub struct Keyring {
    /// In the order of their numbers: the last one that seals does, all of them open.
    data_keys: Vec<DataKey>,
    index_key: Option<hmac::Key>,
}

/// A data key with what stands before everything that it has sealed.
pub struct DataKey {
    mark: String,
    cipher: Cipher,
    seals: bool,
}

impl DataKey {
    /// The key of this number. One that does not seal yet opens already.
    pub(super) fn new(number: i64, cipher: Cipher, seals: bool) -> Self {
        Self { mark: format!("{}{number}", cipher.suite().letter()), cipher, seals }
    }
}

/// Why a value was not sealed or not opened: said to the log, which learns nothing of it.
#[derive(Debug)]
struct Fault {
    what: &'static str,
    field: Field,
    row: Option<Uuid>,
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.what, self.field)?;
        self.row.map_or(Ok(()), |row| write!(formatter, " of row {row}"))
    }
}

impl std::error::Error for Fault {}

fn fault(what: &'static str, field: Field, row: Option<Uuid>) -> Problem {
    Problem::of(Code::Internal).because(Fault { what, field, row })
}

impl Keyring {
    /// The keys of an installation: the data keys in the order of their numbers, and the key of
    /// the blind indexes.
    #[must_use]
    pub(super) fn of(data_keys: Vec<DataKey>, index_key: &[u8]) -> Self {
        Self { data_keys, index_key: Some(hmac::Key::new(hmac::HMAC_SHA256, index_key)) }
    }

    /// The key that seals.
    fn sealing(&self) -> Option<&DataKey> {
        self.data_keys.iter().rev().find(|key| key.seals)
    }

    /// Whether the key that seals now has sealed it.
    #[must_use]
    pub(super) fn is_current(&self, sealed: &Sealed) -> bool {
        let mark = sealed.as_str().split_once('.').map(|(mark, _)| mark);
        self.sealing().map(|key| key.mark.as_str()) == mark
    }

    /// Seals a value for one row of one column.
    ///
    /// # Errors
    /// `internal` when there is no key.
    pub fn seal(&self, field: Field, row: Uuid, plain: &str) -> Result<Sealed, Problem> {
        let sealed = self.sealing().and_then(|key| {
            let sealed = key.cipher.seal(&field.place(row), plain.as_bytes())?;
            Some(format!("{}.{}", key.mark, URL_SAFE_NO_PAD.encode(sealed)))
        });
        sealed.map(Sealed::new).ok_or_else(|| fault("there is no key to seal", field, Some(row)))
    }

    /// Opens the value of one row of one column.
    ///
    /// # Errors
    /// `internal` when it was not sealed for this place by a key that is known here, or was
    /// changed since.
    pub fn open(&self, field: Field, row: Uuid, sealed: &Sealed) -> Result<String, Problem> {
        self.opened(field, row, sealed.as_str())
            .ok_or_else(|| fault("what is sealed does not open:", field, Some(row)))
    }

    /// Seals a value that may be missing.
    ///
    /// # Errors
    /// As [`Keyring::seal`].
    pub fn perhaps_seal(
        &self,
        field: Field,
        row: Uuid,
        plain: Option<&str>,
    ) -> Result<Option<Sealed>, Problem> {
        plain.map(|plain| self.seal(field, row, plain)).transpose()
    }

    /// Opens a value that may be missing.
    ///
    /// # Errors
    /// As [`Keyring::open`].
    pub fn perhaps_open(
        &self,
        field: Field,
        row: Uuid,
        sealed: Option<&Sealed>,
    ) -> Result<Option<String>, Problem> {
        sealed.map(|sealed| self.open(field, row, sealed)).transpose()
    }

    fn opened(&self, field: Field, row: Uuid, sealed: &str) -> Option<String> {
        let (mark, text) = sealed.split_once('.')?;
        let key = self.data_keys.iter().find(|key| key.mark == mark)?;
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        String::from_utf8(key.cipher.open(&field.place(row), bytes)?).ok()
    }

    /// What a value of this column is found by. The value is to be in its one usual form.
    ///
    /// # Errors
    /// `internal` when there is no key.
    pub fn index(&self, field: Field, value: &str) -> Result<BlindIndex, Problem> {
        let key = self.index_key.as_ref();
        let key = key.ok_or_else(|| fault("there is no key to look up", field, None))?;
        let digest = hmac::sign(key, &field.message(value));
        let bytes = digest.as_ref().get(..INDEX_BYTES).unwrap_or_default();
        Ok(BlindIndex::new(URL_SAFE_NO_PAD.encode(bytes)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::suite::Suite;
    use super::*;

    const PHONE: Field = Field::of("people", "phone");
    const ADDRESS: Field = Field::of("people", "address");
    const ROW: Uuid = Uuid::from_u128(7);
    const NUMBER: &str = "13800001234";
    const KEY_BYTES: usize = 32;

    fn keyring(numbers: &[i64]) -> Keyring {
        let key = |number: &i64| {
            let bytes = [u8::try_from(*number).unwrap_or_default(); KEY_BYTES];
            let cipher = Cipher::new(Suite::Aes256Gcm, &bytes)?;
            Some(DataKey::new(*number, cipher, *number < 3))
        };
        Keyring::of(numbers.iter().filter_map(key).collect(), &[9; KEY_BYTES])
    }

    fn sealed() -> Option<Sealed> {
        keyring(&[1]).seal(PHONE, ROW, NUMBER).ok()
    }

    #[test]
    fn what_is_sealed_opens_again_and_never_looks_the_same() {
        let (one, two) = (sealed().unwrap_or_else(none), sealed().unwrap_or_else(none));
        assert_ne!(one.as_str(), two.as_str());
        assert!(one.as_str().starts_with("a1.") && !one.as_str().contains(NUMBER));
        assert_eq!(keyring(&[1]).open(PHONE, ROW, &two).ok().as_deref(), Some(NUMBER));
    }

    fn none() -> Sealed {
        Sealed::new(String::new())
    }

    #[test]
    fn it_opens_in_its_own_place_only() {
        let sealed = sealed().unwrap_or_else(none);
        let elsewhere = [(PHONE, Uuid::from_u128(8)), (ADDRESS, ROW)];
        for (field, row) in elsewhere {
            assert!(keyring(&[1]).open(field, row, &sealed).is_err());
        }
    }

    #[test]
    fn what_was_changed_cut_or_made_up_does_not_open() {
        let sealed = sealed().unwrap_or_else(none);
        let text = sealed.as_str();
        let cut = text.get(..text.len() - 4).unwrap_or_default().to_owned();
        let changed = format!("{cut}{}", if text.ends_with("AAAA") { "BBBB" } else { "AAAA" });
        let others = [changed, cut, NUMBER.to_owned(), "a1.".to_owned(), String::new()];
        let others = others.into_iter().chain(["a2", "b1", "a01"].map(|m| text.replace("a1", m)));
        for other in others {
            assert!(keyring(&[1]).open(PHONE, ROW, &Sealed::new(other)).is_err());
        }
    }

    #[test]
    fn a_key_that_is_only_known_opens_and_does_not_seal() {
        let known = keyring(&[1, 2, 3]);
        let sealed = known.seal(PHONE, ROW, NUMBER).unwrap_or_else(|_| none());
        assert!(sealed.as_str().starts_with("a2.") && known.is_current(&sealed));
        let earlier = keyring(&[1]).seal(PHONE, ROW, NUMBER).unwrap_or_else(|_| none());
        assert!(!known.is_current(&earlier) && !known.is_current(&none()));
    }

    #[test]
    fn the_latest_key_seals_and_the_earlier_ones_still_open() {
        let old = sealed().unwrap_or_else(none);
        let both = keyring(&[1, 2]);
        assert_eq!(both.open(PHONE, ROW, &old).ok().as_deref(), Some(NUMBER));
        let new = both.seal(PHONE, ROW, NUMBER).unwrap_or_else(|_| none());
        assert!(new.as_str().starts_with("a2."));
        assert!(keyring(&[1]).open(PHONE, ROW, &new).is_err(), "a key that is not known");
    }

    #[test]
    fn an_index_is_of_the_value_the_column_and_the_key() {
        let index = |keyring: &Keyring, field, value| keyring.index(field, value).ok();
        let own = index(&keyring(&[1]), PHONE, NUMBER);
        assert_eq!(own, index(&keyring(&[2]), PHONE, NUMBER), "data keys have no part in it");
        assert_ne!(own, index(&keyring(&[1]), PHONE, "13800001235"));
        assert_ne!(own, index(&keyring(&[1]), ADDRESS, NUMBER));
        assert_ne!(own, index(&Keyring::of(Vec::new(), &[8; KEY_BYTES]), PHONE, NUMBER));
    }

    #[test]
    fn without_keys_nothing_is_sealed_and_the_fault_tells_only_the_place() {
        let locked = Keyring::default();
        assert!(locked.index(PHONE, NUMBER).is_err());
        assert!(locked.open(PHONE, ROW, &sealed().unwrap_or_else(none)).is_err());
        let said = locked.seal(PHONE, ROW, NUMBER).map_err(|problem| problem.to_string()).err();
        let said = said.unwrap_or_default();
        assert!(said.contains("people.phone of row") && !said.contains(NUMBER), "{said}");
    }
}
