//! How the system chooses volunteers, told to those whom it chooses (个人信息保护法 article 24).
//!
//! The system gives nobody a task: it tells the nearest volunteers whom a call fits that help is
//! wanted, and each decides himself. Who does not want to be chosen says so in his registration
//! or to the privacy notice for `automated_matching`; either way it stands in the ledger of
//! consents, and from then on he is left out wherever the system chooses.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::problem::Language;

/// A fact by which the system chooses. There is no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MatchingFact {
    /// Whether he lets the system choose him.
    Choice,
    /// Whether he takes part.
    Status,
    /// The county that he is registered in.
    County,
    /// The skill that it takes.
    Skill,
    /// The half days on which he has time.
    Time,
    /// What he has promised already.
    Promises,
    /// How far he lives from the place, and how far he goes.
    Distance,
}

impl MatchingFact {
    /// Every fact, in the order in which it is looked at.
    pub const ALL: &'static [Self] = &[
        Self::Choice,
        Self::Status,
        Self::County,
        Self::Skill,
        Self::Time,
        Self::Promises,
        Self::Distance,
    ];

    /// The same in words.
    #[must_use]
    pub const fn text(self, language: Language) -> &'static str {
        match language {
            Language::Chinese => match self {
                Self::Choice => "您是否同意由系统选取",
                Self::Status => "您的志愿者状态是否正常",
                Self::County => "您登记所在的县（市、区）",
                Self::Skill => "您是否具备点单所需的技能",
                Self::Time => "您填写的可服务时间段",
                Self::Promises => "您在该时段是否已承诺其他服务",
                Self::Distance => "您的住处到服务地点的距离，以及您愿意前往的最远距离；近者优先",
            },
            Language::English => match self {
                Self::Choice => "Whether you let the system choose you",
                Self::Status => "Whether your registration is active",
                Self::County => "The county that you are registered in",
                Self::Skill => "Whether you have the skill that the order takes",
                Self::Time => "The half days on which you say that you have time",
                Self::Promises => "Whether you are promised elsewhere at that time",
                Self::Distance => {
                    "How far you live from the place and how far you go; the nearest come first"
                }
            },
        }
    }
}

/// A fact by which the system chooses, with its words.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExplainedFact {
    /// The fact.
    pub code: MatchingFact,
    /// The same in words, in the caller's language.
    #[schema(example = "您是否具备点单所需的技能")]
    pub text: String,
}

/// How the system chooses volunteers, and how to refuse it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MatchingExplanation {
    /// What the system decides by itself, in the caller's language.
    pub text: String,
    /// By which facts, and no others, in the order in which they are looked at.
    pub facts: Vec<ExplainedFact>,
    /// How to refuse it, and what that means, in the caller's language.
    pub how_to_refuse: String,
}

impl MatchingExplanation {
    /// The explanation in a language.
    #[must_use]
    pub fn written_in(language: Language) -> Self {
        let (text, how_to_refuse) = match language {
            Language::Chinese => (
                "有招募令时，系统自动选取最近的若干名符合条件的志愿者发送通知；是否参加由您自己决定，系统不会替您接单，也不据此给您评分。",
                "把志愿者资料中的 acceptsMatching 改为 false（PUT /api/v1/volunteers/{id}），或对用途为 automated_matching 的告知表示不同意（POST /api/v1/me/consents）。此后系统不再选取您；您仍可自行查看并接受招募，也可由队长邀请。",
            ),
            Language::English => (
                "When there is a call for volunteers, the system chooses some of the nearest whom it fits and tells them. Whether you take part is your decision: the system accepts nothing for you, and does not rate you by it.",
                "Set acceptsMatching of your registration to false (PUT /api/v1/volunteers/{id}), or refuse the privacy notice for automated_matching (POST /api/v1/me/consents). The system does not choose you from then on; you can still find calls and take a place by yourself, or be asked by your team leader.",
            ),
        };
        let explained = |fact: &MatchingFact| ExplainedFact {
            code: *fact,
            text: fact.text(language).to_owned(),
        };
        Self {
            text: text.to_owned(),
            facts: MatchingFact::ALL.iter().map(explained).collect(),
            how_to_refuse: how_to_refuse.to_owned(),
        }
    }
}
