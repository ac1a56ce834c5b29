//! Registering partners, and giving them tokens.

use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, post, put};
use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};
use utoipa_actix_web::service_config::ServiceConfig;

use super::contract::{
    AuthorizationServer, NewPartner, PartnerKeys, PartnerPage, PartnerQuery, PartnerView,
    PartnerWithSecret, TokenAnswer, TokenError, TokenForm,
};
use super::domain::{Partner, PartnerStatus, Scope, Secret};
use super::granting::{NoToken, grant};
use super::oauth::TokenCall;
use super::policy::{Change, List, PartnersAt, Register, SetKeys, View};
use super::{keys, store};
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
        .service(renew_secret)
        .service(remove_secret)
        .service(set_keys);
}

/// Mounts what OAuth has at the root.
pub fn configure_at_the_root(config: &mut ServiceConfig) {
    config.service(authorization_server).service(issue_token);
}

/// Register a partner at a node 登记接入方
///
/// The secret is in this answer and nowhere else: it is shown once. A partner that is
/// registered with keys has none.
#[utoipa::path(tag = "partners", operation_id = "partnerRegister",
    params(("organization_id" = OrganizationId, Path, description = "The node 组织")),
    request_body = NewPartner,
    responses((status = 201, body = PartnerWithSecret, headers(("ETag" = String)))))]
#[post("/organizations/{organization_id}/partners")]
async fn register(command: Command<NewPartner>, node: PathId<OrganizationId>) -> Reply {
    command
        .about::<Register>(PartnersAt(node.0), async |work, at, caller, body| {
            require_sensible(body, work.now)?;
            let secret = body.keys.is_empty().then(Secret::fresh);
            let partner = partner_of(work, at.0, body, secret.as_ref());
            store::insert(work.tx, &partner, &caller.actor.lineage(at.0)).await?;
            work.record(fact("partner.registered.v1", &partner));
            let kept = PartnerWithSecret::of(&partner, &caller.actor, None);
            let shown = PartnerWithSecret::of(&partner, &caller.actor, secret.as_ref());
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
            let suspended = partner.clone().suspended()?;
            let suspended = save(work, &partner, suspended, "partner.suspended.v1").await?;
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
            let resumed = partner.clone().resumed()?;
            let resumed = save(work, &partner, resumed, "partner.resumed.v1").await?;
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
            let ended = partner.clone().ended()?;
            let ended = save(work, &partner, ended, "partner.ended.v1").await?;
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
            let renewed = partner.clone().with_secret(&secret, work.now)?;
            let renewed = save(work, &partner, renewed, "partner.secret_renewed.v1").await?;
            let kept = PartnerWithSecret::of(&renewed, &caller.actor, None);
            let shown = PartnerWithSecret::of(&renewed, &caller.actor, Some(&secret));
            Answer::ok(&kept)?.version(renewed.version).showing_once(&shown)
        })
        .await
}

/// Take a partner's secret away 取消接入方密钥
///
/// It gets tokens by its keys alone from now on. Only of a partner that has keys.
#[utoipa::path(tag = "partners", operation_id = "partnerRemoveSecret",
    params(("partner_id" = PartnerId, Path, description = "The partner 接入方")),
    responses((status = 200, body = PartnerView, headers(("ETag" = String)))))]
#[post("/partners/{partner_id}/remove-secret")]
async fn remove_secret(command: Command, id: PathId<PartnerId>) -> Reply {
    command
        .on::<Change>(id.0, async |work, partner, caller, _| {
            let removed = partner.clone().without_secret()?;
            let removed = save(work, &partner, removed, "partner.secret_removed.v1").await?;
            answer(&removed, caller)
        })
        .await
}

/// Say which public keys a partner has 设置接入方公钥
///
/// What it has signed with others is refused from this moment; the tokens that it got with
/// them lapse within ten minutes. To change a key without a pause, first send both.
#[utoipa::path(tag = "partners", operation_id = "partnerSetKeys",
    params(("partner_id" = PartnerId, Path, description = "The partner 接入方")),
    request_body = PartnerKeys,
    responses((status = 200, body = PartnerView, headers(("ETag" = String)))))]
#[put("/partners/{partner_id}/keys")]
async fn set_keys(command: Command<PartnerKeys>, id: PathId<PartnerId>) -> Reply {
    command
        .on::<SetKeys>(id.0, async |work, partner, caller, body| {
            keys::check_together(&body.keys)?;
            let set = partner.clone().with_keys(body.keys.clone())?;
            answer(&save(work, &partner, set, "partner.keys_set.v1").await?, caller)
        })
        .await
}

/// How partners get tokens 授权服务器元数据
///
/// What an OAuth client library reads to configure itself (RFC 8414).
#[utoipa::path(tag = "partners", operation_id = "authorizationServerView", security(()),
    responses((status = 200, body = AuthorizationServer)))]
#[get("/.well-known/oauth-authorization-server")]
async fn authorization_server(gate: Data<Gate>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, max-age=300"))
        .json(AuthorizationServer::at(gate.tokens().addresses()))
}

/// Get a token as a partner 接入方获取令牌
///
/// OAuth 2.0 client credentials (RFC 6749, 4.4), as any OAuth client library sends them, with
/// a secret or by what the partner signs (`private_key_jwt`, RFC 7523); refusals have the form
/// of the RFC.
#[utoipa::path(tag = "partners", operation_id = "tokenIssue", security(()),
    request_body(content = TokenForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = TokenAnswer),
        (status = 400, body = TokenError, description = "No token for this form 请求不符合要求"),
        (status = 401, body = TokenError, description = "Not shown to be this client 凭据无效")))]
#[post("/oauth2/token")]
async fn issue_token(gate: Data<Gate>, call: TokenCall, from: HttpRequest) -> Reply {
    match grant(&gate, &call, &from).await {
        Ok(granted) => Ok(granted),
        Err(NoToken::Refused(refusal)) => Ok(refusal.answer()),
        Err(NoToken::Failed(problem)) => Err(problem),
    }
}

fn require_sensible(body: &NewPartner, now: DateTime<Utc>) -> Result<(), Problem> {
    keys::check_together(&body.keys)?;
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
    secret: Option<&Secret>,
) -> Partner {
    Partner {
        partner_id: work.new_id(),
        organization_id,
        name: body.name.as_str().to_owned(),
        contact: body.contact.as_str().to_owned(),
        purpose: body.purpose.as_str().to_owned(),
        statutory_basis: body.statutory_basis.as_ref().map(|basis| basis.as_str().to_owned()),
        scopes: Scope::write_list(&body.scopes),
        requests_per_minute: body.requests_per_minute,
        status: PartnerStatus::Active,
        secret_digest: secret.map(|secret| secret.digest.clone()),
        secret_renewed_at: secret.map(|_| work.now),
        keys: body.keys.clone(),
        expires_at: body.expires_at,
        created_at: work.now,
        updated_at: work.now,
        version: 1,
    }
}

async fn save(
    work: &mut Work<'_>,
    before: &Partner,
    after: Partner,
    name: &'static str,
) -> Result<Partner, Problem> {
    let saved = store::save(work.tx, Partner { updated_at: work.now, ..after }).await?;
    work.record(fact(name, &saved).changing(&settings(before), &settings(&saved)));
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
        data: settings(partner),
    }
}

/// What an administrator decides about a partner; who answers for it stays out.
fn settings(partner: &Partner) -> Value {
    json!({
        "organizationId": partner.organization_id,
        "scopes": Scope::read_list(&partner.scopes),
        "statutoryBasis": partner.statutory_basis,
        "status": partner.status,
        "requestsPerMinute": partner.requests_per_minute,
        "expiresAt": partner.expires_at,
        "secretRenewedAt": partner.secret_renewed_at,
        "keyIds": partner.keys.iter().map(|key| key.kid.as_str()).collect::<Vec<_>>(),
    })
}
