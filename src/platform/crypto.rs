//! Random bytes, digests and keyed digests, from the one cryptographic library
//! that the tokens and TLS use as well.

use aws_lc_rs::{digest, hmac, rand};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::ValueEnum;
use sm3::{Digest as _, Sm3};

/// A digest, where the operator has the choice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Digest {
    /// SHA-256.
    #[default]
    #[value(name = "sha-256")]
    Sha256,
    /// SM3 国密 (GB/T 32905).
    #[value(name = "sm3")]
    Sm3,
}

impl Digest {
    /// That of `bytes`, in URL-safe characters.
    #[must_use]
    pub fn of(self, bytes: &[u8]) -> String {
        match self {
            Self::Sha256 => digest(bytes),
            Self::Sm3 => URL_SAFE_NO_PAD.encode(Sm3::digest(bytes)),
        }
    }
}

/// Bytes that nobody can guess. The operating system's generator does not fail
/// once it has been seeded; if it ever did, stopping is the only safe answer.
#[must_use]
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if rand::fill(&mut bytes).is_err() {
        std::process::abort();
    }
    bytes
}

/// A secret of 256 bits in URL-safe characters.
#[must_use]
pub fn random_secret() -> String {
    URL_SAFE_NO_PAD.encode(random_bytes::<32>())
}

/// A number of six digits that nobody can guess.
#[must_use]
pub fn random_digits() -> String {
    six_digits(&random_bytes::<8>())
}

/// SHA-256 of `bytes`, in URL-safe characters.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, bytes))
}

/// The first 64 bits of the SHA-256 of `bytes`: the same on every machine, and good enough
/// where two that are taken for one do little harm.
#[must_use]
pub fn short_digest(bytes: &[u8]) -> i64 {
    let digest = digest::digest(&digest::SHA256, bytes);
    digest.as_ref().iter().take(8).fold(0, |number, byte| (number << 8) | i64::from(*byte))
}

/// Six digits that only the holder of `secret` can compute for `message`.
#[must_use]
pub fn keyed_digits(secret: &[u8], message: &[u8]) -> String {
    six_digits(signature(secret, message).as_ref())
}

/// A digest that only the holder of `secret` can compute for `message`, in URL-safe characters.
#[must_use]
pub fn keyed_digest(secret: &[u8], message: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(signature(secret, message))
}

/// HMAC-SHA256: says that whoever holds `secret` has sent `message`.
#[must_use]
pub fn signature(secret: &[u8], message: &[u8]) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message)
}

/// The HMAC-SHA-1 of `message`: for codes that apps compute, and for nothing else.
#[must_use]
pub fn hmac_sha1(secret: &[u8], message: &[u8]) -> [u8; 20] {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let mut tag = [0; 20];
    tag.copy_from_slice(hmac::sign(&key, message).as_ref());
    tag
}

/// Letters and digits that are not taken for one another (RFC 4648), five bits each, for
/// whole groups of five bytes.
#[must_use]
pub fn base32(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let letter = |index: u64| {
        let chosen = usize::try_from(index & 31).ok().and_then(|index| LETTERS.get(index));
        chosen.map_or('A', |letter| char::from(*letter))
    };
    let group = |group: &[u8]| -> Vec<char> {
        let bits = group.iter().fold(0_u64, |bits, byte| (bits << 8) | u64::from(*byte));
        (0..8).rev().map(|place| letter(bits >> (5 * place))).collect()
    };
    bytes.chunks_exact(5).flat_map(group).collect()
}

/// Compares in a time that does not depend on where they differ.
#[must_use]
pub fn same(left: &str, right: &str) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(left.as_bytes(), right.as_bytes()).is_ok()
}

fn six_digits(bytes: &[u8]) -> String {
    let number = bytes.iter().take(8).fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
    format!("{:06}", number % 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of GB/T 32905, appendix A.1.
    #[test]
    fn the_digest_of_the_standard_is_that_of_the_standard() {
        let expected = [
            0x66, 0xc7, 0xf0, 0xf4, 0x62, 0xee, 0xed, 0xd9, 0xd1, 0xf2, 0xd4, 0x6b, 0xdc, 0x10,
            0xe4, 0xe2, 0x41, 0x67, 0xc4, 0x87, 0x5c, 0xf2, 0xf7, 0xa2, 0x29, 0x7d, 0xa0, 0x2b,
            0x8f, 0x4b, 0xa8, 0xe0,
        ];
        assert_eq!(Digest::Sm3.of(b"abc"), URL_SAFE_NO_PAD.encode(expected));
    }
}
