//! What callers send and see of partners. The token endpoint speaks as RFC 6749 does:
//! its names are in `snake_case`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::domain::{Partner, PartnerCommand, PartnerStatus, Scope, Secret};
use crate::access::Actor;
use crate::ids::{OrganizationId, PartnerId};
use crate::platform::http::page::{list_query, page};
use crate::platform::values::{Contact, Reason, Title, bounded, instant};

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
    /// What it may read.
    #[schema(min_items = 1, max_items = 20)]
    pub scopes: Vec<Scope>,
    /// When it ends by itself; at most two years ahead.
    #[serde(deserialize_with = "instant")]
    pub expires_at: DateTime<Utc>,
    /// How many requests it may send in a minute.
    #[serde(default = "usual_rate", deserialize_with = "bounded::<_, _, 1, 6000>")]
    #[schema(required = false, minimum = 1, maximum = 6000, default = 600)]
    pub requests_per_minute: i64,
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
    /// Since when it has its present secret.
    pub secret_renewed_at: DateTime<Utc>,
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
    /// repeated under its `Idempotency-Key`; who has missed it renews it.
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
            scopes: Scope::read_list(&partner.scopes),
            requests_per_minute: partner.requests_per_minute,
            status: partner.status,
            next: partner.next(),
            expires_at: partner.expires_at,
            secret_renewed_at: partner.secret_renewed_at,
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

/// Asks for a token (RFC 6749, 4.4). The client shows its secret by HTTP Basic or here,
/// not both.
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
    /// No such client with this secret.
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
