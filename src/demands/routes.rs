//! The operations on demands.

use std::sync::Arc;

use actix_web::web::Data;
use actix_web::{get, post};
use chrono::{DateTime, Duration, Utc};
use serde_json::json;
use utoipa_actix_web::service_config::ServiceConfig;

use super::callers::requester_of;
use super::catalog::{self, Catalog, CatalogItem};
use super::contract::{
    ContactView, DemandPage, DemandQuery, DemandSummary, DemandView, Names, NewDemand,
    OwnDemandQuery, ReopenDemand, RevealContact, TimelinePage, TimelineQuery, TransferDemand,
};
use super::desk;
use super::domain::{
    Closing, Demand, EscalationCause, NOT_STORED, Relation, State, Step, Waits, number_of,
};
use super::escalation::{Climb, climb, fresh_waits, waiting_anew};
use super::policy::{
    Cancel, Close, DemandsAt, Escalate, Intake, ListArea, ListOwn, OwnDemands, Pause, Place,
    Refuse, Reopen, SeeContact, Transfer, Verify, View, calls_back_at,
};
use super::responders::{Outcome, Responders};
use super::store::{self, Scope};
use crate::access::{Caller, Command, Reader, Work};
use crate::ids::{DemandId, EntryId, OrganizationId};
use crate::organizations::{Area, Directory, Kind, Near, Organization, Status};
use crate::platform::http::Reply;
use crate::platform::http::answer::Answer;
use crate::platform::http::page::{Cursor, cut};
use crate::platform::http::query::{PathId, Query};
use crate::platform::http::reasons::{PerhapsWithReason, WithReason};
use crate::platform::values::{Checks, TimeWindow};
use crate::problem::{Code, FieldCode, Problem};

/// How far a place may be from the station that serves it, in meters.
const AREA_REACH_METERS: f64 = 30_000.0;
/// How far ahead help can be ordered, in days.
const DAYS_AHEAD: i64 = 90;
/// How many entries of the timeline a demand carries with it.
const TIMELINE_ENTRIES: i64 = 100;

/// Mounts the operations of this noun.
pub fn configure(config: &mut ServiceConfig) {
    catalog::configure(config);
    desk::configure(config);
    config
        .service(place)
        .service(list)
        .service(list_own)
        .service(view)
        .service(timeline)
        .service(verify)
        .service(refuse)
        .service(escalate)
        .service(transfer)
        .service(pause)
        .service(resume)
        .service(cancel)
        .service(close)
        .service(reopen)
        .service(reveal_contact);
}

/// What the operations on demands work with.
pub(super) struct Room {
    directory: Data<Directory>,
    catalog: Data<Catalog>,
    responders: Data<dyn Responders>,
}

impl actix_web::FromRequest for Names {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(
        request: &actix_web::HttpRequest,
        _: &mut actix_web::dev::Payload,
    ) -> Self::Future {
        let names = || {
            Some(Self {
                directory: request.app_data::<Data<Directory>>()?.clone().into_inner(),
                catalog: request.app_data::<Data<Catalog>>()?.clone().into_inner(),
            })
        };
        std::future::ready(names().ok_or_else(|| Problem::of(Code::Internal)))
    }
}

impl actix_web::FromRequest for Room {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(
        request: &actix_web::HttpRequest,
        _: &mut actix_web::dev::Payload,
    ) -> Self::Future {
        let room = || {
            Some(Self {
                directory: request.app_data::<Data<Directory>>()?.clone(),
                catalog: request.app_data::<Data<Catalog>>()?.clone(),
                responders: request.app_data::<Data<dyn Responders>>()?.clone(),
            })
        };
        std::future::ready(room().ok_or_else(|| Problem::of(Code::Internal)))
    }
}

impl Room {
    pub(super) fn names(&self) -> Names {
        let (directory, catalog) = (Arc::clone(&self.directory), Arc::clone(&self.catalog));
        Names { directory, catalog }
    }

    /// What the system dispatches and nobody has, is dispatched.
    async fn dispatch_if_automatic(
        &self,
        work: &mut Work<'_>,
        demand: Demand,
    ) -> Result<Demand, Problem> {
        if demand.automatic && demand.state == State::Verified {
            return self.responders.find_responder(work, demand).await;
        }
        Ok(demand)
    }

    /// The demand as a command answers it: with what happened just now still in
    /// the hands of the transaction, the timeline is read by `GET`.
    fn answer(&self, demand: &Demand, caller: &Caller) -> Result<Answer, Problem> {
        let shown = DemandSummary::of(demand, caller, &self.names());
        Ok(Answer::ok(&shown)?.version(demand.version))
    }
}

/// Place an order 点单
///
/// For oneself, for a relative or neighbor, or by a clerk for somebody who calls. What a
/// clerk takes down for somebody who calls for himself is his order as soon as he signs
/// in with that telephone: he sees it, takes it back and judges it.
/// An automatic item of the menu is accepted and dispatched in the same request.
#[utoipa::path(tag = "demands", operation_id = "demandPlace",
    request_body = NewDemand,
    responses((status = 201, body = DemandSummary, headers(("ETag" = String)))))]
#[post("/demands")]
async fn place(command: Command<NewDemand>, room: Room) -> Reply {
    let area = area_of(&command.body, &room.directory)?;
    let item = item_of(&command.body, area.organization_id, &room)?;
    check(&command.body, command.caller.now, item.as_deref())?;
    let intake =
        Intake { area: area.organization_id, for_staff: command.body.channel.is_for_staff() };
    command
        .about::<Place>(intake, async |work, _, caller, body| {
            let requester = requester_of(work, caller, body).await?;
            let placed = demand_of(work, caller, body, &area, item.as_deref(), &room);
            let demand = Demand { requester_id: requester, ..placed };
            let channel = json!({ "channel": demand.channel, "areaId": demand.area_id });
            work.record(demand.fact("demand.placed.v1", None, channel));
            let demand = if demand.automatic {
                work.record(demand.fact("demand.verified.v1", None, json!({ "automatic": true })));
                // Stored once, as it stands when somebody has been asked.
                room.responders.find_responder(work, demand).await?
            } else {
                store::save(work.tx, demand).await?
            };
            let shown = DemandSummary::of(&demand, caller, &room.names());
            let location = format!("/api/v1/demands/{}", demand.demand_id);
            Ok(Answer::created(&shown, location)?.version(demand.version))
        })
        .await
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
async fn list(reader: Reader, query: Query<DemandQuery>, room: Room) -> Reply {
    let query = query.0;
    let (at, scope) = match (query.within, query.responsible) {
        (Some(within), None) => (within, Scope::Area(Area::within(&room.directory, within)?)),
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
            page_of(demands, caller, query.limit, &room)
        })
        .await
}

/// My demands 我的点单
#[utoipa::path(tag = "demands", operation_id = "demandListOwn",
    params(OwnDemandQuery), responses((status = 200, body = DemandPage)))]
#[get("/me/demands")]
async fn list_own(reader: Reader, query: Query<OwnDemandQuery>, room: Room) -> Reply {
    let query = query.0;
    let me = reader.caller.actor.account_id;
    reader
        .about::<ListOwn>(OwnDemands(me), async |tx, caller, own| {
            let scope = Scope::Requester(own.0);
            let demands = store::list(tx, scope, query.state, &query.part()).await?;
            page_of(demands, caller, query.limit, &room)
        })
        .await
}

/// One demand with its timeline 点单详情
#[utoipa::path(tag = "demands", operation_id = "demandView",
    params(("demand_id" = DemandId, Path, description = "The demand 点单")),
    responses((status = 200, body = DemandView)))]
#[get("/demands/{demand_id}")]
async fn view(reader: Reader, id: PathId<DemandId>, room: Room) -> Reply {
    reader
        .on::<View>(id.0, async |tx, caller, demand| {
            let entries =
                store::beginning(tx, demand.demand_id, TIMELINE_ENTRIES, caller.language).await?;
            let shown = DemandView::of(&demand, entries, caller, &room.names());
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
            let rows = store::timeline(tx, id, &part, caller.language).await?;
            let (items, next) = cut(rows, query.0.limit, |entry| {
                let EntryId(id) = entry.entry_id;
                Cursor { at: entry.at, id }
            });
            Answer::ok(&TimelinePage { items, next })
        })
        .await
}

/// Find a demand in order 审核通过
///
/// What the system dispatches, it dispatches in the same request: an automatic item that
/// was taken back and begun anew waits for nobody else.
#[utoipa::path(tag = "demands", operation_id = "demandVerify",
    params(("demand_id" = DemandId, Path, description = "The demand 点单")),
    request_body = PerhapsWithReason,
    responses((status = 200, body = DemandSummary, headers(("ETag" = String)))))]
#[post("/demands/{demand_id}/verify")]
async fn verify(command: Command<PerhapsWithReason>, id: PathId<DemandId>, room: Room) -> Reply {
    command
        .on::<Verify>(id.0, async |work, demand, caller, body| {
            let reason = body.as_str();
            let verified = demand.step(Step::Verify, work.now)?.because(reason);
            let verified = waiting_anew(work, &room.directory, &room.catalog, verified);
            work.record(verified.fact("demand.verified.v1", reason, json!({})));
            let stored = store::save(work.tx, verified).await?;
            room.answer(&room.dispatch_if_automatic(work, stored).await?, caller)
        })
        .await
}

/// Refuse a demand 不予受理
#[utoipa::path(tag = "demands", operation_id = "demandRefuse",
    params(("demand_id" = DemandId, Path, description = "The demand 点单")),
    request_body = WithReason,
    responses((status = 200, body = DemandSummary, headers(("ETag" = String)))))]
#[post("/demands/{demand_id}/refuse")]
async fn refuse(command: Command<WithReason>, id: PathId<DemandId>, room: Room) -> Reply {
    command
        .on::<Refuse>(id.0, async |work, demand, caller, body| {
            let reason = Some(body.reason.as_str());
            let refused = demand.step(Step::Refuse, work.now)?.because(reason);
            work.record(refused.fact("demand.refused.v1", reason, json!({})));
            room.answer(&store::save(work.tx, refused).await?, caller)
        })
        .await
}

/// Hand a demand to the level above 上报上级
#[utoipa::path(tag = "demands", operation_id = "demandEscalate",
    params(("demand_id" = DemandId, Path, description = "The demand 点单")),
    request_body = WithReason,
    responses((status = 200, body = DemandSummary, headers(("ETag" = String)))))]
#[post("/demands/{demand_id}/escalate")]
async fn escalate(command: Command<WithReason>, id: PathId<DemandId>, room: Room) -> Reply {
    command
        .on::<Escalate>(id.0, async |work, demand, caller, body| {
            let reason = Some(body.reason.as_str());
            let cause = EscalationCause::ByHand;
            match climb(work, &room.directory, &room.catalog, demand, cause, reason)? {
                Climb::Up(demand) => room.answer(&store::save(work.tx, demand).await?, caller),
                Climb::Top(demand) => Err(demand.not_possible()),
            }
        })
        .await
}

/// Hand a demand to another service 转办
#[utoipa::path(tag = "demands", operation_id = "demandTransfer",
    params(("demand_id" = DemandId, Path, description = "The demand 点单")),
    request_body = TransferDemand,
    responses((status = 200, body = DemandSummary, headers(("ETag" = String)))))]
#[post("/demands/{demand_id}/transfer")]
async fn transfer(command: Command<TransferDemand>, id: PathId<DemandId>, room: Room) -> Reply {
    command
        .on::<Transfer>(id.0, async |work, demand, caller, body| {
            let note = Some(body.note.as_str());
            let demand = end(work, &room, demand, Step::Transfer, note).await?;
            work.record(demand.fact("demand.transferred.v1", note, json!({ "to": body.to })));
            room.answer(&demand, caller)
        })
        .await
}

/// Stop the clocks of a demand 暂停计时
#[utoipa::path(tag = "demands", operation_id = "demandPause",
    params(("demand_id" = DemandId, Path, description = "The demand 点单")),
    request_body = WithReason,
    responses((status = 200, body = DemandSummary, headers(("ETag" = String)))))]
#[post("/demands/{demand_id}/pause")]
async fn pause(command: Command<WithReason>, id: PathId<DemandId>, room: Room) -> Reply {
    command
        .on::<Pause>(id.0, async |work, demand, caller, body| {
            let reason = Some(body.reason.as_str());
            let paused = demand.paused(work.now)?.because(reason);
            work.record(paused.fact("demand.paused.v1", reason, json!({})));
            room.answer(&store::save(work.tx, paused).await?, caller)
        })
        .await
}

/// Let the clocks of a demand go on 恢复计时
#[utoipa::path(tag = "demands", operation_id = "demandResume",
    params(("demand_id" = DemandId, Path, description = "The demand 点单")),
    responses((status = 200, body = DemandSummary, headers(("ETag" = String)))))]
#[post("/demands/{demand_id}/resume")]
async fn resume(command: Command, id: PathId<DemandId>, room: Room) -> Reply {
    command
        .on::<Pause>(id.0, async |work, demand, caller, _| {
            let stood_still = demand.pause_until(work.now);
            let resumed = demand.resumed(work.now)?;
            room.responders.postpone(work, &resumed, stood_still).await?;
            work.record(resumed.fact("demand.resumed.v1", None, json!({})));
            let stored = store::save(work.tx, resumed).await?;
            room.answer(&room.dispatch_if_automatic(work, stored).await?, caller)
        })
        .await
}

/// Take a demand back 撤单
#[utoipa::path(tag = "demands", operation_id = "demandCancel",
    params(("demand_id" = DemandId, Path, description = "The demand 点单")),
    request_body = PerhapsWithReason,
    responses((status = 200, body = DemandSummary, headers(("ETag" = String)))))]
#[post("/demands/{demand_id}/cancel")]
async fn cancel(command: Command<PerhapsWithReason>, id: PathId<DemandId>, room: Room) -> Reply {
    command
        .on::<Cancel>(id.0, async |work, demand, caller, body| {
            let reason = body.as_str();
            let demand = end(work, &room, demand, Step::Cancel, reason).await?;
            work.record(demand.fact("demand.cancelled.v1", reason, json!({})));
            room.answer(&demand, caller)
        })
        .await
}

/// Close an evaluated demand 销号
#[utoipa::path(tag = "demands", operation_id = "demandClose",
    params(("demand_id" = DemandId, Path, description = "The demand 点单")),
    responses((status = 200, body = DemandSummary, headers(("ETag" = String)))))]
#[post("/demands/{demand_id}/close")]
async fn close(command: Command, id: PathId<DemandId>, room: Room) -> Reply {
    command
        .on::<Close>(id.0, async |work, demand, caller, _| {
            let closed = demand.closed(Closing::Staff, work.now)?;
            let how = json!({ "closing": Closing::Staff });
            work.record(closed.fact("demand.closed.v1", None, how));
            room.answer(&store::save(work.tx, closed).await?, caller)
        })
        .await
}

/// Begin a demand anew 重办
///
/// With a new clock, and with a new time where `wanted` says one. A time that was wanted
/// and has passed is dropped: then help is wanted as soon as can be.
#[utoipa::path(tag = "demands", operation_id = "demandReopen",
    params(("demand_id" = DemandId, Path, description = "The demand 点单")),
    request_body = ReopenDemand,
    responses((status = 200, body = DemandSummary, headers(("ETag" = String)))))]
#[post("/demands/{demand_id}/reopen")]
async fn reopen(command: Command<ReopenDemand>, id: PathId<DemandId>, room: Room) -> Reply {
    let mut checks = Checks::new();
    check_wanted(&mut checks, command.body.wanted, command.caller.now);
    checks.done()?;
    command
        .on::<Reopen>(id.0, async |work, demand, caller, body| {
            // What was served is judged; only the judgment begins it anew.
            if demand.state == State::Served {
                return Err(demand.not_possible());
            }
            let wanted = body.wanted.map(TimeWindow::bounds).or(demand.wanted);
            let demand = Demand { wanted, ..demand };
            let at = demand.responsible_id;
            let (waits, rule_id) = fresh_waits(work, &room.directory, &room.catalog, &demand, at);
            let reason = Some(body.reason.as_str());
            let reopened = demand.reopened(waits, work.now)?.because(reason);
            let reopened = Demand { rule_id, ..reopened };
            work.record(reopened.fact("demand.reopened.v1", reason, json!({})));
            let stored = store::save(work.tx, reopened).await?;
            room.answer(&room.dispatch_if_automatic(work, stored).await?, caller)
        })
        .await
}

/// Reveal whom to call 查看联系方式
///
/// The whole name, telephone and address of whoever needs help, for staff that has to
/// call. Who looked, when and what for stands in the timeline, and the person who ordered
/// is told.
#[utoipa::path(tag = "demands", operation_id = "demandRevealContact",
    params(("demand_id" = DemandId, Path, description = "The demand 点单")),
    request_body = RevealContact, responses((status = 200, body = ContactView)))]
#[post("/demands/{demand_id}/reveal-contact")]
async fn reveal_contact(command: Command<RevealContact>, id: PathId<DemandId>) -> Reply {
    command
        .on::<SeeContact>(id.0, async |work, demand, caller, body| {
            let at = json!({ "organizationId": calls_back_at(&caller.actor, &demand) });
            let purpose = Some(body.purpose.as_str());
            work.record(demand.fact("demand.contact_revealed.v1", purpose, at));
            Answer::ok(&ContactView::from(&demand))
        })
        .await
}

/// Ends a demand before it was served, and sends home whoever was on it.
async fn end(
    work: &mut Work<'_>,
    room: &Room,
    demand: Demand,
    step: Step,
    reason: Option<&str>,
) -> Result<Demand, Problem> {
    let ended = demand.clone().step(step, work.now)?.because(reason);
    if demand.dispatch_id.is_some() {
        room.responders.end_dispatch(work, &demand, Outcome::Withdrawn, reason).await?;
    }
    store::save(work.tx, Demand { waits: Waits::default(), ..ended }).await
}

/// The organization in whose area the order lies: the one that is named, or the
/// nearest station, or where there is none, the nearest institute or center.
fn area_of(body: &NewDemand, directory: &Directory) -> Result<Arc<Organization>, Problem> {
    if let Some(id) = body.organization_id {
        return directory
            .get(id)
            .filter(|node| node.kind.holds_demands() && node.status == Status::Active)
            .ok_or_else(|| Problem::field("/organizationId", FieldCode::NoSuchThing));
    }
    [Kind::Station, Kind::Institute, Kind::Center]
        .into_iter()
        .find_map(|kind| {
            let near = Near {
                point: body.place.point(),
                radius_meters: AREA_REACH_METERS,
                kind: Some(kind),
                skill: None,
                within: None,
            };
            directory.nearest(near, 1).pop().map(|(_, node)| node)
        })
        .ok_or_else(|| Problem::of(Code::NoServiceHere))
}

fn item_of(
    body: &NewDemand,
    area: OrganizationId,
    room: &Room,
) -> Result<Option<Arc<CatalogItem>>, Problem> {
    let Some(id) = body.catalog_item_id else { return Ok(None) };
    let item = room.catalog.orderable(id, area, &room.directory);
    item.map(Some).ok_or_else(|| Problem::field("/catalogItemId", FieldCode::NoSuchThing))
}

fn check(body: &NewDemand, now: DateTime<Utc>, item: Option<&CatalogItem>) -> Result<(), Problem> {
    let mut checks = Checks::new();
    check_wanted(&mut checks, body.wanted, now);
    let skill_is_free = body.skill.is_none() || item.is_none_or(|item| item.skill.is_none());
    checks.require(skill_is_free, "/skill", FieldCode::NotHere, "catalogItemId");
    let staffed = body.relation != Relation::Staff || body.channel.is_for_staff();
    checks.require(staffed, "/relation", FieldCode::NotHere, "channel");
    checks.done()
}

fn check_wanted(checks: &mut Checks, wanted: Option<TimeWindow>, now: DateTime<Utc>) {
    let Some(wanted) = wanted else { return };
    let latest = now + Duration::days(DAYS_AHEAD);
    checks.require(wanted.from >= now, "/wanted/from", FieldCode::InThePast, "").require(
        wanted.until <= latest,
        "/wanted/until",
        FieldCode::TooFarAhead,
        format!("{DAYS_AHEAD} d"),
    );
}

fn demand_of(
    work: &Work<'_>,
    caller: &Caller,
    body: &NewDemand,
    area: &Organization,
    item: Option<&CatalogItem>,
    room: &Room,
) -> Demand {
    let demand_id: DemandId = work.new_id();
    let directory = &room.directory;
    let area_id = area.organization_id;
    let county_id = directory.county_of(area_id).unwrap_or(area_id);
    let skill = item.and_then(|item| item.skill).or(body.skill);
    let automatic = item.is_some_and(|item| item.automatic);
    // A special skill is found by the county center (domain.md 1.2).
    let for_center = item.map_or(skill.is_some(), CatalogItem::needs_specialist);
    let responsible_id = if for_center { county_id } else { area_id };
    let date = directory.calendar(area_id, work.now).local_date(work.now);
    let demand = Demand {
        demand_id,
        number: number_of(demand_id, date),
        county_id,
        ancestors: directory.path(area_id),
        area_id,
        responsible_id,
        escalations: 0,
        state: if automatic { State::Verified } else { State::Submitted },
        channel: body.channel,
        requester_id: None,
        placed_by: caller.actor.account_id,
        relation: body.relation,
        recipient_name: body.recipient.name.as_str().to_owned(),
        recipient_phone: body.recipient.phone.as_str().to_owned(),
        catalog_item_id: body.catalog_item_id,
        content: body.content.as_str().to_owned(),
        skill,
        people: body.people,
        urgency: body.urgency,
        risk: body.risk.as_str().to_owned(),
        address: body.address.as_str().to_owned(),
        place: body.place.point(),
        wanted: body.wanted.map(TimeWindow::bounds),
        automatic,
        rule_id: None,
        waits: Waits::default(),
        dispatch_id: None,
        team_id: None,
        closing: None,
        reason: None,
        unfilled_reasons: Vec::new(),
        rounds: 1,
        placed_at: work.now,
        updated_at: work.now,
        version: NOT_STORED,
    };
    let (waits, rule_id) =
        fresh_waits(work, directory, &room.catalog, &demand, demand.responsible_id);
    Demand { rule_id, waits, ..demand }
}

fn page_of(
    demands: Vec<Demand>,
    caller: &Caller,
    limit: u32,
    room: &Room,
) -> Result<Answer, Problem> {
    let (demands, next) = cut(demands, limit, |demand: &Demand| Cursor {
        at: demand.placed_at,
        id: demand.demand_id.0,
    });
    let names = room.names();
    let items = demands.iter().map(|demand| DemandSummary::of(demand, caller, &names)).collect();
    Answer::ok(&DemandPage { items, next })
}
