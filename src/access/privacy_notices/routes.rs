//! Publishing privacy notices, and reading them.

use actix_web::http::header::{self, HeaderValue};
use actix_web::web::Data;
use actix_web::{HttpRequest, get, post};
use serde_json::json;
use utoipa_actix_web::service_config::ServiceConfig;

use super::cache::PrivacyNotices;
use super::contract::{
    NewPrivacyNotice, PrivacyNoticeList, PrivacyNoticePage, PrivacyNoticeQuery, PrivacyNoticeView,
};
use super::domain::{ConsentDemand, ConsentPurpose, PrivacyNotice, Published, Topic};
use super::policy::{List, NoticesAt, Publish, View};
use super::store;
use crate::access::partners;
use crate::access::{Caller, Command, Gate, Reader, Tree, Work};
use crate::ids::{OrganizationId, PrivacyNoticeId};
use crate::platform::http::Reply;
use crate::platform::http::answer::Answer;
use crate::platform::http::page::{Cursor, cut};
use crate::platform::http::query::{PathId, Query};
use crate::platform::journal::Fact;
use crate::platform::reference;
use crate::platform::values::Checks;
use crate::problem::{Code, FieldCode, Problem};

/// Mounts the operations of this part.
pub fn configure(config: &mut ServiceConfig) {
    config.service(publish).service(list_published).service(list_current).service(view);
}

/// Publish a privacy notice 发布个人信息处理告知
///
/// For one purpose, at a node and for everything below it, until a closer node publishes its own.
/// A version is never changed: this is always the next one.
#[utoipa::path(tag = "privacy", operation_id = "privacyNoticePublish",
    params(("organization_id" = OrganizationId, Path, description = "The node 组织")),
    request_body = NewPrivacyNotice, responses((status = 201, body = PrivacyNoticeView)))]
#[post("/organizations/{organization_id}/privacy-notices")]
async fn publish(command: Command<NewPrivacyNotice>, node: PathId<OrganizationId>) -> Reply {
    command
        .about::<Publish>(NoticesAt(node.0), async |work, at, caller, body| {
            check_together(body)?;
            require_partner_near(work, at.0, caller, body).await?;
            // First, because its row is the lock: of two who publish at once the later one begins
            // anew, and finds the number of the other.
            let changed = reference::next_version(work.tx).await?;
            let notice = next_of_line(work, at.0, body).await?;
            store::insert(work.tx, &notice, caller.actor.account_id, changed).await?;
            work.record(fact(&notice.published));
            let location =
                format!("/api/v1/privacy-notices/{}", notice.published.privacy_notice_id);
            Answer::created(&PrivacyNoticeView::of(notice, caller.actor.tree()), location)
        })
        .await
}

/// The versions that a node has published 告知版本列表
///
/// The latest first, unless `order` says otherwise. What holds by a node above is not among them.
#[utoipa::path(tag = "privacy", operation_id = "privacyNoticeList",
    params(("organization_id" = OrganizationId, Path, description = "The node 组织"), PrivacyNoticeQuery),
    responses((status = 200, body = PrivacyNoticePage)))]
#[get("/organizations/{organization_id}/privacy-notices")]
async fn list_published(
    reader: Reader,
    node: PathId<OrganizationId>,
    query: Query<PrivacyNoticeQuery>,
) -> Reply {
    let query = query.0;
    reader
        .about::<List>(NoticesAt(node.0), async |tx, caller, at| {
            let rows = store::list(tx, at.0, query.purpose, &query.part()).await?;
            let (rows, next) = cut(rows, query.limit, |notice| Cursor {
                at: notice.published_at,
                id: notice.published.privacy_notice_id.0,
            });
            Answer::ok(&PrivacyNoticePage { items: shown(rows, caller.actor.tree()), next })
        })
        .await
}

/// The privacy notices in force at a node 当前生效的告知
///
/// For everybody, also before signing in: one per purpose, and one per partner, from the
/// nearest node that has published one. None where nothing is published.
#[utoipa::path(tag = "privacy", operation_id = "privacyNoticeListCurrent", security(()),
    params(("organization_id" = OrganizationId, Path, description = "The node 组织"),
        ("If-None-Match" = Option<String>, Header, description = "The ETag of the answer that is at hand 已有应答的 ETag")),
    responses((status = 200, body = PrivacyNoticeList, headers(("ETag" = String))),
        (status = 304, headers(("ETag" = String)))))]
#[get("/organizations/{organization_id}/privacy-notices/current")]
async fn list_current(
    gate: Data<Gate>,
    notices: Data<PrivacyNotices>,
    node: PathId<OrganizationId>,
    request: HttpRequest,
) -> Reply {
    gate.catch_up().await?;
    let lineage = gate.tree().lineage(node.0);
    if lineage.is_empty() {
        return Err(Problem::of(Code::NotFound));
    }
    let in_force = notices.in_force(&lineage, gate.clock().now());
    let ids: Vec<_> = in_force.iter().map(|version| version.privacy_notice_id).collect();
    let mut tx = gate.read_without_permit("current privacy notices").await?;
    let rows = store::these(&mut tx, &ids).await?;
    tx.finish();
    let known = request.headers().get(header::IF_NONE_MATCH).and_then(|tags| tags.to_str().ok());
    let answer = Answer::ok(&PrivacyNoticeList { items: shown(rows, gate.tree()) })?;
    let mut response = answer.into_reading(known);
    // Kept, and asked for anew each time: an order is refused by what is in force now.
    let kept = HeaderValue::from_static("public, no-cache");
    response.headers_mut().insert(header::CACHE_CONTROL, kept);
    Ok(response)
}

/// One version of a privacy notice 告知详情
///
/// In force or not: whoever has agreed to it can read what it was.
#[utoipa::path(tag = "privacy", operation_id = "privacyNoticeView",
    params(("privacy_notice_id" = PrivacyNoticeId, Path, description = "The version 告知版本")),
    responses((status = 200, body = PrivacyNoticeView)))]
#[get("/privacy-notices/{privacy_notice_id}")]
async fn view(reader: Reader, id: PathId<PrivacyNoticeId>) -> Reply {
    reader
        .on::<View>(id.0, async |_, caller, notice| {
            Answer::ok(&PrivacyNoticeView::of(notice, caller.actor.tree()))
        })
        .await
}

fn shown(notices: Vec<PrivacyNotice>, tree: &dyn Tree) -> Vec<PrivacyNoticeView> {
    notices.into_iter().map(|notice| PrivacyNoticeView::of(notice, tree)).collect()
}

/// What the purpose makes necessary, and what it forbids.
fn check_together(body: &NewPrivacyNotice) -> Result<(), Problem> {
    let mut checks = Checks::new();
    let shares = body.purpose == ConsentPurpose::PartnerSharing;
    for (is_there, pointer) in
        [(body.partner_id.is_some(), "/partnerId"), (body.receiver.is_some(), "/receiver")]
    {
        checks.require(is_there || !shares, pointer, FieldCode::NeededHere, "partner_sharing");
        checks.require(!is_there || shares, pointer, FieldCode::NotHere, "purpose");
    }
    let is_sensitive = body.purpose == ConsentPurpose::Sensitive;
    for (words, pointer) in [(&body.zh, "/zh/necessity"), (&body.en, "/en/necessity")] {
        let said = words.necessity.is_some() || !is_sensitive;
        checks.require(said, pointer, FieldCode::NeededHere, "sensitive");
    }
    let only_tells = body.consent == ConsentDemand::NotNeeded
        || body.purpose != ConsentPurpose::AutomatedMatching;
    checks.require(only_tells, "/consent", FieldCode::NotHere, "automated_matching");
    checks.done()
}

/// The partner has to be one of those at the node, below it or above it.
async fn require_partner_near(
    work: &mut Work<'_>,
    node: OrganizationId,
    caller: &Caller,
    body: &NewPrivacyNotice,
) -> Result<(), Problem> {
    let Some(id) = body.partner_id else { return Ok(()) };
    let partner = partners::find(work.tx, id).await?;
    let is_near = partner.is_some_and(|partner| {
        let at = partner.organization_id;
        caller.actor.lineage(at).contains(&node) || caller.actor.lineage(node).contains(&at)
    });
    if is_near { Ok(()) } else { Err(Problem::field("/partnerId", FieldCode::NoSuchThing)) }
}

/// The version that follows on the latest one.
async fn next_of_line(
    work: &mut Work<'_>,
    node: OrganizationId,
    body: &NewPrivacyNotice,
) -> Result<PrivacyNotice, Problem> {
    let topic = Topic { purpose: body.purpose, partner_id: body.partner_id };
    let latest = store::latest_of_line(work.tx, node, topic).await?;
    let effective_from = body.effective_from.unwrap_or(work.now);
    let earliest = latest.as_ref().map_or(work.now, |latest| latest.effective_from.max(work.now));
    if effective_from < earliest {
        return Err(Problem::field("/effectiveFrom", FieldCode::InThePast));
    }
    if latest.is_none() && body.consent == ConsentDemand::AsBefore {
        let problem = Problem::of(Code::InvalidRequest);
        return Err(problem.and_field("/consent", FieldCode::NotHere, "number 1"));
    }
    Ok(PrivacyNotice {
        published: Published {
            privacy_notice_id: work.new_id(),
            organization_id: node,
            topic,
            number: latest.map_or(1, |latest| latest.number + 1),
            consent: body.consent,
            effective_from,
        },
        content: body.content(),
        published_at: work.now,
    })
}

fn fact(published: &Published) -> Fact {
    Fact {
        name: "privacy_notice.published.v1",
        demand_id: None,
        subject_id: published.privacy_notice_id.0,
        reason: None,
        data: json!({
            "organizationId": published.organization_id,
            "purpose": published.topic.purpose,
            "partnerId": published.topic.partner_id,
            "number": published.number,
            "consent": published.consent,
            "effectiveFrom": published.effective_from,
        }),
    }
}
