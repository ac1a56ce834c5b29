//! Going up: village → town → county, each level with its own clock.

use serde_json::json;

use super::catalog::Catalog;
use super::domain::{Demand, EscalationCause, Waits, deadlines};
use crate::access::Work;
use crate::ids::{OrganizationId, RuleId};
use crate::organizations::rules::{Clocks, Ruling};
use crate::organizations::{Directory, Status};
use crate::problem::Problem;

/// Where an escalation led.
pub enum Climb {
    /// Up to the next level; yet to be stored.
    Up(Demand),
    /// Nowhere: it is at the top already.
    Top(Demand),
}

/// Hands the demand to the next level above, with that level's clock.
///
/// # Errors
/// `not_possible` when its state does not allow it.
pub fn climb(
    work: &mut Work<'_>,
    directory: &Directory,
    catalog: &Catalog,
    demand: Demand,
    cause: EscalationCause,
    reason: Option<&str>,
) -> Result<Climb, Problem> {
    let Some(above) = level_above(directory, demand.responsible_id) else {
        return Ok(Climb::Top(demand));
    };
    let from = demand.responsible_id;
    let (waits, rule_id) = fresh_waits(work, directory, catalog, &demand, above);
    let climbed = demand.escalated(above, waits, rule_id, work.now)?.because(reason);
    let more = json!({ "from": from, "to": above, "cause": cause, "level": climbed.escalations });
    work.record(climbed.fact("demand.escalated.v1", reason, more));
    Ok(Climb::Up(climbed))
}

/// The deadlines of a demand that begins to wait with `at` now.
#[must_use]
pub fn fresh_waits(
    work: &Work<'_>,
    directory: &Directory,
    catalog: &Catalog,
    demand: &Demand,
    at: OrganizationId,
) -> (Waits, Option<RuleId>) {
    let ruling: Ruling<Clocks> = directory.rule(at, work.now);
    let item = demand.catalog_item_id.and_then(|id| catalog.get(id)).and_then(|item| item.clock);
    let calendar = directory.calendar(at, work.now);
    let waits = deadlines(ruling.value, item, demand.urgency, demand.wanted, &calendar, work.now);
    (waits, ruling.rule_id)
}

/// A demand that goes on after its time to respond was over at the top waits anew, for
/// as long as the level that has it usually does; until when it must be handled stays.
#[must_use]
pub fn waiting_anew(
    work: &Work<'_>,
    directory: &Directory,
    catalog: &Catalog,
    demand: Demand,
) -> Demand {
    if demand.waits.respond_by.is_some() {
        return demand;
    }
    let (fresh, rule_id) = fresh_waits(work, directory, catalog, &demand, demand.responsible_id);
    let waits = Waits { respond_by: fresh.respond_by, ..demand.waits };
    Demand { rule_id, waits, ..demand }
}

/// The nearest active organization above that can hold demands, within the county:
/// what the county cannot solve stays with it.
fn level_above(directory: &Directory, from: OrganizationId) -> Option<OrganizationId> {
    let county = directory.county_of(from)?;
    if from == county {
        return None;
    }
    directory
        .ancestry(from)
        .into_iter()
        .skip(1)
        .find(|node| node.kind.holds_demands() && node.status == Status::Active)
        .map(|node| node.organization_id)
}
