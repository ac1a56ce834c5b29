//! Proving one's real name.

use std::net::IpAddr;

use actix_web::web::Data;
use actix_web::{HttpRequest, get, post};
use utoipa_actix_web::service_config::ServiceConfig;

use super::contract::{ProveRealName, RealNameView};
use super::domain::{RealName, require_own};
use super::policy::{ProveOwn, ReadOwn};
use super::{store, tries};
use crate::access::births;
use crate::access::gate::{Command, Gate, NoId, Reader};
use crate::access::policy::Oneself;
use crate::ids::AccountId;
use crate::platform::http::Reply;
use crate::platform::http::answer::Answer;
use crate::platform::values::day_in_china;
use crate::problem::{Code, Problem};

/// Mounts the operations of this noun.
pub fn configure(config: &mut ServiceConfig) {
    config.service(prove).service(view_own);
}

/// Prove my real name 实名核验
///
/// Whether name and number belong together is asked of the source that the installation has;
/// where they do not, `state` is `not_matched`, and it may be tried again, five times a day;
/// who fails often waits, longer each time. What others have tried in vain with a number keeps
/// nobody from proving that it is his, once a day at least. A number belongs to one account: else
/// 409 `id_number_taken`. Without a source the answer is 422 `real_name_not_set_up`.
#[utoipa::path(tag = "access", operation_id = "realNameProve",
    request_body = ProveRealName, responses((status = 200, body = RealNameView)))]
#[post("/me/real-name")]
async fn prove(request: HttpRequest, gate: Data<Gate>, command: Command<ProveRealName>) -> Reply {
    let account_id = command.caller.actor.account_id;
    // Who is refused anyway is not asked for: each answer is paid for.
    let is_refused = command.caller.actor.require_ready().is_err();
    let answered = if command.is_repeated() || is_refused {
        None
    } else {
        Some(asked(&gate, account_id, gate.address_of(&request), &command.body).await?)
    };
    command
        .on::<ProveOwn>(NoId, async |work, _, caller, _| {
            let known = answered.as_ref().ok_or_else(|| Problem::of(Code::Internal))?;
            store::write(work.tx, known).await?;
            if let Some(number) = &known.number {
                births::learn(work.tx, known.account_id, number.birth_date()).await?;
            }
            work.record(known.fact());
            Answer::ok(&RealNameView::of(Some(known), caller.now))
        })
        .await
}

/// What is known of my real name 我的实名信息
///
/// The number by its last four digits.
#[utoipa::path(tag = "access", operation_id = "realNameView",
    responses((status = 200, body = RealNameView)))]
#[get("/me/real-name")]
async fn view_own(reader: Reader) -> Reply {
    reader
        .about::<ReadOwn>(Oneself, async |tx, caller, _| {
            let known = store::find(tx, caller.actor.account_id).await?;
            Answer::ok(&RealNameView::of(known.as_ref(), caller.now))
        })
        .await
}

/// What the source answers to somebody who has not proven his name yet. It counts as a try,
/// unless there is no answer.
async fn asked(
    gate: &Gate,
    account_id: AccountId,
    address: Option<IpAddr>,
    body: &ProveRealName,
) -> Result<RealName, Problem> {
    let now = gate.clock().now();
    require_own(&body.id_number, day_in_china(now))?;
    let source = gate.name_source()?;
    let tried = gate
        .without_permit("real name asked for", async |work| {
            let known = store::find(work.tx, account_id).await?;
            if known.is_some_and(|known| known.number.is_some()) {
                return Err(Problem::of(Code::NotPossible).about("matched"));
            }
            let number = store::index_of(work.tx.keyring(), &body.id_number)?;
            tries::count(work, account_id, &number, address).await
        })
        .await?;
    let answered = source.matches(&body.name, &body.id_number).await;
    match answered {
        Ok(false) => {}
        Ok(true) => {
            gate.without_permit("real name matched", async |work| tried.forgive(work).await)
                .await?;
        }
        Err(_) => {
            gate.without_permit("real name not answered", async |work| tried.take_back(work).await)
                .await?;
        }
    }
    let number = answered?.then(|| body.id_number.clone());
    Ok(RealName { account_id, number, source: source.name().to_owned(), asked_at: now })
}
