//! The operations on assignments.

mod lists;

use actix_web::web::Data;
use actix_web::{get, post};
use chrono::{DateTime, Utc};
use utoipa_actix_web::service_config::ServiceConfig;

use super::completion::finish;
use super::contract::{
    AssignmentList, AssignmentSummary, AssignmentView, CheckInCode, EnteredPresence, Presence,
};
use super::domain::{Act, Assignment, AssignmentState, Proof, ProofKind, is_its_day};
use super::places::{nomination, own_assignment, place_on, postpone, touched, vacate, with_place};
use super::policy::{Attend, Enter, Release, SeeOrderCode, SeeStationCode, StationCode, View};
use super::presence::{self, Shown};
use super::store::{self, Duty, Nominee};
use crate::access::{Caller, Command, Gate, Reader};
use crate::demands::{self, Demand, Names, State, Step};
use crate::dispatches::contract::NameVolunteers;
use crate::dispatches::policy::{Answer as AnswerOffer, Take};
use crate::dispatches::routes::{answer_time, offer_id};
use crate::dispatches::store::Offer;
use crate::ids::{AssignmentId, DemandId, DispatchId, OrganizationId, VolunteerId};
use crate::organizations::Directory;
use crate::organizations::rules::{Attendance, Ruling};
use crate::platform::calendar::Calendar;
use crate::platform::http::Reply;
use crate::platform::http::answer::Answer;
use crate::platform::http::query::PathId;
use crate::platform::http::reasons::{PerhapsWithReason, WithReason};
use crate::problem::{Code, FieldCode, FieldError, Problem};
use crate::volunteers::hours::Provenance;

/// How many assignments of a dispatch the naming of volunteers answers with.
const OF_DISPATCH: i64 = 500;

/// Mounts the operations of this part.
pub fn configure(config: &mut ServiceConfig) {
    lists::configure(config);
    config
        .service(take_place)
        .service(name_volunteers)
        .service(view)
        .service(accept)
        .service(decline)
        .service(drop_out)
        .service(release)
        .service(check_in)
        .service(check_out)
        .service(enter_presence)
        .service(order_code)
        .service(station_code);
}

/// Take a place oneself 志愿者接单
///
/// The last place is taken exactly once.
#[utoipa::path(tag = "assignments", operation_id = "dispatchTakePlace",
    params(("dispatch_id" = DispatchId, Path, description = "The dispatch 派单")),
    responses((status = 201, body = AssignmentView, headers(("ETag" = String)))))]
#[post("/dispatches/{dispatch_id}/take-place")]
async fn take_place(command: Command, id: PathId<DispatchId>, names: Names) -> Reply {
    let id = offer_id(id.0, &command.caller);
    command
        .on::<Take>(id, async |work, offer, caller, _| {
            require_of_somebody_else(caller, &offer.demand)?;
            if offer.own_state.is_some_and(AssignmentState::holds_a_place) {
                return Err(Problem::of(Code::AlreadyTaken));
            }
            if offer.own_conflict {
                return Err(Problem::of(Code::TimeConflict));
            }
            let wanted = own_assignment(work, &offer, caller, &names)?;
            let (dispatch, demand) = with_place(work, offer.dispatch, offer.demand).await?;
            let taken = store::take(work.tx, wanted, &offer.ancestors).await?;
            let assignment = taken.ok_or_else(|| Problem::of(Code::AlreadyTaken))?;
            work.record(assignment.fact("assignment.accepted.v1", None, &demand));
            let duty = Duty::alone(assignment, dispatch, demand);
            let location = format!("/api/v1/assignments/{}", duty.assignment.assignment_id);
            let shown = AssignmentView::of(&duty, None, caller, &names);
            Ok(Answer::created(&shown, location)?.version(duty.assignment.version))
        })
        .await
}

/// Name volunteers, who are then asked 队长点名
#[utoipa::path(tag = "assignments", operation_id = "dispatchNameVolunteers",
    params(("dispatch_id" = DispatchId, Path, description = "The dispatch 派单")),
    request_body = NameVolunteers, responses((status = 200, body = AssignmentList)))]
#[post("/dispatches/{dispatch_id}/assignments")]
async fn name_volunteers(
    command: Command<NameVolunteers>,
    id: PathId<DispatchId>,
    names: Names,
) -> Reply {
    let id = offer_id(id.0, &command.caller);
    let count = command.body.volunteer_ids.len();
    if !(1..=50).contains(&count) {
        return Err(Problem::of(Code::InvalidRequest).and_field(
            "/volunteerIds",
            FieldCode::OutOfRange,
            "1–50",
        ));
    }
    command
        .on::<AnswerOffer>(id, async |work, offer, caller, body| {
            place_on(offer.dispatch.clone(), &offer.demand, work.now)?;
            let busy = offer.demand.busy(work.now);
            let members =
                store::members(work.tx, &offer.dispatch, &body.volunteer_ids, busy).await?;
            check_named(&body.volunteer_ids, &members)?;
            let respond_by = answer_time(&names, &offer.demand, work.now);
            let by = Some(caller.actor.account_id);
            let nominations: Vec<Assignment> = members
                .into_iter()
                .map(|member| {
                    let who = (member.volunteer_id, member.name);
                    nomination(work, &offer, who, by, respond_by)
                })
                .collect();
            store::name(work.tx, &nominations, &offer.ancestors).await?;
            // Whoever ends the dispatch at this instant sends home whom he finds on it: the two
            // meet on the demand, and the later one sees what the earlier one did.
            let demand = touched(work, offer.demand).await?;
            let offer = Offer { demand, ..offer };
            let all = store::of_dispatch(work.tx, offer.dispatch.dispatch_id, OF_DISPATCH).await?;
            // Who has a place, or was asked before and has not answered, is not asked again.
            let now = work.now;
            let is_asked = |one: &&Assignment| {
                one.state == AssignmentState::Offered
                    && one.updated_at == now
                    && body.volunteer_ids.contains(&one.volunteer_id)
            };
            for one in all.iter().filter(is_asked) {
                work.record(one.fact("assignment.offered.v1", None, &offer.demand));
            }
            let shown = |one| AssignmentSummary::of(&on(&offer, one), caller, &names);
            Answer::ok(&AssignmentList { items: all.into_iter().map(shown).collect() })
        })
        .await
}

/// One assignment 接单详情
#[utoipa::path(tag = "assignments", operation_id = "assignmentView",
    params(("assignment_id" = AssignmentId, Path, description = "The assignment 接单")),
    responses((status = 200, body = AssignmentView)))]
#[get("/assignments/{assignment_id}")]
async fn view(reader: Reader, id: PathId<AssignmentId>, names: Names) -> Reply {
    reader.on::<View>(id.0, async |_, caller, duty| answer(&duty, None, caller, &names)).await
}

/// Accept the place one was named for 接受点名
#[utoipa::path(tag = "assignments", operation_id = "assignmentAccept",
    params(("assignment_id" = AssignmentId, Path, description = "The assignment 接单")),
    responses((status = 200, body = AssignmentView, headers(("ETag" = String)))))]
#[post("/assignments/{assignment_id}/accept")]
async fn accept(command: Command, id: PathId<AssignmentId>, names: Names) -> Reply {
    command
        .on::<Attend>(id.0, async |work, duty, caller, _| {
            if duty.assignment.state != AssignmentState::Offered {
                return Err(Problem::of(Code::NotPossible).about(duty.assignment.state.as_str()));
            }
            require_of_somebody_else(caller, &duty.demand)?;
            if !duty.takes_part {
                return Err(Problem::of(Code::Forbidden));
            }
            if duty.conflict {
                return Err(Problem::of(Code::TimeConflict));
            }
            let asked = duty.assignment.at_the_pace_of(&duty.demand, work.now);
            let calendar = names.calendar(duty.demand.area_id, work.now);
            let accepted =
                asked.act(Act::Accept, work.now)?.awaited(&duty.demand, &calendar, work.now);
            let (dispatch, demand) = with_place(work, duty.dispatch, duty.demand).await?;
            let assignment = store::save(work.tx, accepted).await?;
            work.record(assignment.fact("assignment.accepted.v1", None, &demand));
            answer(&Duty::alone(assignment, dispatch, demand), None, caller, &names)
        })
        .await
}

/// Decline the place one was named for 婉拒点名
///
/// Declining costs nothing.
#[utoipa::path(tag = "assignments", operation_id = "assignmentDecline",
    params(("assignment_id" = AssignmentId, Path, description = "The assignment 接单")),
    request_body = PerhapsWithReason,
    responses((status = 200, body = AssignmentView, headers(("ETag" = String)))))]
#[post("/assignments/{assignment_id}/decline")]
async fn decline(
    command: Command<PerhapsWithReason>,
    id: PathId<AssignmentId>,
    names: Names,
) -> Reply {
    command
        .on::<Attend>(id.0, async |work, mut duty, caller, body| {
            let reason = body.as_str();
            let declined = duty.assignment.act(Act::Decline, work.now)?;
            let declined = Assignment { reason: reason.map(str::to_owned), ..declined };
            duty.assignment = store::save(work.tx, declined).await?;
            work.record(duty.assignment.fact("assignment.declined.v1", reason, &duty.demand));
            answer(&duty, None, caller, &names)
        })
        .await
}

/// Drop out 退出
///
/// The place is free at once; when it was the only one, the offer stands again.
#[utoipa::path(tag = "assignments", operation_id = "assignmentDropOut",
    params(("assignment_id" = AssignmentId, Path, description = "The assignment 接单")),
    request_body = PerhapsWithReason,
    responses((status = 200, body = AssignmentView, headers(("ETag" = String)))))]
#[post("/assignments/{assignment_id}/drop-out")]
async fn drop_out(
    command: Command<PerhapsWithReason>,
    id: PathId<AssignmentId>,
    names: Names,
) -> Reply {
    command
        .on::<Attend>(id.0, async |work, duty, caller, body| {
            let reason = body.as_str();
            let gone = (Act::DropOut, "assignment.dropped_out.v1");
            let duty = vacate(work, duty, gone, reason, &names).await?;
            answer(&duty, None, caller, &names)
        })
        .await
}

/// Release somebody who does not come 释放未到场志愿者
///
/// For the leader of the team, and for whoever's turn the demand is. The place is
/// free at once; when nobody else is expected, the demand is served if somebody has
/// done his part, else it is to be filled again. Without this, midnight does it
/// (`comeBy`).
#[utoipa::path(tag = "assignments", operation_id = "assignmentRelease",
    params(("assignment_id" = AssignmentId, Path, description = "The assignment 接单")),
    request_body = WithReason,
    responses((status = 200, body = AssignmentView, headers(("ETag" = String)))))]
#[post("/assignments/{assignment_id}/release")]
async fn release(command: Command<WithReason>, id: PathId<AssignmentId>, names: Names) -> Reply {
    command
        .on::<Release>(id.0, async |work, duty, caller, body| {
            let released = (Act::Release, "assignment.released.v1");
            let reason = Some(body.reason.as_str());
            let duty = vacate(work, duty, released, reason, &names).await?;
            answer(&duty, None, caller, &names)
        })
        .await
}

/// Check in on the spot 签到
///
/// Not before the local day on which help is wanted.
#[utoipa::path(tag = "assignments", operation_id = "assignmentCheckIn",
    params(("assignment_id" = AssignmentId, Path, description = "The assignment 接单")),
    request_body = Presence,
    responses((status = 200, body = AssignmentView, headers(("ETag" = String)))))]
#[post("/assignments/{assignment_id}/check-in")]
async fn check_in(
    command: Command<Presence>,
    id: PathId<AssignmentId>,
    names: Names,
    gate: Data<Gate>,
) -> Reply {
    command
        .on::<Attend>(id.0, async |work, mut duty, caller, body| {
            let proof = proof_of(&gate, &names, &duty, body, work.now)?;
            let calendar = names.calendar(duty.demand.area_id, work.now);
            check_day(&duty.demand, &calendar, work.now)?;
            let leave_by = calendar.end_of_local_day(work.now, 0);
            let on_site = duty.assignment.checked_in(proof, leave_by, work.now)?;
            let already = duty.demand.state == State::InService;
            let paused = duty.demand.waits.paused_at.is_some();
            let begun = duty.demand.step(Step::Begin, work.now)?;
            duty.assignment = store::save(work.tx, on_site).await?;
            duty.demand = if already { begun } else { demands::save(work.tx, begun).await? };
            if paused {
                // His coming ends the pause, for the others as well.
                let dispatch = duty.dispatch.dispatch_id;
                postpone(work, dispatch, &duty.demand, &names).await?;
            }
            work.record(duty.assignment.fact("assignment.checked_in.v1", None, &duty.demand));
            answer(&duty, None, caller, &names)
        })
        .await
}

/// Check out 签退
///
/// Minutes are credited at once; the last one to leave makes the demand served.
#[utoipa::path(tag = "assignments", operation_id = "assignmentCheckOut",
    params(("assignment_id" = AssignmentId, Path, description = "The assignment 接单")),
    request_body = Presence,
    responses((status = 200, body = AssignmentView, headers(("ETag" = String)))))]
#[post("/assignments/{assignment_id}/check-out")]
async fn check_out(
    command: Command<Presence>,
    id: PathId<AssignmentId>,
    names: Names,
    gate: Data<Gate>,
) -> Reply {
    command
        .on::<Attend>(id.0, async |work, mut duty, caller, body| {
            let proof = proof_of(&gate, &names, &duty, body, work.now)?;
            let done = duty.assignment.checked_out(proof, work.now)?;
            duty.assignment = store::save(work.tx, done).await?;
            let name = "assignment.checked_out.v1";
            let (duty, minutes) =
                finish(work, duty, Provenance::CheckedIn, None, name, &names).await?;
            answer(&duty, Some(minutes), caller, &names)
        })
        .await
}

/// Enter somebody's presence by hand 队长补录
///
/// For a member who could not check in or out himself; marked as entered by hand. Not of
/// a day before the one on which help is wanted.
#[utoipa::path(tag = "assignments", operation_id = "assignmentEnterPresence",
    params(("assignment_id" = AssignmentId, Path, description = "The assignment 接单")),
    request_body = EnteredPresence,
    responses((status = 200, body = AssignmentView, headers(("ETag" = String)))))]
#[post("/assignments/{assignment_id}/enter-presence")]
async fn enter_presence(
    command: Command<EnteredPresence>,
    id: PathId<AssignmentId>,
    names: Names,
) -> Reply {
    command
        .on::<Enter>(id.0, async |work, mut duty, caller, body| {
            require_of_somebody_else(caller, &duty.demand)?;
            check_entered(body, &duty, &names, work.now)?;
            let proof = Proof { kind: ProofKind::Leader, distance_meters: None };
            let entered = duty.assignment.act(Act::Enter, work.now)?;
            let entered = Assignment {
                checked_in_at: Some(body.served.from),
                check_in: Some(proof),
                checked_out_at: Some(body.served.until),
                check_out: Some(proof),
                leave_by: None,
                reason: Some(body.reason.as_str().to_owned()),
                ..entered
            };
            if duty.demand.state == State::Accepted {
                let begun = duty.demand.step(Step::Begin, work.now)?;
                duty.demand = demands::save(work.tx, begun).await?;
            }
            duty.assignment = store::save(work.tx, entered).await?;
            let by = Some(caller.actor.account_id);
            let name = "assignment.entered.v1";
            let (duty, minutes) =
                finish(work, duty, Provenance::EnteredByLeader, by, name, &names).await?;
            answer(&duty, Some(minutes), caller, &names)
        })
        .await
}

/// The check-in code of a demand 点单签到码
#[utoipa::path(tag = "assignments", operation_id = "demandCheckInCode",
    params(("demand_id" = DemandId, Path, description = "The demand 点单")),
    responses((status = 200, body = CheckInCode)))]
#[get("/demands/{demand_id}/check-in-code")]
async fn order_code(
    reader: Reader,
    id: PathId<DemandId>,
    directory: Data<Directory>,
    gate: Data<Gate>,
) -> Reply {
    reader
        .on::<SeeOrderCode>(id.0, async |_, caller, demand| {
            let rule: Ruling<Attendance> = directory.rule(demand.area_id, caller.now);
            code_answer(&gate, demand.demand_id.0, rule.value, caller.now)
        })
        .await
}

/// The check-in code of a station 站点签到码
#[utoipa::path(tag = "assignments", operation_id = "organizationCheckInCode",
    params(("organization_id" = OrganizationId, Path, description = "The station 站点")),
    responses((status = 200, body = CheckInCode)))]
#[get("/organizations/{organization_id}/check-in-code")]
async fn station_code(
    reader: Reader,
    id: PathId<OrganizationId>,
    directory: Data<Directory>,
    gate: Data<Gate>,
) -> Reply {
    reader
        .about::<SeeStationCode>(StationCode(id.0), async |_, caller, station| {
            // Orders have codes of their own, which are not told by this way.
            directory.get(station.0).ok_or_else(|| Problem::of(Code::NotFound))?;
            let rule: Ruling<Attendance> = directory.rule(station.0, caller.now);
            code_answer(&gate, station.0.0, rule.value, caller.now)
        })
        .await
}

/// Nobody brings himself the help he ordered, nor vouches for those who brought it: hours
/// are what others have received.
fn require_of_somebody_else(caller: &Caller, demand: &Demand) -> Result<(), Problem> {
    if demands::has_ordered(&caller.actor, demand) {
        return Err(Problem::of(Code::OwnOrder));
    }
    Ok(())
}

fn code_answer(
    gate: &Gate,
    of: uuid::Uuid,
    rule: Attendance,
    now: DateTime<Utc>,
) -> Result<Answer, Problem> {
    Answer::ok(&CheckInCode {
        code: presence::code_at(gate.tokens(), of, rule, now),
        changes_at: presence::next_change(rule, now),
    })
}

fn answer(
    duty: &Duty,
    credited: Option<i64>,
    caller: &Caller,
    names: &Names,
) -> Result<Answer, Problem> {
    let shown = AssignmentView::of(duty, credited, caller, names);
    Ok(Answer::ok(&shown)?.version(duty.assignment.version))
}

/// Only members of the team are named, and nobody who could not come: whoever names him hears
/// at once who is promised elsewhere.
fn check_named(named: &[VolunteerId], members: &[Nominee]) -> Result<(), Problem> {
    let mut strangers = Vec::new();
    let mut promised = Problem::of(Code::TimeConflict);
    let mut any_promised = false;
    for (index, wanted) in named.iter().enumerate() {
        let pointer = format!("/volunteerIds/{index}");
        match members.iter().find(|member| member.volunteer_id == *wanted) {
            None => strangers.push(FieldError {
                pointer,
                code: FieldCode::NoSuchThing,
                value: String::new(),
            }),
            Some(member) if member.conflict => {
                promised = promised.and_field(pointer, FieldCode::TimeConflict, "");
                any_promised = true;
            }
            Some(_) => {}
        }
    }
    Problem::refuse_fields(strangers)?;
    if any_promised { Err(promised) } else { Ok(()) }
}

/// An assignment on a dispatch that is at hand.
fn on(offer: &Offer, assignment: Assignment) -> Duty {
    Duty::alone(assignment, offer.dispatch.clone(), offer.demand.clone())
}

fn proof_of(
    gate: &Gate,
    directory: &Directory,
    duty: &Duty,
    body: &Presence,
    now: DateTime<Utc>,
) -> Result<Proof, Problem> {
    let rule: Ruling<Attendance> = directory.rule(duty.demand.area_id, now);
    let shown = Shown {
        position: body.position.map(|position| position.point()),
        code: body.code.as_deref(),
    };
    let codes_of = [duty.demand.demand_id.0, duty.demand.area_id.0, duty.demand.responsible_id.0];
    presence::judge(gate.tokens(), shown, duty.demand.place, &codes_of, rule.value, now)
}

fn check_day(demand: &Demand, calendar: &Calendar, now: DateTime<Utc>) -> Result<(), Problem> {
    match demand.wanted {
        Some((from, _)) if !is_its_day(demand, calendar, now) => {
            Err(Problem::of(Code::TooEarly).about(from.to_rfc3339()))
        }
        _ => Ok(()),
    }
}

fn check_entered(
    body: &EnteredPresence,
    duty: &Duty,
    directory: &Directory,
    now: DateTime<Utc>,
) -> Result<(), Problem> {
    let calendar = directory.calendar(duty.demand.area_id, now);
    let day = calendar.local_date(body.served.from);
    let last = body.served.until - chrono::Duration::microseconds(1);
    if body.served.until > now {
        return Err(Problem::of(Code::InvalidRequest).and_field(
            "/served/until",
            FieldCode::TooFarAhead,
            now.to_rfc3339(),
        ));
    }
    if calendar.local_date(last) != day {
        return Err(Problem::of(Code::InvalidRequest).and_field(
            "/served/until",
            FieldCode::OutOfRange,
            day.to_string(),
        ));
    }
    let wanted = duty.demand.wanted.filter(|_| !is_its_day(&duty.demand, &calendar, last));
    if let Some((from, _)) = wanted {
        return Err(Problem::of(Code::InvalidRequest).and_field(
            "/served/from",
            FieldCode::OutOfRange,
            from.to_rfc3339(),
        ));
    }
    if body.served.from < duty.assignment.created_at {
        return Err(Problem::of(Code::InvalidRequest).and_field(
            "/served/from",
            FieldCode::OutOfRange,
            duty.assignment.created_at.to_rfc3339(),
        ));
    }
    Ok(())
}
