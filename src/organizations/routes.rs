//! The operations on organizations.

use std::sync::Arc;

use actix_web::web::Data;
use actix_web::{get, post, put};
use serde_json::json;
use utoipa_actix_web::scope;
use utoipa_actix_web::service_config::ServiceConfig;

use super::contract::{
    BranchQuery, EffectiveRules, ImportResult, MoveOrganization, NearOrganization,
    NearOrganizations, NearQuery, NewOrganization, NewRule, OrganizationImport, OrganizationList,
    OrganizationPage, OrganizationQuery, OrganizationView, RulePage, RuleQuery, RuleView,
};
use super::directory::{Directory, Near, Version};
use super::domain::{Kind, MAXIMUM_DEPTH, Organization, Status};
use super::policy::{
    ChangeStatus, CreateBelow, CreateRoot, Move, PublicTree, Read, Replace, SetRule,
};
use super::rules::RuleValue;
use super::{import, store};
use crate::access::{BodyLimit, Caller, Command, Reader, Role, Work};
use crate::ids::OrganizationId;
use crate::platform::http::Reply;
use crate::platform::http::answer::Answer;
use crate::platform::http::page::{Cursor, cut};
use crate::platform::http::query::{PathId, Query};
use crate::platform::journal::Fact;
use crate::platform::reference;
use crate::platform::values::Position;
use crate::problem::{Code, FieldCode, Problem};

/// The largest body of an import, in bytes: a million characters, however they are written.
const MAXIMUM_IMPORT: usize = 6 * 1024 * 1024;

/// Mounts the operations of this noun.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(nearest)
        .service(
            scope("/organization-imports")
                .app_data(Data::new(BodyLimit(MAXIMUM_IMPORT)))
                .service(import_tree),
        )
        .service(create)
        .service(list)
        .service(view)
        .service(replace)
        .service(archive)
        .service(suspend)
        .service(resume)
        .service(move_branch)
        .service(children)
        .service(subtree)
        .service(ancestors)
        .service(set_rule)
        .service(list_rules)
        .service(effective_rules);
}

/// Create an organization 新建组织
#[utoipa::path(tag = "organizations", operation_id = "organizationCreate",
    request_body = NewOrganization, responses((status = 201, body = OrganizationView)))]
#[post("/organizations")]
async fn create(command: Command<NewOrganization>, directory: Data<Directory>) -> Reply {
    let body = command.body.clone();
    let depth = body.parent_id.map_or(0, |parent| directory.depth(parent));
    if body.parent_id.is_some() && depth == 0 {
        return Err(Problem::field("/parentId", FieldCode::NoSuchThing));
    }
    match body.parent_id {
        None => {
            command
                .about::<CreateRoot>(PublicTree, async |work, _, caller, body| {
                    create_node(work, caller, body, 0).await
                })
                .await
        }
        Some(parent) => {
            command
                .on::<CreateBelow>(parent, async |work, parent, caller, body| {
                    require_living(&parent)?;
                    create_node(work, caller, body, depth).await
                })
                .await
        }
    }
}

/// List organizations 组织列表
///
/// The earliest first, unless `order` says otherwise.
#[utoipa::path(tag = "organizations", operation_id = "organizationList",
    params(OrganizationQuery), responses((status = 200, body = OrganizationPage)))]
#[get("/organizations")]
async fn list(
    reader: Reader,
    query: Query<OrganizationQuery>,
    directory: Data<Directory>,
) -> Reply {
    reader
        .about::<Read>(PublicTree, async |_, caller, _| {
            let found = chosen(&directory, &query.0);
            let (nodes, next) = cut(found, query.0.limit, |node| Cursor {
                at: node.created_at,
                id: node.organization_id.0,
            });
            Answer::ok(&OrganizationPage { items: views(&nodes, caller), next })
        })
        .await
}

/// The nearest organizations 附近的组织
#[utoipa::path(tag = "organizations", operation_id = "organizationNearest",
    params(NearQuery), responses((status = 200, body = NearOrganizations)))]
#[get("/nearest-organizations")]
async fn nearest(reader: Reader, query: Query<NearQuery>, directory: Data<Directory>) -> Reply {
    let near = near_of(&query.0)?;
    reader
        .about::<Read>(PublicTree, async |_, caller, _| {
            let found = directory.nearest(near, query.0.limit as usize);
            let items = found
                .iter()
                .map(|(distance, node)| NearOrganization {
                    distance_meters: whole_meters(*distance),
                    organization: OrganizationView::of(node, caller.coordinates),
                })
                .collect();
            Answer::ok(&NearOrganizations { items })
        })
        .await
}

/// One organization 组织详情
#[utoipa::path(tag = "organizations", operation_id = "organizationView",
    params(("organization_id" = OrganizationId, Path, description = "The organization 组织")),
    responses((status = 200, body = OrganizationView, headers(("ETag" = String))), (status = 304)))]
#[get("/organizations/{organization_id}")]
async fn view(reader: Reader, id: PathId<OrganizationId>, directory: Data<Directory>) -> Reply {
    reader
        .about::<Read>(PublicTree, async |_, caller, _| {
            let node = existing(&directory, id.0)?;
            answer(&node, caller)
        })
        .await
}

/// Replace an organization's details 修改组织
#[utoipa::path(tag = "organizations", operation_id = "organizationReplace",
    params(("organization_id" = OrganizationId, Path, description = "The organization 组织")),
    request_body = NewOrganization,
    responses((status = 200, body = OrganizationView, headers(("ETag" = String)))))]
#[put("/organizations/{organization_id}")]
async fn replace(command: Command<NewOrganization>, id: PathId<OrganizationId>) -> Reply {
    command
        .on::<Replace>(id.0, async |work, node, caller, body| {
            if body.parent_id != node.parent_id {
                return Err(Problem::field("/parentId", FieldCode::NotHere));
            }
            if body.kind != node.kind {
                return Err(Problem::field("/kind", FieldCode::NotHere));
            }
            let replaced = Organization {
                status: node.status,
                created_at: node.created_at,
                place_synthetic: node.place_synthetic && body.place.is_none(),
                version: node.version,
                ..details(node.organization_id, work, body)
            };
            save(work, caller, replaced, "organization.replaced.v1").await
        })
        .await
}

/// Archive an organization 归档组织
#[utoipa::path(tag = "organizations", operation_id = "organizationArchive",
    params(("organization_id" = OrganizationId, Path, description = "The organization 组织")),
    responses((status = 200, body = OrganizationView, headers(("ETag" = String)))))]
#[post("/organizations/{organization_id}/archive")]
async fn archive(command: Command, id: PathId<OrganizationId>) -> Reply {
    command
        .on::<ChangeStatus>(id.0, async |work, node, caller, _| {
            if store::has_open_work(work.tx, node.organization_id).await? {
                return Err(Problem::of(Code::StillInUse));
            }
            let archived = node.with_status(Status::Archived)?;
            save(work, caller, archived, "organization.archived.v1").await
        })
        .await
}

/// Suspend an organization 暂停组织
#[utoipa::path(tag = "organizations", operation_id = "organizationSuspend",
    params(("organization_id" = OrganizationId, Path, description = "The organization 组织")),
    responses((status = 200, body = OrganizationView, headers(("ETag" = String)))))]
#[post("/organizations/{organization_id}/suspend")]
async fn suspend(command: Command, id: PathId<OrganizationId>) -> Reply {
    command
        .on::<ChangeStatus>(id.0, async |work, node, caller, _| {
            let suspended = node.with_status(Status::Suspended)?;
            save(work, caller, suspended, "organization.suspended.v1").await
        })
        .await
}

/// Resume an organization 恢复组织
#[utoipa::path(tag = "organizations", operation_id = "organizationResume",
    params(("organization_id" = OrganizationId, Path, description = "The organization 组织")),
    responses((status = 200, body = OrganizationView, headers(("ETag" = String)))))]
#[post("/organizations/{organization_id}/resume")]
async fn resume(command: Command, id: PathId<OrganizationId>) -> Reply {
    command
        .on::<ChangeStatus>(id.0, async |work, node, caller, _| {
            let resumed = node.with_status(Status::Active)?;
            save(work, caller, resumed, "organization.resumed.v1").await
        })
        .await
}

/// Hang a branch elsewhere 迁移组织
///
/// Demands keep the area in which they were placed.
#[utoipa::path(tag = "organizations", operation_id = "organizationMove",
    params(("organization_id" = OrganizationId, Path, description = "The organization 组织")),
    request_body = MoveOrganization,
    responses((status = 200, body = OrganizationView, headers(("ETag" = String)))))]
#[post("/organizations/{organization_id}/move")]
async fn move_branch(
    command: Command<MoveOrganization>,
    id: PathId<OrganizationId>,
    directory: Data<Directory>,
) -> Reply {
    command
        .on::<Move>(id.0, async |work, node, caller, body| {
            // Changes of the tree wait for one another here. The copy in memory may be older
            // than the one before, so what lies above the new parent is read anew.
            let changed = reference::next_version(work.tx).await?;
            let above = store::lineage(work.tx, body.parent_id).await?;
            let parent = above.iter().find(|(id, _)| *id == body.parent_id);
            if parent.is_none_or(|(_, status)| *status == Status::Archived) {
                return Err(Problem::field("/parentId", FieldCode::NoSuchThing));
            }
            if !caller.actor.may(Role::Administrator, body.parent_id) {
                return Err(Problem::of(Code::Forbidden));
            }
            require_room(&directory, node.organization_id, &above)?;
            let moved = Organization { parent_id: Some(body.parent_id), ..node };
            save_as(work, caller, moved, "organization.moved.v1", changed).await
        })
        .await
}

/// What hangs directly on an organization 直接下级
#[utoipa::path(tag = "organizations", operation_id = "organizationChildren",
    params(("organization_id" = OrganizationId, Path, description = "The organization 组织"), BranchQuery),
    responses((status = 200, body = OrganizationList)))]
#[get("/organizations/{organization_id}/children")]
async fn children(
    reader: Reader,
    id: PathId<OrganizationId>,
    query: Query<BranchQuery>,
    directory: Data<Directory>,
) -> Reply {
    whole_list(reader, &directory, id.0, &query.0, Directory::children).await
}

/// An organization and everything below it, in one call 整棵子树
#[utoipa::path(tag = "organizations", operation_id = "organizationSubtree",
    params(("organization_id" = OrganizationId, Path, description = "The organization 组织"), BranchQuery),
    responses((status = 200, body = OrganizationList)))]
#[get("/organizations/{organization_id}/subtree")]
async fn subtree(
    reader: Reader,
    id: PathId<OrganizationId>,
    query: Query<BranchQuery>,
    directory: Data<Directory>,
) -> Reply {
    whole_list(reader, &directory, id.0, &query.0, Directory::subtree).await
}

/// Everything above an organization, nearest first 各级上级
#[utoipa::path(tag = "organizations", operation_id = "organizationAncestors",
    params(("organization_id" = OrganizationId, Path, description = "The organization 组织")),
    responses((status = 200, body = OrganizationList)))]
#[get("/organizations/{organization_id}/ancestors")]
async fn ancestors(
    reader: Reader,
    id: PathId<OrganizationId>,
    directory: Data<Directory>,
) -> Reply {
    whole_list(reader, &directory, id.0, &BranchQuery::default(), |directory, id| {
        directory.ancestry(id).into_iter().skip(1).collect()
    })
    .await
}

/// Import a tree from CSV 批量导入组织
///
/// Every row that can be taken is taken; each row says what became of it.
#[utoipa::path(tag = "organizations", operation_id = "organizationImport",
    request_body = OrganizationImport, responses((status = 200, body = ImportResult)))]
#[post("")]
async fn import_tree(command: Command<OrganizationImport>, directory: Data<Directory>) -> Reply {
    let parent = command.body.parent_id;
    if directory.get(parent).is_none() {
        return Err(Problem::field("/parentId", FieldCode::NoSuchThing));
    }
    command
        .on::<CreateBelow>(parent, async |work, parent, _, body| {
            require_living(&parent)?;
            let root = (parent.organization_id, directory.depth(parent.organization_id));
            let known = directory
                .all()
                .iter()
                .filter_map(|node| {
                    let depth = directory.depth(node.organization_id);
                    Some((node.division_code.clone()?, (node.organization_id, depth)))
                })
                .collect();
            let (nodes, mut result) =
                import::read(&body.csv, root, known, work.now, || work.clock.new_id());
            if body.dry_run {
                result.rows.iter_mut().for_each(|row| row.organization_id = None);
            } else if !nodes.is_empty() {
                let changed = reference::next_version(work.tx).await?;
                store::insert_many(work.tx, &nodes, changed).await?;
                work.record(Fact {
                    name: "organization.imported.v1",
                    demand_id: None,
                    subject_id: parent.organization_id.0,
                    reason: None,
                    data: json!({ "created": result.created, "refused": result.refused }),
                });
            }
            Answer::ok(&result)
        })
        .await
}

/// Set a rule on an organization 设置规则
#[utoipa::path(tag = "rules", operation_id = "ruleSet",
    params(("organization_id" = OrganizationId, Path, description = "The organization 组织")),
    request_body = NewRule, responses((status = 201, body = RuleView)))]
#[post("/organizations/{organization_id}/rules")]
async fn set_rule(command: Command<NewRule>, id: PathId<OrganizationId>) -> Reply {
    command
        .on::<SetRule>(id.0, async |work, node, caller, body| {
            let effective_from = body.effective_from.unwrap_or(work.now);
            if effective_from < work.now {
                return Err(Problem::field("/effectiveFrom", FieldCode::InThePast));
            }
            if matches!(body.value, RuleValue::Calendar(_)) && node.parent_id.is_some() {
                let problem = Problem::of(Code::InvalidRequest);
                return Err(problem.and_field("/value/name", FieldCode::NotHere, "parentId"));
            }
            let version = Version {
                rule_id: work.new_id(),
                organization_id: node.organization_id,
                value: body.value.clone(),
                effective_from,
            };
            let changed = reference::next_version(work.tx).await?;
            let author = Some(caller.actor.account_id);
            let rows = std::slice::from_ref(&version);
            store::insert_rules(work.tx, rows, work.now, author, changed).await?;
            work.record(Fact {
                name: "rule.set.v1",
                demand_id: None,
                subject_id: node.organization_id.0,
                reason: None,
                data: json!({ "ruleId": version.rule_id, "value": version.value }),
            });
            let location = format!("/api/v1/organizations/{}/rules", node.organization_id);
            Answer::created(&RuleView::from(version), location)
        })
        .await
}

/// The versions of an organization's own rules, latest first 规则版本列表
#[utoipa::path(tag = "rules", operation_id = "ruleList",
    params(("organization_id" = OrganizationId, Path, description = "The organization 组织"), RuleQuery),
    responses((status = 200, body = RulePage)))]
#[get("/organizations/{organization_id}/rules")]
async fn list_rules(
    reader: Reader,
    id: PathId<OrganizationId>,
    query: Query<RuleQuery>,
    directory: Data<Directory>,
) -> Reply {
    let query = query.0;
    reader
        .about::<Read>(PublicTree, async |tx, _, _| {
            existing(&directory, id.0)?;
            let name = query.name.map(|rule| rule.0);
            let rows = store::list_rules(tx, id.0, name, &query.part()).await?;
            let (rows, next) = cut(rows, query.limit, |version| Cursor {
                at: version.effective_from,
                id: version.rule_id.0,
            });
            Answer::ok(&RulePage { items: rows.into_iter().map(RuleView::from).collect(), next })
        })
        .await
}

/// The rules that hold for an organization now 当前生效的规则
#[utoipa::path(tag = "rules", operation_id = "ruleEffective",
    params(("organization_id" = OrganizationId, Path, description = "The organization 组织")),
    responses((status = 200, body = EffectiveRules)))]
#[get("/organizations/{organization_id}/rules/effective")]
async fn effective_rules(
    reader: Reader,
    id: PathId<OrganizationId>,
    directory: Data<Directory>,
) -> Reply {
    reader
        .about::<Read>(PublicTree, async |_, caller, _| {
            existing(&directory, id.0)?;
            let items = RuleValue::NAMES.iter().filter_map(|name| {
                let set = directory.version(id.0, name, caller.now).map(RuleView::from);
                set.or_else(|| RuleValue::usual(name).map(unset_rule))
            });
            Answer::ok(&EffectiveRules { items: items.collect() })
        })
        .await
}

const fn unset_rule(value: RuleValue) -> RuleView {
    RuleView { rule_id: None, organization_id: None, effective_from: None, value }
}

async fn whole_list(
    reader: Reader,
    directory: &Directory,
    id: OrganizationId,
    query: &BranchQuery,
    find: impl Fn(&Directory, OrganizationId) -> Vec<Arc<Organization>>,
) -> Reply {
    reader
        .about::<Read>(PublicTree, async |_, caller, _| {
            existing(directory, id)?;
            let nodes: Vec<_> =
                find(directory, id).into_iter().filter(|node| query.fits(node)).collect();
            Answer::ok(&OrganizationList { items: views(&nodes, caller) })
        })
        .await
}

fn existing(directory: &Directory, id: OrganizationId) -> Result<Arc<Organization>, Problem> {
    directory.get(id).ok_or_else(|| Problem::of(Code::NotFound))
}

fn views(nodes: &[Arc<Organization>], caller: &Caller) -> Vec<OrganizationView> {
    nodes.iter().map(|node| OrganizationView::of(node, caller.coordinates)).collect()
}

fn answer(node: &Organization, caller: &Caller) -> Result<Answer, Problem> {
    Ok(Answer::ok(&OrganizationView::of(node, caller.coordinates))?.version(node.version))
}

fn chosen(directory: &Directory, query: &OrganizationQuery) -> Vec<Arc<Organization>> {
    let nodes = match query.within {
        Some(within) => directory.subtree(within),
        None => directory.all(),
    };
    let branch = BranchQuery { kind: query.kind, status: query.status };
    let part = query.part();
    let fits = |node: &Arc<Organization>| {
        part.holds((node.created_at, node.organization_id.0))
            && branch.fits(node)
            && query.name.as_ref().is_none_or(|name| node.name.contains(name.as_str()))
            && query.division_code.as_ref().is_none_or(|code| {
                node.division_code.as_ref().is_some_and(|own| own.starts_with(code.as_str()))
            })
    };
    let mut found: Vec<_> = nodes.into_iter().filter(fits).collect();
    found.sort_by_key(|node| (node.created_at, node.organization_id));
    if part.latest_first {
        found.reverse();
    }
    found
}

fn near_of(query: &NearQuery) -> Result<Near, Problem> {
    let place = serde_json::from_value::<Position>(json!({
        "latitude": query.latitude,
        "longitude": query.longitude,
        "coordinateSystem": query.coordinate_system,
    }))
    .map_err(|error| {
        crate::platform::http::json::field_refusal("query:latitude", &error.to_string())
    })?;
    Ok(Near {
        point: place.point(),
        radius_meters: f64::from(query.radius_meters),
        kind: query.kind,
        skill: query.skill,
        within: query.within,
    })
}

#[expect(clippy::cast_possible_truncation, reason = "a distance on earth fits many times")]
fn whole_meters(distance: f64) -> i64 {
    distance.round() as i64
}

/// Nothing new hangs on what has ended.
fn require_living(parent: &Organization) -> Result<(), Problem> {
    if parent.status == Status::Archived {
        return Err(Problem::field("/parentId", FieldCode::NoSuchThing));
    }
    Ok(())
}

fn require_room(
    directory: &Directory,
    branch: OrganizationId,
    above: &[(OrganizationId, Status)],
) -> Result<(), Problem> {
    let below = directory.subtree(branch);
    let own_depth = directory.depth(branch);
    let deepest = below
        .iter()
        .filter(|node| node.kind.holds_demands())
        .map(|node| (directory.depth(node.organization_id) + 1).saturating_sub(own_depth))
        .max()
        .unwrap_or(0);
    let loops = above.iter().any(|(id, _)| *id == branch);
    if loops || above.len() + deepest > MAXIMUM_DEPTH {
        return Err(Problem::of(Code::TreeWouldBreak).about(MAXIMUM_DEPTH));
    }
    Ok(())
}

async fn create_node(
    work: &mut Work<'_>,
    caller: &Caller,
    body: &NewOrganization,
    depth: usize,
) -> Result<Answer, Problem> {
    if body.kind.holds_demands() && depth >= MAXIMUM_DEPTH {
        return Err(Problem::of(Code::TreeWouldBreak).about(MAXIMUM_DEPTH));
    }
    if body.parent_id.is_none() && body.kind != Kind::Center {
        return Err(Problem::of(Code::InvalidRequest).and_field(
            "/parentId",
            FieldCode::NeededHere,
            "kind ≠ center",
        ));
    }
    let node = details(work.new_id(), work, body);
    let changed = reference::next_version(work.tx).await?;
    store::insert_many(work.tx, std::slice::from_ref(&node), changed).await?;
    work.record(fact("organization.created.v1", &node));
    let location = format!("/api/v1/organizations/{}", node.organization_id);
    let shown = OrganizationView::of(&node, caller.coordinates);
    Ok(Answer::created(&shown, location)?.version(node.version))
}

fn details(id: OrganizationId, work: &Work<'_>, body: &NewOrganization) -> Organization {
    Organization {
        organization_id: id,
        parent_id: body.parent_id,
        kind: body.kind,
        name: body.name.as_str().to_owned(),
        status: Status::Active,
        division_code: body.division_code.clone(),
        address: body.address.as_ref().map(|address| address.as_str().to_owned()),
        phone: body.phone.as_ref().map(|phone| phone.as_str().to_owned()),
        place: body.place.map(|place| place.point()),
        place_synthetic: false,
        radius_meters: body.radius_meters,
        skills: body.skills,
        slots: body.slots,
        accepts_dispatch: body.accepts_dispatch && body.kind.responds(),
        open_hours: body.open_hours.clone(),
        created_at: work.now,
        updated_at: work.now,
        version: 1,
    }
}

async fn save(
    work: &mut Work<'_>,
    caller: &Caller,
    node: Organization,
    name: &'static str,
) -> Result<Answer, Problem> {
    let changed = reference::next_version(work.tx).await?;
    save_as(work, caller, node, name, changed).await
}

/// Stores the organization as part of this change of the reference data.
async fn save_as(
    work: &mut Work<'_>,
    caller: &Caller,
    node: Organization,
    name: &'static str,
    changed: i64,
) -> Result<Answer, Problem> {
    let node = Organization { updated_at: work.now, ..node };
    store::save(work.tx, &node, changed).await?;
    work.record(fact(name, &node));
    answer(&Organization { version: node.version + 1, ..node }, caller)
}

fn fact(name: &'static str, node: &Organization) -> Fact {
    Fact {
        name,
        demand_id: None,
        subject_id: node.organization_id.0,
        reason: None,
        data: json!({ "parentId": node.parent_id, "kind": node.kind, "name": node.name, "status": node.status }),
    }
}
