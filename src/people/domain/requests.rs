//! What somebody wants of those who keep something of him, and cannot do himself.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::ids::{AccountId, OrganizationId, RightsRequestId, RuleId};
use crate::platform::journal::Fact;
use crate::problem::{Code, Problem};

/// What a request is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
#[schema(as = RightsRequestKind)]
pub enum RequestKind {
    /// Something that is kept is wrong.
    Correction,
    /// Something is not to be processed.
    Restriction,
    /// A relative of somebody who has died asks for him.
    DeceasedRelative,
    /// How personal data is processed is to be explained.
    Explanation,
}

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
#[schema(as = RightsRequestState)]
pub enum RequestState {
    /// It is to be answered.
    Open,
    /// It was met.
    Accepted,
    /// It was refused, with a reason.
    Refused,
}

impl RequestState {
    /// The name in the contract and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Accepted => "accepted",
            Self::Refused => "refused",
        }
    }
}

/// A request.
#[derive(Clone, Debug)]
pub struct RightsRequest {
    /// Its id.
    pub request_id: RightsRequestId,
    /// Who asks.
    pub account_id: AccountId,
    /// The organization that works it.
    pub organization_id: OrganizationId,
    /// What it is about.
    pub kind: RequestKind,
    /// Where it stands.
    pub state: RequestState,
    /// What is wanted, in words.
    pub content: Option<String>,
    /// What was answered.
    pub answer: Option<String>,
    /// Until when it is to be answered.
    pub due_at: DateTime<Utc>,
    /// The version of the rule by which that was reckoned.
    pub rule_id: Option<RuleId>,
    /// Who answered.
    pub decided_by: Option<AccountId>,
    /// When.
    pub decided_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Counts its changes.
    pub version: i64,
}

impl RightsRequest {
    /// The same, answered.
    ///
    /// # Errors
    /// `not_possible` when it was answered before.
    pub fn answered(
        self,
        state: RequestState,
        answer: &str,
        by: AccountId,
        now: DateTime<Utc>,
    ) -> Result<Self, Problem> {
        if self.state != RequestState::Open {
            return Err(Problem::of(Code::NotPossible).about(self.state.as_str()));
        }
        let answer = Some(answer.to_owned());
        Ok(Self { state, answer, decided_by: Some(by), decided_at: Some(now), ..self })
    }

    /// What happened to it: never what is said in it.
    #[must_use]
    pub fn fact(&self, name: &'static str) -> Fact {
        let due_at = (self.state == RequestState::Open).then_some(self.due_at);
        Fact {
            name,
            demand_id: None,
            subject_id: self.request_id.0,
            reason: None,
            data: json!({
                "accountId": self.account_id,
                "organizationId": self.organization_id,
                "kind": self.kind,
                "state": self.state,
                "dueAt": due_at,
            }),
        }
    }
}
