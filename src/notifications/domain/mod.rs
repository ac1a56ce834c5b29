//! A notice, and whom a fact concerns: pure.

mod concerned;
mod kinds;
mod news;

pub use concerned::{Audience, CONCERNED, Telling, When};
pub use kinds::NoticeKind;
pub use news::{Addressee, Helper, News, Parties, People};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::ids::{
    AccountId, AssignmentId, DemandId, DispatchId, NoticeId, OrganizationId, RevealId,
    RightsRequestId,
};
use crate::problem::Language;

/// Why the system has told this volunteer of a call: his place among those whom it fits, the
/// nearest first. How they are found is explained in his own registration (`matching`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CallGrounds)]
pub struct Grounds {
    /// His rank by distance; 1 is the nearest.
    #[schema(minimum = 1)]
    pub rank: usize,
    /// How many were chosen.
    #[schema(minimum = 1)]
    pub chosen: usize,
}

/// What one account is told of one fact.
#[derive(Clone, Debug)]
pub struct Notice {
    /// Its id.
    pub notice_id: NoticeId,
    /// Who is told.
    pub account_id: AccountId,
    /// What he is told.
    pub kind: NoticeKind,
    /// The demand that it is about.
    pub demand_id: Option<DemandId>,
    /// The dispatch that it is about.
    pub dispatch_id: Option<DispatchId>,
    /// The assignment that it is about.
    pub assignment_id: Option<AssignmentId>,
    /// When he was told.
    pub told_at: DateTime<Utc>,
    /// When he read it.
    pub read_at: Option<DateTime<Utc>>,
    /// Why the system has chosen him, where it has.
    pub grounds: Option<Grounds>,
    /// What happened.
    pub fact: ToldFact,
}

/// The fact behind a notice, as far as its words need it.
#[derive(Clone, Debug)]
pub struct ToldFact {
    /// Its versioned name.
    pub name: String,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// The thing it happened to.
    pub subject_id: Uuid,
    /// Why, where somebody gave a reason.
    pub reason: Option<String>,
    /// The plain facts.
    pub data: Value,
    /// The number of the demand, for people.
    pub number: Option<String>,
}

impl ToldFact {
    /// The organization that the words name: the team, the level above, the node.
    #[must_use]
    pub fn organization(&self) -> Option<OrganizationId> {
        let of_team = self.name.starts_with("team.").then_some(self.subject_id);
        let named = || id(&self.data, "organizationId").or_else(|| id(&self.data, "to"));
        of_team.or_else(named).map(OrganizationId)
    }

    /// The look at what is masked that it is about.
    #[must_use]
    pub fn reveal(&self) -> Option<RevealId> {
        id(&self.data, "revealId").map(RevealId)
    }

    /// The request about what is kept of somebody that it is about.
    #[must_use]
    pub fn rights_request(&self) -> Option<RightsRequestId> {
        let is_subject = self.name.starts_with("rights_request.");
        is_subject.then_some(RightsRequestId(self.subject_id))
    }

    /// Until when the next step was due, as things stood then.
    #[must_use]
    pub fn due_at(&self) -> Option<DateTime<Utc>> {
        let instant = |name: &str| self.data.get(name)?.as_str()?.parse().ok();
        instant("respondBy").or_else(|| instant("dueAt"))
    }
}

impl Notice {
    /// What it says, with the name of the organization that it names.
    #[must_use]
    pub fn text(&self, language: Language, organization: &str) -> String {
        let volunteer = self.fact.data.get("volunteer").and_then(Value::as_str);
        let reason = self.fact.reason.as_deref().map(|reason| match language {
            Language::Chinese => format!("原因：{reason}。"),
            Language::English => format!(" Reason: {reason}."),
        });
        // The reason last: it is in somebody's own words, which may hold braces.
        self.kind
            .text(language)
            .replace("{number}", self.fact.number.as_deref().unwrap_or_default())
            .replace("{organization}", organization)
            .replace("{volunteer}", volunteer.unwrap_or_default())
            .replace("{reason}", reason.as_deref().unwrap_or_default())
    }
}

/// The id under this name in the plain facts.
fn id(data: &Value, name: &str) -> Option<Uuid> {
    data.get(name)?.as_str()?.parse().ok()
}
