//! How long what is personal is kept, county by county.

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, Utc};

use super::domain::Limit;
use crate::ids::OrganizationId;
use crate::organizations::Directory;
use crate::organizations::rules::RetentionRule;

/// What holds in a county now.
#[must_use]
pub fn limit_of(directory: &Directory, county: OrganizationId, now: DateTime<Utc>) -> Limit {
    let rule = directory.rule::<RetentionRule>(county, now);
    let days = rule.value.closed_demand_days;
    let before = now - Duration::days(days.into());
    Limit { county_id: county, days, rule_id: rule.rule_id, before }
}

/// What holds now in every county.
#[must_use]
pub fn limits(directory: &Directory, now: DateTime<Utc>) -> Vec<Limit> {
    let nodes = directory.all();
    let counties: BTreeSet<OrganizationId> =
        nodes.iter().filter_map(|node| directory.county_of(node.organization_id)).collect();
    counties.into_iter().map(|county| limit_of(directory, county, now)).collect()
}
