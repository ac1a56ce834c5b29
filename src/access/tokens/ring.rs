//! The keys of this moment, ready for use: one signs, all verify.

use chrono::{DateTime, Utc};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};
use serde_json::{Value, json};

use super::TYPE;
use super::claims::Claims;
use crate::access::signing_keys::{KeyStatus, SigningKey, broken};
use crate::problem::Problem;

/// The key that signs, and those that verify.
pub struct KeyRing {
    signing: EncodingKey,
    header: Header,
    verifying: Vec<Verifier>,
    /// The number of the change that made the latest of them.
    pub generation: i64,
}

/// A key that verifies.
pub struct Verifier {
    key_id: String,
    published: Value,
    /// What it verifies with.
    pub verifying: DecodingKey,
    /// Until when it verifies, in seconds, where that is known.
    pub until: Option<i64>,
}

impl KeyRing {
    /// The keys as they are stored, the current one first.
    ///
    /// # Errors
    /// `internal` when one cannot be read, or none signs.
    pub fn of(stored: &[SigningKey]) -> Result<Self, Problem> {
        let current = stored.iter().find(|key| key.status == KeyStatus::Current);
        let current = current.ok_or_else(|| broken("no signing key is current"))?;
        let signing = current
            .signing()?
            .ok_or_else(|| broken("the current signing key has no private part"))?;
        let mut header = Header::new(Algorithm::ES256);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(current.key_id.clone());
        let verifying = stored.iter().map(Verifier::of).collect::<Result<_, _>>()?;
        let generation = stored.iter().map(|key| key.generation).max().unwrap_or_default();
        Ok(Self { signing, header, verifying, generation })
    }

    /// Signs with the current key.
    ///
    /// # Errors
    /// `internal` when the key cannot sign.
    pub fn sign(&self, claims: &Claims) -> Result<String, Problem> {
        jsonwebtoken::encode(&self.header, claims, &self.signing).map_err(broken)
    }

    /// The key of this id, verifying or not any more.
    #[must_use]
    pub fn find(&self, key_id: &str) -> Option<&Verifier> {
        self.verifying.iter().find(|verifier| verifier.key_id == key_id)
    }

    /// The public parts of all that verify now, as a JSON Web Key Set (RFC 7517).
    #[must_use]
    pub fn published(&self, now: DateTime<Utc>) -> Value {
        let verifying = self.verifying.iter().filter(|verifier| verifier.verifies(now.timestamp()));
        json!({ "keys": verifying.map(|verifier| &verifier.published).collect::<Vec<_>>() })
    }
}

impl Verifier {
    fn of(stored: &SigningKey) -> Result<Self, Problem> {
        let jwk: Jwk = serde_json::from_str(&stored.public_key).map_err(broken)?;
        Ok(Self {
            key_id: stored.key_id.clone(),
            published: serde_json::to_value(&jwk).map_err(broken)?,
            verifying: DecodingKey::from_jwk(&jwk).map_err(broken)?,
            until: stored.verifies_until().map(|until| until.timestamp()),
        })
    }

    fn verifies(&self, now: i64) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}
