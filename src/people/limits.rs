//! How long what is personal is kept, county by county.

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, Utc};

use super::contract::RetentionView;
use super::domain::Limit;
use crate::demands;
use crate::ids::OrganizationId;
use crate::organizations::Directory;
use crate::organizations::rules::RetentionRule;
use crate::platform::db::Tx;
use crate::problem::Problem;

/// How far rows are counted.
const COUNTED: i64 = 10_000;

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

/// What has passed this limit; nothing is changed.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn passed(tx: &mut Tx, limit: &Limit) -> Result<RetentionView, Problem> {
    let rows = demands::count_ended(tx, limit.county_id, limit.before, COUNTED).await?;
    Ok(RetentionView::of(limit, rows))
}

/// What has passed its limit in every county: for whoever runs the installation.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn passed_everywhere(
    tx: &mut Tx,
    directory: &Directory,
    now: DateTime<Utc>,
) -> Result<Vec<RetentionView>, Problem> {
    let mut counties = Vec::new();
    for limit in limits(directory, now) {
        counties.push(passed(tx, &limit).await?);
    }
    Ok(counties)
}
