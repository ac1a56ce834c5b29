//! What callers send and see of demands.

use std::ops::Deref;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::catalog::Catalog;
use super::domain::{
    Channel, Closing, Demand, DueKind, Relation, State, UnfilledCode, UnfilledReason, Urgency,
};
use super::policy;
use super::timeline::TimelineEntry;
use crate::access::Caller;
use crate::ids::{
    AccountId, CatalogItemId, DemandId, DispatchId, OrganizationId, PrivacyNoticeId, RuleId,
};
use crate::organizations::{Directory, Kind, Skill};
use crate::platform::http::page::{list_query, page};
use crate::platform::values::{
    Address, AgeBand, Content, MaskedPhone, PersonName, Phone, Position, Reason, ShownName,
    TimeWindow, bounded,
};
use crate::problem::Language;

/// An order for help: an item of the menu, or free text, or both.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewDemand {
    /// What is ordered from the menu. An automatic item is accepted and
    /// dispatched in this same request.
    pub catalog_item_id: Option<CatalogItemId>,
    /// What help is needed, in words.
    pub content: Content,
    /// The skill it takes, where no item says so.
    pub skill: Option<Skill>,
    /// How many volunteers it takes.
    #[serde(default = "one", deserialize_with = "bounded::<_, _, 1, 200>")]
    #[schema(minimum = 1, maximum = 200, default = 1)]
    pub people: i64,
    /// How urgent it is.
    #[serde(default)]
    pub urgency: Urgency,
    /// What risks there may be (Order 685 art. 13); say `无` where there are none.
    pub risk: Reason,
    /// Where.
    pub place: Position,
    /// Where, in words.
    pub address: Address,
    /// When help is wanted, if not as soon as can be.
    pub wanted: Option<TimeWindow>,
    /// How the order comes in.
    pub channel: Channel,
    /// What the person who orders is to the one who needs help. A clerk says
    /// `oneself` where the caller needs the help himself and `recipient.phone` is the
    /// caller's own: then the order is of his account. In every other case the order
    /// is of no account, and a clerk calls back.
    pub relation: Relation,
    /// Who needs help.
    pub recipient: Recipient,
    /// The organization in whose area it lies; the nearest station unless it is given.
    pub organization_id: Option<OrganizationId>,
}

/// Who needs help.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Recipient {
    /// His name.
    pub name: PersonName,
    /// His telephone; with `relation` `oneself` his own, by which he signs in.
    pub phone: Phone,
    /// How old he is, where he may be a minor: then staff sees his name, his telephone and the
    /// address only after somebody else has approved it. Whoever is under fourteen does not order by himself.
    pub age_band: Option<AgeBand>,
}

const fn one() -> i64 {
    1
}

/// Begins a demand anew.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReopenDemand {
    /// Why.
    pub reason: Reason,
    /// When help is wanted now. Without it the time of before holds, unless it has
    /// passed: then help is wanted as soon as can be.
    pub wanted: Option<TimeWindow>,
}

/// Another service that takes a demand over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OtherService {
    /// The government hotline 12345.
    #[serde(rename = "hotline_12345")]
    Hotline12345,
    /// The police 110.
    #[serde(rename = "police_110")]
    Police110,
    /// The ambulance 120.
    #[serde(rename = "ambulance_120")]
    Ambulance120,
    /// Another one, named in the note.
    Other,
}

/// Hands a demand to another service.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TransferDemand {
    /// To whom.
    pub to: OtherService,
    /// What was told to whom there, or why.
    pub note: Reason,
}

/// A command on a demand. New ones may appear: ignore those you do not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DemandCommand {
    /// `POST …/verify`
    Verify,
    /// `POST …/refuse`
    Refuse,
    /// `POST …/dispatches`
    Dispatch,
    /// `POST …/escalate`
    Escalate,
    /// `POST …/transfer`
    Transfer,
    /// `POST …/pause`
    Pause,
    /// `POST …/resume`
    Resume,
    /// `POST …/cancel`
    Cancel,
    /// `POST …/evaluations`
    Evaluate,
    /// `POST …/close`
    Close,
    /// `POST …/reopen`
    Reopen,
    /// `POST …/reveal-contact`
    RevealContact,
}

/// A demand in a list.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DemandSummary {
    /// Its id.
    pub demand_id: DemandId,
    /// Its number for people.
    #[schema(example = "20260302-K7M2QX")]
    pub number: String,
    /// Where it stands.
    pub state: State,
    /// The commands that the caller may give now.
    pub next: Vec<DemandCommand>,
    /// What was ordered from the menu.
    pub catalog_item_id: Option<CatalogItemId>,
    /// Its name on the menu.
    pub item_name: Option<String>,
    /// What help is needed, in words; empty for a partner.
    pub content: String,
    /// How urgent it is.
    pub urgency: Urgency,
    /// How many volunteers it takes.
    pub people: i64,
    /// How it came in.
    pub channel: Channel,
    /// Who needs help; masked for a partner, and for staff where it is a minor.
    pub recipient_name: ShownName,
    /// The organization in whose area it lies.
    pub area_id: OrganizationId,
    /// Its name.
    pub area_name: String,
    /// The organization whose turn it is.
    pub responsible_id: OrganizationId,
    /// Its name.
    pub responsible_name: String,
    /// Its level.
    pub level: Option<Kind>,
    /// The dispatch it is on now.
    pub dispatch_id: Option<DispatchId>,
    /// The team that has accepted it.
    pub team_id: Option<OrganizationId>,
    /// Its name.
    pub team_name: Option<String>,
    /// When help is wanted.
    pub wanted: Option<TimeWindow>,
    /// The deadline that runs now.
    pub due_at: Option<DateTime<Utc>>,
    /// What it waits for.
    pub due_kind: Option<DueKind>,
    /// Since when its clocks stand still.
    pub paused_at: Option<DateTime<Utc>>,
    /// A deadline has passed at the highest level.
    pub overdue: bool,
    /// The privacy notice that the person had not agreed to, or nobody knows, when staff took the
    /// order down: help comes first, and he is to be told of it afterwards. Null otherwise.
    pub privacy_notice_due_id: Option<PrivacyNoticeId>,
    /// When it was placed.
    pub placed_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
    /// Counts its changes; 3 is `"v3"` in `If-Match`.
    pub version: i64,
}

/// A demand with its timeline.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Demand)]
pub struct DemandView {
    /// What a list shows of it.
    #[serde(flatten)]
    pub summary: DemandSummary,
    /// The skill it takes.
    pub skill: Option<Skill>,
    /// What risks there may be.
    pub risk: String,
    /// Where; for staff only the neighborhood of some ten kilometers where it is for a minor.
    pub place: Position,
    /// Where, in words; null for staff where it is for a minor, until it is revealed with
    /// `POST …/reveal-contact`.
    pub address: Option<String>,
    /// The account of the person who ordered. Where a clerk took the order down, the
    /// account of the caller's own telephone, from the first sign-in with it; else null.
    pub requester_id: Option<AccountId>,
    /// What the person who orders is to the one who needs help.
    pub relation: Relation,
    /// The telephone of the person who needs help, masked; staff that has to call him
    /// reveals it with `POST …/reveal-contact`.
    pub recipient_phone: MaskedPhone,
    /// How old the person who needs help is, where the order says it.
    pub recipient_age_band: Option<AgeBand>,
    /// Whether the system dispatches it by itself.
    pub automatic: bool,
    /// How often it has gone up a level.
    pub escalations: i64,
    /// The deadlines.
    pub clocks: ClocksView,
    /// How it ended.
    pub closing: Option<Closing>,
    /// Why it stands where it stands, where somebody said so: why it was refused, taken
    /// back, handed over, sent up, paused or begun anew.
    pub reason: Option<String>,
    /// Why nobody could be found, while it is `unfilled`; reckoned anew by every try.
    pub unfilled_reasons: Vec<UnfilledReasonView>,
    /// How often it was begun: 1 at first, one more each time it is reopened.
    pub rounds: i64,
    /// When what is personal of it was erased: names, places and words; null while it is there.
    pub erased_at: Option<DateTime<Utc>>,
    /// What happened so far, earliest first, up to a hundred entries; the rest
    /// is at `…/timeline`.
    pub timeline: Vec<TimelineEntry>,
}

/// One reason why nobody could be found.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = UnfilledReason)]
pub struct UnfilledReasonView {
    /// The reason.
    pub code: UnfilledCode,
    /// The same in words.
    #[schema(example = "队伍不具备所需技能")]
    pub text: String,
    /// For how many teams it holds; 0 where it is not about teams.
    pub count: u32,
    /// Some of them, at most five.
    pub organizations: Vec<UnfilledOrganization>,
}

/// A team for which the reason holds.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UnfilledOrganization {
    /// The team.
    pub organization_id: OrganizationId,
    /// Its name.
    pub name: String,
}

impl UnfilledReasonView {
    fn of(reason: &UnfilledReason, language: Language, directory: &Directory) -> Self {
        let named = |id: &OrganizationId| UnfilledOrganization {
            organization_id: *id,
            name: directory.name(*id),
        };
        Self {
            code: reason.code,
            text: reason.code.text(language).to_owned(),
            count: reason.count,
            organizations: reason.organization_ids.iter().map(named).collect(),
        }
    }
}

/// The deadlines of a demand.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DemandClocks)]
pub struct ClocksView {
    /// By when somebody must have accepted it.
    pub respond_by: Option<DateTime<Utc>>,
    /// By when it must have been served.
    pub handle_by: Option<DateTime<Utc>>,
    /// By when the resident may judge it.
    pub evaluate_by: Option<DateTime<Utc>>,
    /// When it is tried again, if nobody could be found.
    pub retry_at: Option<DateTime<Utc>>,
    /// Since when its clocks stand still.
    pub paused_at: Option<DateTime<Utc>>,
    /// A deadline has passed at the highest level.
    pub overdue: bool,
    /// The version of the clock rule; null where nobody has set one.
    pub rule_id: Option<RuleId>,
}

page!(
    /// A page of demands.
    DemandPage of DemandSummary
);
page!(
    /// A page of a timeline.
    TimelinePage of TimelineEntry
);

/// What names stand for the ids of a demand.
pub struct Names {
    /// The tree.
    pub directory: Arc<Directory>,
    /// The menu.
    pub catalog: Arc<Catalog>,
}

impl Names {
    /// The name of an item on the menu.
    #[must_use]
    pub fn item(&self, id: Option<CatalogItemId>, language: Language) -> Option<String> {
        let item = self.catalog.get(id?)?;
        Some(item.name(language).to_owned())
    }
}

impl Deref for Names {
    type Target = Directory;

    fn deref(&self) -> &Directory {
        &self.directory
    }
}

impl DemandSummary {
    /// The demand as a list shows it to this caller.
    #[must_use]
    pub fn of(demand: &Demand, caller: &Caller, names: &Names) -> Self {
        let name = |id| names.directory.name(id);
        let due = demand.due();
        // In what words help was asked for is nothing for another system.
        let is_partner = caller.actor.is_partner();
        let content = if is_partner { String::new() } else { demand.content.clone() };
        let recipient_name = if is_partner || !policy::sees_recipient(&caller.actor, demand) {
            ShownName::masked(&demand.recipient_name)
        } else {
            ShownName::whole(&demand.recipient_name)
        };
        Self {
            demand_id: demand.demand_id,
            number: demand.number.clone(),
            state: demand.state,
            next: policy::next(&caller.actor, demand),
            catalog_item_id: demand.catalog_item_id,
            item_name: names.item(demand.catalog_item_id, caller.language),
            content,
            urgency: demand.urgency,
            people: demand.people,
            channel: demand.channel,
            recipient_name,
            area_id: demand.area_id,
            area_name: name(demand.area_id),
            responsible_id: demand.responsible_id,
            responsible_name: name(demand.responsible_id),
            level: names.directory.get(demand.responsible_id).map(|node| node.kind),
            dispatch_id: demand.dispatch_id,
            team_id: demand.team_id,
            team_name: demand.team_id.map(name),
            wanted: demand.wanted.map(|(from, until)| TimeWindow { from, until }),
            due_at: due.map(|(at, _)| at),
            due_kind: due.map(|(_, kind)| kind),
            paused_at: demand.waits.paused_at,
            overdue: demand.is_overdue(),
            privacy_notice_due_id: demand.privacy_notice_due_id,
            placed_at: demand.placed_at,
            updated_at: demand.updated_at,
            version: demand.version,
        }
    }
}

impl DemandView {
    /// The demand as this caller sees it.
    #[must_use]
    pub fn of(
        demand: &Demand,
        timeline: Vec<TimelineEntry>,
        caller: &Caller,
        names: &Names,
    ) -> Self {
        let (place, address) = if policy::sees_recipient(&caller.actor, demand) {
            (demand.place, Some(demand.address.clone()))
        } else {
            (demand.place.roughly(), None)
        };
        Self {
            summary: DemandSummary::of(demand, caller, names),
            skill: demand.skill,
            risk: demand.risk.clone(),
            place: Position::of(place, caller.coordinates),
            address,
            requester_id: demand.requester_id,
            relation: demand.relation,
            recipient_phone: MaskedPhone::of(&demand.recipient_phone),
            recipient_age_band: demand.recipient_age,
            automatic: demand.automatic,
            escalations: demand.escalations,
            clocks: ClocksView {
                respond_by: demand.waits.respond_by,
                handle_by: demand.waits.handle_by,
                evaluate_by: demand.waits.evaluate_by,
                retry_at: demand.waits.retry_at,
                paused_at: demand.waits.paused_at,
                overdue: demand.is_overdue(),
                rule_id: demand.rule_id,
            },
            closing: demand.closing,
            reason: demand.reason.clone(),
            unfilled_reasons: demand
                .unfilled_reasons
                .iter()
                .map(|one| UnfilledReasonView::of(one, caller.language, names))
                .collect(),
            rounds: demand.rounds,
            erased_at: demand.erased_at,
            timeline,
        }
    }
}

list_query! {
    /// Which demands to list.
    DemandQuery in order of LatestFirst {
        /// Those in the area of this organization and below; this or `responsible` must be given.
        within: Option<OrganizationId>,
        /// Those whose turn it is with this organization, wherever they lie.
        responsible: Option<OrganizationId>,
        /// Only this state.
        #[param(inline)]
        state: Option<State>,
    }
    /// Only those placed at this instant or later.
    placed_from..
    /// Only those placed before this instant.
    placed_until
}

list_query! {
    /// Which of one's own demands to list.
    OwnDemandQuery in order of LatestFirst {
        /// Only this state.
        #[param(inline)]
        state: Option<State>,
    }
    /// Only those placed at this instant or later.
    placed_from..
    /// Only those placed before this instant.
    placed_until
}

list_query! {
    /// Which part of a timeline to read.
    TimelineQuery in order of EarliestFirst {}
}
