//! Reading the tree: out of memory, for everybody; for a partner, its own branch.

use std::sync::Arc;

use actix_web::get;
use actix_web::web::Data;
use serde_json::json;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{answer, existing};
use crate::access::{Caller, Reader};
use crate::ids::OrganizationId;
use crate::organizations::contract::{
    BranchQuery, NearOrganization, NearOrganizations, NearQuery, OrganizationList,
    OrganizationPage, OrganizationQuery, OrganizationView,
};
use crate::organizations::directory::{Directory, Near};
use crate::organizations::domain::Organization;
use crate::organizations::policy::{Branch, Read};
use crate::platform::geography::whole_meters;
use crate::platform::http::Reply;
use crate::platform::http::answer::Answer;
use crate::platform::http::json::field_refusal;
use crate::platform::http::page::{Cursor, cut};
use crate::platform::http::query::{PathId, Query};
use crate::platform::values::Position;
use crate::problem::Problem;

/// Mounts the operations of this part.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(nearest)
        .service(list)
        .service(view)
        .service(children)
        .service(subtree)
        .service(ancestors);
}

/// List organizations 组织列表
///
/// The earliest first, unless `order` says otherwise.
#[utoipa::path(tag = "organizations", operation_id = "organizationList",
    security(("bearer" = []), ("partner" = ["organizations.read"])),
    params(OrganizationQuery), responses((status = 200, body = OrganizationPage)))]
#[get("/organizations")]
async fn list(
    reader: Reader,
    query: Query<OrganizationQuery>,
    directory: Data<Directory>,
) -> Reply {
    let within = query.0.within.or(reader.caller.actor.bounded_to());
    reader
        .about::<Read>(Branch(within), async |_, caller, branch| {
            let found = chosen(&directory, branch.0, &query.0);
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
    security(("bearer" = []), ("partner" = ["organizations.read"])),
    params(NearQuery), responses((status = 200, body = NearOrganizations)))]
#[get("/nearest-organizations")]
async fn nearest(reader: Reader, query: Query<NearQuery>, directory: Data<Directory>) -> Reply {
    let within = query.0.within.or(reader.caller.actor.bounded_to());
    let near = Near { within, ..near_of(&query.0)? };
    reader
        .about::<Read>(Branch(within), async |_, caller, _| {
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
    security(("bearer" = []), ("partner" = ["organizations.read"])),
    params(("organization_id" = OrganizationId, Path, description = "The organization 组织")),
    responses((status = 200, body = OrganizationView)))]
#[get("/organizations/{organization_id}")]
async fn view(reader: Reader, id: PathId<OrganizationId>, directory: Data<Directory>) -> Reply {
    reader
        .about::<Read>(Branch(Some(id.0)), async |_, caller, _| {
            let node = existing(&directory, id.0)?;
            answer(&node, caller)
        })
        .await
}

/// What hangs directly on an organization 直接下级
#[utoipa::path(tag = "organizations", operation_id = "organizationChildren",
    security(("bearer" = []), ("partner" = ["organizations.read"])),
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
    security(("bearer" = []), ("partner" = ["organizations.read"])),
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
    security(("bearer" = []), ("partner" = ["organizations.read"])),
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

async fn whole_list(
    reader: Reader,
    directory: &Directory,
    id: OrganizationId,
    query: &BranchQuery,
    find: impl Fn(&Directory, OrganizationId) -> Vec<Arc<Organization>>,
) -> Reply {
    reader
        .about::<Read>(Branch(Some(id)), async |_, caller, _| {
            existing(directory, id)?;
            let reached = |node: &Arc<Organization>| caller.actor.reaches(node.organization_id);
            let fits = |node: &Arc<Organization>| query.fits(node) && reached(node);
            let nodes: Vec<_> = find(directory, id).into_iter().filter(fits).collect();
            Answer::ok(&OrganizationList { items: views(&nodes, caller) })
        })
        .await
}

fn views(nodes: &[Arc<Organization>], caller: &Caller) -> Vec<OrganizationView> {
    nodes.iter().map(|node| OrganizationView::of(node, caller.coordinates)).collect()
}

fn chosen(
    directory: &Directory,
    within: Option<OrganizationId>,
    query: &OrganizationQuery,
) -> Vec<Arc<Organization>> {
    let nodes = match within {
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
    .map_err(|error| field_refusal("query:latitude", &error.to_string()))?;
    Ok(Near {
        point: place.point(),
        radius_meters: f64::from(query.radius_meters),
        kind: query.kind,
        skill: query.skill,
        within: query.within,
    })
}
