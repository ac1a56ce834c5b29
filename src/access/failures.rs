//! Passwords and codes that were wrong, written down for the audit. Whoever tried to sign in
//! is not known: a row names the account that he tried, or the digest of the name that he
//! typed where there is no such account, and never what he showed for it.

use actix_web::HttpRequest;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::access::Actor;
use crate::access::gate::Gate;
use crate::access::lockout::Tried;
use crate::access::store::{self, AccountRow};
use crate::platform::journal::Fact;
use crate::platform::values::Phone;
use crate::problem::Problem;

/// A wrong password or second factor of somebody who signs in, and how long everybody waits
/// after it.
pub async fn write_down(
    gate: &Gate,
    request: &HttpRequest,
    method: &'static str,
    account: Option<&AccountRow>,
    tried: &Tried,
) -> Result<(), Problem> {
    let digest = account.is_none().then(|| tried.name_digest());
    let data = json!({ "method": method, "nameDigest": digest, "waitSeconds": tried.wait() });
    gate.request_without_permit("failed sign-in", request, async |work| {
        work.record(failed(account, data.clone()));
        Ok(())
    })
    .await
}

/// A wrong code. Whose phone it is, where nobody has signed in with it before, is not
/// said: there are few enough numbers to try the digests of all.
pub async fn write_down_phone(
    gate: &Gate,
    request: &HttpRequest,
    phone: &Phone,
) -> Result<(), Problem> {
    gate.request_without_permit("failed sign-in", request, async |work| {
        let account = store::account_of_known_phone(work.tx, phone).await?;
        work.record(failed(account.as_ref(), json!({ "method": "phone" })));
        Ok(())
    })
    .await
}

/// A wrong password or code of somebody who is signed in, and wants to change how he signs in.
pub async fn write_down_change(
    gate: &Gate,
    request: &HttpRequest,
    actor: &Actor,
    method: &'static str,
    tried: &Tried,
) -> Result<(), Problem> {
    let author = actor.author(gate.origin_of(request));
    let fact = Fact {
        name: "sign_in.failed.v1",
        demand_id: None,
        subject_id: actor.account_id.0,
        reason: None,
        data: json!({ "method": method, "waitSeconds": tried.wait() }),
    };
    gate.request_without_permit("failed change of sign-in", request, async |work| {
        work.record_of(&author, fact.clone()).await
    })
    .await
}

fn failed(account: Option<&AccountRow>, data: Value) -> Fact {
    Fact {
        name: "sign_in.failed.v1",
        demand_id: None,
        subject_id: account.map_or(Uuid::nil(), |account| account.account_id.0),
        reason: None,
        data,
    }
}
