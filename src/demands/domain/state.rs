//! The states of a demand and the one table of its transitions.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where a demand stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
#[schema(as = DemandState)]
pub enum State {
    /// Placed, to be verified 待审核.
    Submitted,
    /// Refused with a reason 不予受理.
    Refused,
    /// Verified, to be dispatched 待派单.
    Verified,
    /// Handed to a responder, who is to answer 已派单.
    Dispatched,
    /// Accepted by a responder 已接单.
    Accepted,
    /// A volunteer is on the spot 服务中.
    InService,
    /// The last volunteer has checked out; the resident is to judge 待评单.
    Served,
    /// Judged, to be closed 已评单.
    Evaluated,
    /// Closed 已销号.
    Closed,
    /// Nobody could be found at any level; tried again 暂无人承接.
    Unfilled,
    /// Taken back 已撤单.
    Cancelled,
    /// Handed to 12345, 110, 120 or another service 已转办.
    Transferred,
}

/// What can happen to a demand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// It is found to be in order.
    Verify,
    /// It is refused.
    Refuse,
    /// It is handed to a responder.
    Dispatch,
    /// The responder accepts.
    Accept,
    /// The responder declines, lapses or gives it back.
    Return,
    /// Its only volunteer has dropped out: the offer stands again.
    Vacate,
    /// A volunteer checks in.
    Begin,
    /// The last volunteer checks out.
    Finish,
    /// The resident judges it.
    Evaluate,
    /// It is closed after the evaluation.
    Close,
    /// It is closed because nobody judged it in time.
    Lapse,
    /// It begins anew.
    Reopen,
    /// It is taken back.
    Cancel,
    /// It is handed to another service.
    Transfer,
    /// It goes up a level.
    Escalate,
    /// Nobody is left to ask.
    GiveUp,
}

impl Step {
    /// Every step, for the golden table.
    pub const ALL: &'static [Self] = &[
        Self::Verify,
        Self::Refuse,
        Self::Dispatch,
        Self::Accept,
        Self::Return,
        Self::Vacate,
        Self::Begin,
        Self::Finish,
        Self::Evaluate,
        Self::Close,
        Self::Lapse,
        Self::Reopen,
        Self::Cancel,
        Self::Transfer,
        Self::Escalate,
        Self::GiveUp,
    ];

    /// Whether what was said before explains nothing any more.
    #[must_use]
    pub const fn begins_a_chapter(self) -> bool {
        matches!(self, Self::Refuse | Self::Accept | Self::Reopen | Self::Cancel | Self::Transfer)
    }

    /// A pause stops what the organization does, not what the people concerned do.
    #[must_use]
    pub const fn is_possible_while_paused(self) -> bool {
        !matches!(self, Self::Dispatch | Self::Escalate | Self::GiveUp | Self::Lapse)
    }
}

impl State {
    /// Every state, in the order of the life of a demand.
    pub const ALL: &'static [Self] = &[
        Self::Submitted,
        Self::Refused,
        Self::Verified,
        Self::Dispatched,
        Self::Accepted,
        Self::InService,
        Self::Served,
        Self::Evaluated,
        Self::Closed,
        Self::Unfilled,
        Self::Cancelled,
        Self::Transferred,
    ];

    /// The whole life of a demand: the state after a step, if that is possible.
    #[must_use]
    #[expect(clippy::match_same_arms, reason = "one line per state and step reads as a table")]
    pub const fn after(self, step: Step) -> Option<Self> {
        use State::{
            Accepted, Cancelled, Closed, Dispatched, Evaluated, InService, Refused, Served,
            Submitted, Transferred, Unfilled, Verified,
        };
        Some(match (self, step) {
            (Submitted, Step::Verify) => Verified,
            (Submitted, Step::Refuse) => Refused,
            (Submitted, Step::Escalate) => Submitted,
            (Verified, Step::Dispatch) => Dispatched,
            (Verified, Step::Escalate) => Verified,
            (Verified, Step::GiveUp) => Unfilled,
            (Dispatched, Step::Accept) => Accepted,
            (Dispatched, Step::Return) => Verified,
            (Accepted, Step::Begin) => InService,
            (Accepted, Step::Return) => Verified,
            (Accepted, Step::Vacate) => Dispatched,
            (Accepted, Step::Escalate) => Accepted,
            (InService, Step::Begin) => InService,
            (InService, Step::Finish) => Served,
            (InService, Step::Return) => Verified,
            (InService, Step::Escalate) => InService,
            (Served, Step::Evaluate) => Evaluated,
            (Served, Step::Reopen) => Verified,
            (Served, Step::Lapse) => Closed,
            (Evaluated, Step::Close) => Closed,
            (Evaluated, Step::Reopen) => Verified,
            (Closed, Step::Reopen) => Verified,
            (Unfilled, Step::Dispatch) => Dispatched,
            (Unfilled, Step::GiveUp) => Unfilled,
            (Refused | Cancelled | Transferred, Step::Reopen) => Submitted,
            (Submitted | Verified | Dispatched | Accepted | Unfilled, Step::Cancel) => Cancelled,
            (
                Submitted | Verified | Dispatched | Accepted | InService | Unfilled,
                Step::Transfer,
            ) => Transferred,
            _ => return None,
        })
    }

    /// Whether somebody still has something to do.
    #[must_use]
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::Refused | Self::Closed | Self::Cancelled | Self::Transferred)
    }

    /// Whether volunteers can still come to it.
    #[must_use]
    pub const fn takes_volunteers(self) -> bool {
        matches!(self, Self::Dispatched | Self::Accepted | Self::InService)
    }

    /// Whether its clock can be stopped.
    #[must_use]
    pub const fn can_pause(self) -> bool {
        matches!(
            self,
            Self::Submitted | Self::Verified | Self::Dispatched | Self::Accepted | Self::Unfilled
        )
    }

    /// The name in the contract and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Refused => "refused",
            Self::Verified => "verified",
            Self::Dispatched => "dispatched",
            Self::Accepted => "accepted",
            Self::InService => "in_service",
            Self::Served => "served",
            Self::Evaluated => "evaluated",
            Self::Closed => "closed",
            Self::Unfilled => "unfilled",
            Self::Cancelled => "cancelled",
            Self::Transferred => "transferred",
        }
    }
}
