//! A key and its time.

use std::error::Error;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Duration, Utc};
use jsonwebtoken::jwk::{Jwk, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, EncodingKey};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::problem::{Code, Problem};

/// How long a key verifies after it has ceased to sign: as long as a token lives, and
/// longer than an instance can have missed the change.
pub const KEPT: Duration = Duration::minutes(15);

/// Where a key stands.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema, sqlx::Type,
)]
#[serde(rename_all = "snake_case")]
#[schema(as = SigningKeyStatus)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum KeyStatus {
    /// Signs, and verifies.
    Current,
    /// Is published, and signs after the next rotation.
    Next,
    /// Verifies what it has signed, until that has lapsed.
    Previous,
}

/// One key.
#[derive(Clone)]
pub struct SigningKey {
    /// The thumbprint of its public part (RFC 7638): `kid`.
    pub key_id: String,
    /// Where it stands.
    pub status: KeyStatus,
    /// The public part, as a JSON Web Key.
    pub public_key: String,
    /// The private part, PKCS #8 in base64; none once it signs no more.
    pub private_key: Option<String>,
    /// The number of the change to reference data that it was made with: later keys have
    /// larger ones.
    pub generation: i64,
    /// When it was made and published.
    pub created_at: DateTime<Utc>,
    /// Since when it signs.
    pub activated_at: Option<DateTime<Utc>>,
    /// Since when it signs no more.
    pub retired_at: Option<DateTime<Utc>>,
}

impl SigningKey {
    /// A new one of the curve P-256.
    ///
    /// # Errors
    /// `internal` when the library refuses.
    pub fn fresh(status: KeyStatus, generation: i64, now: DateTime<Utc>) -> Result<Self, Problem> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(broken)?;
        let document = pair.to_pkcs8v1().map_err(broken)?;
        let (key_id, public_key) = public_part(document.as_ref())?;
        Ok(Self {
            key_id,
            status,
            public_key,
            private_key: Some(STANDARD.encode(document.as_ref())),
            generation,
            created_at: now,
            activated_at: (status == KeyStatus::Current).then_some(now),
            retired_at: None,
        })
    }

    /// Until when it verifies, where that is known.
    #[must_use]
    pub fn verifies_until(&self) -> Option<DateTime<Utc>> {
        self.retired_at.map(|retired_at| retired_at + KEPT)
    }

    /// What it signs with, if it still does.
    ///
    /// # Errors
    /// `internal` when what is stored cannot be read.
    pub fn signing(&self) -> Result<Option<EncodingKey>, Problem> {
        let Some(stored) = &self.private_key else { return Ok(None) };
        let bytes = STANDARD.decode(stored).map_err(broken)?;
        Ok(Some(EncodingKey::from_ec_der(&bytes)))
    }
}

/// The id and the public part of a private key.
fn public_part(document: &[u8]) -> Result<(String, String), Problem> {
    let signing = EncodingKey::from_ec_der(document);
    let mut jwk = Jwk::from_encoding_key(&signing, Algorithm::ES256).map_err(broken)?;
    let key_id = jwk.thumbprint(ThumbprintHash::SHA256).map_err(broken)?;
    jwk.common.key_id = Some(key_id.clone());
    jwk.common.public_key_use = Some(PublicKeyUse::Signature);
    Ok((key_id, serde_json::to_string(&jwk).map_err(broken)?))
}

/// A key that cannot be made or read is a fault of ours.
pub fn broken(error: impl Into<Box<dyn Error + Send + Sync>>) -> Problem {
    Problem::of(Code::Internal).because(error)
}
