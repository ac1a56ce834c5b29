//! An assignment and its life.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::demands::Demand;
use crate::ids::{AccountId, AssignmentId, DemandId, DispatchId, OrganizationId, VolunteerId};
use crate::platform::calendar::Calendar;
use crate::platform::journal::Fact;
use crate::problem::{Code, Problem};

/// Where an assignment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum AssignmentState {
    /// Named by the leader; he is to answer by `respondBy`.
    Offered,
    /// He will come.
    Accepted,
    /// He declined; that costs nothing.
    Declined,
    /// He did not answer in time.
    Lapsed,
    /// He will not come after all.
    DroppedOut,
    /// His place was taken from him, or the dispatch has ended without him.
    Released,
    /// He is on the spot.
    OnSite,
    /// He has checked out; his minutes are credited.
    Done,
    /// He had not checked out by midnight; no minutes.
    ForcedOut,
}

/// What can happen to an assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Act {
    /// He takes the place.
    Accept,
    /// He declines.
    Decline,
    /// His time to answer is over.
    Lapse,
    /// He will not come after all.
    DropOut,
    /// He is not waited for any longer.
    Release,
    /// He checks in.
    CheckIn,
    /// He checks out.
    CheckOut,
    /// The leader enters his presence.
    Enter,
    /// Midnight checks him out.
    ForceOut,
    /// The leader names him (again).
    Name,
}

impl Act {
    /// Every act, for the golden table.
    pub const ALL: &'static [Self] = &[
        Self::Name,
        Self::Accept,
        Self::Decline,
        Self::Lapse,
        Self::DropOut,
        Self::Release,
        Self::CheckIn,
        Self::CheckOut,
        Self::Enter,
        Self::ForceOut,
    ];
}

impl AssignmentState {
    /// Every state, in the order of the life of an assignment.
    pub const ALL: &'static [Self] = &[
        Self::Offered,
        Self::Accepted,
        Self::Declined,
        Self::Lapsed,
        Self::DroppedOut,
        Self::Released,
        Self::OnSite,
        Self::Done,
        Self::ForcedOut,
    ];

    /// The whole life of an assignment: the state after an act, if that is possible.
    #[must_use]
    #[expect(clippy::match_same_arms, reason = "one line per state and act reads as a table")]
    pub const fn after(self, act: Act) -> Option<Self> {
        Some(match (self, act) {
            (
                Self::Offered | Self::Declined | Self::Lapsed | Self::DroppedOut | Self::Released,
                Act::Accept,
            ) => Self::Accepted,
            (Self::Declined | Self::Lapsed | Self::DroppedOut | Self::Released, Act::Name) => {
                Self::Offered
            }
            (Self::Offered, Act::Decline) => Self::Declined,
            (Self::Offered, Act::Lapse) => Self::Lapsed,
            (Self::Accepted, Act::DropOut) => Self::DroppedOut,
            (Self::Accepted, Act::Release) => Self::Released,
            (Self::Accepted, Act::CheckIn) => Self::OnSite,
            (Self::OnSite, Act::CheckOut) => Self::Done,
            (Self::Accepted | Self::OnSite, Act::Enter) => Self::Done,
            (Self::OnSite, Act::ForceOut) => Self::ForcedOut,
            _ => return None,
        })
    }

    /// The name in the contract and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Offered => "offered",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::Lapsed => "lapsed",
            Self::DroppedOut => "dropped_out",
            Self::Released => "released",
            Self::OnSite => "on_site",
            Self::Done => "done",
            Self::ForcedOut => "forced_out",
        }
    }

    /// Whether a place is held by it.
    #[must_use]
    pub const fn holds_a_place(self) -> bool {
        matches!(self, Self::Accepted | Self::OnSite | Self::Done)
    }
}

/// What proves that somebody was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProofKind {
    /// His position, within the radius.
    Position,
    /// The rotating code that is shown on the spot.
    Code,
    /// Both.
    PositionAndCode,
    /// The word of the team leader.
    Leader,
}

/// How presence was proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Proof {
    /// What proves it.
    pub kind: ProofKind,
    /// How far he was from the place of service, in meters, as the server reckons.
    pub distance_meters: Option<i64>,
}

/// Until when somebody who has accepted is waited for. Where help is wanted at a time of its own,
/// that is the end of the local day on which this time ends; where it is not, the end of the local
/// day by which the demand must be handled, or on which the time he is promised ends, whichever is
/// later. It is never before the end of today. Nothing crosses midnight: whoever has not come by
/// then will not come that day.
#[must_use]
pub fn come_by(
    demand: &Demand,
    busy_until: DateTime<Utc>,
    calendar: &Calendar,
    now: DateTime<Utc>,
) -> DateTime<Utc> {
    let handled = demand.waits.handle_by.filter(|_| demand.wanted.is_none());
    let over = handled.map_or(busy_until, |due| due.max(busy_until));
    // Times are half open: what ends at midnight ends on the day before.
    let day = calendar.end_of_local_day(over - Duration::microseconds(1), 0);
    day.max(calendar.end_of_local_day(now, 0))
}

/// Whether the local day has come on which help is wanted; where no time is, any day will do.
#[must_use]
pub fn is_its_day(demand: &Demand, calendar: &Calendar, at: DateTime<Utc>) -> bool {
    let day = |at| calendar.local_date(at);
    demand.wanted.is_none_or(|(from, _)| day(at) >= day(from))
}

/// One volunteer on one dispatch.
#[derive(Clone, Debug)]
pub struct Assignment {
    /// Its id.
    pub assignment_id: AssignmentId,
    /// The dispatch.
    pub dispatch_id: DispatchId,
    /// The demand.
    pub demand_id: DemandId,
    /// The center in whose county it lies.
    pub county_id: OrganizationId,
    /// The volunteer.
    pub volunteer_id: VolunteerId,
    /// His name.
    pub volunteer_name: String,
    /// Whether he was a minor when he was asked first, as far as that is known: then others read his
    /// name masked.
    pub was_minor: bool,
    /// Where it stands.
    pub state: AssignmentState,
    /// The time he is promised, half open.
    pub busy: (DateTime<Utc>, DateTime<Utc>),
    /// The leader who named him; nobody if he took the place himself.
    pub offered_by: Option<AccountId>,
    /// Until when he is to answer.
    pub respond_by: Option<DateTime<Utc>>,
    /// Until when he is waited for, while he has accepted and has not come.
    pub come_by: Option<DateTime<Utc>>,
    /// When he checked in.
    pub checked_in_at: Option<DateTime<Utc>>,
    /// How that was proven.
    pub check_in: Option<Proof>,
    /// When he checked out.
    pub checked_out_at: Option<DateTime<Utc>>,
    /// How that was proven.
    pub check_out: Option<Proof>,
    /// When midnight checks him out.
    pub leave_by: Option<DateTime<Utc>>,
    /// Why he declined, dropped out or was released, or why the leader entered it.
    pub reason: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
    /// Counts its changes.
    pub version: i64,
}

impl Assignment {
    /// The assignment after an act, or the refusal that says why not.
    ///
    /// # Errors
    /// `offer_lapsed` when his time to answer is over; `not_possible` with the present state.
    pub fn act(mut self, act: Act, now: DateTime<Utc>) -> Result<Self, Problem> {
        let late = self.respond_by.is_some_and(|by| now > by);
        if act == Act::Accept && self.state == AssignmentState::Offered && late {
            let by = self.respond_by.unwrap_or(now);
            return Err(Problem::of(Code::OfferLapsed).about(by.to_rfc3339()));
        }
        let next = self.state.after(act);
        self.state =
            next.ok_or_else(|| Problem::of(Code::NotPossible).about(self.state.as_str()))?;
        self.come_by = self.come_by.filter(|_| self.state == AssignmentState::Accepted);
        self.updated_at = now;
        Ok(self)
    }

    /// His place, to which he is to come before the day of it is over: see [`come_by`].
    #[must_use]
    pub fn awaited(self, demand: &Demand, calendar: &Calendar, now: DateTime<Utc>) -> Self {
        let come_by = come_by(demand, self.busy.1, calendar, now);
        Self { come_by: Some(come_by), ..self }
    }

    /// While the clocks of its demand stand still, nobody is late with an answer.
    #[must_use]
    pub fn at_the_pace_of(self, demand: &Demand, now: DateTime<Utc>) -> Self {
        Self { respond_by: self.respond_by.map(|by| demand.at_its_pace(by, now)), ..self }
    }

    /// On the spot, to leave before midnight.
    ///
    /// # Errors
    /// `not_possible`.
    pub fn checked_in(
        self,
        proof: Proof,
        leave_by: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Self, Problem> {
        let on_site = self.act(Act::CheckIn, now)?;
        Ok(Self {
            checked_in_at: Some(now),
            check_in: Some(proof),
            leave_by: Some(leave_by),
            ..on_site
        })
    }

    /// Done, from check-in until now.
    ///
    /// # Errors
    /// `not_possible`; after midnight as well, because a service ends on the day
    /// it began.
    pub fn checked_out(self, proof: Proof, now: DateTime<Utc>) -> Result<Self, Problem> {
        if self.leave_by.is_some_and(|by| now >= by) {
            return Err(Problem::of(Code::NotPossible).about(AssignmentState::ForcedOut.as_str()));
        }
        let done = self.act(Act::CheckOut, now)?;
        Ok(Self { checked_out_at: Some(now), check_out: Some(proof), leave_by: None, ..done })
    }

    /// A fact about it, in the timeline of its demand.
    #[must_use]
    pub fn fact(&self, name: &'static str, reason: Option<&str>, demand: &Demand) -> Fact {
        Fact {
            name,
            demand_id: Some(self.demand_id.0),
            subject_id: self.assignment_id.0,
            reason: reason.map(str::to_owned),
            data: json!({
                "state": demand.state,
                "dispatchId": self.dispatch_id,
                "volunteerId": self.volunteer_id,
                "assignmentState": self.state,
                "checkIn": self.check_in,
                "checkOut": self.check_out,
                "dueAt": demand.due().map(|(at, _)| at),
            }),
        }
    }
}
