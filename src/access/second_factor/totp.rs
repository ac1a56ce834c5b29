//! Codes that go with the time (RFC 6238): six digits, thirty seconds, HMAC-SHA-1, which is
//! what every authenticator app reads.

use chrono::{DateTime, Utc};

use crate::platform::crypto;

/// How long one code is shown, in seconds.
const STEP_SECONDS: i64 = 30;
/// How many codes earlier or later are taken as well: clocks differ, and people are slow.
const STEPS_APART: i64 = 1;

/// What the app and we have in common: 160 random bits, as RFC 4226 recommends.
pub type Secret = [u8; 20];

/// What an app reads, as a link or as the picture of one.
#[must_use]
pub fn uri(secret: &Secret, username: &str) -> String {
    let label: String = form_urlencoded::byte_serialize(username.as_bytes()).collect();
    let shown = crypto::base32(secret);
    // An app reads a plus as a plus.
    format!("otpauth://totp/redvest:{}?secret={shown}&issuer=redvest", label.replace('+', "%20"))
}

/// The step at which this code is shown, if that is now or was or will be a moment ago.
#[must_use]
pub fn step_of(secret: &Secret, code: &str, now: DateTime<Utc>) -> Option<i64> {
    let present = now.timestamp().div_euclid(STEP_SECONDS);
    let near = present - STEPS_APART..=present + STEPS_APART;
    near.rev().find(|step| crypto::same(&code_at(secret, *step), code))
}

fn code_at(secret: &Secret, step: i64) -> String {
    let tag = crypto::hmac_sha1(secret, &step.to_be_bytes());
    let offset = usize::from(tag.last().map_or(0, |last| last & 0xf));
    let chosen = tag.iter().skip(offset).take(4);
    let number = chosen.fold(0_u32, |number, byte| (number << 8) | u32::from(*byte));
    format!("{:06}", (number & 0x7fff_ffff) % 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &Secret = b"12345678901234567890";

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap_or_default()
    }

    /// The examples of RFC 6238, appendix B, of whose eight digits we show the last six.
    #[test]
    fn the_examples_of_the_standard() {
        let examples = [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ];
        for (seconds, code) in examples {
            assert_eq!(step_of(SECRET, code, at(seconds)), Some(seconds / 30), "{seconds}");
        }
    }

    #[test]
    fn a_code_is_good_for_half_a_minute_around_its_own() {
        let good = |seconds| step_of(SECRET, "287082", at(seconds)).is_some();
        assert!(good(0) && good(30) && good(89));
        assert!(!good(90) && !good(-31));
    }

    #[test]
    fn an_app_reads_the_link() {
        let link = uri(SECRET, "kunyang dispatcher");
        let secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
        let rest = format!("kunyang%20dispatcher?secret={secret}&issuer=redvest");
        assert_eq!(link, format!("otpauth://totp/redvest:{rest}"));
    }
}
