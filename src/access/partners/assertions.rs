//! # Client assertions (RFC 7523): a partner shows who it is with a key of its own
//!
//! Instead of a secret it sends a small token that it has signed itself: "I am this
//! client, this is for you, until then, and it is number so-and-so". Nothing that it sends
//! is worth anything afterwards, because each number is good once.
//!
//! Which keys can have signed it is decided by the partner that it names, never by what its
//! header says: a key that is named there is one among the partner's own, and one that is
//! enclosed (`jwk`) or lies at some address (`jku`, `x5u`) is not looked at. Before the
//! signature is verified nobody is told what is wrong; afterwards he who signed it is.

use std::str::FromStr as _;

use chrono::{DateTime, Duration, Utc};
use jsonwebtoken::dangerous::insecure_decode_claims;
use jsonwebtoken::{Header, Validation, decode, decode_header};
use serde::Deserialize;
use uuid::Uuid;

use super::domain::Partner;
use super::keys::PublicKey;
use super::oauth::Refusal;
use crate::access::tokens::Addresses;
use crate::ids::PartnerId;
use crate::platform::crypto;

/// What `client_assertion_type` says.
pub const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// For how many minutes ahead an assertion may be good. Client libraries choose between one
/// minute and an hour; however long it is, its number is good once.
const MINUTES_AHEAD: i64 = 60;
/// How far a partner's clock may be from ours.
const CLOCKS_APART: Duration = Duration::seconds(30);
/// What an assertion may call itself; nothing that is signed for something else is one.
const TYPES: [&str; 2] = ["JWT", "client-authentication+jwt"];

/// Whom an assertion speaks of, as long as nothing is verified.
#[derive(Deserialize)]
struct Named {
    sub: String,
}

/// What an assertion says.
#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: i64,
    iat: Option<i64>,
    nbf: Option<i64>,
    jti: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Audience {
    /// Whether it is meant for this installation and nobody else, who could show it here.
    fn is_only(&self, addresses: &Addresses) -> bool {
        let is_ours =
            |name: &String| *name == addresses.issuer || *name == addresses.token_endpoint;
        match self {
            Self::One(name) => is_ours(name),
            Self::Several(names) => !names.is_empty() && names.iter().all(is_ours),
        }
    }
}

/// An assertion that holds; good once.
pub struct Proof {
    /// By what it is known again.
    pub digest: String,
    /// Until when it has to be known again.
    pub until: DateTime<Utc>,
}

/// The partner that an assertion speaks of. That is no more than a word yet.
#[must_use]
pub fn named(assertion: &str) -> Option<PartnerId> {
    let named = insecure_decode_claims::<Named>(assertion).ok()?;
    Uuid::from_str(&named.sub).ok().map(PartnerId)
}

/// Verifies what the partner shows, all but whether it was shown before.
///
/// # Errors
/// What the token endpoint answers when it does not hold.
pub fn verify(
    assertion: &str,
    partner: &Partner,
    addresses: &Addresses,
    now: DateTime<Utc>,
) -> Result<Proof, Refusal> {
    let header = decode_header(assertion).map_err(|_| Refusal::client())?;
    let mut fitting = partner.keys.iter().filter(|key| key.fits(&header));
    let claims = fitting.find_map(|key| signed(assertion, key)).ok_or_else(Refusal::client)?;
    check_form(&header, &claims, partner.partner_id, addresses)?;
    check_times(&claims, now)?;
    let number = claims.jti.filter(|number| !number.is_empty());
    let number = number.ok_or(Refusal::assertion("the assertion has no number (jti)"))?;
    let until = DateTime::from_timestamp(claims.exp, 0).unwrap_or(now) + CLOCKS_APART;
    let digest = crypto::digest(format!("{} {number}", partner.partner_id).as_bytes());
    Ok(Proof { digest, until })
}

/// What it says, if this key has signed it. Who and when is looked at afterwards, by us.
fn signed(assertion: &str, key: &PublicKey) -> Option<Claims> {
    let mut validation = Validation::new(key.alg.of_jwt());
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    decode::<Claims>(assertion, &key.verifying()?, &validation).ok().map(|data| data.claims)
}

fn check_form(
    header: &Header,
    claims: &Claims,
    partner: PartnerId,
    addresses: &Addresses,
) -> Result<(), Refusal> {
    let typ = header.typ.as_deref().unwrap_or("JWT");
    if header.crit.is_some() || !TYPES.iter().any(|known| known.eq_ignore_ascii_case(typ)) {
        return Err(Refusal::assertion("the header of the assertion is that of something else"));
    }
    if claims.iss != claims.sub || claims.sub != partner.to_string() {
        return Err(Refusal::assertion("iss and sub of the assertion must both be the client id"));
    }
    if !claims.aud.is_only(addresses) {
        let words = "aud of the assertion must be the issuer or the token endpoint, and no other";
        return Err(Refusal::assertion(words));
    }
    Ok(())
}

fn check_times(claims: &Claims, now: DateTime<Utc>) -> Result<(), Refusal> {
    let seconds = now.timestamp();
    let apart = CLOCKS_APART.num_seconds();
    if claims.exp <= seconds - apart {
        return Err(Refusal::assertion("the assertion has lapsed (exp)"));
    }
    if claims.exp > seconds + MINUTES_AHEAD * 60 + apart {
        return Err(Refusal::assertion("the assertion is good for more than an hour (exp)"));
    }
    let begins = [claims.iat, claims.nbf].into_iter().flatten().max();
    if begins.is_some_and(|begins| begins > seconds + apart) {
        return Err(Refusal::assertion("the assertion is of the future (iat, nbf)"));
    }
    Ok(())
}
