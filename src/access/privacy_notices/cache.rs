//! Who asks what, in memory: every order and every registration looks here.

use std::collections::{BTreeMap, HashMap};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use chrono::{DateTime, Utc};
use futures_util::future::LocalBoxFuture;

use super::domain::{Asked, ConsentPurpose, Published, Topic, asked_by};
use super::store;
use crate::ids::OrganizationId;
use crate::platform::db::Tx;
use crate::platform::reference::Cache;
use crate::problem::Problem;

/// The versions of one node, by what they are about, the earliest first.
type Lines = BTreeMap<Topic, Vec<Published>>;

/// This process's copy of the notices, without their words.
#[derive(Default)]
pub struct PrivacyNotices(RwLock<HashMap<OrganizationId, Lines>>);

impl PrivacyNotices {
    fn lines(&self) -> RwLockReadGuard<'_, HashMap<OrganizationId, Lines>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the nearest node going up asks for at an instant. `lineage` runs from the node itself
    /// to the root.
    #[must_use]
    pub fn asked(
        &self,
        lineage: &[OrganizationId],
        topic: Topic,
        at: DateTime<Utc>,
    ) -> Option<Asked> {
        let lines = self.lines();
        let effective = nearest(&lines, lineage, topic, at)?;
        asked_by(&effective)
    }

    /// What the notices in force for a node ask for, of these purposes.
    #[must_use]
    pub fn all_asked(
        &self,
        lineage: &[OrganizationId],
        purposes: &[ConsentPurpose],
        at: DateTime<Utc>,
    ) -> Vec<Asked> {
        let asked = |purpose: &ConsentPurpose| self.asked(lineage, Topic::of(*purpose), at);
        purposes.iter().filter_map(asked).collect()
    }

    /// The version of one line in force for a node.
    #[must_use]
    pub fn of_topic(
        &self,
        lineage: &[OrganizationId],
        topic: Topic,
        at: DateTime<Utc>,
    ) -> Option<Published> {
        let lines = self.lines();
        nearest(&lines, lineage, topic, at)?.last().copied().cloned()
    }

    /// The versions in force for a node, of every line there is.
    #[must_use]
    pub fn in_force(&self, lineage: &[OrganizationId], at: DateTime<Utc>) -> Vec<Published> {
        let lines = self.lines();
        let own = |node: &OrganizationId| lines.get(node).into_iter().flat_map(BTreeMap::keys);
        let mut topics: Vec<Topic> = lineage.iter().flat_map(own).copied().collect();
        topics.sort_unstable();
        topics.dedup();
        let latest = |topic| nearest(&lines, lineage, topic, at)?.last().copied();
        topics.into_iter().filter_map(latest).cloned().collect()
    }
}

/// The versions in effect at the nearest node that has any.
fn nearest<'a>(
    lines: &'a HashMap<OrganizationId, Lines>,
    lineage: &[OrganizationId],
    topic: Topic,
    at: DateTime<Utc>,
) -> Option<Vec<&'a Published>> {
    lineage.iter().find_map(|node| {
        let versions = lines.get(node)?.get(&topic)?;
        let effective: Vec<&Published> =
            versions.iter().filter(|version| version.effective_from <= at).collect();
        (!effective.is_empty()).then_some(effective)
    })
}

impl Cache for PrivacyNotices {
    fn catch_up<'a>(
        &'a self,
        tx: &'a mut Tx,
        since: i64,
    ) -> LocalBoxFuture<'a, Result<(), Problem>> {
        Box::pin(async move {
            let published = store::published_since(tx, since).await?;
            let mut lines = self.0.write().unwrap_or_else(PoisonError::into_inner);
            for version in published {
                let line = lines.entry(version.organization_id).or_default();
                let line = line.entry(version.topic).or_default();
                line.retain(|known| known.number != version.number);
                line.push(version);
                line.sort_by_key(|version| version.number);
            }
            Ok(())
        })
    }
}
