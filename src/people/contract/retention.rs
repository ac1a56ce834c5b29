//! What callers see of what is to be forgotten.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ids::{OrganizationId, RuleId};
use crate::people::domain::Limit;

/// What of a county would be erased now (a dry run), class by class.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Retention)]
pub struct RetentionView {
    /// The center of the county.
    pub organization_id: OrganizationId,
    /// What has passed its time.
    pub items: Vec<RetentionItem>,
}

/// One class of what is kept.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RetentionItem {
    /// The class.
    pub class: RetentionClass,
    /// For how many days it is kept.
    #[schema(example = 1095)]
    pub days: u32,
    /// The version of the rule; null where nobody has set one.
    pub rule_id: Option<RuleId>,
    /// What ended before this instant has passed its time.
    pub before: DateTime<Utc>,
    /// How many rows would be erased; 10,000 means so many or more.
    #[schema(minimum = 0, maximum = 10_000)]
    pub rows: i64,
}

/// A class of what is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RetentionClass {
    /// Of orders that have ended: names, telephones, addresses, precise places, and all words,
    /// those of dispatches, of volunteers on them and of judgments among them.
    ClosedDemands,
}

impl RetentionClass {
    /// The name in the contract.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClosedDemands => "closed_demands",
        }
    }
}

impl RetentionView {
    /// What has passed the limit of a county.
    #[must_use]
    pub fn of(limit: &Limit, rows: i64) -> Self {
        let item = RetentionItem {
            class: RetentionClass::ClosedDemands,
            days: limit.days,
            rule_id: limit.rule_id,
            before: limit.before,
            rows,
        };
        Self { organization_id: limit.county_id, items: vec![item] }
    }
}
