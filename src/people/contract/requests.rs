//! What callers send and see of requests about what is kept of them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Caller;
use crate::ids::{AccountId, OrganizationId, RightsRequestId};
use crate::people::domain::{RequestKind, RequestState, RightsRequest};
use crate::platform::http::page::{list_query, page};
use crate::platform::values::{PersonName, Reason};

/// Another name for oneself.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OwnName {
    /// How one is addressed from now on.
    pub name: PersonName,
}

/// What somebody wants of those who keep something of him, and cannot do himself.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewRightsRequest {
    /// The organization that is to work it: a center, an institute or a station.
    pub organization_id: OrganizationId,
    /// What it is about.
    pub kind: RequestKind,
    /// What is wanted, in words.
    pub content: Reason,
}

/// What is answered to a request.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RequestAnswer {
    /// What was done, or why it is refused (个人信息保护法 50); whoever asked reads it.
    pub answer: Reason,
}

/// A request about what is kept of somebody.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RightsRequest)]
pub struct RightsRequestView {
    /// Its id.
    pub request_id: RightsRequestId,
    /// Who asks.
    pub account_id: AccountId,
    /// The organization that works it.
    pub organization_id: OrganizationId,
    /// Its name.
    pub organization_name: String,
    /// What it is about.
    pub kind: RequestKind,
    /// Where it stands.
    pub state: RequestState,
    /// What is wanted, in words; null when his account was deleted.
    pub content: Option<String>,
    /// What was answered.
    pub answer: Option<String>,
    /// Until when it is to be answered.
    pub due_at: DateTime<Utc>,
    /// When it was answered.
    pub decided_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Counts its changes; 3 is `"v3"` in `If-Match`.
    pub version: i64,
}

impl RightsRequestView {
    /// The request as the caller sees it.
    #[must_use]
    pub fn of(one: RightsRequest, caller: &Caller) -> Self {
        Self {
            request_id: one.request_id,
            account_id: one.account_id,
            organization_id: one.organization_id,
            organization_name: caller.actor.name_of(one.organization_id),
            kind: one.kind,
            state: one.state,
            content: one.content,
            answer: one.answer,
            due_at: one.due_at,
            decided_at: one.decided_at,
            created_at: one.created_at,
            version: one.version,
        }
    }
}

page!(
    /// A page of requests.
    RightsRequestPage of RightsRequestView
);

list_query! {
    /// Which of one's own requests to list.
    OwnRequestQuery in order of LatestFirst {}
}

list_query! {
    /// Which requests at an organization to list.
    RequestQuery in order of EarliestFirst {
        /// Only those in this state.
        #[param(inline)]
        state: Option<RequestState>,
    }
}
