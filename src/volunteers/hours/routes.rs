//! The operations on hours.

use std::sync::Arc;

use actix_web::get;
use actix_web::web::Data;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::super::policy::{Node, Read};
use super::contract::{ServiceRecordPage, ServiceRecordQuery, ServiceRecordView, TotalsView};
use super::domain::Tally;
use super::policy::{ReadRecords, ReadTotals};
use super::store::{self, Scope};
use crate::access::Reader;
use crate::ids::{OrganizationId, VolunteerId};
use crate::organizations::{Directory, Kind, Organization};
use crate::platform::db::Tx;
use crate::platform::http::Reply;
use crate::platform::http::answer::Answer;
use crate::platform::http::page::{Cursor, cut};
use crate::platform::http::query::{PathId, Query};
use crate::problem::{Code, Problem};

/// How many owners one statement is asked for.
const OWNERS_AT_ONCE: usize = 500;

/// Mounts the operations of this part.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(of_volunteer)
        .service(list_records)
        .service(of_organization)
        .service(list_records_of_organization);
}

/// What a volunteer has done so far 志愿者累计时长
#[utoipa::path(tag = "hours", operation_id = "volunteerTotals",
    params(("volunteer_id" = VolunteerId, Path, description = "The volunteer 志愿者")),
    responses((status = 200, body = TotalsView)))]
#[get("/volunteers/{volunteer_id}/totals")]
async fn of_volunteer(reader: Reader, id: PathId<VolunteerId>) -> Reply {
    reader
        .on::<Read>(id.0, async |tx, _, registered| {
            let sum = summed(tx, &[registered.volunteer.volunteer_id.0]).await?;
            Answer::ok(&TotalsView::from(&sum))
        })
        .await
}

/// The service records of a volunteer 志愿者服务记录
///
/// The latest first, unless `order` says otherwise.
#[utoipa::path(tag = "hours", operation_id = "serviceRecordListOfVolunteer",
    params(("volunteer_id" = VolunteerId, Path, description = "The volunteer 志愿者"), ServiceRecordQuery),
    responses((status = 200, body = ServiceRecordPage)))]
#[get("/volunteers/{volunteer_id}/service-records")]
async fn list_records(
    reader: Reader,
    id: PathId<VolunteerId>,
    query: Query<ServiceRecordQuery>,
) -> Reply {
    let query = query.0;
    reader
        .on::<Read>(id.0, async |tx, caller, registered| {
            let volunteer = registered.volunteer.volunteer_id;
            let rows = store::list(tx, Scope::Volunteer(volunteer), &query.part(), caller).await?;
            page_of(rows, query.limit)
        })
        .await
}

/// The service records of a team or station 队伍或站点的服务记录
///
/// What the volunteers of a team did, or what was done for the orders that lie with a
/// station itself. The latest first, unless `order` says otherwise.
#[utoipa::path(tag = "hours", operation_id = "serviceRecordListOfOrganization",
    params(("organization_id" = OrganizationId, Path, description = "The team or station 队伍或站点"), ServiceRecordQuery),
    responses((status = 200, body = ServiceRecordPage)))]
#[get("/organizations/{organization_id}/service-records")]
async fn list_records_of_organization(
    reader: Reader,
    id: PathId<OrganizationId>,
    query: Query<ServiceRecordQuery>,
    directory: Data<Directory>,
) -> Reply {
    let node = directory.get(id.0).ok_or_else(|| Problem::of(Code::NotFound))?;
    let query = query.0;
    reader
        .about::<ReadRecords>(Node(node), async |tx, caller, node| {
            let (id, is_team) = (node.0.organization_id, node.0.kind == Kind::Team);
            let scope = if is_team { Scope::Team(id) } else { Scope::At(id) };
            let rows = store::list(tx, scope, &query.part(), caller).await?;
            page_of(rows, query.limit)
        })
        .await
}

fn page_of(rows: Vec<ServiceRecordView>, limit: u32) -> Result<Answer, Problem> {
    let (items, next) = cut(rows, limit, |record: &ServiceRecordView| Cursor {
        at: record.started_at,
        id: record.record_id.0,
    });
    Answer::ok(&ServiceRecordPage { items, next })
}

/// What a team, or everything below a node, has done so far 组织累计时长
#[utoipa::path(tag = "hours", operation_id = "organizationTotals",
    params(("organization_id" = OrganizationId, Path, description = "The organization 组织")),
    responses((status = 200, body = TotalsView)))]
#[get("/organizations/{organization_id}/totals")]
async fn of_organization(
    reader: Reader,
    id: PathId<OrganizationId>,
    directory: Data<Directory>,
) -> Reply {
    let node = directory.get(id.0).ok_or_else(|| Problem::of(Code::NotFound))?;
    reader
        .about::<ReadTotals>(Node(node), async |tx, _, node| {
            let owners = owners_below(&directory, &node.0);
            let sum = summed(tx, &owners).await?;
            Answer::ok(&TotalsView::from(&sum))
        })
        .await
}

/// Whose tallies make up the totals of a node. A service counts for its team and
/// for its station: of a subtree only the stations are added, or it would count twice.
fn owners_below(directory: &Directory, node: &Organization) -> Vec<Uuid> {
    if node.kind == Kind::Team {
        return vec![node.organization_id.0];
    }
    let holds = |node: &Arc<Organization>| node.kind.holds_demands();
    let below = directory.subtree(node.organization_id).into_iter().filter(holds);
    below.map(|node| node.organization_id.0).collect()
}

async fn summed(tx: &mut Tx, owners: &[Uuid]) -> Result<Tally, Problem> {
    let mut sum = Tally::default();
    for chunk in owners.chunks(OWNERS_AT_ONCE) {
        let tallies = store::tallies_of(tx, chunk).await?;
        sum = tallies.values().fold(sum, Tally::plus);
    }
    Ok(sum)
}
