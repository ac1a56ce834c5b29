//! The operations on dispatches.

use std::sync::Arc;

use actix_web::web::Data;
use actix_web::{get, post};
use chrono::{DateTime, Utc};
use utoipa_actix_web::service_config::ServiceConfig;

use super::contract::{
    AreaDispatchQuery, CandidateList, CandidateView, DemandDispatchPage, DemandDispatchQuery,
    DispatchPage, DispatchQuery, DispatchSummary, DispatchView, ListedDispatch, NewDispatch,
    OwnDispatchQuery,
};
use super::domain::{Kind, Move};
use super::policy::{
    Answer as AnswerOffer, Dispatch as DispatchDemand, DispatchesAt, ListArea, ListOfDemand,
    ListOfTeam, ListOwn, OpenTo, SeeCandidates, View, Withdraw,
};
use super::responding::{self, Choice, choice, end_by, hand};
use super::store::lists::{self, Scope};
use super::store::{self, Offer, OfferId};
use super::{assignments, candidates};
use crate::access::{Caller, Command, Reader, Work};
use crate::demands::{self, Demand, Names, Responders, State};
use crate::ids::{DemandId, DispatchId, OrganizationId};
use crate::organizations::rules::{Matching, Ruling};
use crate::organizations::{Area, Directory, Organization, Status};
use crate::platform::geography::whole_meters;
use crate::platform::http::Reply;
use crate::platform::http::answer::Answer;
use crate::platform::http::page::{Cursor, cut};
use crate::platform::http::query::{PathId, Query};
use crate::platform::http::reasons::WithReason;
use crate::problem::{Code, FieldCode, Problem};

/// Mounts the operations of this noun.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(see_candidates)
        .service(dispatch_demand)
        .service(list_of_demand)
        .service(list_own)
        .service(list_of_team)
        .service(list_of_area)
        .service(view)
        .service(accept)
        .service(decline)
        .service(withdraw);
    assignments::configure(config);
}

/// Who could bring the help, and why others not 候选队伍
#[utoipa::path(tag = "dispatches", operation_id = "demandCandidates",
    params(("demand_id" = DemandId, Path, description = "The demand 点单")),
    responses((status = 200, body = CandidateList)))]
#[get("/demands/{demand_id}/candidates")]
async fn see_candidates(reader: Reader, id: PathId<DemandId>, directory: Data<Directory>) -> Reply {
    reader
        .on::<SeeCandidates>(id.0, async |tx, caller, demand| {
            let rule: Ruling<Matching> = directory.rule(demand.responsible_id, caller.now);
            let ranked = candidates::rank(tx, &directory, &demand, &rule.value, caller.now).await?;
            let items = ranked
                .iter()
                .enumerate()
                .map(|(index, one)| CandidateView::of(one, index, &demand));
            let pool = candidates::pool(&directory, &demand, &rule.value);
            Answer::ok(&CandidateList {
                pool_id: pool,
                pool_name: directory.name(pool),
                order: ["band", "lastAskedAt", "openDispatches", "distanceMeters"]
                    .map(str::to_owned)
                    .to_vec(),
                items: items.collect(),
            })
        })
        .await
}

/// Dispatch a demand 派单、发布招募令
#[utoipa::path(tag = "dispatches", operation_id = "demandDispatch",
    params(("demand_id" = DemandId, Path, description = "The demand 点单")),
    request_body = NewDispatch,
    responses((status = 201, body = DispatchSummary, headers(("ETag" = String)))))]
#[post("/demands/{demand_id}/dispatches")]
async fn dispatch_demand(
    command: Command<NewDispatch>,
    id: PathId<DemandId>,
    names: Names,
) -> Reply {
    command
        .on::<DispatchDemand>(id.0, async |work, demand, caller, body| {
            let rule: Ruling<Matching> = names.rule(demand.responsible_id, work.now);
            let choice = chosen(work, &names, &demand, &rule.value, caller, body).await?;
            let demand = hand(work, &rule.value, demand, choice).await?;
            let made = demand.dispatch_id.ok_or_else(|| Problem::of(Code::Internal))?;
            let offer = store::find(work.tx, offer_id(made, caller)).await?;
            let offer = offer.ok_or_else(|| Problem::of(Code::Internal))?;
            let shown = DispatchSummary::of(&offer, caller, &names);
            let location = format!("/api/v1/dispatches/{made}");
            Ok(Answer::created(&shown, location)?.version(offer.dispatch.version))
        })
        .await
}

/// The dispatches of a demand 点单的派单记录
///
/// The earliest first, unless `order` says otherwise.
#[utoipa::path(tag = "dispatches", operation_id = "dispatchListOfDemand",
    params(("demand_id" = DemandId, Path, description = "The demand 点单"), DemandDispatchQuery),
    responses((status = 200, body = DemandDispatchPage)))]
#[get("/demands/{demand_id}/dispatches")]
async fn list_of_demand(
    reader: Reader,
    id: PathId<DemandId>,
    query: Query<DemandDispatchQuery>,
    names: Names,
) -> Reply {
    let query = query.0;
    reader
        .on::<ListOfDemand>(id.0, async |tx, caller, demand| {
            let (me, part) = (caller.actor.volunteer_id, query.part());
            let rows = lists::of_demand(tx, &demand, me, query.state, &part).await?;
            let (rows, next) = cut(rows, query.limit, place_in_list);
            let items = rows.iter().map(|one| DispatchSummary::of(one, caller, &names));
            Answer::ok(&DemandDispatchPage { items: items.collect(), next })
        })
        .await
}

/// What I can accept or take a place on 我可接的单
///
/// The running dispatches of my teams that have places, and the calls 招募令 of my county that
/// want no skill but mine. Where I have a place already is in `/me/assignments`; who leads a
/// team finds its dispatches here as long as they have places.
#[utoipa::path(tag = "dispatches", operation_id = "dispatchListOwn",
    params(OwnDispatchQuery), responses((status = 200, body = DispatchPage)))]
#[get("/me/dispatches")]
async fn list_own(reader: Reader, query: Query<OwnDispatchQuery>, names: Names) -> Reply {
    let (me, query) = (reader.caller.actor.volunteer_id, query.0);
    let me = me.ok_or_else(|| Problem::of(Code::Forbidden))?;
    reader
        .about::<ListOwn>(OpenTo(me), async |tx, caller, own| {
            let rows = lists::open_to(tx, own.0, query.kind, &query.part()).await?;
            page_of(rows, query.limit, caller, &names)
        })
        .await
}

/// The dispatches of a team, or the calls of an organization 队伍收到的派单
#[utoipa::path(tag = "dispatches", operation_id = "dispatchListOfOrganization",
    params(("organization_id" = OrganizationId, Path, description = "The team 队伍"), DispatchQuery),
    responses((status = 200, body = DispatchPage)))]
#[get("/organizations/{organization_id}/dispatches")]
async fn list_of_team(
    reader: Reader,
    id: PathId<OrganizationId>,
    query: Query<DispatchQuery>,
    names: Names,
) -> Reply {
    let query = query.0;
    reader
        .about::<ListOfTeam>(DispatchesAt(id.0), async |tx, caller, at| {
            names.get(at.0).ok_or_else(|| Problem::of(Code::NotFound))?;
            let scope = Scope::Organization(at.0);
            let me = caller.actor.volunteer_id;
            let rows = lists::list(tx, scope, me, query.state, &query.part()).await?;
            page_of(rows, query.limit, caller, &names)
        })
        .await
}

/// The dispatches of an area 辖区派单列表
///
/// Of the demands that lie in the area of an organization, or below it.
#[utoipa::path(tag = "dispatches", operation_id = "dispatchList",
    params(AreaDispatchQuery), responses((status = 200, body = DispatchPage)))]
#[get("/dispatches")]
async fn list_of_area(reader: Reader, query: Query<AreaDispatchQuery>, names: Names) -> Reply {
    let query = query.0;
    let scope = Scope::Area(Area::within(&names, query.within)?);
    reader
        .about::<ListArea>(DispatchesAt(query.within), async |tx, caller, _| {
            let me = caller.actor.volunteer_id;
            let rows = lists::list(tx, scope, me, query.state, &query.part()).await?;
            page_of(rows, query.limit, caller, &names)
        })
        .await
}

/// One dispatch 派单详情
#[utoipa::path(tag = "dispatches", operation_id = "dispatchView",
    params(("dispatch_id" = DispatchId, Path, description = "The dispatch 派单")),
    responses((status = 200, body = DispatchView)))]
#[get("/dispatches/{dispatch_id}")]
async fn view(reader: Reader, id: PathId<DispatchId>, names: Names) -> Reply {
    let id = offer_id(id.0, &reader.caller);
    reader.on::<View>(id, async |_, caller, offer| answer(&offer, caller, &names)).await
}

/// Accept a dispatch for the team 队伍接单
#[utoipa::path(tag = "dispatches", operation_id = "dispatchAccept",
    params(("dispatch_id" = DispatchId, Path, description = "The dispatch 派单")),
    responses((status = 200, body = DispatchView, headers(("ETag" = String)))))]
#[post("/dispatches/{dispatch_id}/accept")]
async fn accept(command: Command, id: PathId<DispatchId>, names: Names) -> Reply {
    let id = offer_id(id.0, &command.caller);
    command
        .on::<AnswerOffer>(id, async |work, offer, caller, _| {
            let standing = offer.dispatch.clone().at_the_pace_of(&offer.demand, work.now);
            let accepted = standing.make(Move::Accept, work.now)?;
            let demand = offer.demand.clone().accepted(accepted.team(), work.now)?;
            let dispatch = store::save(work.tx, accepted).await?;
            work.record(dispatch.fact("dispatch.accepted.v1", None, &demand));
            let demand = demands::save(work.tx, demand).await?;
            answer(&Offer { dispatch, demand, ..offer }, caller, &names)
        })
        .await
}

/// Decline a dispatch, or give it back 拒单、退单
///
/// Declining costs nothing; the next candidate is asked at once.
#[utoipa::path(tag = "dispatches", operation_id = "dispatchDecline",
    params(("dispatch_id" = DispatchId, Path, description = "The dispatch 派单")),
    request_body = WithReason,
    responses((status = 200, body = DispatchView, headers(("ETag" = String)))))]
#[post("/dispatches/{dispatch_id}/decline")]
async fn decline(
    command: Command<WithReason>,
    id: PathId<DispatchId>,
    names: Names,
    responders: Data<dyn Responders>,
) -> Reply {
    let id = offer_id(id.0, &command.caller);
    command
        .on::<AnswerOffer>(id, async |work, offer, caller, body| {
            let reason = Some(body.reason.as_str());
            let offer = give_back(work, offer, Move::Decline, reason).await?;
            // While its clocks stand still nobody else is asked; going on, somebody is.
            let goes_on = offer.demand.waits.paused_at.is_none();
            let demand = if offer.demand.automatic && goes_on {
                responders.find_responder(work, offer.demand).await?
            } else {
                offer.demand
            };
            answer(&Offer { demand, ..offer }, caller, &names)
        })
        .await
}

/// Take a dispatch back, to dispatch otherwise 撤回派单
#[utoipa::path(tag = "dispatches", operation_id = "dispatchWithdraw",
    params(("dispatch_id" = DispatchId, Path, description = "The dispatch 派单")),
    request_body = WithReason,
    responses((status = 200, body = DispatchView, headers(("ETag" = String)))))]
#[post("/dispatches/{dispatch_id}/withdraw")]
async fn withdraw(command: Command<WithReason>, id: PathId<DispatchId>, names: Names) -> Reply {
    let id = offer_id(id.0, &command.caller);
    command
        .on::<Withdraw>(id, async |work, offer, caller, body| {
            let reason = Some(body.reason.as_str());
            let offer = give_back(work, offer, Move::Withdraw, reason).await?;
            answer(&offer, caller, &names)
        })
        .await
}

/// What a dispatch is found by for this caller.
pub fn offer_id(dispatch: DispatchId, caller: &Caller) -> OfferId {
    OfferId { dispatch, volunteer: caller.actor.volunteer_id, at: caller.now }
}

fn answer(offer: &Offer, caller: &Caller, names: &Names) -> Result<Answer, Problem> {
    let shown = DispatchView::of(offer, caller, names);
    Ok(Answer::ok(&shown)?.version(offer.dispatch.version))
}

fn place_in_list(offer: &Offer) -> Cursor {
    Cursor { at: offer.dispatch.created_at, id: offer.dispatch.dispatch_id.0 }
}

/// Dispatches with their demands, but for where and to whom the help goes.
fn page_of(
    rows: Vec<Offer>,
    limit: u32,
    caller: &Caller,
    names: &Names,
) -> Result<Answer, Problem> {
    let (rows, next) = cut(rows, limit, place_in_list);
    let items = rows.iter().map(|offer| ListedDispatch::of(offer, caller, names));
    Answer::ok(&DispatchPage { items: items.collect(), next })
}

/// Ends the dispatch and puts the demand back with the responsible organization.
async fn give_back(
    work: &mut Work<'_>,
    offer: Offer,
    made: Move,
    reason: Option<&str>,
) -> Result<Offer, Problem> {
    let name = match made {
        Move::Withdraw => "dispatch.withdrawn.v1",
        _ => "dispatch.declined.v1",
    };
    if offer.demand.state == State::InService {
        return Err(offer.demand.not_possible());
    }
    let before = offer.demand.state;
    let demand = offer.demand.back_to_responsible(work.now)?;
    let dispatch = end_by(work, offer.dispatch, made, reason).await?;
    work.record(dispatch.fact(name, reason, &demand).with("before", before.as_str()));
    let demand = demands::save(work.tx, demand).await?;
    Ok(Offer { dispatch, demand, ..offer })
}

async fn chosen(
    work: &mut Work<'_>,
    directory: &Directory,
    demand: &Demand,
    rule: &Matching,
    caller: &Caller,
    body: &NewDispatch,
) -> Result<Choice, Problem> {
    let by = Some(caller.actor.account_id);
    match (body.kind, body.organization_id) {
        (Kind::Call, Some(_)) => Err(Problem::field("/organizationId", FieldCode::NotHere)),
        (Kind::Call, None) => Ok(Choice {
            organization_id: demand.responsible_id,
            kind: Kind::Call,
            distance_meters: None,
            grounds: candidates::grounds(&[], 0, true),
            offered_by: by,
        }),
        (Kind::Offer, None) => {
            let ranked = candidates::rank(work.tx, directory, demand, rule, work.now).await?;
            if ranked.first().is_none_or(|first| !first.out.is_empty()) {
                return Err(Problem::field("/organizationId", FieldCode::NeededHere));
            }
            Ok(choice(&ranked, 0, by))
        }
        (Kind::Offer, Some(team)) => {
            let team = suitable(directory, demand, team)?;
            let ranked = candidates::rank(work.tx, directory, demand, rule, work.now).await?;
            let id = team.organization_id;
            let index = ranked.iter().position(|one| one.team.organization_id == id);
            Ok(match index {
                Some(index) => choice(&ranked, index, by),
                None => from_afar(&team, demand, by),
            })
        }
    }
}

/// A team may be chosen by hand against its rank, but not against its skill, its
/// status or the county's border.
fn suitable(
    directory: &Directory,
    demand: &Demand,
    team: OrganizationId,
) -> Result<Arc<Organization>, Problem> {
    let team = directory
        .get(team)
        .filter(|team| team.kind.responds())
        .ok_or_else(|| Problem::field("/organizationId", FieldCode::NoSuchThing))?;
    let county = directory.county_of(team.organization_id);
    if team.status != Status::Active || county != Some(demand.county_id) {
        return Err(Problem::of(Code::Unsuitable).about("status, county"));
    }
    if demand.skill.is_some_and(|skill| !team.skills.has(skill)) {
        return Err(Problem::of(Code::Unsuitable).about("skill"));
    }
    Ok(team)
}

fn from_afar(team: &Organization, demand: &Demand, by: Option<crate::ids::AccountId>) -> Choice {
    Choice {
        organization_id: team.organization_id,
        kind: Kind::Offer,
        distance_meters: team.place.map(|place| whole_meters(place.distance_meters(&demand.place))),
        grounds: candidates::grounds(&[], 0, true),
        offered_by: by,
    }
}

/// Until when an answer is waited for that is asked for now.
pub fn answer_time(directory: &Directory, demand: &Demand, now: DateTime<Utc>) -> DateTime<Utc> {
    let rule: Ruling<Matching> = directory.rule(demand.responsible_id, now);
    responding::answer_by(demand, &rule.value, now)
}
