//! One judgment of one service.

use chrono::{DateTime, Utc};

use crate::ids::{AccountId, DemandId, EvaluationId, OrganizationId};

/// A judgment.
#[derive(Clone, Debug)]
pub struct Evaluation {
    /// Its id.
    pub evaluation_id: EvaluationId,
    /// The demand.
    pub demand_id: DemandId,
    /// Its number for people.
    pub demand_number: String,
    /// The round of the demand that is judged; each is judged once.
    pub round: i64,
    /// The center in whose county it lies.
    pub county_id: OrganizationId,
    /// The team that brought the help.
    pub team_id: Option<OrganizationId>,
    /// The organization in whose area it was brought.
    pub area_id: OrganizationId,
    /// Who wrote it down.
    pub author_id: AccountId,
    /// Whether a clerk wrote down what the resident said.
    pub by_callback: bool,
    /// Whether the matter is solved.
    pub solved: bool,
    /// 1 to 5.
    pub score: i64,
    /// 1 to 5.
    pub punctuality: Option<i64>,
    /// 1 to 5.
    pub attitude: Option<i64>,
    /// 1 to 5.
    pub skill: Option<i64>,
    /// In words.
    pub words: Option<String>,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// The highest score that somebody gives who was not content.
const POOR_SCORE: i64 = 3;

impl Evaluation {
    /// Whether somebody was not content: the matter is not solved, or the score is low.
    #[must_use]
    pub const fn is_poor(&self) -> bool {
        !self.solved || self.score <= POOR_SCORE
    }
}

/// Which judgments to list.
#[derive(Clone, Copy, Debug)]
pub struct Filter {
    /// Only those that say so, if it matters.
    pub solved: Option<bool>,
    /// The lowest score.
    pub lowest: i64,
    /// The highest score.
    pub highest: i64,
}

impl Filter {
    /// Whether only poor ones fit, which are few.
    #[must_use]
    pub fn fits_poor_ones_only(&self) -> bool {
        self.solved == Some(false) || self.highest <= POOR_SCORE
    }
}
