//! Reading a look again, approving it, and one's own access log.

use actix_web::web::Data;
use actix_web::{get, post};
use utoipa_actix_web::service_config::ServiceConfig;

use super::contract::{
    AccessLogEntry, AccessLogPage, AccessLogQuery, RevealPage, RevealQuery, RevealView,
};
use super::domain::{Reveal, RevealState};
use super::policy::{Decide, ListWaiting, ReadOwnLog, ReadReveal, WaitingAt};
use super::{Revealing, store, write_down};
use crate::access::gate::{Command, Reader};
use crate::access::policy::Oneself;
use crate::ids::RevealId;
use crate::platform::http::Reply;
use crate::platform::http::answer::Answer;
use crate::platform::http::page::{Cursor, cut};
use crate::platform::http::query::{PathId, Query};
use crate::platform::http::reasons::WithReason;
use crate::problem::{Code, Problem};

/// Mounts the operations of this noun.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(list_waiting)
        .service(view)
        .service(approve)
        .service(refuse)
        .service(own_access_log);
}

/// Reveals that wait for an approval 待审批的查看申请
///
/// Asked for by staff at the organization and below, of data of minors. An administrator
/// there or above approves or refuses them by `approveBy` (rule `reveals`), else they lapse;
/// whoever waits longest comes first.
#[utoipa::path(tag = "reveals", operation_id = "revealListWaiting",
    params(RevealQuery), responses((status = 200, body = RevealPage)))]
#[get("/reveals")]
async fn list_waiting(reader: Reader, query: Query<RevealQuery>) -> Reply {
    let query = query.0;
    reader
        .about::<ListWaiting>(WaitingAt(query.within), async |tx, caller, at| {
            let rows = store::waiting(tx, at.0, caller.now, &query.part()).await?;
            let (rows, next) = cut(rows, query.limit, |reveal: &Reveal| Cursor {
                at: reveal.asked_at,
                id: reveal.reveal_id.0,
            });
            let items = rows.iter().map(|reveal| RevealView::of(reveal, caller, None));
            Answer::ok(&RevealPage { items: items.collect(), next })
        })
        .await
}

/// Read a reveal again 再次查看
///
/// With what it shows, for whoever asked and as long as it lasts; afterwards 410
/// `reveal_lapsed`. An administrator sees who asks and why, never what it shows.
#[utoipa::path(tag = "reveals", operation_id = "revealView",
    params(("reveal_id" = RevealId, Path, description = "The reveal 查看记录")),
    responses((status = 200, body = RevealView)))]
#[get("/reveals/{reveal_id}")]
async fn view(reader: Reader, id: PathId<RevealId>, revealing: Data<dyn Revealing>) -> Reply {
    reader
        .on::<ReadReveal>(id.0, async |tx, caller, reveal| {
            let is_own = reveal.asked_by == caller.actor.account_id;
            let contact = match reveal.state(caller.now) {
                RevealState::Visible if is_own => {
                    let revealed =
                        revealing.revealed(tx, reveal.subject, &caller.actor, caller.now).await?;
                    Some(revealed.ok_or_else(|| Problem::of(Code::NotFound))?.contact)
                }
                RevealState::Lapsed if is_own => return Err(Problem::of(Code::RevealLapsed)),
                _ => None,
            };
            Answer::ok(&RevealView::of(&reveal, caller, contact))
        })
        .await
}

/// Approve a reveal 批准查看
///
/// By an administrator of the organization or above who has not asked himself: whoever asked
/// sees it from now on, for its minutes. The person whose data it is finds both in the
/// access log.
#[utoipa::path(tag = "reveals", operation_id = "revealApprove",
    params(("reveal_id" = RevealId, Path, description = "The reveal 查看记录")),
    responses((status = 200, body = RevealView)))]
#[post("/reveals/{reveal_id}/approve")]
async fn approve(command: Command, id: PathId<RevealId>, revealing: Data<dyn Revealing>) -> Reply {
    command
        .on::<Decide>(id.0, async |work, reveal, caller, _| {
            let approved = reveal.approved(&caller.actor, work.now)?;
            let revealed =
                revealing.revealed(work.tx, approved.subject, &caller.actor, work.now).await?;
            let revealed = revealed.ok_or_else(|| Problem::of(Code::NotFound))?;
            store::decide(work.tx, &approved).await?;
            work.record(approved.fact("reveal.approved.v1", None));
            write_down(work, &approved, &revealed).await?;
            Answer::ok(&RevealView::of(&approved, caller, None))
        })
        .await
}

/// Refuse a reveal 不批准查看
#[utoipa::path(tag = "reveals", operation_id = "revealRefuse",
    params(("reveal_id" = RevealId, Path, description = "The reveal 查看记录")),
    request_body = WithReason,
    responses((status = 200, body = RevealView)))]
#[post("/reveals/{reveal_id}/refuse")]
async fn refuse(command: Command<WithReason>, id: PathId<RevealId>) -> Reply {
    command
        .on::<Decide>(id.0, async |work, reveal, caller, body| {
            let refused = reveal.refused(&caller.actor, body.reason.as_str(), work.now)?;
            store::decide(work.tx, &refused).await?;
            work.record(refused.fact("reveal.refused.v1", Some(body.reason.as_str())));
            Answer::ok(&RevealView::of(&refused, caller, None))
        })
        .await
}

/// Who looked at my data 谁查看过我的信息
///
/// Every look at the whole of a telephone or an address of mine, or of an order of mine:
/// who, of which organization, when and what for; the latest first unless `order` says
/// otherwise.
#[utoipa::path(tag = "reveals", operation_id = "accessLogListOwn",
    params(AccessLogQuery), responses((status = 200, body = AccessLogPage)))]
#[get("/me/access-log")]
async fn own_access_log(reader: Reader, query: Query<AccessLogQuery>) -> Reply {
    let query = query.0;
    reader
        .about::<ReadOwnLog>(Oneself, async |tx, caller, _| {
            let rows = store::logged(tx, caller.actor.account_id, &query.part()).await?;
            let (rows, next) =
                cut(rows, query.limit, |(at, reveal)| Cursor { at: *at, id: reveal.reveal_id.0 });
            let items = rows.into_iter().map(|(at, reveal)| AccessLogEntry::of(at, reveal, caller));
            Answer::ok(&AccessLogPage { items: items.collect(), next })
        })
        .await
}
