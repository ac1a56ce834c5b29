//! The ciphers.

use aes_gcm::AesGcm;
use aes_gcm::aead::consts::U12;
use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use clap::ValueEnum;
use sm4::Sm4;

use crate::platform::crypto::random_bytes;

/// How many bytes a tag has.
const TAG_BYTES: usize = 16;

/// A way to seal, with the letter that says so in every sealed value. What one has sealed
/// opens whichever is chosen for new keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Suite {
    /// AES-256-GCM.
    #[default]
    #[value(name = "aes-256-gcm")]
    Aes256Gcm,
    /// SM4-GCM 国密 (GB/T 32907, RFC 8998).
    #[value(name = "sm4-gcm")]
    Sm4Gcm,
}

impl Suite {
    const ALL: [Self; 2] = [Self::Aes256Gcm, Self::Sm4Gcm];

    /// The letter in sealed values.
    #[must_use]
    pub const fn letter(self) -> char {
        match self {
            Self::Aes256Gcm => 'a',
            Self::Sm4Gcm => 's',
        }
    }

    /// The name in the table of data keys.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Aes256Gcm => "aes-256-gcm",
            Self::Sm4Gcm => "sm4-gcm",
        }
    }

    /// The suite of this name, if it is known here.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|suite| suite.as_str() == name)
    }

    /// A new key.
    #[must_use]
    pub fn fresh_key(self) -> Vec<u8> {
        match self {
            Self::Aes256Gcm => random_bytes::<32>().to_vec(),
            Self::Sm4Gcm => random_bytes::<16>().to_vec(),
        }
    }
}

/// A key, ready to seal and to open.
pub enum Cipher {
    /// AES with a key of 256 bits, as the processor does it.
    Aes256Gcm(Box<LessSafeKey>),
    /// SM4, whose keys have 128 bits.
    Sm4Gcm(Box<AesGcm<Sm4, U12>>),
}

impl Cipher {
    /// A key of this suite; `None` where it has not the length that the suite wants.
    #[must_use]
    pub fn new(suite: Suite, key: &[u8]) -> Option<Self> {
        Some(match suite {
            Suite::Aes256Gcm => {
                let key = UnboundKey::new(&AES_256_GCM, key).ok()?;
                Self::Aes256Gcm(Box::new(LessSafeKey::new(key)))
            }
            Suite::Sm4Gcm => Self::Sm4Gcm(Box::new(AesGcm::new_from_slice(key).ok()?)),
        })
    }

    /// The way it seals.
    #[must_use]
    pub const fn suite(&self) -> Suite {
        match self {
            Self::Aes256Gcm(_) => Suite::Aes256Gcm,
            Self::Sm4Gcm(_) => Suite::Sm4Gcm,
        }
    }

    /// Nonce, ciphertext and tag.
    #[must_use]
    pub fn seal(&self, bound_to: &[u8], plain: &[u8]) -> Option<Vec<u8>> {
        let nonce = random_bytes::<NONCE_LEN>();
        let mut sealed = Vec::with_capacity(NONCE_LEN + plain.len() + TAG_BYTES);
        sealed.extend_from_slice(&nonce);
        match self {
            Self::Aes256Gcm(key) => {
                sealed.extend_from_slice(plain);
                let (_, text) = sealed.split_at_mut(NONCE_LEN);
                let nonce = Nonce::assume_unique_for_key(nonce);
                let tag = key.seal_in_place_separate_tag(nonce, Aad::from(bound_to), text).ok()?;
                sealed.extend_from_slice(tag.as_ref());
            }
            Self::Sm4Gcm(key) => {
                let payload = Payload { msg: plain, aad: bound_to };
                sealed.extend(key.encrypt(&nonce.into(), payload).ok()?);
            }
        }
        Some(sealed)
    }

    /// What was sealed; `None` unless it was by this key, for this place, and is unchanged.
    #[must_use]
    pub fn open(&self, bound_to: &[u8], mut sealed: Vec<u8>) -> Option<Vec<u8>> {
        let nonce = *sealed.first_chunk::<NONCE_LEN>()?;
        match self {
            Self::Aes256Gcm(key) => {
                let nonce = Nonce::assume_unique_for_key(nonce);
                let opened = key.open_within(nonce, Aad::from(bound_to), &mut sealed, NONCE_LEN..);
                let length = opened.ok()?.len();
                sealed.truncate(length);
                Some(sealed)
            }
            Self::Sm4Gcm(key) => {
                let payload = Payload { msg: sealed.get(NONCE_LEN..)?, aad: bound_to };
                key.decrypt(&nonce.into(), payload).ok()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        let digits: Vec<u8> = hex.chars().filter_map(|c| c.to_digit(16)).map(nibble).collect();
        digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect()
    }

    fn nibble(digit: u32) -> u8 {
        u8::try_from(digit).unwrap_or_default()
    }

    /// RFC 8998, appendix A.1.
    #[test]
    fn sm4_gcm_is_that_of_the_standard() {
        let sealed = "00001234567800000000ABCD \
            17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735 \
            D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D \
            83DE3541E4C2B58177E065A9BF7B62EC";
        let plain = "AAAAAAAAAAAAAAAABBBBBBBBBBBBBBBBCCCCCCCCCCCCCCCCDDDDDDDDDDDDDDDD \
            EEEEEEEEEEEEEEEEFFFFFFFFFFFFFFFFEEEEEEEEEEEEEEEEAAAAAAAAAAAAAAAA";
        let bound_to = bytes("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2");
        let key = bytes("0123456789ABCDEFFEDCBA9876543210");
        let cipher = Cipher::new(Suite::Sm4Gcm, &key);
        let opened = cipher.and_then(|cipher| cipher.open(&bound_to, bytes(sealed)));
        assert_eq!(opened, Some(bytes(plain)));
    }

    #[test]
    fn what_either_suite_seals_it_opens_in_its_place() {
        for suite in Suite::ALL {
            let cipher = Cipher::new(suite, &suite.fresh_key());
            let there = |place: &[u8]| {
                let cipher = cipher.as_ref()?;
                cipher.open(place, cipher.seal(b"here", b"13800001234")?)
            };
            assert_eq!(there(b"here").as_deref(), Some(b"13800001234".as_slice()), "{suite:?}");
            assert_eq!(there(b"elsewhere"), None, "{suite:?}");
            assert_eq!(Suite::parse(suite.as_str()), Some(suite));
        }
    }

    #[test]
    fn a_key_of_another_length_is_none() {
        assert!(Cipher::new(Suite::Aes256Gcm, &[1; 16]).is_none());
        assert!(Cipher::new(Suite::Sm4Gcm, &[1; 32]).is_none());
    }
}
