//! Where one is signed in, and ending that.

use actix_web::{delete, get, post};
use serde_json::json;
use utoipa_actix_web::service_config::ServiceConfig;

use super::contract::{SessionPage, SessionQuery, SessionView};
use super::domain::{SignIn, ended_by};
use super::policy::{End, EndOthers, ListOwn};
use super::store;
use crate::access::gate::{Command, NoId, Reader};
use crate::access::policy::Oneself;
use crate::ids::SessionId;
use crate::platform::http::Reply;
use crate::platform::http::answer::Answer;
use crate::platform::http::page::{Cursor, cut};
use crate::platform::http::query::{PathId, Query};
use crate::platform::journal::Fact;

/// Mounts the operations on sign-ins.
pub fn configure(config: &mut ServiceConfig) {
    config.service(list_own).service(end).service(end_others);
}

/// Where I am signed in 我的登录
///
/// The sign-ins that stand, on whichever device, with the one that asks among them.
#[utoipa::path(tag = "access", operation_id = "sessionListOwn",
    params(SessionQuery), responses((status = 200, body = SessionPage)))]
#[get("/me/sessions")]
async fn list_own(reader: Reader, query: Query<SessionQuery>) -> Reply {
    reader
        .about::<ListOwn>(Oneself, async |tx, caller, _| {
            let (own, present) = (caller.actor.account_id, caller.actor.session_id);
            let rows = store::list_standing(tx, own, caller.now, &query.0.part()).await?;
            let (rows, next) = cut(rows, query.0.limit, |session: &SignIn| Cursor {
                at: session.started_at,
                id: session.session_id.0,
            });
            let items = rows.into_iter().map(|session| SessionView::of(session, present));
            Answer::ok(&SessionPage { items: items.collect(), next })
        })
        .await
}

/// End one of my sign-ins 结束一处登录
///
/// Its tokens are refused at once. The present one may be ended like any other.
#[utoipa::path(tag = "access", operation_id = "sessionEnd",
    params(("session_id" = SessionId, Path, description = "The sign-in 登录")),
    responses((status = 204)))]
#[delete("/me/sessions/{session_id}")]
async fn end(command: Command, id: PathId<SessionId>) -> Reply {
    command
        .on::<End>(id.0, async |work, session, _, _| {
            store::revoke(work.tx, session.session_id, work.now).await?;
            let ended = json!({ "accountId": session.account_id, "cause": "ended" });
            work.record(ended_by(session.session_id, ended));
            Ok(Answer::no_content())
        })
        .await
}

/// End all my other sign-ins 退出其他登录
///
/// Everything but the present sign-in ends at once: what to do when a phone was lost.
#[utoipa::path(tag = "access", operation_id = "sessionEndOthers", responses((status = 204)))]
#[post("/me/other-sessions/end")]
async fn end_others(command: Command) -> Reply {
    command
        .on::<EndOthers>(NoId, async |work, _, caller, _| {
            let own = caller.actor.account_id;
            if let Some(present) = caller.actor.session_id {
                let ended = store::revoke_others(work.tx, own, present, work.now).await?;
                work.record(Fact {
                    name: "session.others_ended.v1",
                    demand_id: None,
                    subject_id: own.0,
                    reason: None,
                    data: json!({ "ended": ended }),
                });
            }
            Ok(Answer::no_content())
        })
        .await
}
