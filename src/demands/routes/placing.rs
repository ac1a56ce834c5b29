//! Placing a demand: whose area it lies in, what it may ask for, and how it begins.

use std::sync::Arc;

use actix_web::post;
use chrono::{DateTime, Utc};
use serde_json::json;

use super::check_wanted;
use super::room::Room;
use crate::access::privacy_notices::ConsentPurpose;
use crate::access::{Caller, Command, Work, consents};
use crate::demands::callers::requester_of;
use crate::demands::catalog::CatalogItem;
use crate::demands::contract::{DemandSummary, Names, NewDemand};
use crate::demands::domain::{
    Allowance, Demand, NOT_STORED, Relation, State, Waits, age_of_recipient, number_of,
};
use crate::demands::escalation::fresh_waits;
use crate::demands::policy::{Intake, Place};
use crate::demands::store;
use crate::ids::{AccountId, DemandId, OrganizationId, PrivacyNoticeId};
use crate::organizations::rules::{OrderingRule, Ruling};
use crate::organizations::{Directory, Kind, Near, Organization, Status};
use crate::platform::http::Reply;
use crate::platform::http::answer::Answer;
use crate::platform::values::{AgeBand, Checks, TimeWindow};
use crate::problem::{Code, FieldCode, Problem};

/// What somebody agrees to who orders: an order says where he is, and often what ails him.
const ORDERING: &[ConsentPurpose] = &[ConsentPurpose::Service, ConsentPurpose::Sensitive];

/// How far a place may be from the station that serves it, in meters.
const AREA_REACH_METERS: f64 = 30_000.0;

/// Place an order 点单
///
/// For oneself, for a relative or neighbor, or by a clerk for somebody who calls. What a
/// clerk takes down for somebody who calls for himself is his order as soon as he signs
/// in with that telephone: he sees it, takes it back and judges it.
/// An automatic item of the menu is accepted and dispatched in the same request.
/// How many orders one person may place in a day is the rule `ordering` of the place:
/// beyond it the answer is 429 `too_many_orders`. What staff takes down is not bound.
/// Where a privacy notice in force there for `service` or `sensitive` demands consent, who has not
/// agreed to it is answered 403 `consent_required`. What staff takes down does not wait for it: the
/// order says which notice the person is to be told of (`privacyNoticeDueId`).
#[utoipa::path(tag = "demands", operation_id = "demandPlace",
    request_body = NewDemand,
    responses((status = 201, body = DemandSummary, headers(("ETag" = String)))))]
#[post("/demands")]
pub async fn place(command: Command<NewDemand>, room: Room) -> Reply {
    let area = area_of(&command.body, &room.names)?;
    let item = item_of(&command.body, area.organization_id, &room)?;
    check(&command.body, &command.caller, item.as_deref())?;
    let intake =
        Intake { area: area.organization_id, for_staff: command.body.channel.is_for_staff() };
    command
        .about::<Place>(intake, async |work, _, caller, body| {
            let requester = requester_of(work, caller, body).await?;
            let placed = demand_of(work, caller, body, &area, item.as_deref(), &room.names);
            let requester_id = requester.map(|requester| requester.account_id);
            let due = privacy_notice_due(work, caller, &placed, requester_id, &room).await?;
            let born = requester.and_then(|requester| requester.born);
            let age = age_of_recipient(body.relation, born, work.now, body.recipient.age_band);
            let demand = Demand { requester_id, recipient_age: age, ..placed };
            let demand = Demand { privacy_notice_due_id: due, ..demand };
            let channel = json!({ "channel": demand.channel, "areaId": demand.area_id });
            let placed = demand.fact("demand.placed.v1", None, channel);
            work.record(demand.telling_of_notice_due(placed));
            let demand = if demand.automatic {
                work.record(demand.fact("demand.verified.v1", None, json!({ "automatic": true })));
                // Stored once, as it stands when somebody has been asked.
                room.responders.find_responder(work, demand).await?
            } else {
                store::save(work.tx, demand).await?
            };
            let shown = DemandSummary::of(&demand, caller, &room.names);
            let location = format!("/api/v1/demands/{}", demand.demand_id);
            Ok(Answer::created(&shown, location)?.version(demand.version))
        })
        .await
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
    let item = room.names.catalog.orderable(id, area, &room.names);
    item.map(Some).ok_or_else(|| Problem::field("/catalogItemId", FieldCode::NoSuchThing))
}

fn check(body: &NewDemand, caller: &Caller, item: Option<&CatalogItem>) -> Result<(), Problem> {
    let mut checks = Checks::new();
    check_wanted(&mut checks, body.wanted, caller.now);
    let skill_is_free = body.skill.is_none() || item.is_none_or(|item| item.skill.is_none());
    checks.require(skill_is_free, "/skill", FieldCode::NotHere, "catalogItemId");
    let staffed = body.relation != Relation::Staff || body.channel.is_for_staff();
    checks.require(staffed, "/relation", FieldCode::NotHere, "channel");
    // Whoever is at the counter or on the telephone is helped; staff asks for the guardian.
    let said = body.recipient.age_band;
    let age = age_of_recipient(body.relation, caller.actor.born, caller.now, said);
    let child_alone = age == Some(AgeBand::Under14)
        && body.relation == Relation::Oneself
        && !body.channel.is_for_staff();
    checks.require(!child_alone, "/recipient/ageBand", FieldCode::GuardianNeeded, "");
    checks.done()
}

/// Whoever orders by himself must have agreed to what the notices in force there ask for. What staff
/// takes down does not wait (个人信息保护法 article 18): then it is the notice that the person had
/// not agreed to.
async fn privacy_notice_due(
    work: &mut Work<'_>,
    caller: &Caller,
    demand: &Demand,
    requester: Option<AccountId>,
    room: &Room,
) -> Result<Option<PrivacyNoticeId>, Problem> {
    let lineage = caller.actor.lineage(demand.area_id);
    let asked = room.privacy_notices.all_asked(&lineage, ORDERING, work.now);
    if demand.channel.is_for_staff() {
        return consents::first_missing(work.tx, requester, &asked).await;
    }
    consents::require(&caller.actor, &asked)?;
    Ok(None)
}

/// What one person may order today at a place. Staff that takes orders down is not bound.
fn allowance_of(
    body: &NewDemand,
    area: OrganizationId,
    names: &Names,
    now: DateTime<Utc>,
) -> Option<Allowance> {
    if body.channel.is_for_staff() {
        return None;
    }
    let rule: Ruling<OrderingRule> = names.rule(area, now);
    let calendar = names.calendar(area, now);
    Some(Allowance {
        orders: rule.value.per_person_and_day,
        since: calendar.start_of_local_day(now),
        until: calendar.end_of_local_day(now, 0),
    })
}

fn demand_of(
    work: &Work<'_>,
    caller: &Caller,
    body: &NewDemand,
    area: &Organization,
    item: Option<&CatalogItem>,
    names: &Names,
) -> Demand {
    let demand_id: DemandId = work.new_id();
    let area_id = area.organization_id;
    let county_id = names.county_of(area_id).unwrap_or(area_id);
    let skill = item.and_then(|item| item.skill).or(body.skill);
    let automatic = item.is_some_and(|item| item.automatic);
    // A special skill is found by the county center (domain.md 1.2).
    let for_center = item.map_or(skill.is_some(), CatalogItem::needs_specialist);
    let responsible_id = if for_center { county_id } else { area_id };
    let date = names.calendar(area_id, work.now).local_date(work.now);
    let demand = Demand {
        demand_id,
        number: number_of(demand_id, date),
        county_id,
        ancestors: names.path(area_id),
        area_id,
        responsible_id,
        escalations: 0,
        state: if automatic { State::Verified } else { State::Submitted },
        channel: body.channel,
        requester_id: None,
        placed_by: caller.actor.account_id,
        allowance: allowance_of(body, area_id, names, work.now),
        relation: body.relation,
        recipient_name: body.recipient.name.as_str().to_owned(),
        recipient_phone: body.recipient.phone.as_str().to_owned(),
        recipient_age: None,
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
        privacy_notice_due_id: None,
        rounds: 1,
        placed_at: work.now,
        updated_at: work.now,
        erased_at: None,
        version: NOT_STORED,
    };
    let (waits, rule_id) = fresh_waits(work, names, &names.catalog, &demand, demand.responsible_id);
    Demand { rule_id, waits, ..demand }
}
