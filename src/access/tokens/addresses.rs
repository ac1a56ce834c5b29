//! The addresses that tokens and the metadata name.

use crate::platform::public_url::PublicUrl;

/// Where tokens come from and where they are good. All are below the public address.
#[derive(Clone, Debug)]
pub struct Addresses {
    /// Who issues tokens: the public address itself (`iss`).
    pub issuer: String,
    /// What tokens are good for: the API (`aud`).
    pub audience: String,
    /// Where partners get them.
    pub token_endpoint: String,
    /// Where the keys are that they are signed with.
    pub key_set: String,
    /// Where people read about all this.
    pub documentation: String,
}

impl Addresses {
    /// The addresses of an installation.
    #[must_use]
    pub fn of(public_url: &PublicUrl) -> Self {
        Self {
            issuer: public_url.to_string(),
            audience: public_url.at("/api/v1"),
            token_endpoint: public_url.at("/oauth2/token"),
            key_set: public_url.at("/.well-known/jwks.json"),
            documentation: public_url.at("/docs/"),
        }
    }
}
