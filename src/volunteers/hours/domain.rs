//! Credited minutes, service records and tallies.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::ids::{
    AccountId, AssignmentId, DemandId, OrganizationId, RuleId, ServiceRecordId, VolunteerId,
};
use crate::organizations::rules::Hours;

/// The minutes that a service is credited with: whole steps, rounded down, never
/// more than the rule's maximum and never less than nothing.
#[must_use]
pub fn credited_minutes(start: DateTime<Utc>, end: DateTime<Utc>, rule: &Hours) -> i64 {
    let step = i64::from(rule.step_minutes).max(1);
    let maximum = i64::from(rule.maximum_minutes);
    let minutes = (end - start).num_minutes().clamp(0, maximum);
    minutes - minutes % step
}

/// How the times of a service are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum Provenance {
    /// The volunteer checked in and out on the spot.
    CheckedIn,
    /// The leader entered them.
    EnteredByLeader,
    /// The volunteer never checked out and was checked out by the deadline.
    Forced,
}

/// A service record that is about to be written.
#[derive(Clone, Debug)]
pub struct NewServiceRecord {
    /// Its id.
    pub record_id: ServiceRecordId,
    /// The assignment that was served; it has one record at most.
    pub assignment_id: AssignmentId,
    /// The demand.
    pub demand_id: DemandId,
    /// The county of the demand.
    pub county_id: OrganizationId,
    /// Who served.
    pub volunteer_id: VolunteerId,
    /// With which team.
    pub team_id: OrganizationId,
    /// The organization in whose area it was brought.
    pub area_id: OrganizationId,
    /// When the service began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: DateTime<Utc>,
    /// The credited minutes.
    pub minutes: i64,
    /// How the times are known.
    pub provenance: Provenance,
    /// The version of the rule that the minutes were computed with.
    pub rule_id: Option<RuleId>,
    /// Who entered it, where it was entered.
    pub recorded_by: Option<AccountId>,
    /// When it was written.
    pub created_at: DateTime<Utc>,
}

/// What an owner (a volunteer, a team or a station) has done so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Tally {
    /// Whose tally it is.
    pub owner_id: Uuid,
    /// Credited minutes.
    pub minutes: i64,
    /// Services.
    pub services: i64,
    /// How many evaluations.
    pub ratings: i64,
    /// The sum of their scores.
    pub rating_sum: i64,
    /// How many of them said that the matter is solved.
    pub solved: i64,
    /// Dispatches not ended yet (teams).
    pub open_dispatches: i64,
    /// When it was last asked to take a dispatch (teams).
    pub last_asked_at: Option<DateTime<Utc>>,
}

impl Tally {
    /// With what another owner has done.
    #[must_use]
    pub fn plus(self, other: &Self) -> Self {
        Self {
            owner_id: self.owner_id,
            minutes: self.minutes + other.minutes,
            services: self.services + other.services,
            ratings: self.ratings + other.ratings,
            rating_sum: self.rating_sum + other.rating_sum,
            solved: self.solved + other.solved,
            open_dispatches: self.open_dispatches + other.open_dispatches,
            last_asked_at: self.last_asked_at.max(other.last_asked_at),
        }
    }
}

/// What to add to an owner's tally; whatever is taken back is negative.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TallyChange {
    /// Whose tally it is.
    pub owner_id: Uuid,
    /// Credited minutes.
    pub minutes: i64,
    /// Services.
    pub services: i64,
    /// Evaluations.
    pub ratings: i64,
    /// The sum of their scores.
    pub rating_sum: i64,
    /// Matters solved.
    pub solved: i64,
    /// Dispatches begun less dispatches ended.
    pub open_dispatches: i64,
    /// When it was asked to take a dispatch, if it was.
    pub last_asked_at: Option<DateTime<Utc>>,
}

impl TallyChange {
    fn add(&mut self, other: &Self) {
        self.minutes += other.minutes;
        self.services += other.services;
        self.ratings += other.ratings;
        self.rating_sum += other.rating_sum;
        self.solved += other.solved;
        self.open_dispatches += other.open_dispatches;
        self.last_asked_at = self.last_asked_at.max(other.last_asked_at);
    }
}

/// One change per owner, in the order of owners.
#[must_use]
pub fn merged(changes: &[TallyChange]) -> Vec<TallyChange> {
    let mut by_owner: BTreeMap<Uuid, TallyChange> = BTreeMap::new();
    for change in changes {
        let unchanged = || TallyChange { owner_id: change.owner_id, ..TallyChange::default() };
        by_owner.entry(change.owner_id).or_insert_with(unchanged).add(change);
    }
    by_owner.into_values().collect()
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn credited(seconds: i64, step_minutes: u32, maximum_minutes: u32) -> i64 {
        let start = DateTime::UNIX_EPOCH;
        let end = start + TimeDelta::seconds(seconds);
        credited_minutes(start, end, &Hours { step_minutes, maximum_minutes })
    }

    #[test]
    fn whole_steps_are_credited_and_the_rest_is_not() {
        assert_eq!(credited(59, 1, 720), 0);
        assert_eq!(credited(60, 1, 720), 1);
        assert_eq!(credited(89 * 60 + 59, 30, 720), 60);
        assert_eq!(credited(90 * 60, 30, 720), 90);
    }

    #[test]
    fn no_service_is_credited_with_more_than_the_maximum() {
        assert_eq!(credited(100 * 3_600, 1, 720), 720);
        assert_eq!(credited(100 * 3_600, 60, 90), 60, "whole steps within the maximum");
    }

    #[test]
    fn nothing_is_taken_away() {
        assert_eq!(credited(0, 15, 720), 0);
        assert_eq!(credited(-3_600, 15, 720), 0);
        assert_eq!(credited(60, 0, 720), 1, "a step of nothing counts as one minute");
    }

    #[test]
    fn an_owner_named_twice_is_changed_once_and_owners_stand_in_order() {
        let change = |owner: u128, minutes, asked: Option<i64>| TallyChange {
            owner_id: Uuid::from_u128(owner),
            minutes,
            last_asked_at: asked.and_then(|second| DateTime::from_timestamp(second, 0)),
            ..TallyChange::default()
        };
        let changes = [change(9, 30, Some(5)), change(2, 10, None), change(9, -10, None)];
        assert_eq!(merged(&changes), [change(2, 10, None), change(9, 20, Some(5))]);
        assert_eq!(merged(&[]), []);
    }
}
