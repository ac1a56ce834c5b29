//! Reading demands: the lists, one of them, and its timeline.

use actix_web::get;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::access::{Actor, Caller, Reader};
use crate::demands::contract::{
    DemandPage, DemandQuery, DemandSummary, DemandView, Names, OwnDemandQuery, TimelinePage,
    TimelineQuery,
};
use crate::demands::domain::{Demand, Relation};
use crate::demands::policy::{DemandsAt, ListArea, ListOwn, OwnDemands, View, sees_recipient};
use crate::demands::store::{self, Scope};
use crate::demands::timeline::TimelineEntry;
use crate::ids::{DemandId, EntryId};
use crate::organizations::Area;
use crate::platform::http::Reply;
use crate::platform::http::answer::Answer;
use crate::platform::http::page::{Cursor, cut};
use crate::platform::http::query::{PathId, Query};
use crate::platform::values::ShownName;
use crate::problem::{Code, FieldCode, Problem};

/// How many entries of the timeline a demand carries with it.
const TIMELINE_ENTRIES: i64 = 100;

/// Mounts the operations of this part.
pub fn configure(config: &mut ServiceConfig) {
    config.service(list).service(list_own).service(view).service(timeline);
}

/// List demands 点单列表
///
/// Either `within` or `responsible` must be given. What a desk has on its hands, the one due
/// soonest first, is at `/organizations/{organizationId}/open-demands`. A partner sees what is
/// wanted and where it stands, not for whom: `content` is empty and `recipientName` masked.
#[utoipa::path(tag = "demands", operation_id = "demandList",
    security(("bearer" = []), ("partner" = ["demands.read"])),
    params(DemandQuery), responses((status = 200, body = DemandPage)))]
#[get("/demands")]
async fn list(reader: Reader, query: Query<DemandQuery>, names: Names) -> Reply {
    let query = query.0;
    let (at, scope) = match (query.within, query.responsible) {
        (Some(within), None) => (within, Scope::Area(Area::within(&names, within)?)),
        (None, Some(responsible)) => (responsible, Scope::Responsible(responsible)),
        (Some(_), Some(_)) => return Err(Problem::field("query:responsible", FieldCode::NotHere)),
        (None, None) => {
            return Err(Problem::of(Code::InvalidRequest).and_field(
                "query:within",
                FieldCode::NeededHere,
                "within | responsible",
            ));
        }
    };
    reader
        .about::<ListArea>(DemandsAt(at), async |tx, caller, _| {
            let demands = store::list(tx, scope, query.state, &query.part()).await?;
            page_of(demands, caller, query.limit, &names)
        })
        .await
}

/// My demands 我的点单
#[utoipa::path(tag = "demands", operation_id = "demandListOwn",
    params(OwnDemandQuery), responses((status = 200, body = DemandPage)))]
#[get("/me/demands")]
async fn list_own(reader: Reader, query: Query<OwnDemandQuery>, names: Names) -> Reply {
    let query = query.0;
    let me = reader.caller.actor.account_id;
    reader
        .about::<ListOwn>(OwnDemands(me), async |tx, caller, own| {
            let scope = Scope::Requester(own.0);
            let demands = store::list(tx, scope, query.state, &query.part()).await?;
            page_of(demands, caller, query.limit, &names)
        })
        .await
}

/// One demand with its timeline 点单详情
#[utoipa::path(tag = "demands", operation_id = "demandView",
    params(("demand_id" = DemandId, Path, description = "The demand 点单")),
    responses((status = 200, body = DemandView)))]
#[get("/demands/{demand_id}")]
async fn view(reader: Reader, id: PathId<DemandId>, names: Names) -> Reply {
    reader
        .on::<View>(id.0, async |tx, caller, demand| {
            let (id, language) = (demand.demand_id, caller.language);
            let entries = store::timeline::beginning(tx, id, TIMELINE_ENTRIES, language).await?;
            let entries = seen_by(&caller.actor, &demand, entries);
            let shown = DemandView::of(&demand, entries, caller, &names);
            Ok(Answer::ok(&shown)?.version(demand.version))
        })
        .await
}

/// The timeline of a demand 办理过程
///
/// The earliest entry first, unless `order` says otherwise.
#[utoipa::path(tag = "demands", operation_id = "demandTimeline",
    params(("demand_id" = DemandId, Path, description = "The demand 点单"), TimelineQuery),
    responses((status = 200, body = TimelinePage)))]
#[get("/demands/{demand_id}/timeline")]
async fn timeline(reader: Reader, id: PathId<DemandId>, query: Query<TimelineQuery>) -> Reply {
    reader
        .on::<View>(id.0, async |tx, caller, demand| {
            let (id, part) = (demand.demand_id, query.0.part());
            let rows = store::timeline::part(tx, id, &part, caller.language).await?;
            let rows = seen_by(&caller.actor, &demand, rows);
            let (items, next) = cut(rows, query.0.limit, |entry| {
                let EntryId(id) = entry.entry_id;
                Cursor { at: entry.at, id }
            });
            Answer::ok(&TimelinePage { items, next })
        })
        .await
}

/// The entries as this person sees them: a minor who has ordered for himself is named by them no
/// more than by the order, also where he became known as one later; and everybody reads his own name.
fn seen_by(actor: &Actor, demand: &Demand, entries: Vec<TimelineEntry>) -> Vec<TimelineEntry> {
    let ordered_by_minor = demand.relation == Relation::Oneself && !sees_recipient(actor, demand);
    let masked = demand.requester_id.filter(|_| ordered_by_minor);
    let named = |entry: TimelineEntry| {
        let name = match entry.actor_id {
            Some(id) if id == actor.account_id => actor.name.clone(),
            Some(id) if Some(id) == masked => ShownName::masked(&entry.actor).into(),
            _ => entry.actor,
        };
        TimelineEntry { actor: name, ..entry }
    };
    entries.into_iter().map(named).collect()
}

fn page_of(
    demands: Vec<Demand>,
    caller: &Caller,
    limit: u32,
    names: &Names,
) -> Result<Answer, Problem> {
    let (demands, next) = cut(demands, limit, |demand: &Demand| Cursor {
        at: demand.placed_at,
        id: demand.demand_id.0,
    });
    let items = demands.iter().map(|demand| DemandSummary::of(demand, caller, names)).collect();
    Answer::ok(&DemandPage { items, next })
}
