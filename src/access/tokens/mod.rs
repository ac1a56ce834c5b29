//! Access tokens: ES256, minutes long, profile of RFC 9068 (`at+jwt`). A token names a
//! person with the sign-in, or a partner with the scopes it asked for: never both
//! ([`claims`]). It says who issued it and what it is good for by the public address of the
//! installation ([`Addresses`]), so that one of another installation is worth nothing here.
//!
//! Verifying a signature costs more than a whole small request, so a token that
//! was verified is remembered by its digest until it lapses. What it *means* is
//! not remembered: the sign-in and the rights are looked up every time.

mod addresses;
mod claims;
mod ring;

pub use addresses::Addresses;

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderMap};
use chrono::{DateTime, Utc};
use futures_util::future::LocalBoxFuture;
use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
use serde_json::Value;
use uuid::Uuid;

use self::claims::Claims;
use self::ring::KeyRing;
use super::partners::Scope;
use super::signing_keys::{self, SigningKey};
use super::store;
use crate::ids::{AccountId, PartnerId, SessionId};
use crate::platform::clock::Clock;
use crate::platform::crypto;
use crate::platform::db::{Db, Tx};
use crate::platform::public_url::PublicUrl;
use crate::platform::reference::Cache;
use crate::problem::{Code, Problem};

/// How long an access token is valid at most, in minutes.
pub const ACCESS_MINUTES: i64 = 10;
/// What the header of a token says that it is (RFC 9068, 2.1): nothing else of ours is taken for
/// one, whoever has signed it.
const TYPE: &str = "at+jwt";
/// The name of the secret that check-in codes are computed with. It has nothing to do with the
/// keys, so that a code is good while they are rotated.
const CHECK_IN_CODES: &str = "check_in_codes";
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

/// A token whose signature was verified.
#[derive(Clone, Debug)]
struct Verified {
    bearer: Bearer,
    /// From when it is good, on any clock of ours.
    from: i64,
    /// Until when.
    until: i64,
}

/// Signs and verifies access tokens.
pub struct Tokens {
    addresses: Addresses,
    validation: Validation,
    keys: RwLock<KeyRing>,
    /// In which second the keys were looked up because of one that is not known.
    looked_up: AtomicI64,
    secret: String,
    remembered: RwLock<HashMap<String, Verified>>,
}

impl Tokens {
    /// The tokens of this installation: its keys lie in the database, so that
    /// every instance signs alike, and are made when there are none.
    ///
    /// # Errors
    /// `internal` when a stored key cannot be read; `unavailable` when the
    /// database does not answer.
    pub async fn open(db: &Db, clock: &Clock, public_url: &PublicUrl) -> Result<Self, Problem> {
        let now = clock.now();
        let fresh = crypto::random_secret();
        let (keys, secret) = db
            .write(async |tx| {
                let keys = signing_keys::establish(tx, now).await?;
                Ok((keys, store::secret(tx, CHECK_IN_CODES, &fresh, now).await?))
            })
            .await?;
        let addresses = Addresses::of(public_url);
        let mut validation = Validation::new(Algorithm::ES256);
        validation.set_issuer(&[&addresses.issuer]);
        validation.set_audience(&[&addresses.audience]);
        // The library reads the system clock; time is checked here instead.
        validation.validate_exp = false;
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        Ok(Self {
            addresses,
            validation,
            keys: RwLock::new(KeyRing::of(&keys)?),
            looked_up: AtomicI64::default(),
            secret,
            remembered: RwLock::default(),
        })
    }

    fn keys(&self) -> RwLockReadGuard<'_, KeyRing> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The public keys that verify now, as a JSON Web Key Set (RFC 7517).
    #[must_use]
    pub fn key_set(&self, now: DateTime<Utc>) -> Value {
        self.keys().published(now)
    }

    /// Six digits that every instance of this installation computes alike for
    /// `message`, and nobody else can.
    #[must_use]
    pub fn keyed_digits(&self, message: &[u8]) -> String {
        crypto::keyed_digits(self.secret.as_bytes(), message)
    }

    /// A digest that every instance of this installation computes alike for `message`,
    /// and nobody else can: what is short enough to be tried out stays unknown.
    #[must_use]
    pub fn keyed_digest(&self, message: &[u8]) -> String {
        crypto::keyed_digest(self.secret.as_bytes(), message)
    }

    /// The addresses that tokens name.
    #[must_use]
    pub const fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// A token of its own number for one sign-in, valid from `now` until `expires_at`.
    ///
    /// # Errors
    /// `internal` when the key cannot sign.
    pub fn issue(
        &self,
        person: Person,
        number: Uuid,
        now: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    ) -> Result<String, Problem> {
        self.sign(&Claims::of_person(person, number, &self.addresses, now, expires_at))
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
        self.sign(&Claims::of_partner(partner, scopes, number, &self.addresses, now))
    }

    fn sign(&self, claims: &Claims) -> Result<String, Problem> {
        self.keys().sign(claims)
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
        if seconds + LEEWAY < verified.from || seconds >= verified.until {
            return Err(refused());
        }
        Ok(verified.bearer)
    }

    /// Whether a token that was refused names a key that is not known here, and the keys may
    /// be looked up because of that: another instance can have rotated them a moment ago. Once
    /// a second and no more, whatever ids of keys are made up.
    #[must_use]
    pub fn may_be_of_a_new_key(&self, request: &HttpRequest, now: DateTime<Utc>) -> bool {
        let header = bearer(request.headers()).and_then(|token| decode_header(token).ok());
        let Some(key_id) = header.and_then(|header| header.kid) else { return false };
        let second = now.timestamp();
        self.keys().find(&key_id).is_none()
            && self.looked_up.swap(second, Ordering::AcqRel) != second
    }

    /// Who is behind a token that was verified before; nothing is verified here.
    #[must_use]
    pub fn known_bearer(&self, headers: &HeaderMap) -> Option<Bearer> {
        let digest = crypto::digest(bearer(headers)?.as_bytes());
        self.remembered.read().ok()?.get(&digest).map(|verified| verified.bearer.clone())
    }

    fn verify_signature(&self, token: &str, digest: String) -> Option<Verified> {
        let header = decode_header(token).ok()?;
        // Whoever names a header that must be understood is not understood here.
        if header.typ.as_deref() != Some(TYPE) || header.crit.is_some() {
            return None;
        }
        let keys = self.keys();
        let key = keys.find(header.kid.as_deref()?)?;
        let claims = decode::<Claims>(token, &key.verifying, &self.validation).ok()?.claims;
        if !claims.is_short() {
            return None;
        }
        let verified = Verified {
            bearer: claims.bearer()?,
            from: claims.nbf.map_or(claims.iat, |nbf| nbf.max(claims.iat)),
            until: key.until.map_or(claims.exp, |until| until.min(claims.exp)),
        };
        // Remembered while the keys stay as they are: whoever changes them forgets it.
        if let Ok(mut remembered) = self.remembered.write() {
            if remembered.len() >= REMEMBERED {
                remembered.clear();
            }
            remembered.insert(digest, verified.clone());
        }
        Some(verified)
    }

    /// Takes up the keys as they are stored now, unless later ones were taken up meanwhile.
    fn take_up(&self, stored: &[SigningKey]) -> Result<(), Problem> {
        let fresh = KeyRing::of(stored)?;
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        if fresh.generation > keys.generation {
            *keys = fresh;
            self.remembered.write().unwrap_or_else(PoisonError::into_inner).clear();
        }
        Ok(())
    }
}

impl Cache for Tokens {
    fn catch_up<'a>(&'a self, tx: &'a mut Tx, _: i64) -> LocalBoxFuture<'a, Result<(), Problem>> {
        Box::pin(async move { self.take_up(&signing_keys::all(tx).await?) })
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
