//! Access tokens: ES256, minutes long, profile of RFC 9068 (`at+jwt`). A token names a
//! person with the sign-in, or a partner with the scopes it asked for: never both.
//!
//! Verifying a signature costs more than a whole small request, so a token that
//! was verified is remembered by its digest until it lapses. What it *means* is
//! not remembered: the sign-in and the rights are looked up every time.

use std::collections::HashMap;
use std::sync::RwLock;

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderMap};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Duration, Utc};
use jsonwebtoken::jwk::{Jwk, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::partners::Scope;
use super::store;
use crate::ids::{AccountId, PartnerId, SessionId};
use crate::platform::clock::Clock;
use crate::platform::crypto;
use crate::platform::db::Db;
use crate::problem::{Code, Problem};

/// How long an access token is valid at most, in minutes.
pub const ACCESS_MINUTES: i64 = 10;
/// Who issues and who accepts tokens, unless the installation says otherwise.
const ISSUER: &str = "redvest";
/// How far the clocks of two instances may differ, in seconds.
const LEEWAY: i64 = 5;
/// How many verified tokens are remembered; beyond that the memory starts anew.
const REMEMBERED: usize = 20_000;

/// Whom a token names.
#[derive(Clone, Debug)]
pub enum Bearer {
    /// A person who has signed in.
    Person(Person),
    /// A partner.
    Partner(PartnerToken),
}

/// A person, by his account and sign-in.
#[derive(Clone, Copy, Debug)]
pub struct Person {
    /// The account.
    pub account: AccountId,
    /// The sign-in.
    pub session: SessionId,
}

/// A partner, and what this token of it reaches.
#[derive(Clone, Debug)]
pub struct PartnerToken {
    /// The partner.
    pub partner_id: PartnerId,
    /// What it asked for; it may have less by now.
    pub scopes: Vec<Scope>,
}

impl Bearer {
    /// The person; no scope reaches what only people do.
    ///
    /// # Errors
    /// `scope_missing` when it is a partner.
    pub fn person(self) -> Result<Person, Problem> {
        match self {
            Self::Person(person) => Ok(person),
            Self::Partner(_) => Err(Problem::of(Code::ScopeMissing)),
        }
    }
}

/// What a token says.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Claims {
    /// Issuer.
    iss: String,
    /// Audience.
    aud: String,
    /// The account, or the partner.
    sub: Uuid,
    /// Issued at, in seconds.
    iat: i64,
    /// Valid until, in seconds.
    exp: i64,
    /// The sign-in of a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sid: Option<SessionId>,
    /// The partner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client_id: Option<PartnerId>,
    /// What the partner asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    /// The number of the partner's token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    jti: Option<Uuid>,
}

impl Claims {
    /// Nobody yet, from `now` for [`ACCESS_MINUTES`].
    fn about(sub: Uuid, now: DateTime<Utc>) -> Self {
        Self {
            iss: ISSUER.to_owned(),
            aud: ISSUER.to_owned(),
            sub,
            iat: now.timestamp(),
            exp: (now + Duration::minutes(ACCESS_MINUTES)).timestamp(),
            sid: None,
            client_id: None,
            scope: None,
            jti: None,
        }
    }

    /// Whom it names, if that is one and not two.
    fn bearer(&self) -> Option<Bearer> {
        match (self.sid, self.client_id) {
            (Some(session), None) => {
                Some(Bearer::Person(Person { account: AccountId(self.sub), session }))
            }
            (None, Some(partner_id)) if partner_id.0 == self.sub => {
                let scopes = Scope::read_list(self.scope.as_deref().unwrap_or_default());
                Some(Bearer::Partner(PartnerToken { partner_id, scopes }))
            }
            _ => None,
        }
    }
}

/// A token whose signature was verified.
#[derive(Clone, Debug)]
struct Verified {
    bearer: Bearer,
    iat: i64,
    exp: i64,
}

/// Signs and verifies access tokens.
pub struct Tokens {
    signing: EncodingKey,
    verifying: DecodingKey,
    header: Header,
    validation: Validation,
    key_set: String,
    secret: Vec<u8>,
    remembered: RwLock<HashMap<String, Verified>>,
}

impl Tokens {
    /// The tokens of this installation: its key lies in the database, so that
    /// every instance signs alike, and is made when there is none.
    ///
    /// # Errors
    /// `internal` when the stored key cannot be read; `unavailable` when the
    /// database does not answer.
    pub async fn open(db: &Db, clock: &Clock) -> Result<Self, Problem> {
        let fresh = fresh_key()?;
        let stored = db
            .write(async |tx| {
                if let Some((_, key)) = store::find_key(tx).await? {
                    return Ok(key);
                }
                let key_id = crypto::digest(fresh.as_bytes());
                store::insert_key(tx, &key_id, &fresh, clock.now()).await?;
                Ok(store::find_key(tx).await?.map_or_else(|| fresh.clone(), |(_, key)| key))
            })
            .await?;
        Self::from_stored(&stored)
    }

    fn from_stored(stored: &str) -> Result<Self, Problem> {
        let unreadable = |error: String| Problem::of(Code::Internal).because(error);
        let bytes = STANDARD.decode(stored).map_err(|error| unreadable(error.to_string()))?;
        let signing = EncodingKey::from_ec_der(&bytes);
        let mut jwk = Jwk::from_encoding_key(&signing, Algorithm::ES256)
            .map_err(|error| unreadable(error.to_string()))?;
        let key_id = jwk
            .thumbprint(ThumbprintHash::SHA256)
            .map_err(|error| unreadable(error.to_string()))?;
        jwk.common.key_id = Some(key_id.clone());
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        let verifying =
            DecodingKey::from_jwk(&jwk).map_err(|error| unreadable(error.to_string()))?;
        let mut header = Header::new(Algorithm::ES256);
        header.typ = Some("at+jwt".to_owned());
        header.kid = Some(key_id);
        let mut validation = Validation::new(Algorithm::ES256);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[ISSUER]);
        // The library reads the system clock; time is checked here instead.
        validation.validate_exp = false;
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        Ok(Self {
            signing,
            verifying,
            header,
            validation,
            key_set: serde_json::json!({ "keys": [jwk] }).to_string(),
            secret: crypto::digest(&[b"check-in codes".as_slice(), &bytes].concat()).into_bytes(),
            remembered: RwLock::default(),
        })
    }

    /// The public keys as a JSON Web Key Set (RFC 7517).
    #[must_use]
    pub fn key_set(&self) -> &str {
        &self.key_set
    }

    /// Six digits that every instance of this installation computes alike for
    /// `message`, and nobody else can.
    #[must_use]
    pub fn keyed_digits(&self, message: &[u8]) -> String {
        crypto::keyed_digits(&self.secret, message)
    }

    /// A token for one sign-in, valid from `now` until `expires_at`.
    ///
    /// # Errors
    /// `internal` when the key cannot sign.
    pub fn issue(
        &self,
        account: AccountId,
        session: SessionId,
        now: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    ) -> Result<String, Problem> {
        self.sign(&Claims {
            sid: Some(session),
            exp: expires_at.timestamp(),
            ..Claims::about(account.0, now)
        })
    }

    /// A token of its own number for a partner, valid from `now` for [`ACCESS_MINUTES`].
    ///
    /// # Errors
    /// `internal` when the key cannot sign.
    pub fn issue_to_partner(
        &self,
        partner: PartnerId,
        scopes: &[Scope],
        number: Uuid,
        now: DateTime<Utc>,
    ) -> Result<String, Problem> {
        self.sign(&Claims {
            client_id: Some(partner),
            scope: Some(Scope::write_list(scopes)),
            jti: Some(number),
            ..Claims::about(partner.0, now)
        })
    }

    fn sign(&self, claims: &Claims) -> Result<String, Problem> {
        jsonwebtoken::encode(&self.header, claims, &self.signing)
            .map_err(|error| Problem::of(Code::Internal).because(error))
    }

    /// Whom the request's bearer token names, if it is one of ours and in time.
    ///
    /// # Errors
    /// `unauthenticated`.
    pub fn verify(&self, request: &HttpRequest, now: DateTime<Utc>) -> Result<Bearer, Problem> {
        let refused = || Problem::of(Code::Unauthenticated);
        let token = bearer(request.headers()).ok_or_else(refused)?;
        let digest = crypto::digest(token.as_bytes());
        let known = self.remembered.read().ok().and_then(|known| known.get(&digest).cloned());
        let verified = match known {
            Some(verified) => verified,
            None => self.verify_signature(token, digest).ok_or_else(refused)?,
        };
        let seconds = now.timestamp();
        if seconds >= verified.exp || verified.iat > seconds + LEEWAY {
            return Err(refused());
        }
        Ok(verified.bearer)
    }

    /// Who is behind a token that was verified before; nothing is verified here.
    #[must_use]
    pub fn known_bearer(&self, headers: &HeaderMap) -> Option<Bearer> {
        let digest = crypto::digest(bearer(headers)?.as_bytes());
        self.remembered.read().ok()?.get(&digest).map(|verified| verified.bearer.clone())
    }

    fn verify_signature(&self, token: &str, digest: String) -> Option<Verified> {
        let data = jsonwebtoken::decode::<Claims>(token, &self.verifying, &self.validation).ok()?;
        if data.header.typ.as_deref() != Some("at+jwt") || data.header.kid != self.header.kid {
            return None;
        }
        let Claims { iat, exp, .. } = data.claims;
        let verified = Verified { bearer: data.claims.bearer()?, iat, exp };
        if let Ok(mut remembered) = self.remembered.write() {
            if remembered.len() >= REMEMBERED {
                remembered.clear();
            }
            remembered.insert(digest, verified.clone());
        }
        Some(verified)
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION);
    let value = values.next()?.to_str().ok()?;
    // Two Authorization headers are an attempt to be two people.
    if values.next().is_some() {
        return None;
    }
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn fresh_key() -> Result<String, Problem> {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
        .map_err(|error| Problem::of(Code::Internal).because(error.to_string()))?;
    let document = pair
        .to_pkcs8v1()
        .map_err(|error| Problem::of(Code::Internal).because(error.to_string()))?;
    Ok(STANDARD.encode(document.as_ref()))
}
