//! The operations on organizations: changing the tree, reading it, and its rules.

mod reading;
mod rules;

use std::sync::Arc;

use actix_web::web::Data;
use actix_web::{post, put};
use serde_json::{Value, json};
use utoipa_actix_web::scope;
use utoipa_actix_web::service_config::ServiceConfig;

use super::contract::{
    ImportResult, MoveOrganization, NewOrganization, OrganizationImport, OrganizationView,
};
use super::directory::Directory;
use super::domain::{Kind, MAXIMUM_DEPTH, Organization, Status};
use super::policy::{ChangeStatus, CreateBelow, CreateRoot, Move, PublicTree, Replace};
use super::{import, store};
use crate::access::{BodyLimit, Caller, Command, Role, Work};
use crate::ids::OrganizationId;
use crate::platform::geography::CoordinateSystem;
use crate::platform::http::Reply;
use crate::platform::http::answer::Answer;
use crate::platform::http::query::PathId;
use crate::platform::journal::Fact;
use crate::platform::reference;
use crate::problem::{Code, FieldCode, Problem};

/// The largest body of an import, in bytes: a million characters, however they are written.
const MAXIMUM_IMPORT: usize = 6 * 1024 * 1024;

/// Mounts the operations of this noun.
pub fn configure(config: &mut ServiceConfig) {
    reading::configure(config);
    config
        .service(
            scope("/organization-imports")
                .app_data(Data::new(BodyLimit(MAXIMUM_IMPORT)))
                .service(import_tree),
        )
        .service(create)
        .service(replace)
        .service(archive)
        .service(suspend)
        .service(resume)
        .service(move_branch);
    rules::configure(config);
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
            save(work, caller, &node, replaced, "organization.replaced.v1").await
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
            let archived = node.clone().with_status(Status::Archived)?;
            save(work, caller, &node, archived, "organization.archived.v1").await
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
            let suspended = node.clone().with_status(Status::Suspended)?;
            save(work, caller, &node, suspended, "organization.suspended.v1").await
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
            let resumed = node.clone().with_status(Status::Active)?;
            save(work, caller, &node, resumed, "organization.resumed.v1").await
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
            let node_id = node.organization_id;
            // Nobody frees staff of a second factor who could not do so by the rule.
            let demands = |at| caller.actor.tree().demands_second_factor(Some(at), work.now);
            let frees = demands(node_id) && !demands(body.parent_id);
            if frees && !caller.actor.may(Role::SecurityAdministrator, node_id) {
                return Err(Problem::of(Code::Forbidden));
            }
            require_room(&directory, node_id, &above)?;
            let moved = Organization { parent_id: Some(body.parent_id), ..node.clone() };
            save_as(work, caller, [&node, &moved], "organization.moved.v1", changed).await
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

fn existing(directory: &Directory, id: OrganizationId) -> Result<Arc<Organization>, Problem> {
    directory.get(id).ok_or_else(|| Problem::of(Code::NotFound))
}

fn answer(node: &Organization, caller: &Caller) -> Result<Answer, Problem> {
    Ok(Answer::ok(&OrganizationView::of(node, caller.coordinates))?.version(node.version))
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
    before: &Organization,
    after: Organization,
    name: &'static str,
) -> Result<Answer, Problem> {
    let changed = reference::next_version(work.tx).await?;
    save_as(work, caller, [before, &after], name, changed).await
}

/// Stores the organization as part of this change of the reference data.
async fn save_as(
    work: &mut Work<'_>,
    caller: &Caller,
    [before, after]: [&Organization; 2],
    name: &'static str,
    changed: i64,
) -> Result<Answer, Problem> {
    let node = Organization { updated_at: work.now, ..after.clone() };
    store::save(work.tx, &node, changed).await?;
    work.record(fact(name, &node).changing(&settings(before), &settings(&node)));
    answer(&Organization { version: node.version + 1, ..node }, caller)
}

/// What an organization is set to, for the audit; a telephone may be that of a person.
fn settings(node: &Organization) -> Value {
    let mut settings = json!(OrganizationView::of(node, CoordinateSystem::Wgs84));
    for apart in ["phone", "updatedAt"] {
        settings.as_object_mut().and_then(|members| members.remove(apart));
    }
    settings
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
