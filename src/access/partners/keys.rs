//! The public keys of a partner: JSON Web Keys (RFC 7517) for signatures, and what is
//! wanted of them.
//!
//! They are handed over by whoever registers the partner, and never fetched: an address to
//! fetch them from would make this program call whatever somebody writes there. What a key
//! may hold besides and is not known here is passed over, as the standard wants, but for
//! private parts: whoever sends one has given his key away and is told so.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, Header};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::platform::http::json::read_tracked;
use crate::platform::values::refusal_below;
use crate::problem::{FieldCode, FieldError, Problem};

/// How many characters the id of a key has at most.
const LONGEST_ID: usize = 100;
/// The sizes of a modulus, in bytes: 2048 to 4096 bits.
const MODULUS: std::ops::RangeInclusive<usize> = 256..=512;
/// The one exponent that is in use, 65537, as it is written.
const EXPONENT: &str = "AQAB";
/// The members of a key that nobody but its owner may ever see (RFC 7518, 6.2.2, 6.3.2, 6.4.1).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// With which algorithm a key verifies: with this one and no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = PartnerKeyAlgorithm)]
pub enum KeyAlgorithm {
    /// ECDSA with the curve P-256 and SHA-256.
    #[serde(rename = "ES256")]
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    #[serde(rename = "RS256")]
    Rs256,
    /// RSASSA-PSS with SHA-256.
    #[serde(rename = "PS256")]
    Ps256,
}

impl KeyAlgorithm {
    /// The names of all, as metadata lists them.
    pub const NAMES: [&'static str; 3] = ["ES256", "RS256", "PS256"];

    /// As the library calls it.
    #[must_use]
    pub const fn of_jwt(self) -> Algorithm {
        match self {
            Self::Es256 => Algorithm::ES256,
            Self::Rs256 => Algorithm::RS256,
            Self::Ps256 => Algorithm::PS256,
        }
    }

    const fn kind(self) -> KeyKind {
        match self {
            Self::Es256 => KeyKind::EllipticCurve,
            Self::Rs256 | Self::Ps256 => KeyKind::Rsa,
        }
    }
}

/// The kind of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = PartnerKeyKind)]
pub enum KeyKind {
    /// A point of an elliptic curve.
    #[serde(rename = "EC")]
    EllipticCurve,
    /// A modulus and an exponent.
    #[serde(rename = "RSA")]
    Rsa,
}

/// A public key of a partner, as a JSON Web Key (RFC 7517): with `crv`, `x` and `y` one of
/// the curve P-256, with `n` and `e` one of RSA, 2048 to 4096 bits. Never the private part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = PartnerKey)]
pub struct PublicKey {
    /// Its name among the partner's keys.
    #[schema(min_length = 1, max_length = 100, pattern = "^[!-~]+$", example = "2026-03")]
    pub kid: String,
    /// What kind it is.
    kty: KeyKind,
    /// With which algorithm it verifies, and no other.
    pub alg: KeyAlgorithm,
    /// The curve: `P-256`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 5, example = "P-256")]
    crv: Option<String>,
    /// The point, in base64url.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 43)]
    x: Option<String>,
    /// The point, in base64url.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 43)]
    y: Option<String>,
    /// The modulus, in base64url.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 683)]
    n: Option<String>,
    /// The exponent: `AQAB`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 4)]
    e: Option<String>,
}

/// A key as somebody sends it.
#[derive(Deserialize)]
struct SentKey {
    kid: String,
    kty: KeyKind,
    alg: KeyAlgorithm,
    #[serde(rename = "use")]
    usage: Option<String>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    n: Option<String>,
    e: Option<String>,
}

/// A member that cannot be accepted, why, and what would be.
type Refused = (&'static str, FieldCode, &'static str);

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let sent = Map::<String, Value>::deserialize(deserializer)?;
        // Before anything else is said of it.
        if let Some(member) = PRIVATE.iter().find(|member| sent.contains_key(**member)) {
            return Err(refusal_below(&format!("/{member}"), FieldCode::PrivateKey, ""));
        }
        let sent = read_tracked::<SentKey, D::Error>(Value::Object(sent))?;
        sent.checked()
            .map_err(|(member, code, wanted)| refusal_below(&format!("/{member}"), code, wanted))
    }
}

impl SentKey {
    fn checked(self) -> Result<PublicKey, Refused> {
        let visible = self.kid.bytes().all(|byte| byte.is_ascii_graphic());
        if !visible || !(1..=LONGEST_ID).contains(&self.kid.len()) {
            return Err(("kid", FieldCode::WrongType, "1–100 visible characters of ASCII"));
        }
        if self.usage.as_deref().is_some_and(|usage| usage != "sig") {
            return Err(("use", FieldCode::NotOneOf, "sig"));
        }
        if self.alg.kind() != self.kty {
            let fitting = match self.kty {
                KeyKind::EllipticCurve => "ES256",
                KeyKind::Rsa => "RS256, PS256",
            };
            return Err(("alg", FieldCode::NotOneOf, fitting));
        }
        let Self { kid, kty, alg, crv, x, y, n, e, .. } = self;
        let none = PublicKey { kid, kty, alg, crv: None, x: None, y: None, n: None, e: None };
        match kty {
            KeyKind::EllipticCurve => {
                check_point(crv.as_deref(), x.as_deref(), y.as_deref())?;
                Ok(PublicKey { crv, x, y, ..none })
            }
            KeyKind::Rsa => {
                check_modulus(n.as_deref(), e.as_deref())?;
                Ok(PublicKey { n, e, ..none })
            }
        }
    }
}

fn check_point(curve: Option<&str>, x: Option<&str>, y: Option<&str>) -> Result<(), Refused> {
    if curve != Some("P-256") {
        return Err(("crv", FieldCode::NotOneOf, "P-256"));
    }
    let coordinate = |member: &'static str, written: Option<&str>| {
        let bytes = written.and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
        let bytes = bytes.filter(|bytes| bytes.len() == 32);
        bytes.ok_or((member, FieldCode::WrongType, "32 bytes, base64url"))
    };
    let (x, y) = (coordinate("x", x)?, coordinate("y", y)?);
    // Both coordinates, uncompressed.
    let point = [&[4][..], x.as_slice(), y.as_slice()].concat();
    match ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point) {
        Ok(_) => Ok(()),
        Err(_) => Err(("x", FieldCode::WrongType, "x, y: P-256")),
    }
}

fn check_modulus(modulus: Option<&str>, exponent: Option<&str>) -> Result<(), Refused> {
    let bytes = modulus.and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
    let is_one = |bytes: Vec<u8>| {
        let is_odd = bytes.last().is_some_and(|last| last % 2 == 1);
        MODULUS.contains(&bytes.len()) && bytes.first() != Some(&0) && is_odd
    };
    if !bytes.is_some_and(is_one) {
        return Err(("n", FieldCode::WrongType, "2048–4096 bits, base64url"));
    }
    if exponent != Some(EXPONENT) {
        return Err(("e", FieldCode::NotOneOf, EXPONENT));
    }
    Ok(())
}

impl PublicKey {
    /// Whether a signature under this header can be of this key: it names the key or none,
    /// and the algorithm that the key has.
    #[must_use]
    pub fn fits(&self, header: &Header) -> bool {
        let is_named = header.kid.as_ref().is_none_or(|named| *named == self.kid);
        is_named && header.alg == self.alg.of_jwt()
    }

    /// The key, ready for use.
    #[must_use]
    pub fn verifying(&self) -> Option<DecodingKey> {
        match (&self.x, &self.y, &self.n, &self.e) {
            (Some(x), Some(y), ..) => DecodingKey::from_ec_components(x, y).ok(),
            (.., Some(n), Some(e)) => DecodingKey::from_rsa_components(n, e).ok(),
            _ => None,
        }
    }
}

/// Whether these keys can be a partner's together, each of its own name.
///
/// # Errors
/// The problem that names what is wrong with `/keys`.
pub fn check_together(keys: &[PublicKey]) -> Result<(), Problem> {
    let again = |(index, key): (usize, &PublicKey)| {
        let is_again = keys.iter().take(index).any(|before| before.kid == key.kid);
        is_again.then(|| FieldError {
            pointer: format!("/keys/{index}/kid"),
            code: FieldCode::Duplicate,
            value: key.kid.clone(),
        })
    };
    Problem::refuse_fields(keys.iter().enumerate().filter_map(again).collect())
}
