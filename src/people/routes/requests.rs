//! Correcting what is kept of oneself, and asking for what one cannot do oneself.

use actix_web::web::Data;
use actix_web::{get, post, put};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::access::{Caller, Command, Oneself, Reader, Work, accounts};
use crate::ids::{OrganizationId, RightsRequestId};
use crate::organizations::rules::RightsRule;
use crate::organizations::{Directory, Kind, Status};
use crate::people::contract::{
    NewRightsRequest, OwnName, OwnRequestQuery, RequestAnswer, RequestQuery, RightsRequestPage,
    RightsRequestView,
};
use crate::people::domain::{RequestState, RightsRequest};
use crate::people::policy::{
    Keeper, Rename, RequestAnswerIt, RequestListAt, RequestListOwn, RequestMake,
};
use crate::people::store::requests as store;
use crate::platform::http::Reply;
use crate::platform::http::answer::Answer;
use crate::platform::http::page::{Cursor, cut};
use crate::platform::http::query::{PathId, Query};
use crate::problem::{FieldCode, Problem};

/// Mounts the operations of this part.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(rename)
        .service(make)
        .service(list_own)
        .service(list_at)
        .service(accept)
        .service(refuse);
}

/// Correct my name 更正姓名
///
/// Whoever works for an organization has his name from its administrator, and asks him.
#[utoipa::path(tag = "people", operation_id = "meRename",
    request_body = OwnName, responses((status = 204)))]
#[put("/me")]
async fn rename(command: Command<OwnName>) -> Reply {
    command
        .about::<Rename>(Oneself, async |work, _, caller, body| {
            accounts::rename(work, caller.actor.account_id, body.name.as_str()).await?;
            Ok(Answer::no_content())
        })
        .await
}

/// Ask for what I cannot correct myself 提出个人信息请求
///
/// Something that is wrong in what was recorded, that something be processed no longer, the
/// data of a relative who has died, or an explanation. The organization answers by `dueAt`, and
/// with a reason where it refuses.
#[utoipa::path(tag = "people", operation_id = "rightsRequestMake",
    request_body = NewRightsRequest, responses((status = 201, body = RightsRequestView)))]
#[post("/me/rights-requests")]
async fn make(command: Command<NewRightsRequest>, directory: Data<Directory>) -> Reply {
    command
        .about::<RequestMake>(Oneself, async |work, _, caller, body| {
            let request = requested(work, caller, &directory, body)?;
            store::insert(work.tx, &request).await?;
            work.record(request.fact("rights_request.made.v1"));
            let version = request.version;
            let shown = RightsRequestView::of(request, caller);
            Ok(Answer::created(&shown, "/api/v1/me/rights-requests".to_owned())?.version(version))
        })
        .await
}

/// What I have asked for 我的个人信息请求
#[utoipa::path(tag = "people", operation_id = "rightsRequestListOwn",
    params(OwnRequestQuery), responses((status = 200, body = RightsRequestPage)))]
#[get("/me/rights-requests")]
async fn list_own(reader: Reader, query: Query<OwnRequestQuery>) -> Reply {
    reader
        .about::<RequestListOwn>(Oneself, async |tx, caller, _| {
            let rows = store::of_account(tx, caller.actor.account_id, &query.0.part()).await?;
            page_of(rows, query.0.limit, caller)
        })
        .await
}

/// What an organization is asked for 个人信息请求列表
///
/// The longest waiting first, unless `order` says otherwise.
#[utoipa::path(tag = "people", operation_id = "rightsRequestList",
    params(("organization_id" = OrganizationId, Path, description = "The organization 组织"), RequestQuery),
    responses((status = 200, body = RightsRequestPage)))]
#[get("/organizations/{organization_id}/rights-requests")]
async fn list_at(reader: Reader, id: PathId<OrganizationId>, query: Query<RequestQuery>) -> Reply {
    let query = query.0;
    reader
        .about::<RequestListAt>(Keeper(id.0), async |tx, caller, at| {
            let rows = store::at(tx, at.0, query.state, &query.part()).await?;
            page_of(rows, query.limit, caller)
        })
        .await
}

/// Meet a request 同意请求
#[utoipa::path(tag = "people", operation_id = "rightsRequestAccept",
    params(("request_id" = RightsRequestId, Path, description = "The request 请求")),
    request_body = RequestAnswer, responses((status = 200, body = RightsRequestView)))]
#[post("/rights-requests/{request_id}/accept")]
async fn accept(command: Command<RequestAnswer>, id: PathId<RightsRequestId>) -> Reply {
    command
        .on::<RequestAnswerIt>(id.0, async |work, request, caller, body| {
            let fact = "rights_request.accepted.v1";
            answer(work, request, RequestState::Accepted, fact, caller, body).await
        })
        .await
}

/// Refuse a request, with a reason 拒绝请求
#[utoipa::path(tag = "people", operation_id = "rightsRequestRefuse",
    params(("request_id" = RightsRequestId, Path, description = "The request 请求")),
    request_body = RequestAnswer, responses((status = 200, body = RightsRequestView)))]
#[post("/rights-requests/{request_id}/refuse")]
async fn refuse(command: Command<RequestAnswer>, id: PathId<RightsRequestId>) -> Reply {
    command
        .on::<RequestAnswerIt>(id.0, async |work, request, caller, body| {
            let fact = "rights_request.refused.v1";
            answer(work, request, RequestState::Refused, fact, caller, body).await
        })
        .await
}

fn requested(
    work: &Work<'_>,
    caller: &Caller,
    directory: &Directory,
    body: &NewRightsRequest,
) -> Result<RightsRequest, Problem> {
    let at = body.organization_id;
    let answers =
        |kind| matches!(kind, Kind::Center | Kind::SubCenter | Kind::Institute | Kind::Station);
    let node = directory.get(at).filter(|node| node.status != Status::Archived);
    if !node.is_some_and(|node| answers(node.kind)) {
        return Err(Problem::field("/organizationId", FieldCode::NoSuchThing));
    }
    let rule = directory.rule::<RightsRule>(at, work.now);
    let calendar = directory.calendar(at, work.now);
    Ok(RightsRequest {
        request_id: work.new_id(),
        account_id: caller.actor.account_id,
        organization_id: at,
        kind: body.kind,
        state: RequestState::Open,
        content: Some(body.content.as_str().to_owned()),
        answer: None,
        due_at: calendar.deadline(work.now, rule.value.answer_within.into()),
        rule_id: rule.rule_id,
        decided_by: None,
        decided_at: None,
        created_at: work.now,
        version: 1,
    })
}

async fn answer(
    work: &mut Work<'_>,
    request: RightsRequest,
    state: RequestState,
    fact: &'static str,
    caller: &Caller,
    body: &RequestAnswer,
) -> Result<Answer, Problem> {
    let by = caller.actor.account_id;
    let answered = request.answered(state, body.answer.as_str(), by, work.now)?;
    store::save(work.tx, &answered).await?;
    work.record(answered.fact(fact));
    let answered = RightsRequest { version: answered.version + 1, ..answered };
    let version = answered.version;
    Ok(Answer::ok(&RightsRequestView::of(answered, caller))?.version(version))
}

fn page_of(rows: Vec<RightsRequest>, limit: u32, caller: &Caller) -> Result<Answer, Problem> {
    let place = |one: &RightsRequest| Cursor { at: one.created_at, id: one.request_id.0 };
    let (rows, next) = cut(rows, limit, place);
    let items = rows.into_iter().map(|one| RightsRequestView::of(one, caller)).collect();
    Answer::ok(&RightsRequestPage { items, next })
}
