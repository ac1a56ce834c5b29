//! What callers send and see of roles.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::access::domain::Role;
use crate::ids::{AccountId, GrantId, OrganizationId};
use crate::platform::http::page::{list_query, page};
use crate::platform::values::{Reason, bounded, instant, perhaps_instant};

/// A role for an existing account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewGrant {
    /// To whom.
    pub account_id: AccountId,
    /// What.
    pub role: Role,
    /// From when; at once if absent. Never in the past.
    #[serde(default, deserialize_with = "perhaps_instant")]
    pub valid_from: Option<DateTime<Utc>>,
    /// Until when; open-ended if absent.
    #[serde(default, deserialize_with = "perhaps_instant")]
    pub valid_until: Option<DateTime<Utc>>,
}

/// Lets a colleague stand in for a time.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Delegation {
    /// Who stands in: somebody who holds a role there, above or below himself.
    pub account_id: AccountId,
    /// From when; at once if absent. Never in the past, and at most 90 days ahead.
    #[serde(default, deserialize_with = "perhaps_instant")]
    pub valid_from: Option<DateTime<Utc>>,
    /// Until when: at most 90 days later, and not longer than the role itself. With other times in
    /// which he stands in for the same role it is 90 days together, unless a whole day lies between.
    #[serde(deserialize_with = "instant")]
    pub valid_until: DateTime<Utc>,
    /// Why, such as leave.
    pub reason: Reason,
}

/// A role at a node of the tree, valid for it and everything below.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Grant)]
pub struct GrantView {
    /// Its id.
    pub grant_id: GrantId,
    /// Who holds it.
    pub account_id: AccountId,
    /// How he is addressed; a minor masked.
    pub name: String,
    /// Where; null for the whole installation.
    pub organization_id: Option<OrganizationId>,
    /// What.
    pub role: Role,
    /// From when.
    pub valid_from: DateTime<Utc>,
    /// Until when; open-ended if null.
    pub valid_until: Option<DateTime<Utc>>,
    /// The grant that it was delegated from; it ends with that one.
    pub delegated_from: Option<GrantId>,
    /// Who holds that one.
    pub delegated_by: Option<AccountId>,
}

page!(
    /// A page of grants.
    GrantPage of GrantView
);

list_query! {
    /// Which roles at a node to list.
    GrantQuery in order of EarliestFirst {
        /// Only this role.
        #[param(inline)]
        role: Option<Role>,
    }
}

/// A role whose holder has done nothing for long.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UnusedGrant {
    /// The role.
    pub grant: GrantView,
    /// When its holder signed in or did anything last; null if never.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// Roles that nobody uses.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UnusedGrants {
    /// At most a hundred, those first that are held longest: when they are taken away, the
    /// others show.
    pub items: Vec<UnusedGrant>,
}

/// Which unused roles to show.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UnusedGrantsQuery {
    /// For how many days nobody has used them.
    #[serde(default = "usual_unused_days", deserialize_with = "unused_days")]
    #[param(required = false, minimum = 1, maximum = 3650, default = 90)]
    pub days: u32,
}

/// A quarter of a year, after which a security reviewer asks.
const fn usual_unused_days() -> u32 {
    90
}

fn unused_days<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    bounded::<_, _, 1, 3650>(deserializer)
}
