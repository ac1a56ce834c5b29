//! The operations on demands: placing, reading, and the commands of their life.

mod placing;
mod reading;
mod room;

use actix_web::post;
use chrono::{DateTime, Duration, Utc};
use serde_json::json;
use utoipa_actix_web::service_config::ServiceConfig;

use self::room::Room;
use super::contacts::revealed;
use super::contract::{DemandSummary, ReopenDemand, TransferDemand};
use super::domain::{Closing, Demand, EscalationCause, State, Step, Waits};
use super::escalation::{Climb, climb, fresh_waits, waiting_anew};
use super::policy::{
    Cancel, Close, Escalate, Pause, Refuse, Reopen, SeeContact, Transfer, Verify, calls_back_at,
};
use super::responders::Outcome;
use super::{catalog, desk, store};
use crate::access::reveals::{self, Asking, RevealContact, RevealSubject, RevealView};
use crate::access::{Command, Work};
use crate::ids::DemandId;
use crate::organizations::rules::{RevealRule, Ruling};
use crate::platform::http::Reply;
use crate::platform::http::query::PathId;
use crate::platform::http::reasons::{PerhapsWithReason, WithReason};
use crate::platform::values::{Checks, TimeWindow};
use crate::problem::{FieldCode, Problem};

/// How far ahead help can be ordered, in days.
const DAYS_AHEAD: i64 = 90;

/// Mounts the operations of this noun.
pub fn configure(config: &mut ServiceConfig) {
    catalog::configure(config);
    desk::configure(config);
    reading::configure(config);
    config
        .service(placing::place)
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
            let verified = waiting_anew(work, &room.names, &room.names.catalog, verified);
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
            match climb(work, &room.names, &room.names.catalog, demand, cause, reason)? {
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
/// and has passed is dropped: then help is wanted as soon as can be. Whoever ordered does so
/// up to the fifth round; then staff decides whether it goes on.
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
            let (waits, rule_id) = fresh_waits(work, &room.names, &room.names.catalog, &demand, at);
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
/// call: for as many minutes as the rule `reveals` of the place says (10 unless it says
/// otherwise). Who looked, when and what for stands in the timeline and in the access log of
/// the person whose data it is; the person who ordered is told. Of a minor nothing is shown
/// before another person, an administrator, has approved it: `state` is `awaiting_approval`.
#[utoipa::path(tag = "demands", operation_id = "demandRevealContact",
    params(("demand_id" = DemandId, Path, description = "The demand 点单")),
    request_body = RevealContact, responses((status = 200, body = RevealView)))]
#[post("/demands/{demand_id}/reveal-contact")]
async fn reveal_contact(
    command: Command<RevealContact>,
    id: PathId<DemandId>,
    room: Room,
) -> Reply {
    command
        .on::<SeeContact>(id.0, async |work, demand, caller, body| {
            let organization_id = calls_back_at(&caller.actor, &demand);
            let rule: Ruling<RevealRule> = room.names.rule(organization_id, work.now);
            let asking = Asking {
                subject: RevealSubject::Demand(demand.demand_id),
                revealed: revealed(&demand),
                of_minor: demand.is_for_minor(),
                organization_id,
                minutes: rule.value.minutes,
                approval_hours: rule.value.approval_hours,
            };
            reveals::ask(work, caller, body, asking).await
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
