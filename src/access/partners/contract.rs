//! What callers send and see of partners. The token endpoint speaks as RFC 6749 does:
//! its names are in `snake_case`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::domain::{Partner, PartnerCommand, PartnerStatus, Scope, Secret};
use super::keys::{KeyAlgorithm, PublicKey};
use crate::access::Actor;
use crate::access::tokens::Addresses;
use crate::ids::{OrganizationId, PartnerId};
use crate::platform::http::page::{list_query, page};
use crate::platform::values::{Contact, Provision, Reason, Title, at_most, bounded, instant};

/// Registers a partner at a node.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewPartner {
    /// What it is called.
    pub name: Title,
    /// Who answers for it, and how he is reached.
    pub contact: Contact,
    /// What it reads for.
    pub purpose: Reason,
    /// The provision of law by which it gets data of persons without their consent, where there
    /// is one. Without it, it gets that of those alone who have agreed to sharing it with this
    /// partner. No scope tells of persons yet.
    pub statutory_basis: Option<Provision>,
    /// What it may read.
    #[serde(deserialize_with = "at_most::<_, _, 20>")]
    #[schema(min_items = 1, max_items = 20)]
    pub scopes: Vec<Scope>,
    /// When it ends by itself; at most two years ahead.
    #[serde(deserialize_with = "instant")]
    pub expires_at: DateTime<Utc>,
    /// How many requests it may send in a minute.
    #[serde(default = "usual_rate", deserialize_with = "bounded::<_, _, 1, 6000>")]
    #[schema(required = false, minimum = 1, maximum = 6000, default = 600)]
    pub requests_per_minute: i64,
    /// Its public keys. With any, it is registered without a secret and gets tokens by what
    /// it signs with them.
    #[serde(default, deserialize_with = "at_most::<_, _, 4>")]
    #[schema(required = false, max_items = 4)]
    pub keys: Vec<PublicKey>,
}

/// The public keys of a partner, all of them.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PartnerKeys {
    /// The keys, as they stand in a JSON Web Key Set (RFC 7517); none to take them away.
    #[serde(deserialize_with = "at_most::<_, _, 4>")]
    #[schema(max_items = 4)]
    pub keys: Vec<PublicKey>,
}

const fn usual_rate() -> i64 {
    600
}

/// Another system that reads here.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Partner)]
pub struct PartnerView {
    /// Its id, and its OAuth client id.
    pub partner_id: PartnerId,
    /// The node that it sees, with everything below.
    pub organization_id: OrganizationId,
    /// Its name.
    pub organization_name: String,
    /// What it is called.
    pub name: String,
    /// Who answers for it, and how he is reached.
    pub contact: String,
    /// What it reads for.
    pub purpose: String,
    /// The provision of law by which it gets data of persons without their consent.
    pub statutory_basis: Option<String>,
    /// What it may read.
    pub scopes: Vec<Scope>,
    /// How many requests it may send in a minute.
    pub requests_per_minute: i64,
    /// Where it stands.
    pub status: PartnerStatus,
    /// The commands that the caller may give now.
    pub next: Vec<PartnerCommand>,
    /// When it ends by itself.
    pub expires_at: DateTime<Utc>,
    /// Since when it has its present secret; null when it has none.
    pub secret_renewed_at: Option<DateTime<Utc>>,
    /// Its public keys.
    pub keys: Vec<PublicKey>,
    /// When it was registered.
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
    /// Counts its changes; the ETag.
    pub version: i64,
}

/// A partner with its new secret.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PartnerWithSecret {
    /// The partner.
    #[serde(flatten)]
    pub partner: PartnerView,
    /// The secret, shown this once: it is kept nowhere. Null when the request is
    /// repeated under its `Idempotency-Key`, where who has missed it renews it; and when
    /// the partner is registered with keys.
    pub client_secret: Option<String>,
}

impl PartnerView {
    /// The partner as its administrator sees it.
    #[must_use]
    pub fn of(partner: &Partner, actor: &Actor) -> Self {
        Self {
            partner_id: partner.partner_id,
            organization_id: partner.organization_id,
            organization_name: actor.name_of(partner.organization_id),
            name: partner.name.clone(),
            contact: partner.contact.clone(),
            purpose: partner.purpose.clone(),
            statutory_basis: partner.statutory_basis.clone(),
            scopes: Scope::read_list(&partner.scopes),
            requests_per_minute: partner.requests_per_minute,
            status: partner.status,
            next: partner.next(),
            expires_at: partner.expires_at,
            secret_renewed_at: partner.secret_renewed_at,
            keys: partner.keys.clone(),
            created_at: partner.created_at,
            updated_at: partner.updated_at,
            version: partner.version,
        }
    }
}

impl PartnerWithSecret {
    /// The partner with the secret, or for a repeated request without.
    #[must_use]
    pub fn of(partner: &Partner, actor: &Actor, secret: Option<&Secret>) -> Self {
        Self {
            partner: PartnerView::of(partner, actor),
            client_secret: secret.map(|secret| secret.shown.clone()),
        }
    }
}

page!(
    /// A page of partners.
    PartnerPage of PartnerView
);

list_query! {
    /// Which partners to list.
    PartnerQuery in order of LatestFirst {}
}

/// Asks for a token (RFC 6749, 4.4). The client shows its secret by HTTP Basic or here, or
/// what it has signed: one of them.
#[derive(Default, ToSchema)]
pub struct TokenForm {
    /// What the client shows: `client_credentials`.
    #[schema(required = true, value_type = String, example = "client_credentials")]
    pub grant_type: Option<String>,
    /// Which of its scopes, with spaces between them; all of them if absent.
    #[schema(example = "demands.read")]
    pub scope: Option<String>,
    /// The id of the partner, unless it stands in `Authorization: Basic`.
    pub client_id: Option<String>,
    /// Its secret, unless it stands in `Authorization: Basic`.
    pub client_secret: Option<String>,
    /// For a partner with keys: `urn:ietf:params:oauth:client-assertion-type:jwt-bearer`.
    pub client_assertion_type: Option<String>,
    /// What it has signed (RFC 7523): a JWT whose `iss` and `sub` are its id, `aud` the issuer
    /// or the token endpoint, `exp` at most an hour ahead, and `jti` good once.
    pub client_assertion: Option<String>,
}

/// A token (RFC 6749, 5.1).
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct TokenAnswer {
    /// Goes into `Authorization: Bearer …`: a JWT of the profile RFC 9068, to be verified
    /// with the keys at `/.well-known/jwks.json`.
    pub access_token: String,
    /// Always `Bearer`.
    pub token_type: String,
    /// For how many seconds it is valid.
    pub expires_in: i64,
    /// What it reaches, with spaces between the scopes.
    pub scope: String,
}

/// Why there is no token (RFC 6749, 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TokenErrorCode {
    /// The form cannot be read.
    InvalidRequest,
    /// No such client, or it has not shown that it is the one.
    InvalidClient,
    /// Another grant than client credentials.
    UnsupportedGrantType,
    /// A scope that there is not, or that the client does not have.
    InvalidScope,
}

/// The refusal of a token in the form of RFC 6749.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct TokenError {
    /// Why.
    pub error: TokenErrorCode,
    /// The same in words.
    pub error_description: String,
}

/// How partners get tokens here (RFC 8414).
#[derive(Debug, Serialize, ToSchema)]
pub struct AuthorizationServer {
    /// Who issues tokens: `iss` in each of them. Their `aud` is this and `/api/v1`.
    #[schema(example = "https://volunteers.example.org")]
    pub issuer: String,
    /// Where they are to be had.
    #[schema(example = "https://volunteers.example.org/oauth2/token")]
    pub token_endpoint: String,
    /// Where the keys are that they are verified with.
    #[schema(example = "https://volunteers.example.org/.well-known/jwks.json")]
    pub jwks_uri: String,
    /// Every scope that a partner can be registered with.
    #[schema(value_type = Vec<String>)]
    pub scopes_supported: Vec<&'static str>,
    /// What an authorization endpoint would answer with: none, as there is no such endpoint.
    #[schema(value_type = Vec<String>)]
    pub response_types_supported: Vec<&'static str>,
    /// What a client shows: only its own credentials.
    #[schema(value_type = Vec<String>)]
    pub grant_types_supported: Vec<&'static str>,
    /// How it shows them.
    #[schema(value_type = Vec<String>)]
    pub token_endpoint_auth_methods_supported: Vec<&'static str>,
    /// With which algorithms it may sign what it shows.
    #[schema(value_type = Vec<String>)]
    pub token_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    /// Where people read about this.
    #[schema(example = "https://volunteers.example.org/docs/")]
    pub service_documentation: String,
}

impl AuthorizationServer {
    /// What the installation at these addresses says of itself.
    #[must_use]
    pub fn at(addresses: &Addresses) -> Self {
        Self {
            issuer: addresses.issuer.clone(),
            token_endpoint: addresses.token_endpoint.clone(),
            jwks_uri: addresses.key_set.clone(),
            scopes_supported: Scope::ALL.iter().map(|scope| scope.as_str()).collect(),
            // The standard wants the member, though there is nothing to name in it.
            response_types_supported: Vec::new(),
            grant_types_supported: vec!["client_credentials"],
            token_endpoint_auth_methods_supported: vec![
                "client_secret_basic",
                "client_secret_post",
                "private_key_jwt",
            ],
            token_endpoint_auth_signing_alg_values_supported: KeyAlgorithm::NAMES.to_vec(),
            service_documentation: addresses.documentation.clone(),
        }
    }
}
