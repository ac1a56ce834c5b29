//! Why nobody could be found for a demand: kept with it, and reckoned anew by every try.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ids::OrganizationId;
use crate::problem::Language;

/// How many teams one reason names.
const NAMED: usize = 5;

/// Why nobody could be found. New reasons may appear: show the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UnfilledCode {
    /// There is no team anywhere near.
    NoTeamNear,
    /// Teams do not want to be asked by the system.
    OptedOut,
    /// Teams lack the skill.
    LacksSkill,
    /// Teams are not available at that time.
    NotAvailable,
    /// Teams are too far away.
    TooFar,
    /// Teams have enough on their hands.
    Busy,
    /// Teams have promised their people elsewhere at that time.
    TimeConflict,
    /// Teams were asked already, and have declined or not answered.
    AlreadyAsked,
    /// Nobody answered within the time to respond.
    RespondOverdue,
    /// The time at which help was wanted has passed.
    WantedTimePassed,
}

impl UnfilledCode {
    /// What it says in words.
    #[must_use]
    pub const fn text(self, language: Language) -> &'static str {
        match language {
            Language::Chinese => self.chinese(),
            Language::English => self.english(),
        }
    }

    const fn chinese(self) -> &'static str {
        match self {
            Self::NoTeamNear => "附近没有队伍",
            Self::OptedOut => "队伍不接受系统派单",
            Self::LacksSkill => "队伍不具备所需技能",
            Self::NotAvailable => "队伍在该时间段不可服务",
            Self::TooFar => "队伍距离过远",
            Self::Busy => "队伍手头的单已满",
            Self::TimeConflict => "队伍的人手在该时间段已另有服务",
            Self::AlreadyAsked => "队伍已问过，未能承接",
            Self::RespondOverdue => "接单时限内无人响应",
            Self::WantedTimePassed => "约定的服务时间已过",
        }
    }

    const fn english(self) -> &'static str {
        match self {
            Self::NoTeamNear => "There is no team nearby",
            Self::OptedOut => "Teams that the system is not to ask",
            Self::LacksSkill => "Teams without the skill",
            Self::NotAvailable => "Teams that are not available at that time",
            Self::TooFar => "Teams that are too far away",
            Self::Busy => "Teams with enough on their hands",
            Self::TimeConflict => "Teams whose people are promised elsewhere at that time",
            Self::AlreadyAsked => "Teams that were asked already and could not take it",
            Self::RespondOverdue => "Nobody answered in time",
            Self::WantedTimePassed => "The time at which help was wanted has passed",
        }
    }
}

/// One reason why nobody could be found, with the teams that it holds for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UnfilledReason {
    /// The reason.
    pub code: UnfilledCode,
    /// For how many teams it holds; 0 where it is not about teams.
    pub count: u32,
    /// Some of them.
    pub organization_ids: Vec<OrganizationId>,
}

impl UnfilledReason {
    /// A reason that is not about teams.
    #[must_use]
    pub const fn plain(code: UnfilledCode) -> Self {
        Self { code, count: 0, organization_ids: Vec::new() }
    }

    /// The reasons for teams that were looked at, each reason once, with how many it
    /// holds for.
    #[must_use]
    pub fn of_teams(teams: impl IntoIterator<Item = (OrganizationId, UnfilledCode)>) -> Vec<Self> {
        let mut reasons: Vec<Self> = Vec::new();
        for (team, code) in teams {
            let known = reasons.iter().position(|reason| reason.code == code);
            let index = known.unwrap_or(reasons.len());
            if known.is_none() {
                reasons.push(Self::plain(code));
            }
            let Some(reason) = reasons.get_mut(index) else { continue };
            reason.count += 1;
            if reason.organization_ids.len() < NAMED {
                reason.organization_ids.push(team);
            }
        }
        reasons
    }
}
