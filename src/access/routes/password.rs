//! Changing one's own password.

use actix_web::web::Data;
use actix_web::{HttpRequest, post};

use crate::access::contract::OwnPassword;
use crate::access::gate::{Caller, Command, Gate, NoId};
use crate::access::lockout::{self, Tried};
use crate::access::passwords::{self, Holder};
use crate::access::policy::ChangePassword;
use crate::access::proof::{Asker, Credentials};
use crate::access::{Actor, sessions, store};
use crate::platform::http::Reply;
use crate::platform::http::answer::Answer;
use crate::platform::journal::Fact;
use crate::problem::{Code, FieldCode, Problem};

/// Change my password 修改口令
///
/// All other sign-ins end. Whose password was set by somebody else changes it before he may
/// do anything else.
#[utoipa::path(tag = "access", operation_id = "passwordChange",
    request_body = OwnPassword, responses((status = 204)))]
#[post("/me/password")]
pub async fn change_password(
    gate: Data<Gate>,
    command: Command<OwnPassword>,
    request: HttpRequest,
) -> Reply {
    // The old password of a request that was answered already is not the old one any more.
    let change = if command.is_repeated() {
        None
    } else {
        Some(prepare(&gate, &command.caller, command.body.clone(), &request).await?)
    };
    command
        .on::<ChangePassword>(NoId, async |work, _, caller, _| {
            let change = change.as_ref().ok_or_else(|| Problem::of(Code::Internal))?;
            let own = caller.actor.account_id;
            let Change { credentials, tried, new_hash } = change;
            if !store::replace_password(work.tx, own, &credentials.hash, new_hash).await? {
                // Somebody was faster, and the old password is not the old one any more.
                return Err(Problem::field("/oldPassword", FieldCode::WrongPassword));
            }
            lockout::forgive(work, tried).await?;
            if let Some(present) = caller.actor.session_id {
                sessions::revoke_others(work.tx, own, present, work.now).await?;
            }
            work.record(Fact {
                name: "password.changed.v1",
                demand_id: None,
                subject_id: own.0,
                reason: None,
                data: serde_json::json!({}),
            });
            Ok(Answer::no_content())
        })
        .await
}

/// A change whose old password was right and whose new one is strong.
struct Change {
    credentials: Credentials,
    tried: Tried,
    new_hash: String,
}

/// Looks at the new password, compares the old one, which counts like a try to sign in, and
/// hashes the new one.
async fn prepare(
    gate: &Gate,
    caller: &Caller,
    body: OwnPassword,
    request: &HttpRequest,
) -> Result<Change, Problem> {
    let credentials = Credentials::of(gate, caller.actor.account_id).await?;
    check_new(&caller.actor, &credentials.username, &body).await?;
    let OwnPassword { old_password, new_password } = body;
    let asker = Asker { gate, request, actor: &caller.actor };
    let tried = credentials.prove(&asker, old_password, "/oldPassword").await?;
    let hash = move || passwords::hash(new_password.as_str());
    let new_hash = passwords::off_the_request_threads(hash).await??;
    Ok(Change { credentials, tried, new_hash })
}

/// Refuses a new password that is the old one, or easy to guess.
async fn check_new(actor: &Actor, username: &str, body: &OwnPassword) -> Result<(), Problem> {
    if body.old_password.as_str() == body.new_password.as_str() {
        return Err(Problem::field("/newPassword", FieldCode::Unchanged));
    }
    let workplace = actor.grants.iter().find_map(|held| held.node);
    let organization = workplace.map(|node| actor.name_of(node)).unwrap_or_default();
    let (username, name) = (username.to_owned(), actor.name.clone());
    let password = body.new_password.clone();
    passwords::off_the_request_threads(move || {
        let holder = Holder { username: &username, name: &name, organization: &organization };
        passwords::require_strength("/newPassword", &password, holder)
    })
    .await?
}
