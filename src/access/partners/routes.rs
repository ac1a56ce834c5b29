//! Registering partners, and giving them tokens.

use actix_web::web::Data;
use actix_web::{get, post};
use chrono::{DateTime, Duration, Utc};
use serde_json::json;
use utoipa_actix_web::service_config::ServiceConfig;

use super::contract::{
    NewPartner, PartnerPage, PartnerQuery, PartnerView, PartnerWithSecret, TokenAnswer, TokenError,
    TokenForm,
};
use super::domain::{Partner, PartnerStatus, Scope, Secret};
use super::oauth::{Refusal, TokenCall, TokenRequest, granted};
use super::policy::{Change, List, PartnersAt, Register, View};
use super::store;
use crate::access::tokens::ACCESS_MINUTES;
use crate::access::{Caller, Command, Gate, Reader, Work};
use crate::ids::{OrganizationId, PartnerId};
use crate::platform::http::Reply;
use crate::platform::http::answer::Answer;
use crate::platform::http::page::{Cursor, cut};
use crate::platform::http::query::{PathId, Query};
use crate::platform::journal::Fact;
use crate::problem::{Code, FieldCode, Problem};

/// For how many days at most a partner is registered: then somebody looks at it anew.
const DAYS_AHEAD: i64 = 731;

/// Mounts the operations of this noun.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(register)
        .service(list)
        .service(view)
        .service(suspend)
        .service(resume)
        .service(end)
        .service(renew_secret);
}

/// Mounts what OAuth has at the root.
pub fn configure_at_the_root(config: &mut ServiceConfig) {
    config.service(issue_token);
}

/// Register a partner at a node 登记接入方
///
/// The secret is in this answer and nowhere else: it is shown once.
#[utoipa::path(tag = "partners", operation_id = "partnerRegister",
    params(("organization_id" = OrganizationId, Path, description = "The node 组织")),
    request_body = NewPartner,
    responses((status = 201, body = PartnerWithSecret, headers(("ETag" = String)))))]
#[post("/organizations/{organization_id}/partners")]
async fn register(command: Command<NewPartner>, node: PathId<OrganizationId>) -> Reply {
    command
        .about::<Register>(PartnersAt(node.0), async |work, at, caller, body| {
            require_sensible(body, work.now)?;
            let secret = Secret::fresh();
            let partner = partner_of(work, at.0, body, &secret);
            store::insert(work.tx, &partner, &caller.actor.lineage(at.0)).await?;
            work.record(fact("partner.registered.v1", &partner));
            let kept = PartnerWithSecret::of(&partner, &caller.actor, None);
            let shown = PartnerWithSecret::of(&partner, &caller.actor, Some(&secret));
            let location = format!("/api/v1/partners/{}", partner.partner_id);
            Answer::created(&kept, location)?.version(partner.version).showing_once(&shown)
        })
        .await
}

/// The partners at a node and below 接入方列表
///
/// The latest first, unless `order` says otherwise.
#[utoipa::path(tag = "partners", operation_id = "partnerList",
    params(("organization_id" = OrganizationId, Path, description = "The node 组织"), PartnerQuery),
    responses((status = 200, body = PartnerPage)))]
#[get("/organizations/{organization_id}/partners")]
async fn list(reader: Reader, node: PathId<OrganizationId>, query: Query<PartnerQuery>) -> Reply {
    let query = query.0;
    reader
        .about::<List>(PartnersAt(node.0), async |tx, caller, at| {
            let partners = store::list(tx, at.0, &query.part()).await?;
            let (partners, next) = cut(partners, query.limit, |partner: &Partner| Cursor {
                at: partner.created_at,
                id: partner.partner_id.0,
            });
            let items = partners.iter().map(|partner| PartnerView::of(partner, &caller.actor));
            Answer::ok(&PartnerPage { items: items.collect(), next })
        })
        .await
}

/// One partner 接入方详情
#[utoipa::path(tag = "partners", operation_id = "partnerView",
    params(("partner_id" = PartnerId, Path, description = "The partner 接入方")),
    responses((status = 200, body = PartnerView)))]
#[get("/partners/{partner_id}")]
async fn view(reader: Reader, id: PathId<PartnerId>) -> Reply {
    reader.on::<View>(id.0, async |_, caller, partner| answer(&partner, caller)).await
}

/// Suspend a partner 暂停接入方
///
/// Its tokens and its secret are refused from this moment.
#[utoipa::path(tag = "partners", operation_id = "partnerSuspend",
    params(("partner_id" = PartnerId, Path, description = "The partner 接入方")),
    responses((status = 200, body = PartnerView, headers(("ETag" = String)))))]
#[post("/partners/{partner_id}/suspend")]
async fn suspend(command: Command, id: PathId<PartnerId>) -> Reply {
    command
        .on::<Change>(id.0, async |work, partner, caller, _| {
            let suspended = save(work, partner.suspended()?, "partner.suspended.v1").await?;
            answer(&suspended, caller)
        })
        .await
}

/// Let a partner on again 恢复接入方
#[utoipa::path(tag = "partners", operation_id = "partnerResume",
    params(("partner_id" = PartnerId, Path, description = "The partner 接入方")),
    responses((status = 200, body = PartnerView, headers(("ETag" = String)))))]
#[post("/partners/{partner_id}/resume")]
async fn resume(command: Command, id: PathId<PartnerId>) -> Reply {
    command
        .on::<Change>(id.0, async |work, partner, caller, _| {
            let resumed = save(work, partner.resumed()?, "partner.resumed.v1").await?;
            answer(&resumed, caller)
        })
        .await
}

/// End a partner for good 终止接入方
#[utoipa::path(tag = "partners", operation_id = "partnerEnd",
    params(("partner_id" = PartnerId, Path, description = "The partner 接入方")),
    responses((status = 200, body = PartnerView, headers(("ETag" = String)))))]
#[post("/partners/{partner_id}/end")]
async fn end(command: Command, id: PathId<PartnerId>) -> Reply {
    command
        .on::<Change>(id.0, async |work, partner, caller, _| {
            let ended = save(work, partner.ended()?, "partner.ended.v1").await?;
            answer(&ended, caller)
        })
        .await
}

/// Give a partner a new secret 更换接入方密钥
///
/// The new one is in this answer and nowhere else. The old one ends at once; tokens that
/// were got with it lapse within ten minutes.
#[utoipa::path(tag = "partners", operation_id = "partnerRenewSecret",
    params(("partner_id" = PartnerId, Path, description = "The partner 接入方")),
    responses((status = 200, body = PartnerWithSecret, headers(("ETag" = String)))))]
#[post("/partners/{partner_id}/renew-secret")]
async fn renew_secret(command: Command, id: PathId<PartnerId>) -> Reply {
    command
        .on::<Change>(id.0, async |work, partner, caller, _| {
            let secret = Secret::fresh();
            let renewed = partner.with_secret(&secret, work.now)?;
            let renewed = save(work, renewed, "partner.secret_renewed.v1").await?;
            let kept = PartnerWithSecret::of(&renewed, &caller.actor, None);
            let shown = PartnerWithSecret::of(&renewed, &caller.actor, Some(&secret));
            Answer::ok(&kept)?.version(renewed.version).showing_once(&shown)
        })
        .await
}

/// Get a token as a partner 接入方获取令牌
///
/// OAuth 2.0 client credentials (RFC 6749, 4.4), as any OAuth client library sends them;
/// refusals have the form of the RFC.
#[utoipa::path(tag = "partners", operation_id = "tokenIssue", security(()),
    request_body(content = TokenForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = TokenAnswer),
        (status = 400, body = TokenError, description = "No token for this form 请求不符合要求"),
        (status = 401, body = TokenError, description = "Not a client with this secret 凭据无效")))]
#[post("/oauth2/token")]
async fn issue_token(gate: Data<Gate>, call: TokenCall) -> Reply {
    let request = match call.read() {
        Ok(request) => request,
        Err(refusal) => return Ok(refusal.answer()),
    };
    let mut tx = gate.read_without_permit("token of a partner").await?;
    let partner = store::find(&mut tx, request.partner_id).await?;
    tx.finish();
    let now = gate.clock().now();
    let (partner, scopes) = match allowed(partner, &request, now) {
        Ok(allowed) => allowed,
        Err(refusal) => return Ok(refusal.answer()),
    };
    let token = gate.tokens().issue_to_partner(partner, &scopes, gate.clock().new_id(), now)?;
    Ok(granted(token, ACCESS_MINUTES, &scopes))
}

/// Who may have a token, and for what.
fn allowed(
    partner: Option<Partner>,
    request: &TokenRequest,
    now: DateTime<Utc>,
) -> Result<(PartnerId, Vec<Scope>), Refusal> {
    let proven = partner.filter(|partner| partner.is_proven_by(&request.secret, now));
    let partner = proven.ok_or_else(Refusal::client)?;
    Ok((partner.partner_id, request.scopes_of(&partner)?))
}

fn require_sensible(body: &NewPartner, now: DateTime<Utc>) -> Result<(), Problem> {
    if body.scopes.is_empty() {
        let problem = Problem::of(Code::InvalidRequest);
        return Err(problem.and_field("/scopes", FieldCode::Missing, "scopes"));
    }
    if body.expires_at <= now {
        return Err(Problem::field("/expiresAt", FieldCode::InThePast));
    }
    if body.expires_at > now + Duration::days(DAYS_AHEAD) {
        let latest = (now + Duration::days(DAYS_AHEAD)).date_naive().to_string();
        let problem = Problem::of(Code::InvalidRequest);
        return Err(problem.and_field("/expiresAt", FieldCode::TooFarAhead, latest));
    }
    Ok(())
}

fn partner_of(
    work: &Work<'_>,
    organization_id: OrganizationId,
    body: &NewPartner,
    secret: &Secret,
) -> Partner {
    Partner {
        partner_id: work.new_id(),
        organization_id,
        name: body.name.as_str().to_owned(),
        contact: body.contact.as_str().to_owned(),
        purpose: body.purpose.as_str().to_owned(),
        scopes: Scope::write_list(&body.scopes),
        requests_per_minute: body.requests_per_minute,
        status: PartnerStatus::Active,
        secret_digest: secret.digest.clone(),
        secret_renewed_at: work.now,
        expires_at: body.expires_at,
        created_at: work.now,
        updated_at: work.now,
        version: 1,
    }
}

async fn save(
    work: &mut Work<'_>,
    partner: Partner,
    name: &'static str,
) -> Result<Partner, Problem> {
    let saved = store::save(work.tx, Partner { updated_at: work.now, ..partner }).await?;
    work.record(fact(name, &saved));
    Ok(saved)
}

fn answer(partner: &Partner, caller: &Caller) -> Result<Answer, Problem> {
    let shown = PartnerView::of(partner, &caller.actor);
    Ok(Answer::ok(&shown)?.version(partner.version))
}

fn fact(name: &'static str, partner: &Partner) -> Fact {
    Fact {
        name,
        demand_id: None,
        subject_id: partner.partner_id.0,
        reason: None,
        data: json!({
            "organizationId": partner.organization_id,
            "scopes": Scope::read_list(&partner.scopes),
            "status": partner.status,
        }),
    }
}
