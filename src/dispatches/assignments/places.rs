//! Places: who is asked or takes one, and what that does to the dispatch and its
//! demand. The first place taken accepts both; the only one freed offers them anew,
//! and where others have been there already, the service may have ended with it.

use chrono::{DateTime, Utc};

use super::completion::without_him;
use super::domain::{Act, Assignment, AssignmentState, come_by};
use super::store::{self, Duty};
use crate::access::{Caller, Work, births};
use crate::demands::{self, Demand, State, Step};
use crate::dispatches::routes::answer_time;
use crate::dispatches::store::Offer;
use crate::dispatches::{Dispatch, store as dispatches};
use crate::ids::{AccountId, DispatchId, VolunteerId};
use crate::organizations::Directory;
use crate::problem::{Code, Problem};

pub fn own_assignment(
    work: &Work<'_>,
    offer: &Offer,
    caller: &Caller,
    directory: &Directory,
) -> Result<Assignment, Problem> {
    let own = caller.actor.volunteer_id.zip(offer.own_name.clone());
    let own = own.ok_or_else(|| Problem::of(Code::Forbidden))?;
    let named = nomination(work, offer, own, None, work.now);
    let calendar = directory.calendar(offer.demand.area_id, work.now);
    let was_minor = births::is_minor(caller.actor.born, work.now);
    let state = AssignmentState::Accepted;
    let taken = Assignment { state, was_minor, respond_by: None, ..named };
    Ok(taken.awaited(&offer.demand, &calendar, work.now))
}

pub fn nomination(
    work: &Work<'_>,
    offer: &Offer,
    (volunteer_id, volunteer_name): (VolunteerId, String),
    offered_by: Option<AccountId>,
    respond_by: DateTime<Utc>,
) -> Assignment {
    Assignment {
        assignment_id: work.new_id(),
        dispatch_id: offer.dispatch.dispatch_id,
        demand_id: offer.demand.demand_id,
        county_id: offer.demand.county_id,
        volunteer_id,
        volunteer_name,
        // What a leader has written is read again before anybody sees it.
        was_minor: false,
        state: AssignmentState::Offered,
        busy: offer.demand.busy(work.now),
        offered_by,
        respond_by: Some(respond_by),
        come_by: None,
        checked_in_at: None,
        check_in: None,
        checked_out_at: None,
        check_out: None,
        leave_by: None,
        reason: None,
        created_at: work.now,
        updated_at: work.now,
        version: 1,
    }
}

/// The dispatch with one place more taken, if there is one to be had.
pub fn place_on(
    dispatch: Dispatch,
    demand: &Demand,
    now: DateTime<Utc>,
) -> Result<Dispatch, Problem> {
    let taken = dispatch.at_the_pace_of(demand, now).with_place_taken(now)?;
    if demand.state.takes_volunteers() { Ok(taken) } else { Err(demand.not_possible()) }
}

/// Takes a place on the dispatch; the first one accepts it, and the demand with it.
pub async fn with_place(
    work: &mut Work<'_>,
    dispatch: Dispatch,
    demand: Demand,
) -> Result<(Dispatch, Demand), Problem> {
    let taken = place_on(dispatch, &demand, work.now)?;
    let dispatch = dispatches::save(work.tx, taken).await?;
    if demand.state != State::Dispatched {
        return Ok((dispatch, touched(work, demand).await?));
    }
    let accepted = demand.accepted(dispatch.team(), work.now)?;
    work.record(dispatch.fact("dispatch.accepted.v1", None, &accepted));
    Ok((dispatch, demands::save(work.tx, accepted).await?))
}

/// Somebody who had accepted does not come, by his own word or somebody else's: his place is free
/// at once, and the demand goes on without him.
pub async fn vacate(
    work: &mut Work<'_>,
    mut duty: Duty,
    (act, name): (Act, &'static str),
    reason: Option<&str>,
    directory: &Directory,
) -> Result<Duty, Problem> {
    let gone = duty.assignment.act(act, work.now)?;
    let gone = Assignment { reason: reason.map(str::to_owned), ..gone };
    duty.assignment = store::save(work.tx, gone).await?;
    let before = duty.demand.version;
    let (dispatch, demand) =
        without_place(work, duty.dispatch.clone(), duty.demand.clone(), directory).await?;
    duty.dispatch = dispatch;
    let demand = without_him(work, &duty, demand, directory).await?;
    duty.demand = if demand.version == before { touched(work, demand).await? } else { demand };
    work.record(duty.assignment.fact(name, reason, &duty.demand));
    Ok(duty)
}

/// Writes the demand of somebody who comes or goes, even where it stays as it was. Who else is on
/// the way is not in his own row, so all who come and go meet on this one: of two at the same
/// instant the later one begins anew, and sees what the earlier one did.
///
/// # Errors
/// `changed_meanwhile` when somebody was faster.
pub async fn touched(work: &mut Work<'_>, demand: Demand) -> Result<Demand, Problem> {
    demands::save(work.tx, Demand { updated_at: work.now, ..demand }).await
}

/// More time for whoever is named or waited for, after the clocks of the demand stood still.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn postpone(
    work: &mut Work<'_>,
    dispatch: DispatchId,
    demand: &Demand,
    directory: &Directory,
) -> Result<(), Problem> {
    let respond_by = answer_time(directory, demand, work.now);
    let calendar = directory.calendar(demand.area_id, work.now);
    let come_by = come_by(demand, demand.busy(work.now).1, &calendar, work.now);
    store::postpone(work.tx, dispatch, respond_by, come_by, work.now).await
}

/// Frees a place; when it was the only one, the offer stands again.
async fn without_place(
    work: &mut Work<'_>,
    dispatch: Dispatch,
    demand: Demand,
    directory: &Directory,
) -> Result<(Dispatch, Demand), Problem> {
    let respond_by = answer_time(directory, &demand, work.now);
    let freed = dispatch.with_place_freed(respond_by, work.now)?;
    let empty = freed.taken == 0;
    let dispatch = dispatches::save(work.tx, freed).await?;
    if !empty || demand.state != State::Accepted {
        return Ok((dispatch, demand));
    }
    let mut vacated = demand.step(Step::Vacate, work.now)?;
    vacated.team_id = None;
    vacated.waits.respond_by = vacated.waits.respond_by.max(Some(respond_by));
    work.record(dispatch.fact("dispatch.offered_again.v1", None, &vacated));
    Ok((dispatch, demands::save(work.tx, vacated).await?))
}
