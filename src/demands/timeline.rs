//! The timeline of a demand, read back from the journal.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::ids::{AccountId, EntryId};

/// One thing that happened to a demand, a dispatch or an assignment of it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TimelineEntry {
    /// Its id; entries sort by it.
    pub entry_id: EntryId,
    /// When.
    pub at: DateTime<Utc>,
    /// What, as a versioned name. New names may appear.
    #[schema(example = "demand.placed.v1")]
    pub name: String,
    /// The account that did it; null for the system.
    pub actor_id: Option<AccountId>,
    /// Who did it, in words.
    #[schema(example = "系统")]
    pub actor: String,
    /// Why, where somebody gave a reason.
    pub reason: Option<String>,
    /// The facts: ids, states and deadlines.
    #[schema(value_type = Object)]
    pub data: Value,
}
