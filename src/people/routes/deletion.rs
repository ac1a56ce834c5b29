//! The deletion of one's own account.

use actix_web::web::Data;
use actix_web::{get, post};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::access::{Caller, Command, Oneself, Reader, Work, accounts};
use crate::people::contract::{AskDeletion, DeletionView};
use crate::people::domain::{Deletion, DeletionState, WithdrawalDays};
use crate::people::matters::matters_of;
use crate::people::policy::{DeletionAsk, DeletionView as ViewDeletion, DeletionWithdraw};
use crate::people::store;
use crate::platform::db::Tx;
use crate::platform::http::Reply;
use crate::platform::http::answer::Answer;
use crate::problem::{Code, Problem};

/// Where it is read.
const ADDRESS: &str = "/api/v1/me/deletion";

/// Mounts the operations of this part.
pub fn configure(config: &mut ServiceConfig) {
    config.service(view).service(ask).service(withdraw);
}

/// The deletion of my account 注销状态
///
/// What would be erased and what is kept, on which ground and until when; what stands in the
/// way; and once it was asked for, when it is due.
#[utoipa::path(tag = "people", operation_id = "deletionView",
    responses((status = 200, body = DeletionView)))]
#[get("/me/deletion")]
async fn view(reader: Reader, days: Data<WithdrawalDays>) -> Reply {
    reader
        .about::<ViewDeletion>(Oneself, async |tx, caller, _| {
            Answer::ok(&shown(tx, caller, **days).await?)
        })
        .await
}

/// Ask that my account be deleted 申请注销账号
///
/// It takes a sign-in of the last 30 minutes and the words of `confirm`. It is refused
/// (`account_in_use`) while there are orders or promises that have not ended, or a role. Then
/// the account stays as it is for `withdrawalDays`, in which the deletion can be taken back; after
/// that it is closed, all tokens are refused, and what is personal is erased piece by piece.
#[utoipa::path(tag = "people", operation_id = "deletionAsk",
    request_body = AskDeletion, responses((status = 201, body = DeletionView)))]
#[post("/me/deletion")]
async fn ask(command: Command<AskDeletion>, days: Data<WithdrawalDays>) -> Reply {
    command
        .about::<DeletionAsk>(Oneself, async |work, _, caller, body| {
            body.require_meant()?;
            accounts::require_fresh_sign_in(work.tx, caller).await?;
            matters_of(work.tx, &caller.actor, work.now).await?.require_none()?;
            let asked = Deletion::asked(work.new_id(), caller.actor.account_id, work.now, **days);
            store::insert(work.tx, &asked).await?;
            work.record(asked.fact("deletion.asked.v1"));
            Answer::created(&shown(work.tx, caller, **days).await?, ADDRESS.to_owned())
        })
        .await
}

/// Take the deletion of my account back 撤回注销申请
#[utoipa::path(tag = "people", operation_id = "deletionWithdraw",
    responses((status = 200, body = DeletionView)))]
#[post("/me/deletion/withdraw")]
async fn withdraw(command: Command, days: Data<WithdrawalDays>) -> Reply {
    command
        .about::<DeletionWithdraw>(Oneself, async |work, _, caller, _| {
            take_back(work, caller).await?;
            Answer::ok(&shown(work.tx, caller, **days).await?)
        })
        .await
}

async fn take_back(work: &mut Work<'_>, caller: &Caller) -> Result<(), Problem> {
    let asked = store::standing_of(work.tx, caller.actor.account_id).await?;
    let asked = asked.filter(|asked| asked.state == DeletionState::Waiting);
    let asked = asked.ok_or_else(|| Problem::of(Code::NotPossible).about("none"))?;
    work.record(asked.fact("deletion.withdrawn.v1"));
    store::save(work.tx, Deletion { state: DeletionState::Withdrawn, ..asked }).await
}

async fn shown(
    tx: &mut Tx,
    caller: &Caller,
    days: WithdrawalDays,
) -> Result<DeletionView, Problem> {
    let asked = store::standing_of(tx, caller.actor.account_id).await?;
    let matters = matters_of(tx, &caller.actor, caller.now).await?;
    Ok(DeletionView::of(asked.as_ref(), matters, days.0, caller.language))
}
