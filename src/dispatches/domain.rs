//! A dispatch and its life.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::candidates::Grounds;
use crate::demands::Demand;
use crate::ids::{AccountId, DemandId, DispatchId, OrganizationId};
use crate::platform::journal::Fact;
use crate::problem::{Code, Problem};

/// To whom a demand is handed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
#[schema(as = DispatchKind)]
pub enum Kind {
    /// To one team.
    Offer,
    /// To every volunteer of the county who fits 招募令.
    Call,
}

impl Kind {
    /// The name in the contract and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Offer => "offer",
            Self::Call => "call",
        }
    }
}

/// Where a dispatch stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum DispatchState {
    /// To be answered by `respondBy`.
    Offered,
    /// Accepted; places may still be free.
    Accepted,
    /// Declined, or given back after it was accepted.
    Declined,
    /// Not answered in time.
    Lapsed,
    /// Not needed any more.
    Withdrawn,
    /// The service was brought and judged.
    Completed,
}

/// What can happen to a dispatch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Move {
    /// The team, or the first volunteer, accepts.
    Accept,
    /// The team declines, or gives it back.
    Decline,
    /// Its time is over.
    Lapse,
    /// It is not needed any more.
    Withdraw,
    /// Its only volunteer has dropped out.
    Reoffer,
    /// The service was brought and judged.
    Complete,
}

impl Move {
    /// Every move, for the golden table.
    pub const ALL: &'static [Self] =
        &[Self::Accept, Self::Decline, Self::Lapse, Self::Withdraw, Self::Reoffer, Self::Complete];
}

impl DispatchState {
    /// Every state, in the order of the life of a dispatch.
    pub const ALL: &'static [Self] = &[
        Self::Offered,
        Self::Accepted,
        Self::Declined,
        Self::Lapsed,
        Self::Withdrawn,
        Self::Completed,
    ];

    /// The whole life of a dispatch: the state after a move, if that is possible.
    #[must_use]
    pub const fn after(self, made: Move) -> Option<Self> {
        Some(match (self, made) {
            (Self::Offered, Move::Accept) => Self::Accepted,
            (Self::Offered | Self::Accepted, Move::Decline) => Self::Declined,
            (Self::Offered, Move::Lapse) => Self::Lapsed,
            (Self::Offered | Self::Accepted, Move::Withdraw) => Self::Withdrawn,
            (Self::Accepted, Move::Reoffer) => Self::Offered,
            (Self::Accepted, Move::Complete) => Self::Completed,
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
            Self::Withdrawn => "withdrawn",
            Self::Completed => "completed",
        }
    }
}

/// A demand handed to one responder.
#[derive(Clone, Debug)]
pub struct Dispatch {
    /// Its id.
    pub dispatch_id: DispatchId,
    /// The demand.
    pub demand_id: DemandId,
    /// The center in whose county it lies.
    pub county_id: OrganizationId,
    /// The team it is offered to, or the organization that publishes the call.
    pub organization_id: OrganizationId,
    /// To whom it is handed.
    pub kind: Kind,
    /// Where it stands.
    pub state: DispatchState,
    /// How many volunteers it takes.
    pub places: i64,
    /// How many have accepted.
    pub taken: i64,
    /// Who dispatched it; the system if nobody.
    pub offered_by: Option<AccountId>,
    /// The round of the demand that it belongs to.
    pub round: i64,
    /// How far the team is from the place of service, in meters.
    pub distance_meters: Option<i64>,
    /// Why this team was chosen.
    pub grounds: Grounds,
    /// Until when it is to be answered.
    pub respond_by: DateTime<Utc>,
    /// Why it was declined or withdrawn.
    pub reason: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
    /// Counts its changes.
    pub version: i64,
}

impl Dispatch {
    /// The dispatch after a move, or the refusal that says why not.
    ///
    /// # Errors
    /// `offer_lapsed` when its time is over; `not_possible` with the present state.
    pub fn make(mut self, made: Move, now: DateTime<Utc>) -> Result<Self, Problem> {
        if made == Move::Accept && self.state == DispatchState::Offered && now > self.respond_by {
            return Err(Problem::of(Code::OfferLapsed).about(self.respond_by.to_rfc3339()));
        }
        let next = self.state.after(made);
        self.state =
            next.ok_or_else(|| Problem::of(Code::NotPossible).about(self.state.as_str()))?;
        self.updated_at = now;
        Ok(self)
    }

    /// The team that brings the help; none where volunteers answer a call.
    #[must_use]
    pub fn team(&self) -> Option<OrganizationId> {
        (self.kind == Kind::Offer).then_some(self.organization_id)
    }

    /// While the clocks of its demand stand still, an offer does not run out.
    #[must_use]
    pub fn at_the_pace_of(self, demand: &Demand, now: DateTime<Utc>) -> Self {
        Self { respond_by: demand.at_its_pace(self.respond_by, now), ..self }
    }

    /// Whether it runs and a place is free.
    #[must_use]
    pub const fn has_room(&self) -> bool {
        let runs = matches!(self.state, DispatchState::Offered | DispatchState::Accepted);
        runs && self.taken < self.places
    }

    /// One place taken: the last one exactly once, because the row is stored
    /// over the version it was read at. The first one accepts the dispatch.
    ///
    /// # Errors
    /// `no_place_left`, `offer_lapsed`, `not_possible`.
    pub fn with_place_taken(self, now: DateTime<Utc>) -> Result<Self, Problem> {
        let open = match self.state {
            DispatchState::Offered => self.make(Move::Accept, now)?,
            DispatchState::Accepted => Self { updated_at: now, ..self },
            state => return Err(Problem::of(Code::NotPossible).about(state.as_str())),
        };
        if open.taken >= open.places {
            return Err(Problem::of(Code::NoPlaceLeft));
        }
        Ok(Self { taken: open.taken + 1, ..open })
    }

    /// One place free again; when it was the only one taken, the offer stands
    /// again until `respond_by`.
    ///
    /// # Errors
    /// `not_possible`.
    pub fn with_place_freed(
        self,
        respond_by: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Self, Problem> {
        let freed = Self { taken: (self.taken - 1).max(0), updated_at: now, ..self };
        if freed.taken > 0 {
            return Ok(freed);
        }
        let offered = freed.make(Move::Reoffer, now)?;
        Ok(Self { respond_by, ..offered })
    }

    /// A fact about it, in the timeline of its demand.
    #[must_use]
    pub fn fact(&self, name: &'static str, reason: Option<&str>, demand: &Demand) -> Fact {
        Fact {
            name,
            demand_id: Some(self.demand_id.0),
            subject_id: self.dispatch_id.0,
            reason: reason.map(str::to_owned),
            data: json!({
                "state": demand.state,
                "organizationId": self.organization_id,
                "kind": self.kind,
                "places": self.places,
                "taken": self.taken,
                "distanceMeters": self.distance_meters.filter(|_| !demand.is_for_minor()),
                "grounds": self.grounds.shown(!demand.is_for_minor()),
                "respondBy": self.respond_by,
                "dueAt": demand.due().map(|(at, _)| at),
            }),
        }
    }
}
