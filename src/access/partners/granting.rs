//! From a request for a token to the token: who asks, what it shows, what it may.

use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::assertions::{self, Proof};
use super::domain::{Partner, Scope};
use super::oauth::{Refusal, Shown, TokenCall, TokenRequest, granted};
use super::store;
use crate::access::Gate;
use crate::access::tokens::ACCESS_MINUTES;
use crate::ids::{AccountId, PartnerId};
use crate::platform::journal::{Author, Fact, Origin};
use crate::problem::Problem;

/// Why there is no token.
pub enum NoToken {
    /// Because of the client, who is told in the form of the RFC.
    Refused(Refusal),
    /// Because of us.
    Failed(Problem),
}

impl From<Refusal> for NoToken {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Problem> for NoToken {
    fn from(problem: Problem) -> Self {
        Self::Failed(problem)
    }
}

/// The answer with a token; what became of the wish is written down for the audit.
///
/// # Errors
/// Why there is none.
pub async fn grant(
    gate: &Gate,
    call: &TokenCall,
    from: &HttpRequest,
) -> Result<HttpResponse, NoToken> {
    let request = call.read()?;
    let now = gate.clock().now();
    // Of a partner that there is not, nothing is to be found out by guessing.
    let partner = find(gate, request.partner_id).await?.ok_or_else(Refusal::client)?;
    let scopes = match allowed(gate, &partner, &request, now).await {
        Ok(scopes) => scopes,
        Err(NoToken::Refused(refusal)) => {
            let why = json!({ "error": refusal.code() });
            write_down(gate, from, &partner, "token.refused.v1", why).await?;
            return Err(refusal.into());
        }
        Err(failed) => return Err(failed),
    };
    let number = gate.clock().new_id();
    let token = gate.tokens().issue_to_partner(partner.partner_id, &scopes, number, now)?;
    let issued = json!({ "tokenId": number, "scopes": scopes });
    write_down(gate, from, &partner, "token.issued.v1", issued).await?;
    Ok(granted(token, ACCESS_MINUTES, &scopes))
}

async fn find(gate: &Gate, id: PartnerId) -> Result<Option<Partner>, Problem> {
    let mut tx = gate.read_without_permit("token of a partner").await?;
    let partner = store::find(&mut tx, id).await?;
    tx.finish();
    Ok(partner)
}

/// The scopes of the token, for a partner that may have one and has proven who it is.
async fn allowed(
    gate: &Gate,
    partner: &Partner,
    request: &TokenRequest,
    now: DateTime<Utc>,
) -> Result<Vec<Scope>, NoToken> {
    if !partner.may_have_tokens(now) {
        return Err(Refusal::client().into());
    }
    let proof = prove(gate, partner, &request.shown, now)?;
    let scopes = request.scopes_of(partner)?;
    // Last, so that only what is good for a token is spent.
    if let Some(proof) = proof {
        spend(gate, &proof).await?;
    }
    Ok(scopes)
}

async fn write_down(
    gate: &Gate,
    request: &HttpRequest,
    partner: &Partner,
    name: &'static str,
    data: Value,
) -> Result<(), Problem> {
    gate.request_without_permit("token of a partner", request, async |work| {
        let author = Author {
            account_id: Some(AccountId(partner.partner_id.0)),
            name: partner.name.clone(),
            delegated_by: None,
            origin: Origin { partner_id: Some(partner.partner_id), ..work.origin().clone() },
        };
        let subject_id = partner.partner_id.0;
        let fact = Fact { name, demand_id: None, subject_id, reason: None, data: data.clone() };
        work.record_of(&author, fact).await
    })
    .await
}

/// Whether it is the partner; with what is left to be spent for that.
fn prove(
    gate: &Gate,
    partner: &Partner,
    shown: &Shown,
    now: DateTime<Utc>,
) -> Result<Option<Proof>, Refusal> {
    match shown {
        Shown::Secret(secret) if partner.has_secret(secret) => Ok(None),
        Shown::Secret(_) => Err(Refusal::client()),
        Shown::Assertion(text) => {
            assertions::verify(text, partner, gate.tokens().addresses(), now).map(Some)
        }
    }
}

async fn spend(gate: &Gate, proof: &Proof) -> Result<(), NoToken> {
    let is_first = gate
        .without_permit("assertion of a partner", async |work| {
            store::spend(work.tx, &proof.digest, proof.until).await
        })
        .await?;
    if is_first {
        return Ok(());
    }
    Err(Refusal::assertion("the assertion was shown before (jti)").into())
}
