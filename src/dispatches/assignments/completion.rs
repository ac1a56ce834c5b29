//! The end of a service: the record, the totals, and what becomes of the demand.

use super::places::touched;
use super::store::Duty;
use crate::access::Work;
use crate::demands::{self, Demand, Outcome, State};
use crate::dispatches::burden;
use crate::ids::AccountId;
use crate::organizations::Directory;
use crate::organizations::rules::{EvaluationRule, Hours, Ruling};
use crate::problem::Problem;
use crate::volunteers::hours::{self, NewServiceRecord, Provenance, TallyChange, credited_minutes};

/// What follows when somebody has left the spot: his record, the totals, and when
/// he was the last, the end of the service. Gives the minutes credited.
pub async fn finish(
    work: &mut Work<'_>,
    mut duty: Duty,
    provenance: Provenance,
    recorded_by: Option<AccountId>,
    name: &'static str,
    directory: &Directory,
) -> Result<(Duty, i64), Problem> {
    let assignment = &duty.assignment;
    let rule: Ruling<Hours> = directory.rule(duty.demand.area_id, work.now);
    let started_at = assignment.checked_in_at.unwrap_or(work.now);
    let ended_at = assignment.checked_out_at.unwrap_or(work.now);
    let minutes = match provenance {
        Provenance::Forced => 0,
        _ => credited_minutes(started_at, ended_at, &rule.value),
    };
    let record = NewServiceRecord {
        record_id: work.new_id(),
        assignment_id: assignment.assignment_id,
        demand_id: assignment.demand_id,
        county_id: assignment.county_id,
        volunteer_id: assignment.volunteer_id,
        team_id: duty.dispatch.organization_id,
        area_id: duty.demand.area_id,
        started_at,
        ended_at,
        minutes,
        provenance,
        rule_id: rule.rule_id,
        recorded_by,
        created_at: work.now,
    };
    hours::record(work.tx, &record).await?;
    let served = duty.others_coming == 0 && provenance_serves(provenance, duty.others_done);
    hours::tally(work.tx, &credit(&record, served, &duty)).await?;
    let demand = duty.demand.clone();
    duty.demand = if duty.others_coming == 0 && demand.state == State::InService {
        end_of_service(work, demand, served, directory).await?
    } else {
        touched(work, demand).await?
    };
    work.record(duty.assignment.fact(name, None, &duty.demand));
    Ok((duty, minutes))
}

/// The service was brought if anybody checked out of his own accord.
const fn provenance_serves(provenance: Provenance, others_done: i64) -> bool {
    !matches!(provenance, Provenance::Forced) || others_done > 0
}

fn credit(record: &NewServiceRecord, served: bool, duty: &Duty) -> Vec<TallyChange> {
    let services = i64::from(record.provenance != Provenance::Forced);
    let minutes = record.minutes;
    let share = |owner_id| TallyChange { owner_id, minutes, services, ..TallyChange::default() };
    // A call is published by a station or a center: what is brought counts once, for the station.
    let team = duty.dispatch.team();
    let mut changes = vec![share(record.volunteer_id.0), share(record.area_id.0)];
    changes.extend(team.map(|team| share(team.0)));
    if served && duty.demand.state == State::InService {
        changes.extend(team.map(|team| burden(team, -1, None)));
    }
    changes
}

/// What follows when somebody who was expected does not come after all: when nobody
/// else is on the way or on the spot, the service has ended.
pub async fn without_him(
    work: &mut Work<'_>,
    duty: &Duty,
    demand: Demand,
    directory: &Directory,
) -> Result<Demand, Problem> {
    if duty.others_coming > 0 || demand.state != State::InService {
        return Ok(demand);
    }
    let served = duty.others_done > 0;
    if let Some(team) = duty.dispatch.team().filter(|_| served) {
        hours::tally(work.tx, &[burden(team, -1, None)]).await?;
    }
    end_of_service(work, demand, served, directory).await
}

async fn end_of_service(
    work: &mut Work<'_>,
    demand: Demand,
    served: bool,
    directory: &Directory,
) -> Result<Demand, Problem> {
    if served {
        let rule: Ruling<EvaluationRule> = directory.rule(demand.area_id, work.now);
        let calendar = directory.calendar(demand.area_id, work.now);
        let evaluate_by = calendar.deadline(work.now, rule.value.window.into());
        return demands::save(work.tx, demand.served(evaluate_by, work.now)?).await;
    }
    // Whoever came was sent home by midnight, and nobody else is on the way: nothing was
    // brought, somebody has to be found anew.
    crate::dispatches::end(work, &demand, Outcome::Withdrawn, None).await?;
    let mut returned = demand.back_to_responsible(work.now)?;
    returned.waits.respond_by = Some(work.now);
    demands::save(work.tx, returned).await
}
