//! What dispatches do for a demand: find a responder, going up the tree, and
//! send everybody home when the demand has ended.

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use futures_util::future::LocalBoxFuture;
use serde_json::json;

use super::candidates::{self, Candidate, Grounds, Out};
use super::domain::{Dispatch, DispatchState, Kind, Move};
use super::{assignments, store};
use crate::access::Work;
use crate::demands::catalog::Catalog;
use crate::demands::{
    self, Climb, Demand, EscalationCause, Outcome, Responders, State, UnfilledCode, UnfilledReason,
};
use crate::ids::{AccountId, OrganizationId};
use crate::organizations::Directory;
use crate::organizations::rules::{Matching, Ruling};
use crate::platform::geography::whole_meters;
use crate::platform::journal::Fact;
use crate::problem::Problem;
use crate::volunteers::hours::{self, TallyChange};

/// The reactions to the life of a demand.
pub struct Responding {
    /// The tree.
    pub directory: Arc<Directory>,
    /// The menu.
    pub catalog: Arc<Catalog>,
}

/// To whom a demand is to be handed, and why.
pub struct Choice {
    /// The team, or the organization that publishes the call.
    pub organization_id: OrganizationId,
    /// To whom.
    pub kind: Kind,
    /// How far, in meters.
    pub distance_meters: Option<i64>,
    /// Why.
    pub grounds: Grounds,
    /// Who chose; the system if nobody.
    pub offered_by: Option<AccountId>,
}

impl Responders for Responding {
    fn find_responder<'a, 'w: 'a>(
        &'a self,
        work: &'a mut Work<'w>,
        demand: Demand,
    ) -> LocalBoxFuture<'a, Result<Demand, Problem>> {
        Box::pin(self.find(work, demand))
    }

    fn postpone<'a, 'w: 'a>(
        &'a self,
        work: &'a mut Work<'w>,
        demand: &'a Demand,
        by: Duration,
    ) -> LocalBoxFuture<'a, Result<(), Problem>> {
        Box::pin(self.give_time(work, demand, by))
    }

    fn end_dispatch<'a, 'w: 'a>(
        &'a self,
        work: &'a mut Work<'w>,
        demand: &'a Demand,
        outcome: Outcome,
        reason: Option<&'a str>,
    ) -> LocalBoxFuture<'a, Result<(), Problem>> {
        Box::pin(end(work, demand, outcome, reason))
    }
}

impl Responding {
    /// The offer runs on by as long as the pause was; those who are named have the
    /// whole time to answer again, and those who have accepted the time to come.
    async fn give_time(
        &self,
        work: &mut Work<'_>,
        demand: &Demand,
        by: Duration,
    ) -> Result<(), Problem> {
        let Some(id) = demand.dispatch_id else { return Ok(()) };
        if let Some(until) = store::offered_until(work.tx, id).await? {
            store::postpone(work.tx, id, until + by, work.now).await?;
        }
        assignments::postpone(work, id, demand, &self.directory).await
    }

    /// The ranked teams; none for a time that has passed, for which nobody is asked.
    async fn askable(
        &self,
        work: &mut Work<'_>,
        demand: &Demand,
        rule: &Matching,
    ) -> Result<Vec<Candidate>, Problem> {
        if demand.wanted_has_passed(work.now) {
            return Ok(Vec::new());
        }
        candidates::rank(work.tx, &self.directory, demand, rule, work.now).await
    }

    /// Offers it to the first who can be asked, level by level. For a time that has passed
    /// nobody is asked: the demand goes up, and stays unfilled until a person acts, who
    /// may find out from the resident what he wants now.
    async fn find(&self, work: &mut Work<'_>, demand: Demand) -> Result<Demand, Problem> {
        let mut demand = demand;
        loop {
            let rule: Ruling<Matching> = self.directory.rule(demand.responsible_id, work.now);
            let ranked = self.askable(work, &demand, &rule.value).await?;
            if ranked.first().is_some_and(|first| first.out.is_empty()) {
                let choice = choice(&ranked, 0, None);
                return hand(work, &rule.value, demand, choice).await;
            }
            if demand.state == State::Unfilled {
                return give_up(work, &rule.value, demand, &ranked).await;
            }
            let cause = why_nobody(&demand, work.now);
            let climbed =
                demands::climb(work, &self.directory, &self.catalog, demand, cause, None)?;
            demand = match climbed {
                Climb::Up(demand) => demand,
                Climb::Top(demand) => return give_up(work, &rule.value, demand, &ranked).await,
            };
        }
    }
}

/// Why nobody is asked at a level.
fn why_nobody(demand: &Demand, now: DateTime<Utc>) -> EscalationCause {
    if demand.wanted_has_passed(now) {
        EscalationCause::WantedTimePassed
    } else {
        EscalationCause::NobodySuitable
    }
}

/// Why a demand stays unfilled: what stands against the teams that were looked at.
fn why_unfilled(cause: EscalationCause, ranked: &[Candidate]) -> Vec<UnfilledReason> {
    if cause == EscalationCause::WantedTimePassed {
        return vec![UnfilledReason::plain(UnfilledCode::WantedTimePassed)];
    }
    if ranked.is_empty() {
        return vec![UnfilledReason::plain(UnfilledCode::NoTeamNear)];
    }
    let out = |one: &Candidate| {
        let team = one.team.organization_id;
        one.out.clone().into_iter().map(move |out| (team, unfilled_code(out)))
    };
    UnfilledReason::of_teams(ranked.iter().flat_map(out))
}

const fn unfilled_code(out: Out) -> UnfilledCode {
    match out {
        Out::OptedOut => UnfilledCode::OptedOut,
        Out::LacksSkill => UnfilledCode::LacksSkill,
        Out::NotAvailable => UnfilledCode::NotAvailable,
        Out::TooFar => UnfilledCode::TooFar,
        Out::Busy => UnfilledCode::Busy,
        Out::AlreadyAsked => UnfilledCode::AlreadyAsked,
        Out::TimeConflict => UnfilledCode::TimeConflict,
    }
}

/// The candidate at `index` as a choice.
#[must_use]
pub fn choice(ranked: &[Candidate], index: usize, chosen_by: Option<AccountId>) -> Choice {
    let candidate = ranked.get(index);
    Choice {
        organization_id: candidate
            .map_or(OrganizationId(uuid::Uuid::nil()), |one| one.team.organization_id),
        kind: Kind::Offer,
        distance_meters: candidate.map(|one| whole_meters(one.distance)),
        grounds: candidates::grounds(ranked, index, chosen_by.is_some()),
        offered_by: chosen_by,
    }
}

/// Hands the demand over: the dispatch, the demand's new state, and the team's
/// burden, all stored.
///
/// # Errors
/// `not_possible`, `changed_meanwhile`.
pub async fn hand(
    work: &mut Work<'_>,
    rule: &Matching,
    demand: Demand,
    choice: Choice,
) -> Result<Demand, Problem> {
    let dispatch = Dispatch {
        dispatch_id: work.new_id(),
        demand_id: demand.demand_id,
        county_id: demand.county_id,
        organization_id: choice.organization_id,
        kind: choice.kind,
        state: DispatchState::Offered,
        places: demand.people,
        taken: 0,
        offered_by: choice.offered_by,
        round: demand.rounds,
        distance_meters: choice.distance_meters,
        grounds: choice.grounds,
        respond_by: answer_by(&demand, rule, work.now),
        reason: None,
        created_at: work.now,
        updated_at: work.now,
        version: 1,
    };
    let demand = with_time_to_answer(demand, dispatch.respond_by);
    let demand = demand.dispatched(dispatch.dispatch_id, work.now)?;
    let demand = demands::save(work.tx, demand).await?;
    // What lies above the dispatch is read from its demand.
    store::insert(work.tx, &dispatch).await?;
    if dispatch.kind == Kind::Offer {
        hours::tally(work.tx, &[burden(dispatch.organization_id, 1, Some(work.now))]).await?;
    }
    work.record(dispatch.fact("dispatch.offered.v1", None, &demand));
    Ok(demand)
}

/// Until when this offer is to be answered: the rule's time, within that of the demand.
#[must_use]
pub fn answer_by(demand: &Demand, rule: &Matching, now: DateTime<Utc>) -> DateTime<Utc> {
    let usual = now + Duration::minutes(i64::from(rule.offer_minutes));
    match demand.waits.respond_by {
        Some(due) if due > now => usual.min(due),
        _ => usual,
    }
}

/// A demand whose time to respond is over, or that has none, waits at least for
/// the answer to the offer that is made now.
fn with_time_to_answer(mut demand: Demand, respond_by: DateTime<Utc>) -> Demand {
    let enough = demand.waits.respond_by.is_some_and(|due| due >= respond_by);
    if !enough {
        demand.waits.respond_by = Some(respond_by);
    }
    demand
}

async fn give_up(
    work: &mut Work<'_>,
    rule: &Matching,
    demand: Demand,
    ranked: &[Candidate],
) -> Result<Demand, Problem> {
    let cause = why_nobody(&demand, work.now);
    let too_late = cause == EscalationCause::WantedTimePassed;
    let retry_at = work.now + Duration::minutes(i64::from(rule.retry_minutes));
    // Told once, and once more when it is not tried any longer.
    let is_news = demand.state != State::Unfilled || too_late;
    let retry_at = (!too_late).then_some(retry_at);
    let reasons = why_unfilled(cause, ranked);
    let unfilled = demand.unfilled(retry_at, reasons, work.now)?;
    if is_news {
        let reasons: Vec<_> = ranked
            .iter()
            .take(10)
            .map(|one| json!({ "organizationId": one.team.organization_id, "out": one.out }))
            .collect();
        let more = json!({ "cause": cause, "considered": reasons });
        work.record(unfilled.fact("demand.unfilled.v1", None, more));
    }
    demands::save(work.tx, unfilled).await
}

/// Ends the dispatch that a demand is on, with everybody on it.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn end(
    work: &mut Work<'_>,
    demand: &Demand,
    outcome: Outcome,
    reason: Option<&str>,
) -> Result<(), Problem> {
    let Some(id) = demand.dispatch_id else { return Ok(()) };
    let (state, name) = match outcome {
        Outcome::Lapsed => (DispatchState::Lapsed, "dispatch.lapsed.v1"),
        Outcome::Withdrawn => (DispatchState::Withdrawn, "dispatch.withdrawn.v1"),
        Outcome::Completed => (DispatchState::Completed, "dispatch.completed.v1"),
    };
    let ended = store::end(work.tx, id, state, reason, work.now).await?;
    let Some((organization, kind)) = ended.filter(|_| outcome != Outcome::Completed) else {
        return Ok(());
    };
    assignments::release(work.tx, id, work.now).await?;
    work.record(Fact {
        name,
        demand_id: Some(demand.demand_id.0),
        subject_id: id.0,
        reason: reason.map(str::to_owned),
        data: json!({ "organizationId": organization }),
    });
    if kind == Kind::Offer {
        hours::tally(work.tx, &[burden(organization, -1, None)]).await?;
    }
    Ok(())
}

/// Ends a dispatch by its own move, and lightens the team's burden.
///
/// # Errors
/// `offer_lapsed`, `not_possible`, `changed_meanwhile`.
pub async fn end_by(
    work: &mut Work<'_>,
    dispatch: Dispatch,
    made: Move,
    reason: Option<&str>,
) -> Result<Dispatch, Problem> {
    let ended = Dispatch { reason: reason.map(str::to_owned), ..dispatch.make(made, work.now)? };
    let ended = store::save(work.tx, ended).await?;
    assignments::release(work.tx, ended.dispatch_id, work.now).await?;
    if ended.kind == Kind::Offer {
        hours::tally(work.tx, &[burden(ended.organization_id, -1, None)]).await?;
    }
    Ok(ended)
}

/// A change of what a team has on its hands.
#[must_use]
pub fn burden(team: OrganizationId, change: i64, asked_at: Option<DateTime<Utc>>) -> TallyChange {
    TallyChange {
        owner_id: team.0,
        open_dispatches: change,
        last_asked_at: asked_at,
        ..TallyChange::default()
    }
}
