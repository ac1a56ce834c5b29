//! What a token says, and whom it names by that.
//!
//! Tokens of people and of partners have the same claims (RFC 9068, 2.2). A person's has
//! the sign-in besides (`sid`), and the client is redvest itself: whichever app of the
//! installation somebody has signed in with, no right comes from that. A partner's has its
//! scopes, and the partner is both client and subject. Nothing is both.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{ACCESS_MINUTES, Addresses, Bearer, PartnerToken, Person};
use crate::access::partners::Scope;
use crate::ids::{AccountId, PartnerId, SessionId};

/// The client of whoever signs in by himself.
const FIRST_PARTY: &str = "redvest";

/// What a token says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Claims {
    /// Issuer.
    iss: String,
    /// Audience.
    aud: String,
    /// The account, or the partner.
    sub: Uuid,
    /// The partner, or redvest itself.
    client_id: String,
    /// Issued at, in seconds.
    pub iat: i64,
    /// Valid until, in seconds.
    pub exp: i64,
    /// Not valid before, in seconds; none of ours says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<i64>,
    /// The number of the token.
    jti: Uuid,
    /// The sign-in of a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sid: Option<SessionId>,
    /// What the partner asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
}

impl Claims {
    /// Those of somebody who has signed in, until `expires_at`.
    #[must_use]
    pub fn of_person(
        person: Person,
        number: Uuid,
        addresses: &Addresses,
        now: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    ) -> Self {
        Self {
            sid: Some(person.session),
            exp: expires_at.timestamp(),
            ..Self::about(person.account.0, FIRST_PARTY.to_owned(), number, addresses, now)
        }
    }

    /// Those of a partner, for [`ACCESS_MINUTES`].
    #[must_use]
    pub fn of_partner(
        partner: PartnerId,
        scopes: &[Scope],
        number: Uuid,
        addresses: &Addresses,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            scope: Some(Scope::write_list(scopes)),
            ..Self::about(partner.0, partner.to_string(), number, addresses, now)
        }
    }

    fn about(
        sub: Uuid,
        client_id: String,
        jti: Uuid,
        addresses: &Addresses,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            iss: addresses.issuer.clone(),
            aud: addresses.audience.clone(),
            sub,
            client_id,
            iat: now.timestamp(),
            exp: (now + Duration::minutes(ACCESS_MINUTES)).timestamp(),
            nbf: None,
            jti,
            sid: None,
            scope: None,
        }
    }

    /// Whether it is good for no longer than any token of ours.
    #[must_use]
    pub const fn is_short(&self) -> bool {
        self.exp.saturating_sub(self.iat) <= ACCESS_MINUTES * 60
    }

    /// Whom it names, if that is one and not two.
    #[must_use]
    pub fn bearer(&self) -> Option<Bearer> {
        match self.sid {
            Some(session) if self.client_id == FIRST_PARTY && self.scope.is_none() => {
                Some(Bearer::Person(Person { account: AccountId(self.sub), session }))
            }
            None if self.client_id == self.sub.to_string() => {
                let scopes = Scope::read_list(self.scope.as_deref().unwrap_or_default());
                Some(Bearer::Partner(PartnerToken { partner_id: PartnerId(self.sub), scopes }))
            }
            _ => None,
        }
    }
}
