//! From a request for a token to the token: who asks, what it shows, what it may.

use actix_web::HttpResponse;
use chrono::{DateTime, Utc};

use super::assertions::{self, Proof};
use super::domain::Partner;
use super::oauth::{Refusal, Shown, TokenCall, granted};
use super::store;
use crate::access::Gate;
use crate::access::tokens::ACCESS_MINUTES;
use crate::ids::PartnerId;
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

/// The answer with a token.
///
/// # Errors
/// Why there is none.
pub async fn grant(gate: &Gate, call: &TokenCall) -> Result<HttpResponse, NoToken> {
    let request = call.read()?;
    let now = gate.clock().now();
    let partner = find(gate, request.partner_id, now).await?;
    let proof = prove(gate, &partner, &request.shown, now)?;
    let scopes = request.scopes_of(&partner)?;
    // Last, so that only what is good for a token is spent.
    if let Some(proof) = proof {
        spend(gate, &proof).await?;
    }
    let number = gate.clock().new_id();
    let token = gate.tokens().issue_to_partner(partner.partner_id, &scopes, number, now)?;
    Ok(granted(token, ACCESS_MINUTES, &scopes))
}

async fn find(gate: &Gate, id: PartnerId, now: DateTime<Utc>) -> Result<Partner, NoToken> {
    let mut tx = gate.read_without_permit("token of a partner").await?;
    let partner = store::find(&mut tx, id).await?;
    tx.finish();
    Ok(partner.filter(|partner| partner.may_have_tokens(now)).ok_or_else(Refusal::client)?)
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
