//! What callers send and see of dispatches.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::assignments::AssignmentState;
use super::candidates::{Candidate, Grounds, Out};
use super::domain::{DispatchState, Kind};
use super::policy;
use super::store::Offer;
use crate::access::Caller;
use crate::demands::{Demand, Names, State, Urgency, sees_recipient};
use crate::ids::{DemandId, DispatchId, OrganizationId, VolunteerId};
use crate::organizations::{Skill, SkillSet, SlotSet};
use crate::platform::geography::whole_meters;
use crate::platform::http::page::{list_query, page};
use crate::platform::values::{Position, ShownPhone, TimeWindow};

/// Hands a demand to a team of the dispatcher's choice, to the first candidate,
/// or to everybody who fits.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewDispatch {
    /// To whom: one team, or everybody who fits.
    pub kind: Kind,
    /// The team; the first candidate unless it is given. Not for a call.
    pub organization_id: Option<OrganizationId>,
}

/// Names volunteers of the team, who are then asked.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NameVolunteers {
    /// Members of the team.
    #[schema(min_items = 1, max_items = 50)]
    pub volunteer_ids: Vec<VolunteerId>,
}

/// A command on a dispatch. New ones may appear: ignore those you do not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DispatchCommand {
    /// `POST …/take-place`
    TakePlace,
    /// `POST …/accept`
    Accept,
    /// `POST …/decline`
    Decline,
    /// `POST …/assignments`
    NameVolunteers,
    /// `POST …/withdraw`
    Withdraw,
}

/// How much somebody may see of where and to whom the help goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// Nothing yet.
    Nothing,
    /// All but the whole telephone, which staff reveals where it has to call.
    Masked,
    /// All of it: he brings the help, or leads those who do.
    Full,
}

impl Sight {
    /// What a volunteer sees by his own assignment: once he has done his part, he has no use for
    /// the telephone any more, and when the service has been judged, for nothing of it.
    #[must_use]
    pub const fn of_volunteer(own: AssignmentState, dispatch: DispatchState) -> Self {
        match own {
            AssignmentState::Accepted | AssignmentState::OnSite => Self::Full,
            AssignmentState::Done if matches!(dispatch, DispatchState::Accepted) => Self::Masked,
            _ => Self::Nothing,
        }
    }
}

/// What a responder sees of a demand. Where and to whom the help goes is shown to
/// staff, and to volunteers once they have accepted.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DemandCard {
    /// Its id.
    pub demand_id: DemandId,
    /// Its number for people.
    pub number: String,
    /// Where it stands.
    pub state: State,
    /// What help is needed, in words.
    pub content: String,
    /// What was ordered from the menu, by its name there.
    pub item_name: Option<String>,
    /// How many volunteers it takes.
    pub people: i64,
    /// The skill it takes.
    pub skill: Option<Skill>,
    /// How urgent it is.
    pub urgency: Urgency,
    /// What risks there may be.
    pub risk: String,
    /// The name of the area it lies in.
    pub area_name: String,
    /// When help is wanted.
    pub wanted: Option<TimeWindow>,
    /// By when it must have been served.
    pub handle_by: Option<DateTime<Utc>>,
    /// Where and to whom; null until the caller may know.
    pub destination: Option<Destination>,
}

/// Where and to whom the help goes.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Destination {
    /// Who needs help.
    pub recipient_name: String,
    /// His telephone: in full for the volunteers who have accepted and for the leader of
    /// their team, until they have done their part; masked for everybody else.
    pub recipient_phone: ShownPhone,
    /// Where, in words.
    pub address: String,
    /// Where.
    pub place: Position,
}

impl DemandCard {
    /// The demand as a responder sees it.
    #[must_use]
    pub fn of(demand: &Demand, sight: Sight, caller: &Caller, names: &Names) -> Self {
        Self {
            demand_id: demand.demand_id,
            number: demand.number.clone(),
            state: demand.state,
            content: demand.content.clone(),
            item_name: names.item(demand.catalog_item_id, caller.language),
            people: demand.people,
            skill: demand.skill,
            urgency: demand.urgency,
            risk: demand.risk.clone(),
            area_name: names.name(demand.area_id),
            wanted: demand.wanted.map(|(from, until)| TimeWindow { from, until }),
            handle_by: demand.waits.handle_by,
            destination: Destination::of(demand, sight, caller),
        }
    }
}

impl Destination {
    fn of(demand: &Demand, sight: Sight, caller: &Caller) -> Option<Self> {
        let recipient_phone = match sight {
            Sight::Nothing => return None,
            Sight::Masked => ShownPhone::masked(&demand.recipient_phone),
            Sight::Full => ShownPhone::whole(&demand.recipient_phone),
        };
        Some(Self {
            recipient_name: demand.recipient_name.clone(),
            recipient_phone,
            address: demand.address.clone(),
            place: Position::of(demand.place, caller.coordinates),
        })
    }
}

/// A dispatch without its demand.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DispatchSummary {
    /// Its id.
    pub dispatch_id: DispatchId,
    /// The demand.
    pub demand_id: DemandId,
    /// The team it is offered to, or the organization that publishes the call.
    pub organization_id: OrganizationId,
    /// Its name.
    pub organization_name: String,
    /// To whom it is handed.
    pub kind: Kind,
    /// Where it stands.
    pub state: DispatchState,
    /// How many volunteers it takes.
    pub places: i64,
    /// How many have accepted.
    pub taken: i64,
    /// Until when it is to be answered.
    pub respond_by: DateTime<Utc>,
    /// How far the team is, in meters; null for staff where the order is for a minor.
    pub distance_meters: Option<i64>,
    /// Why this team was chosen.
    pub grounds: Grounds,
    /// Why it was declined or withdrawn.
    pub reason: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
    /// Counts its changes; 3 is `"v3"` in `If-Match`.
    pub version: i64,
    /// The commands that the caller may give now.
    pub next: Vec<DispatchCommand>,
}

/// Several distances would tell where a minor is: of his order a team knows its own.
fn sees_distance(offer: &Offer, caller: &Caller) -> bool {
    sees_recipient(&caller.actor, &offer.demand)
        || caller.actor.leads(offer.dispatch.organization_id)
}

impl DispatchSummary {
    /// The dispatch as this caller sees it.
    #[must_use]
    pub fn of(offer: &Offer, caller: &Caller, names: &Names) -> Self {
        let dispatch = &offer.dispatch;
        Self {
            dispatch_id: dispatch.dispatch_id,
            demand_id: dispatch.demand_id,
            organization_id: dispatch.organization_id,
            organization_name: names.name(dispatch.organization_id),
            kind: dispatch.kind,
            state: dispatch.state,
            places: dispatch.places,
            taken: dispatch.taken,
            respond_by: dispatch.respond_by,
            distance_meters: dispatch.distance_meters.filter(|_| sees_distance(offer, caller)),
            grounds: dispatch.grounds.shown(sees_distance(offer, caller)),
            reason: dispatch.reason.clone(),
            created_at: dispatch.created_at,
            updated_at: dispatch.updated_at,
            version: dispatch.version,
            next: policy::next(&caller.actor, offer),
        }
    }
}

/// A dispatch with its demand.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Dispatch)]
pub struct DispatchView {
    /// The dispatch.
    #[serde(flatten)]
    pub summary: DispatchSummary,
    /// The demand.
    pub demand: DemandCard,
}

impl DispatchView {
    /// The dispatch as this caller sees it.
    #[must_use]
    pub fn of(offer: &Offer, caller: &Caller, names: &Names) -> Self {
        let sight = policy::sight(&caller.actor, &offer.demand, &offer.dispatch, offer.own_state);
        Self {
            summary: DispatchSummary::of(offer, caller, names),
            demand: DemandCard::of(&offer.demand, sight, caller, names),
        }
    }
}

/// A dispatch in the list of a volunteer, a team or an area.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListedDispatch {
    /// The dispatch.
    #[serde(flatten)]
    pub summary: DispatchSummary,
    /// The demand, without where and to whom.
    pub demand: DemandCard,
}

impl ListedDispatch {
    /// The dispatch as this caller finds it, but for where and to whom the help goes.
    #[must_use]
    pub fn of(offer: &Offer, caller: &Caller, names: &Names) -> Self {
        Self {
            summary: DispatchSummary::of(offer, caller, names),
            demand: DemandCard::of(&offer.demand, Sight::Nothing, caller, names),
        }
    }
}

page!(
    /// A page of dispatches.
    DispatchPage of ListedDispatch
);

page!(
    /// A page of the dispatches of one demand.
    DemandDispatchPage of DispatchSummary
);

list_query! {
    /// Which dispatches of a team to list.
    DispatchQuery in order of LatestFirst {
        /// Only this state.
        #[param(inline)]
        state: Option<DispatchState>,
    }
    /// Only those made at this instant or later.
    created_from..
    /// Only those made before this instant.
    created_until
}

list_query! {
    /// Which of the dispatches that are open to oneself to list.
    OwnDispatchQuery in order of LatestFirst {
        /// Only the offers to one's teams, or only the calls.
        #[param(inline)]
        kind: Option<Kind>,
    }
    /// Only those made at this instant or later.
    created_from..
    /// Only those made before this instant.
    created_until
}

list_query! {
    /// Which dispatches of an area to list.
    AreaDispatchQuery in order of LatestFirst {
        /// Those of the demands in the area of this organization and below.
        within: OrganizationId,
        /// Only this state.
        #[param(inline)]
        state: Option<DispatchState>,
    }
    /// Only those made at this instant or later.
    created_from..
    /// Only those made before this instant.
    created_until
}

list_query! {
    /// Which dispatches of a demand to list.
    DemandDispatchQuery in order of EarliestFirst {
        /// Only this state.
        #[param(inline)]
        state: Option<DispatchState>,
    }
}

/// A team that was looked at, with the facts behind its rank.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Candidate)]
pub struct CandidateView {
    /// Its place among those that can be asked, 1 first; null for those that are out.
    pub rank: Option<u32>,
    /// The team.
    pub organization_id: OrganizationId,
    /// Its name.
    pub name: String,
    /// How far it is, in meters; null where the order is for a minor: several would tell where.
    pub distance_meters: Option<i64>,
    /// The band of distance it is in; 0 is the nearest; null where the order is for a minor.
    pub band: Option<u32>,
    /// What it can do.
    pub skills: SkillSet,
    /// When it is available; none means always.
    pub slots: SlotSet,
    /// How many places it has promised at the wanted time, by what it has accepted; 0 where no
    /// time is wanted.
    pub promised_places: i64,
    /// How many people it has; counted only where it has promised places.
    pub members: Option<i64>,
    /// How many dispatches it has on its hands.
    pub open_dispatches: i64,
    /// When it was asked last.
    pub last_asked_at: Option<DateTime<Utc>>,
    /// Why it is not asked; empty for those that can be.
    pub out: Vec<Out>,
}

/// The teams that were looked at: those that can be asked first, in their order.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CandidateList {
    /// The node below which they were looked for.
    pub pool_id: OrganizationId,
    /// Its name.
    pub pool_name: String,
    /// The order, in words: band of distance, asked longest ago, least on its hands, nearest.
    pub order: Vec<String>,
    /// The teams.
    pub items: Vec<CandidateView>,
}

impl CandidateView {
    /// The candidate at this place of the ranking.
    #[must_use]
    pub fn of(candidate: &Candidate, index: usize, demand: &Demand) -> Self {
        let rank = u32::try_from(index + 1).ok().filter(|_| candidate.out.is_empty());
        let tells_where = !demand.is_for_minor();
        Self {
            rank,
            organization_id: candidate.team.organization_id,
            name: candidate.team.name.clone(),
            distance_meters: tells_where.then(|| whole_meters(candidate.distance)),
            band: tells_where.then_some(candidate.band),
            skills: candidate.team.skills,
            slots: candidate.team.slots,
            promised_places: candidate.standing.promised,
            members: candidate.standing.members,
            open_dispatches: candidate.standing.open,
            last_asked_at: candidate.standing.last_asked_at,
            out: candidate.out.clone(),
        }
    }
}
