//! Access tokens: ES256, minutes long, profile of RFC 9068 (`at+jwt`).
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
use chrono::{DateTime, Utc};
use jsonwebtoken::jwk::{Jwk, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use super::store;
use crate::ids::{AccountId, SessionId};
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

/// What a token says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Claims {
    /// Issuer.
    pub iss: String,
    /// Audience.
    pub aud: String,
    /// The account.
    pub sub: AccountId,
    /// The sign-in.
    pub sid: SessionId,
    /// Issued at, in seconds.
    pub iat: i64,
    /// Valid until, in seconds.
    pub exp: i64,
}

/// Signs and verifies access tokens.
pub struct Tokens {
    signing: EncodingKey,
    verifying: DecodingKey,
    header: Header,
    validation: Validation,
    key_set: String,
    secret: Vec<u8>,
    remembered: RwLock<HashMap<String, Claims>>,
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
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: ISSUER.to_owned(),
            sub: account,
            sid: session,
            iat: now.timestamp(),
            exp: expires_at.timestamp(),
        };
        jsonwebtoken::encode(&self.header, &claims, &self.signing)
            .map_err(|error| Problem::of(Code::Internal).because(error))
    }

    /// What the request's bearer token says, if it is one of ours and in time.
    ///
    /// # Errors
    /// `unauthenticated`.
    pub fn verify(&self, request: &HttpRequest, now: DateTime<Utc>) -> Result<Claims, Problem> {
        let refused = || Problem::of(Code::Unauthenticated);
        let token = bearer(request.headers()).ok_or_else(refused)?;
        let digest = crypto::digest(token.as_bytes());
        let known = self.remembered.read().ok().and_then(|known| known.get(&digest).cloned());
        let claims = match known {
            Some(claims) => claims,
            None => self.verify_signature(token, digest).ok_or_else(refused)?,
        };
        let seconds = now.timestamp();
        if seconds >= claims.exp || claims.iat > seconds + LEEWAY {
            return Err(refused());
        }
        Ok(claims)
    }

    /// The account behind a token that was verified before; nothing is verified here.
    #[must_use]
    pub fn known_account(&self, headers: &HeaderMap) -> Option<AccountId> {
        let digest = crypto::digest(bearer(headers)?.as_bytes());
        self.remembered.read().ok()?.get(&digest).map(|claims| claims.sub)
    }

    fn verify_signature(&self, token: &str, digest: String) -> Option<Claims> {
        let data = jsonwebtoken::decode::<Claims>(token, &self.verifying, &self.validation).ok()?;
        if data.header.typ.as_deref() != Some("at+jwt") || data.header.kid != self.header.kid {
            return None;
        }
        if let Ok(mut remembered) = self.remembered.write() {
            if remembered.len() >= REMEMBERED {
                remembered.clear();
            }
            remembered.insert(digest, data.claims.clone());
        }
        Some(data.claims)
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
