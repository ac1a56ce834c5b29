//! Who can bring the help: ranked, with the facts behind each rank and the
//! reasons why others are out.
//!
//! The order is published because it is the same for everybody: teams are put
//! into bands of distance; within a band the one that was asked longest ago goes
//! first, then the one with less on its hands, then the nearer one.
//!
//! A team is in a conflict of time when it has accepted so much for the wanted time that, each
//! place taken by somebody of its own, fewer people are left than are wanted.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::store;
use crate::demands::Demand;
use crate::ids::OrganizationId;
use crate::organizations::rules::Matching;
use crate::organizations::{Directory, Kind, Near, Organization};
use crate::platform::db::Tx;
use crate::problem::Problem;

/// How many teams are looked at.
const LOOKED_AT: usize = 30;

/// Why a team is not asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::enum_variant_names, reason = "opted out is one word")]
pub enum Out {
    /// It does not want to be asked by the system.
    OptedOut,
    /// It lacks the skill.
    LacksSkill,
    /// It is not available at that time.
    NotAvailable,
    /// It is farther away than the rule or it itself allows.
    TooFar,
    /// It has as much on its hands as the rule allows.
    Busy,
    /// It was asked already in this round.
    AlreadyAsked,
    /// So many of its people are promised elsewhere at the wanted time that too few are left.
    TimeConflict,
}

/// What is known of a team besides what it says of itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Standing {
    /// How many dispatches it has on its hands.
    pub open: i64,
    /// When it was asked last.
    pub last_asked_at: Option<DateTime<Utc>>,
    /// Whether it was asked for this demand in this round.
    pub asked: bool,
    /// How many places it has promised at the wanted time, by what it has accepted.
    pub promised: i64,
    /// How many people it has; counted only where it has promised places.
    pub members: Option<i64>,
}

impl Standing {
    /// Whether too few of its people are left at the wanted time. Times are half open. What is
    /// wanted at no time of its own can wait for people, so it takes part on neither side.
    const fn lacks_people(&self, wanted: i64) -> bool {
        match self.members {
            Some(members) => self.promised + wanted > members,
            None => false,
        }
    }
}

/// A team with the facts behind its rank.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The team.
    pub team: Arc<Organization>,
    /// How far it is, in meters.
    pub distance: f64,
    /// The band of distance it is in; 0 is the nearest.
    pub band: u32,
    /// What is known of it.
    pub standing: Standing,
    /// Why it is not asked; empty for those that can be.
    pub out: Vec<Out>,
}

/// Why a team was chosen: stored with the dispatch.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Grounds {
    /// Its rank among those that could be asked; 1 is the first.
    pub rank: u32,
    /// How many could be asked.
    pub suitable: u32,
    /// How many were looked at.
    pub considered: u32,
    /// The band of distance it was in; 0 is the nearest; null for staff where the order is for a
    /// minor.
    pub band: Option<u32>,
    /// How many dispatches it had on its hands.
    pub open_dispatches: i64,
    /// When it had been asked last.
    pub last_asked_at: Option<DateTime<Utc>>,
    /// Whether a person chose it.
    pub by_hand: bool,
}

impl Grounds {
    /// The same for whoever may know how far it was, or may not.
    #[must_use]
    pub fn shown(&self, with_distance: bool) -> Self {
        Self { band: self.band.filter(|_| with_distance), ..self.clone() }
    }
}

/// The half-day slots in which help is wanted, as bits.
#[must_use]
pub fn wanted_slots(demand: &Demand, directory: &Directory, now: DateTime<Utc>) -> u32 {
    let calendar = directory.calendar(demand.area_id, now);
    match demand.wanted {
        Some((from, until)) => calendar.slots_between(from, until),
        None => 1 << (calendar.half_day_slot(now).max(1) - 1),
    }
}

/// The node below which responders are looked for: so many levels above the
/// responsible organization, not beyond the county.
#[must_use]
pub fn pool(directory: &Directory, demand: &Demand, rule: &Matching) -> OrganizationId {
    let lineage = directory.ancestry(demand.responsible_id);
    lineage
        .iter()
        .map(|node| node.organization_id)
        .take_while(|id| *id != demand.county_id)
        .chain([demand.county_id])
        .nth(rule.levels_up as usize)
        .unwrap_or(demand.county_id)
}

/// The nearest teams of the pool, ranked: those that can be asked first.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn rank(
    tx: &mut Tx,
    directory: &Directory,
    demand: &Demand,
    rule: &Matching,
    now: DateTime<Utc>,
) -> Result<Vec<Candidate>, Problem> {
    let near = Near {
        point: demand.place,
        radius_meters: f64::from(rule.radius_meters),
        kind: Some(Kind::Team),
        skill: None,
        within: Some(pool(directory, demand, rule)),
    };
    let suited = Near { skill: demand.skill, ..near };
    // Those with the skill before the merely near ones, so that the latter only explain.
    let mut found = directory.nearest(suited, LOOKED_AT);
    if demand.skill.is_some() && found.len() < LOOKED_AT {
        let others = directory.nearest(near, LOOKED_AT - found.len());
        found.extend(
            others
                .into_iter()
                .filter(|(_, team)| demand.skill.is_some_and(|skill| !team.skills.has(skill))),
        );
    }
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<OrganizationId> = found.iter().map(|(_, team)| team.organization_id).collect();
    let standings = store::standings(tx, demand, &ids).await?;
    let slots = wanted_slots(demand, directory, now);
    Ok(order(found, &standings, demand, rule, slots))
}

/// Puts teams in order: pure, so that the order can be read and tested.
#[must_use]
pub fn order(
    found: Vec<(f64, Arc<Organization>)>,
    standings: &HashMap<OrganizationId, Standing>,
    demand: &Demand,
    rule: &Matching,
    slots: u32,
) -> Vec<Candidate> {
    let mut candidates: Vec<Candidate> = found
        .into_iter()
        .map(|(distance, team)| {
            let standing = standings.get(&team.organization_id).copied().unwrap_or_default();
            let out = out_for(&team, distance, standing, demand, rule, slots);
            let band = band(distance, rule);
            Candidate { team, distance, band, standing, out }
        })
        .collect();
    candidates.sort_by(|left, right| {
        left.out
            .is_empty()
            .cmp(&right.out.is_empty())
            .reverse()
            .then_with(|| left.band.cmp(&right.band))
            .then_with(|| left.standing.last_asked_at.cmp(&right.standing.last_asked_at))
            .then_with(|| left.standing.open.cmp(&right.standing.open))
            .then_with(|| left.distance.total_cmp(&right.distance))
    });
    candidates
}

fn out_for(
    team: &Organization,
    distance: f64,
    standing: Standing,
    demand: &Demand,
    rule: &Matching,
    slots: u32,
) -> Vec<Out> {
    #[expect(clippy::cast_precision_loss, reason = "a radius is a few digits long")]
    let own_radius = team.radius_meters.map_or(f64::INFINITY, |meters| meters as f64);
    let facts = [
        (Out::OptedOut, !team.accepts_dispatch),
        (Out::LacksSkill, demand.skill.is_some_and(|skill| !team.skills.has(skill))),
        (Out::NotAvailable, !team.slots.cover(slots)),
        (Out::TooFar, distance > own_radius || distance > f64::from(rule.radius_meters)),
        (Out::Busy, standing.open >= i64::from(rule.maximum_open)),
        (Out::AlreadyAsked, standing.asked),
        (Out::TimeConflict, standing.lacks_people(demand.people)),
    ];
    facts.into_iter().filter(|(_, holds)| *holds).map(|(out, _)| out).collect()
}

/// The band of distance: 0 is the nearest.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "distances on earth, divided by at least one"
)]
fn band(distance: f64, rule: &Matching) -> u32 {
    (distance / f64::from(rule.band_meters.max(1))) as u32
}

/// Why the candidate at `index` of the ranking is chosen.
#[must_use]
pub fn grounds(candidates: &[Candidate], index: usize, by_hand: bool) -> Grounds {
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let Some(chosen) = candidates.get(index) else {
        return Grounds { by_hand, considered: count(candidates.len()), ..Grounds::default() };
    };
    Grounds {
        rank: count(index + 1),
        suitable: count(candidates.iter().filter(|one| one.out.is_empty()).count()),
        considered: count(candidates.len()),
        band: Some(chosen.band),
        open_dispatches: chosen.standing.open,
        last_asked_at: chosen.standing.last_asked_at,
        by_hand,
    }
}
