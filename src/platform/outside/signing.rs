//! Requests that whoever is asked can verify to be ours.
//!
//! Signed in the form of Standard Webhooks (`webhook-id`, `webhook-timestamp`,
//! `webhook-signature: v1,…` over the three parts `id.timestamp.body`), so that a gateway
//! verifies them with an existing library.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use reqwest::RequestBuilder;
use reqwest::header::CONTENT_TYPE;
use serde::Serialize;
use uuid::Uuid;

use super::Secret;
use crate::platform::crypto;
use crate::problem::{Code, Problem};

/// How many bytes a key may have.
const KEY_LENGTH: std::ops::RangeInclusive<usize> = 24..=64;

/// What requests to one peer are signed with.
pub struct SigningKey(Vec<u8>);

impl SigningKey {
    /// The key of this secret: base64 of 24 to 64 bytes, with or without `whsec_`.
    #[must_use]
    pub fn of(secret: &Secret) -> Option<Self> {
        let text = secret.expose();
        let key = STANDARD.decode(text.strip_prefix("whsec_").unwrap_or(text)).ok()?;
        KEY_LENGTH.contains(&key.len()).then_some(Self(key))
    }

    /// The request with this body as JSON, signed under this number at this instant.
    ///
    /// # Errors
    /// `internal` when the body cannot be written.
    pub fn signed(
        &self,
        request: RequestBuilder,
        id: Uuid,
        now: DateTime<Utc>,
        body: &impl Serialize,
    ) -> Result<RequestBuilder, Problem> {
        let body = serde_json::to_string(body)
            .map_err(|error| Problem::of(Code::Internal).because(error))?;
        let timestamp = now.timestamp().to_string();
        let signed = format!("{id}.{timestamp}.{body}");
        let signature = STANDARD.encode(crypto::signature(&self.0, signed.as_bytes()));
        Ok(request
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", id.to_string())
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", format!("v1,{signature}"))
            .body(body))
    }
}
