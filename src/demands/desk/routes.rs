//! The list of a desk.

use actix_web::get;
use chrono::{DateTime, Utc};
use utoipa_actix_web::service_config::ServiceConfig;

use super::contract::DeskQuery;
use super::store::{self, DeskFilter};
use crate::access::Reader;
use crate::demands::contract::{DemandPage, DemandSummary, Names};
use crate::demands::policy::{DemandsAt, ListArea};
use crate::ids::OrganizationId;
use crate::platform::http::Reply;
use crate::platform::http::answer::Answer;
use crate::platform::http::page::{Cursor, cut};
use crate::platform::http::query::{PathId, Query};
use crate::problem::{Code, Problem};

/// Mounts the operation of this part.
pub fn configure(config: &mut ServiceConfig) {
    config.service(list_at_desk);
}

/// The open demands at a desk 在办点单
///
/// Those whose turn it is with an organization and whose clock does not stand still: the
/// one due soonest first. What waits for somebody to act since its time was over comes
/// before all others.
#[utoipa::path(tag = "demands", operation_id = "demandListOpen",
    security(("bearer" = []), ("partner" = ["demands.read"])),
    params(("organization_id" = OrganizationId, Path, description = "The organization 组织"), DeskQuery),
    responses((status = 200, body = DemandPage)))]
#[get("/organizations/{organization_id}/open-demands")]
async fn list_at_desk(
    reader: Reader,
    id: PathId<OrganizationId>,
    query: Query<DeskQuery>,
    names: Names,
) -> Reply {
    let query = query.0;
    reader
        .about::<ListArea>(DemandsAt(id.0), async |tx, caller, at| {
            names.get(at.0).ok_or_else(|| Problem::of(Code::NotFound))?;
            let filter = desk_filter(&query, caller.now);
            let rows = store::list(tx, at.0, filter, &query.part()).await?;
            let (rows, next) = cut(rows, query.limit, |(desk_at, demand)| Cursor {
                at: *desk_at,
                id: demand.demand_id.0,
            });
            let items =
                rows.iter().map(|(_, one)| DemandSummary::of(one, caller, &names)).collect();
            Answer::ok(&DemandPage { items, next })
        })
        .await
}

fn desk_filter(query: &DeskQuery, now: DateTime<Utc>) -> DeskFilter {
    let (earliest, latest) = (Cursor::earliest().at, Cursor::latest().at);
    let (due_after, due_until) = match query.overdue {
        None => (earliest, latest),
        Some(true) => (earliest, now),
        Some(false) => (now, latest),
    };
    let DeskQuery { urgency, channel, catalog_item_id, .. } = *query;
    DeskFilter { urgency, channel, catalog_item_id, due_after, due_until }
}
