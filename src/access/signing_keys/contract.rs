//! What administrators see of signing keys: never a private part.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::domain::{KeyStatus, SigningKey};

/// A key that access tokens are signed with.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SigningKey)]
pub struct SigningKeyView {
    /// Its id: `kid` in tokens and in the key set.
    pub key_id: String,
    /// Where it stands.
    pub status: KeyStatus,
    /// When it was made and published.
    pub created_at: DateTime<Utc>,
    /// Since when it signs; null for the next one.
    pub activated_at: Option<DateTime<Utc>>,
    /// Since when it signs no more; null as long as it does, or will.
    pub retired_at: Option<DateTime<Utc>>,
    /// Until when it verifies what it has signed; null as long as that is not known.
    pub verifies_until: Option<DateTime<Utc>>,
}

impl From<&SigningKey> for SigningKeyView {
    fn from(key: &SigningKey) -> Self {
        Self {
            key_id: key.key_id.clone(),
            status: key.status,
            created_at: key.created_at,
            activated_at: key.activated_at,
            retired_at: key.retired_at,
            verifies_until: key.verifies_until(),
        }
    }
}

/// The keys: the current one, the next one, and those before that still verify.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SigningKeyList {
    /// The keys.
    pub items: Vec<SigningKeyView>,
}

impl SigningKeyList {
    /// The keys as their administrator sees them at this instant.
    #[must_use]
    pub fn of(keys: &[SigningKey], now: DateTime<Utc>) -> Self {
        let verify = keys.iter().filter(|key| key.verifies_until().is_none_or(|until| now < until));
        Self { items: verify.map(SigningKeyView::from).collect() }
    }
}
