//! # Organizations
//!
//! The tree: center 中心, sub-centers 分中心, institutes 所, stations 站, bases 基地,
//! posts 点, and the teams 队伍 and units 单位 that hang on them. A node says where
//! it is, what it can do and when it is open; the [`rules`] set on a node hold for
//! everything below it until something closer says otherwise.
//!
//! Every request needs the tree, so each process keeps it in memory
//! ([`Directory`]); the database has the truth and the number of the last change.

mod area;
mod contract;
mod directory;
mod domain;
mod import;
mod policy;
mod routes;
pub mod rules;
mod store;

pub use area::{Ancestors, Area};
pub use contract::{NewOrganization, OrganizationView};
pub use directory::{Directory, Near};
pub use domain::{Kind, OpenHours, Organization, Skill, SkillSet, SlotSet, Status};
pub use policy::{ACTIONS, CreateBelow};
pub use routes::configure;
pub use store::STATEMENTS;

use chrono::{DateTime, Utc};

use crate::ids::OrganizationId;
use crate::platform::clock::Clock;
use crate::platform::db::Tx;
use crate::platform::reference;
use crate::problem::Problem;

use directory::Version;
use rules::RuleValue;

/// Loads many organizations at once, parents before children: for the demo and imports.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn load(tx: &mut Tx, organizations: &[Organization]) -> Result<(), Problem> {
    let changed = reference::next_version(tx).await?;
    store::insert_many(tx, organizations, changed).await
}

/// Sets many rules at once, in force at once: for the demo.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn load_rules(
    tx: &mut Tx,
    clock: &Clock,
    rules: &[(OrganizationId, RuleValue)],
    now: DateTime<Utc>,
) -> Result<(), Problem> {
    let versions: Vec<Version> = rules
        .iter()
        .map(|(organization_id, value)| Version {
            rule_id: clock.new_id(),
            organization_id: *organization_id,
            value: value.clone(),
            effective_from: now,
        })
        .collect();
    let changed = reference::next_version(tx).await?;
    store::insert_rules(tx, &versions, now, None, changed).await
}

/// How many organizations there are.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn count(tx: &mut Tx) -> Result<i64, Problem> {
    store::count(tx).await
}
