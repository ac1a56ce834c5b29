//! A demand, its states and its transitions: pure, and the only place where a
//! demand changes.

mod clocks;
mod recipient;
mod state;
mod unfilled;

pub use clocks::{DueKind, Waits, deadlines};
pub use recipient::age_of_recipient;
pub use state::{State, Step};
pub use unfilled::{UnfilledCode, UnfilledReason};

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::ids::{
    AccountId, CatalogItemId, DemandId, DispatchId, OrganizationId, PrivacyNoticeId, RuleId,
};
use crate::organizations::Skill;
use crate::platform::geography::Point;
use crate::platform::journal::Fact;
use crate::platform::values::AgeBand;
use crate::problem::{Code, Problem};

/// How an order came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum Channel {
    /// A mobile app.
    App,
    /// A WeChat mini-program.
    MiniProgram,
    /// A web page.
    Web,
    /// A television set.
    Tv,
    /// A telephone hotline, taken down by a clerk.
    Hotline,
    /// The counter of a station, taken down by a clerk.
    Counter,
    /// A yard meeting 屋场会.
    Meeting,
    /// A patrol or a home visit.
    Patrol,
}

impl Channel {
    /// The name in the contract and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::MiniProgram => "mini_program",
            Self::Web => "web",
            Self::Tv => "tv",
            Self::Hotline => "hotline",
            Self::Counter => "counter",
            Self::Meeting => "meeting",
            Self::Patrol => "patrol",
        }
    }

    /// Whether only staff takes orders this way.
    #[must_use]
    pub const fn is_for_staff(self) -> bool {
        matches!(self, Self::Hotline | Self::Counter | Self::Meeting | Self::Patrol)
    }
}

/// What the person who orders is to the person who needs help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// The same person.
    Oneself,
    /// A relative.
    Family,
    /// A neighbor.
    Neighbor,
    /// Staff who took the order down.
    Staff,
    /// Somebody else.
    Other,
}

impl Relation {
    /// The name in the contract and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Oneself => "oneself",
            Self::Family => "family",
            Self::Neighbor => "neighbor",
            Self::Staff => "staff",
            Self::Other => "other",
        }
    }

    /// The relation of this name; `other` for one that is not known.
    #[must_use]
    pub fn parse(name: &str) -> Self {
        [Self::Oneself, Self::Family, Self::Neighbor, Self::Staff]
            .into_iter()
            .find(|relation| relation.as_str() == name)
            .unwrap_or(Self::Other)
    }
}

/// How urgent it is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, sqlx::Type,
)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum Urgency {
    /// As the clock of the area says.
    #[default]
    Normal,
    /// As the urgent clock of the area says.
    Urgent,
}

impl Urgency {
    /// The name in the contract and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Urgent => "urgent",
        }
    }
}

/// How a demand came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Closing {
    /// The resident called it solved.
    Solved,
    /// Nobody judged it within the window.
    Silence,
    /// A dispatcher closed it after the evaluation.
    Staff,
}

impl Closing {
    /// The name in the contract and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Solved => "solved",
            Self::Silence => "silence",
            Self::Staff => "staff",
        }
    }

    /// The closing of this name, if there is one.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Solved, Self::Silence, Self::Staff].into_iter().find(|c| c.as_str() == name)
    }
}

/// Why a demand goes up a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EscalationCause {
    /// Nobody suitable is left to ask at this level.
    NobodySuitable,
    /// The time at which help was wanted has passed.
    WantedTimePassed,
    /// The time to respond is over.
    RespondOverdue,
    /// The time to handle is over.
    HandleOverdue,
    /// The responsible organization says that it cannot.
    ByHand,
}

/// For how long a volunteer is promised to an order that names no time.
const USUAL_SERVICE: Duration = Duration::hours(2);

/// The time that somebody is promised who comes as soon as can be.
#[must_use]
pub fn usual_busy(now: DateTime<Utc>) -> (DateTime<Utc>, DateTime<Utc>) {
    (now, now + USUAL_SERVICE)
}

/// How much whoever orders may have ordered today, so that one person can neither keep
/// every team of a county busy nor fill its figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// How many orders of the day may be his, the present one among them.
    pub orders: u32,
    /// When the day began.
    pub since: DateTime<Utc>,
    /// When it ends.
    pub until: DateTime<Utc>,
}

impl Allowance {
    /// The refusal of one order too many.
    #[must_use]
    pub fn used_up(&self, now: DateTime<Utc>) -> Problem {
        let seconds = (self.until - now + Duration::microseconds(999_999)).num_seconds();
        Problem::of(Code::TooManyOrders).about(seconds)
    }
}

/// One order for help.
#[derive(Clone, Debug)]
pub struct Demand {
    /// Its id.
    pub demand_id: DemandId,
    /// Its number for people: date and six characters.
    pub number: String,
    /// The center in whose county it lies.
    pub county_id: OrganizationId,
    /// The organizations of its area from the root downwards, at most five.
    pub ancestors: Vec<OrganizationId>,
    /// The organization in whose area it lies.
    pub area_id: OrganizationId,
    /// The organization whose turn it is.
    pub responsible_id: OrganizationId,
    /// How often it has gone up a level.
    pub escalations: i64,
    /// Where it stands.
    pub state: State,
    /// How it came in.
    pub channel: Channel,
    /// The account of the person who ordered, if he has one.
    pub requester_id: Option<AccountId>,
    /// The account that sent the order.
    pub placed_by: AccountId,
    /// What the person who orders may order, until it is stored; nothing bounds staff.
    pub allowance: Option<Allowance>,
    /// What the person who orders is to the one who needs help.
    pub relation: Relation,
    /// Who needs help.
    pub recipient_name: String,
    /// His telephone.
    pub recipient_phone: String,
    /// How old he is, where it was said.
    pub recipient_age: Option<AgeBand>,
    /// What was ordered from the menu.
    pub catalog_item_id: Option<CatalogItemId>,
    /// What help is needed, in words.
    pub content: String,
    /// The skill it takes.
    pub skill: Option<Skill>,
    /// How many volunteers it takes.
    pub people: i64,
    /// How urgent it is.
    pub urgency: Urgency,
    /// What risks there may be (Order 685 art. 13).
    pub risk: String,
    /// Where, in words.
    pub address: String,
    /// Where, WGS-84.
    pub place: Point,
    /// When help is wanted, if not as soon as can be.
    pub wanted: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// Whether the system dispatches it by itself.
    pub automatic: bool,
    /// The version of the clock rule that its deadlines were computed with.
    pub rule_id: Option<RuleId>,
    /// What it waits for and until when.
    pub waits: Waits,
    /// The dispatch it is on now.
    pub dispatch_id: Option<DispatchId>,
    /// The team that has accepted it.
    pub team_id: Option<OrganizationId>,
    /// How it ended.
    pub closing: Option<Closing>,
    /// Why it stands where it stands, where somebody said so.
    pub reason: Option<String>,
    /// Why nobody could be found, while it is unfilled.
    pub unfilled_reasons: Vec<UnfilledReason>,
    /// The privacy notice that whoever it is for had not agreed to when staff took it down.
    pub privacy_notice_due_id: Option<PrivacyNoticeId>,
    /// How often it was served: 1 at first, one more each time it is reopened.
    pub rounds: i64,
    /// When it was placed.
    pub placed_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
    /// When what is personal of it was erased.
    pub erased_at: Option<DateTime<Utc>>,
    /// Counts how often it was stored.
    pub version: i64,
}

/// The version of a demand that has not been stored yet.
pub const NOT_STORED: i64 = 0;

impl Demand {
    /// Whether it is a minor who needs help.
    #[must_use]
    pub fn is_for_minor(&self) -> bool {
        self.recipient_age.is_some_and(AgeBand::is_minor)
    }

    /// The state after `step`, or the refusal that says why not.
    ///
    /// # Errors
    /// `not_possible` with the present state.
    pub fn step(mut self, step: Step, now: DateTime<Utc>) -> Result<Self, Problem> {
        let next = self.state_after(step).ok_or_else(|| self.not_possible())?;
        self.state = next;
        self.updated_at = now;
        self.reason = self.reason.filter(|_| !step.begins_a_chapter());
        if next != State::Unfilled {
            self.unfilled_reasons.clear();
        }
        // What is under way or has ended does not stand still.
        if let Some(since) = self.waits.paused_at.filter(|_| !next.can_pause()) {
            self.waits = self.waits.moved_by(now - since);
        }
        Ok(self)
    }

    /// The same with the reason that somebody gave, if he gave one.
    #[must_use]
    pub fn because(self, reason: Option<&str>) -> Self {
        Self { reason: reason.map(str::to_owned).or(self.reason), ..self }
    }

    /// The state that a step leads to, if it can be taken now.
    fn state_after(&self, step: Step) -> Option<State> {
        let paused = self.waits.paused_at.is_some() && !step.is_possible_while_paused();
        // Nobody can be helped any more of whom nothing is known.
        self.state.after(step).filter(|_| !paused && self.erased_at.is_none())
    }

    /// Whether a step can be taken now.
    #[must_use]
    pub fn can(&self, step: Step) -> bool {
        self.state_after(step).is_some()
    }

    /// The refusal of a command that its state does not allow.
    #[must_use]
    pub fn not_possible(&self) -> Problem {
        let state = if self.waits.paused_at.is_some() { "paused" } else { self.state.as_str() };
        Problem::of(Code::NotPossible).about(state)
    }

    /// Handed to a responder, who is to answer.
    ///
    /// # Errors
    /// `not_possible`.
    pub fn dispatched(self, to: DispatchId, now: DateTime<Utc>) -> Result<Self, Problem> {
        let next = self.step(Step::Dispatch, now)?;
        Ok(Self { dispatch_id: Some(to), team_id: None, ..next })
    }

    /// Accepted by a team, or without one by somebody who answers a call.
    ///
    /// # Errors
    /// `not_possible`.
    pub fn accepted(
        self,
        team: Option<OrganizationId>,
        now: DateTime<Utc>,
    ) -> Result<Self, Problem> {
        let next = self.step(Step::Accept, now)?;
        Ok(Self { team_id: team, ..next })
    }

    /// Back with the responsible organization: its dispatch came to nothing.
    ///
    /// # Errors
    /// `not_possible`.
    pub fn back_to_responsible(self, now: DateTime<Utc>) -> Result<Self, Problem> {
        let next = self.step(Step::Return, now)?;
        Ok(Self { dispatch_id: None, team_id: None, ..next })
    }

    /// Served by the last volunteer; the resident is to judge until `evaluate_by`.
    ///
    /// # Errors
    /// `not_possible`.
    pub fn served(
        mut self,
        evaluate_by: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Self, Problem> {
        self.waits.evaluate_by = Some(evaluate_by);
        self.step(Step::Finish, now)
    }

    /// Ended.
    ///
    /// # Errors
    /// `not_possible`.
    pub fn closed(self, how: Closing, now: DateTime<Utc>) -> Result<Self, Problem> {
        let step = if how == Closing::Silence { Step::Lapse } else { Step::Close };
        let next = self.step(step, now)?;
        Ok(Self { closing: Some(how), ..next })
    }

    /// Begun anew, with a new clock. A time that was wanted and has passed is dropped: help
    /// is wanted as soon as can be, as the clock says.
    ///
    /// # Errors
    /// `not_possible`.
    pub fn reopened(self, waits: Waits, now: DateTime<Utc>) -> Result<Self, Problem> {
        let (rounds, wanted) = (self.rounds + 1, self.wanted_still(now));
        let next = self.step(Step::Reopen, now)?;
        Ok(Self { dispatch_id: None, team_id: None, closing: None, rounds, wanted, waits, ..next })
    }

    /// Gone up to `to`, with the clock of that level.
    ///
    /// # Errors
    /// `not_possible`.
    pub fn escalated(
        self,
        to: OrganizationId,
        waits: Waits,
        rule_id: Option<RuleId>,
        now: DateTime<Utc>,
    ) -> Result<Self, Problem> {
        let escalations = self.escalations + 1;
        let waits = Waits { evaluate_by: self.waits.evaluate_by, ..waits };
        let next = self.step(Step::Escalate, now)?;
        Ok(Self { responsible_id: to, escalations, waits, rule_id, ..next })
    }

    /// Nobody is left to ask; it stays visible as unfilled with the reasons and is tried
    /// again at `retry_at`, or never, where the time that was wanted has passed: then a person has to act.
    ///
    /// # Errors
    /// `not_possible`.
    pub fn unfilled(
        mut self,
        retry_at: Option<DateTime<Utc>>,
        reasons: Vec<UnfilledReason>,
        now: DateTime<Utc>,
    ) -> Result<Self, Problem> {
        self.waits.retry_at = retry_at;
        let next = self.step(Step::GiveUp, now)?;
        Ok(Self { dispatch_id: None, team_id: None, unfilled_reasons: reasons, ..next })
    }

    /// Stopped for a reason that lies outside; no clock runs.
    ///
    /// # Errors
    /// `not_possible`.
    pub fn paused(mut self, now: DateTime<Utc>) -> Result<Self, Problem> {
        if self.waits.paused_at.is_some() || !self.state.can_pause() {
            return Err(self.not_possible());
        }
        self.waits.paused_at = Some(now);
        self.updated_at = now;
        Ok(self)
    }

    /// Somebody's deadline at the pace of its clocks: what had not passed when they stopped
    /// does not pass while they stand still.
    #[must_use]
    pub fn at_its_pace(&self, deadline: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
        match self.waits.paused_at {
            Some(since) if deadline >= since => deadline.max(now),
            _ => deadline,
        }
    }

    /// How long it has stood still by now; nothing unless its clocks stand.
    #[must_use]
    pub fn pause_until(&self, now: DateTime<Utc>) -> Duration {
        self.waits.paused_at.map_or(Duration::zero(), |since| now - since)
    }

    /// Going on: every deadline moves by as long as the pause was.
    ///
    /// # Errors
    /// `not_possible` when it is not paused.
    pub fn resumed(mut self, now: DateTime<Utc>) -> Result<Self, Problem> {
        let Some(since) = self.waits.paused_at else { return Err(self.not_possible()) };
        self.waits = self.waits.moved_by(now - since);
        self.updated_at = now;
        self.reason = None;
        Ok(self)
    }

    /// Whether a clerk took it down for a caller who has no account yet: as long as it is open,
    /// it is his as soon as he signs in.
    #[must_use]
    pub fn waits_for_caller(&self) -> bool {
        let is_his = self.requester_id.is_none() && self.relation == Relation::Oneself;
        is_his && self.state.is_open()
    }

    /// The next deadline that the sweeps have to look after, and its kind.
    #[must_use]
    pub fn due(&self) -> Option<(DateTime<Utc>, DueKind)> {
        self.waits.due(self.state)
    }

    /// When the desk that has it must have seen to it, while it is open and its clock does
    /// not stand still: the deadline that runs, or where none does any more, the instant
    /// since which it waits for somebody to act.
    #[must_use]
    pub fn desk_at(&self) -> Option<DateTime<Utc>> {
        if !self.state.is_open() || self.waits.paused_at.is_some() {
            return None;
        }
        let passed = match self.state {
            State::Accepted | State::InService => self.waits.handle_by,
            State::Evaluated => self.waits.evaluate_by,
            _ => None,
        };
        let due = self.due().map(|(at, _)| at);
        due.or(passed).or(Some(self.updated_at))
    }

    /// Whether a deadline has passed at the highest level, where there was nobody left to
    /// tell but the persons who look on: nothing runs any more until somebody acts.
    #[must_use]
    pub const fn is_overdue(&self) -> bool {
        let waits_for_somebody = match self.state {
            State::Submitted | State::Verified => self.waits.respond_by.is_none(),
            State::Unfilled => self.waits.retry_at.is_none(),
            _ => false,
        };
        self.waits.overdue || waits_for_somebody
    }

    /// The time that a volunteer is promised who takes it now: as wanted, while that has
    /// not passed; else he comes as soon as can be. The store says the same in SQL, where
    /// it looks for a conflict (`busy_from!`, `busy_until!`).
    #[must_use]
    pub fn busy(&self, now: DateTime<Utc>) -> (DateTime<Utc>, DateTime<Utc>) {
        self.wanted_still(now).unwrap_or_else(|| usual_busy(now))
    }

    /// When help is wanted, unless that time has passed.
    #[must_use]
    pub fn wanted_still(&self, now: DateTime<Utc>) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        self.wanted.filter(|(_, until)| *until > now)
    }

    /// Whether it names a time, and that has passed: nobody can be asked for it any more.
    #[must_use]
    pub fn wanted_has_passed(&self, now: DateTime<Utc>) -> bool {
        self.wanted.is_some() && self.wanted_still(now).is_none()
    }

    /// The fact with the privacy notice that the person has still to be told of, if there is one.
    #[must_use]
    pub fn telling_of_notice_due(&self, fact: Fact) -> Fact {
        match self.privacy_notice_due_id {
            Some(id) => fact.with("privacyNoticeDueId", id.to_string()),
            None => fact,
        }
    }

    /// A fact about it, with where it stands now.
    #[must_use]
    pub fn fact(&self, name: &'static str, reason: Option<&str>, more: Value) -> Fact {
        let mut data = json!({
            "state": self.state,
            "responsibleId": self.responsible_id,
            "dueAt": self.due().map(|(at, _)| at),
        });
        if let (Some(data), Value::Object(more)) = (data.as_object_mut(), more) {
            data.extend(more);
        }
        Fact {
            name,
            demand_id: Some(self.demand_id.0),
            subject_id: self.demand_id.0,
            reason: reason.map(str::to_owned),
            data,
        }
    }
}

/// The number that people say on the phone: the local date and six characters
/// out of the random part of the id, without letters that sound or look alike.
#[must_use]
pub fn number_of(id: DemandId, local_date: chrono::NaiveDate) -> String {
    const ALPHABET: &[u8] = b"23456789ABCDEFGHJKMNPQRSTVWXYZ";
    let mut rest = id.0.as_u128() & 0xffff_ffff_ffff;
    let mut letters = String::new();
    for _ in 0..6 {
        let index = usize::try_from(rest % 30).unwrap_or_default();
        letters.push(ALPHABET.get(index).copied().map_or('2', char::from));
        rest /= 30;
    }
    format!("{}-{letters}", local_date.format("%Y%m%d"))
}
