//! Giving roles, letting others stand in, and taking roles away.

use actix_web::{delete, get, post};
use chrono::Duration;
use utoipa_actix_web::service_config::ServiceConfig;

use super::contract::{
    Delegation, GrantPage, GrantQuery, GrantView, NewGrant, UnusedGrant, UnusedGrants,
    UnusedGrantsQuery,
};
use super::domain::{Grant, is_colleague, require_period};
use super::policy::{Delegate, Give, List, Revoke, RightsAt, ViewUnused};
use super::store::{self, GrantRow, UnusedRow};
use crate::access::domain::Role;
use crate::access::gate::{Command, Reader, Work};
use crate::ids::{AccountId, GrantId, OrganizationId};
use crate::platform::http::Reply;
use crate::platform::http::answer::Answer;
use crate::platform::http::page::{Cursor, MAXIMUM_PAGE, cut};
use crate::platform::http::query::{PathId, Query};
use crate::platform::journal::Fact;
use crate::problem::{Code, FieldCode, Problem};

/// Mounts the operations on roles.
pub fn configure(config: &mut ServiceConfig) {
    config.service(give).service(list).service(view_unused).service(delegate).service(revoke);
}

/// Give a role at a node 授予角色
///
/// By its administrators and security administrators; where the installation keeps duties
/// apart, by these alone. Who looks after security holds no other role.
#[utoipa::path(tag = "access", operation_id = "grantCreate",
    params(("organization_id" = OrganizationId, Path, description = "The node 组织")),
    request_body = NewGrant, responses((status = 201, body = GrantView)))]
#[post("/organizations/{organization_id}/grants")]
async fn give(command: Command<NewGrant>, node: PathId<OrganizationId>) -> Reply {
    let subject = RightsAt { organization: node.0, role: command.body.role };
    command
        .about::<Give>(subject, async |work, at, _, body| {
            require_free(work, body.account_id, at.role).await?;
            let (valid_from, valid_until) = (body.valid_from.unwrap_or(work.now), body.valid_until);
            require_period(valid_from, valid_until, work.now)?;
            let granted = at.grant_to(work, body.account_id);
            let grant = Grant { valid_from, valid_until, ..granted };
            store::insert(work.tx, &grant).await?;
            work.record(grant.fact("grant.given.v1"));
            created(work, &grant).await
        })
        .await
}

/// Who holds roles at a node 角色列表
///
/// The one that holds longest first, unless `order` says otherwise.
#[utoipa::path(tag = "access", operation_id = "grantList",
    params(("organization_id" = OrganizationId, Path, description = "The node 组织"), GrantQuery),
    responses((status = 200, body = GrantPage)))]
#[get("/organizations/{organization_id}/grants")]
async fn list(reader: Reader, node: PathId<OrganizationId>, query: Query<GrantQuery>) -> Reply {
    let query = query.0;
    let subject = RightsAt { organization: node.0, role: Role::Viewer };
    reader
        .about::<List>(subject, async |tx, _, at| {
            let part = query.part();
            let rows = store::list(tx, at.organization, query.role, &part).await?;
            let (rows, next) = cut(rows, query.limit, |row: &GrantRow| Cursor {
                at: row.grant.valid_from,
                id: row.grant.grant_id.0,
            });
            Answer::ok(&GrantPage { items: rows.into_iter().map(view).collect(), next })
        })
        .await
}

/// Roles that nobody uses 长期未使用的授权
///
/// At this node and below, for those who give them: roles whose holders have neither signed in
/// nor done anything for so many days, so that they can be taken away.
#[utoipa::path(tag = "access", operation_id = "grantViewUnused",
    params(("organization_id" = OrganizationId, Path, description = "The node 组织"), UnusedGrantsQuery),
    responses((status = 200, body = UnusedGrants)))]
#[get("/organizations/{organization_id}/unused-grants")]
async fn view_unused(
    reader: Reader,
    node: PathId<OrganizationId>,
    query: Query<UnusedGrantsQuery>,
) -> Reply {
    let subject = RightsAt { organization: node.0, role: Role::SecurityAdministrator };
    reader
        .about::<ViewUnused>(subject, async |tx, caller, at| {
            let since = caller.now - Duration::days(query.0.days.into());
            let rows = store::unused(tx, at.organization, since, caller.now, MAXIMUM_PAGE).await?;
            let unused = |UnusedRow { grant, last_used_at }: UnusedRow| UnusedGrant {
                grant: view(grant),
                last_used_at,
            };
            Answer::ok(&UnusedGrants { items: rows.into_iter().map(unused).collect() })
        })
        .await
}

/// Let a colleague stand in 委托代理
///
/// For leave: the holder of a role, or whoever gives roles there, lets somebody who holds a role
/// there, above or below have it as well, for 90 days at most. Times that follow each other in
/// less than a day are one (`too_long_together`): what lasts longer is a role of his own. Whatever
/// he does by it is his act, and the audit says for whom. It ends with the role that it comes
/// from, and is taken back like any other; it cannot be handed on.
#[utoipa::path(tag = "access", operation_id = "grantDelegate",
    params(("grant_id" = GrantId, Path, description = "The grant 授权")),
    request_body = Delegation, responses((status = 201, body = GrantView)))]
#[post("/grants/{grant_id}/delegate")]
async fn delegate(command: Command<Delegation>, grant: PathId<GrantId>) -> Reply {
    command
        .on::<Delegate>(grant.0, async |work, source, caller, body| {
            let source = source.grant;
            let delegated = source.delegated(work.new_id(), body, work.now)?;
            let workplaces = store::workplaces(work.tx, body.account_id, work.now).await?;
            let near = is_colleague(&workplaces, source.organization_id, |node| {
                caller.actor.lineage(node)
            });
            if !near {
                return Err(Problem::field("/accountId", FieldCode::NoSuchThing));
            }
            require_free(work, body.account_id, source.role).await?;
            store::meet(work.tx, source.grant_id).await?;
            delegated.require_break(&store::periods_near(work.tx, &delegated).await?)?;
            store::insert(work.tx, &delegated).await?;
            let reason = Some(body.reason.as_str().to_owned());
            work.record(Fact { reason, ..delegated.fact("grant.delegated.v1") });
            created(work, &delegated).await
        })
        .await
}

/// Take a role away 收回角色
///
/// Whoever stands in by it loses it as well. Who let somebody stand in takes that back himself.
#[utoipa::path(tag = "access", operation_id = "grantRevoke",
    params(("grant_id" = GrantId, Path, description = "The grant 授权")),
    responses((status = 204)))]
#[delete("/grants/{grant_id}")]
async fn revoke(command: Command, grant: PathId<GrantId>) -> Reply {
    command
        .on::<Revoke>(grant.0, async |work, row, _, _| {
            for gone in store::revoke(work.tx, row.grant.grant_id, work.now).await? {
                work.record(gone.fact("grant.revoked.v1"));
            }
            Ok(Answer::no_content())
        })
        .await
}

/// The answer to whoever has given a role.
async fn created(work: &mut Work<'_>, grant: &Grant) -> Result<Answer, Problem> {
    let row = store::find(work.tx, grant.grant_id).await?;
    let row = row.ok_or_else(|| Problem::of(Code::Internal))?;
    Answer::created(&view(row), format!("/api/v1/grants/{}", grant.grant_id))
}

/// Whoever is given a role has an account and none that does not go together with it.
async fn require_free(work: &mut Work<'_>, id: AccountId, role: Role) -> Result<(), Problem> {
    match store::has_other_duty(work.tx, id, role, work.now).await? {
        None => Err(Problem::field("/accountId", FieldCode::NoSuchThing)),
        Some(true) => Err(Problem::field("/accountId", FieldCode::OtherDuty)),
        Some(false) => Ok(()),
    }
}

impl RightsAt {
    /// These rights for somebody, from now on.
    pub fn grant_to(self, work: &Work<'_>, account_id: AccountId) -> Grant {
        let everywhere = Grant::platform(work.clock, account_id, self.role);
        Grant { organization_id: Some(self.organization), valid_from: work.now, ..everywhere }
    }
}

fn view(GrantRow { grant, name, .. }: GrantRow) -> GrantView {
    GrantView {
        grant_id: grant.grant_id,
        account_id: grant.account_id,
        name,
        organization_id: grant.organization_id,
        role: grant.role,
        valid_from: grant.valid_from,
        valid_until: grant.valid_until,
        delegated_from: grant.delegated_from,
        delegated_by: grant.delegated_by,
    }
}
