//! The tree in memory: who stands above whom, who is near, which rule holds.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, RwLock, RwLockReadGuard};

use chrono::{DateTime, Utc};
use futures_util::future::LocalBoxFuture;

use super::domain::{Kind, Organization, Skill, Status};
use super::rules::{CALENDAR, Rule, RuleValue, Ruling, SignInRule, usual_calendar};
use super::store;
use crate::access::Tree;
use crate::ids::{OrganizationId, RuleId};
use crate::platform::calendar::Calendar;
use crate::platform::db::Tx;
use crate::platform::geography::Point;
use crate::platform::reference::Cache;
use crate::problem::Problem;

/// This process's copy of the tree and its rules.
#[derive(Default)]
pub struct Directory(RwLock<Inside>);

#[derive(Default)]
struct Inside {
    nodes: HashMap<OrganizationId, Arc<Organization>>,
    children: HashMap<OrganizationId, Vec<OrganizationId>>,
    /// The active nodes that have a place, by county: what "nearest" looks through.
    placed: HashMap<OrganizationId, Vec<Arc<Organization>>>,
    rules: HashMap<(OrganizationId, &'static str), Vec<Version>>,
}

/// One version of a rule on one organization.
#[derive(Clone, Debug)]
pub struct Version {
    /// Its id.
    pub rule_id: RuleId,
    /// Where it is set.
    pub organization_id: OrganizationId,
    /// Its value.
    pub value: RuleValue,
    /// From when it holds.
    pub effective_from: DateTime<Utc>,
}

/// What to look for around a point.
#[derive(Clone, Copy, Debug)]
pub struct Near {
    /// The middle.
    pub point: Point,
    /// How far, in meters.
    pub radius_meters: f64,
    /// Which kind of node, if it matters.
    pub kind: Option<Kind>,
    /// Which skill it must have, if it matters.
    pub skill: Option<Skill>,
    /// Below which node.
    pub within: Option<OrganizationId>,
}

impl Directory {
    fn inside(&self) -> RwLockReadGuard<'_, Inside> {
        // A writer that panicked has left a whole map behind: it swaps entries, it does not tear them.
        self.0.read().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// The organization of this id.
    #[must_use]
    pub fn get(&self, id: OrganizationId) -> Option<Arc<Organization>> {
        self.inside().nodes.get(&id).cloned()
    }

    /// The name of this organization; empty when there is none.
    #[must_use]
    pub fn name(&self, id: OrganizationId) -> String {
        self.inside().nodes.get(&id).map(|node| node.name.clone()).unwrap_or_default()
    }

    /// The organization and everything above it, from itself to the root.
    #[must_use]
    pub fn ancestry(&self, id: OrganizationId) -> Vec<Arc<Organization>> {
        let inside = self.inside();
        inside.lineage(id).into_iter().filter_map(|id| inside.nodes.get(&id).cloned()).collect()
    }

    /// The ids from the root down to the organization itself.
    #[must_use]
    pub fn path(&self, id: OrganizationId) -> Vec<OrganizationId> {
        let mut path = self.inside().lineage(id);
        path.reverse();
        path
    }

    /// Whether `id` is `above` or lies below it.
    #[must_use]
    pub fn is_within(&self, id: OrganizationId, above: OrganizationId) -> bool {
        self.inside().lineage(id).contains(&above)
    }

    /// How deep the node lies: a root at 1; 0 when there is no such node.
    #[must_use]
    pub fn depth(&self, id: OrganizationId) -> usize {
        self.inside().lineage(id).len()
    }

    /// The center in whose charge the node is: the nearest one above, or the root.
    #[must_use]
    pub fn county_of(&self, id: OrganizationId) -> Option<OrganizationId> {
        self.inside().county_of(id)
    }

    /// What hangs directly on the node, in order of creation.
    #[must_use]
    pub fn children(&self, id: OrganizationId) -> Vec<Arc<Organization>> {
        let inside = self.inside();
        let children = inside.children.get(&id).map(Vec::as_slice).unwrap_or_default();
        children.iter().filter_map(|id| inside.nodes.get(id).cloned()).collect()
    }

    /// The node and everything below it, parents before children.
    #[must_use]
    pub fn subtree(&self, id: OrganizationId) -> Vec<Arc<Organization>> {
        let inside = self.inside();
        let mut found: Vec<Arc<Organization>> =
            inside.nodes.get(&id).cloned().into_iter().collect();
        let mut seen = HashSet::from([id]);
        let mut next = 0;
        while let Some(node) = found.get(next).cloned() {
            let children = inside.children.get(&node.organization_id);
            let children = children.map(Vec::as_slice).unwrap_or_default();
            let unseen = children.iter().filter(|child| seen.insert(**child));
            found.extend(unseen.filter_map(|child| inside.nodes.get(child).cloned()));
            next += 1;
        }
        found
    }

    /// Every node, in no order.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Organization>> {
        self.inside().nodes.values().cloned().collect()
    }

    /// The roots of the tree.
    #[must_use]
    pub fn roots(&self) -> Vec<Arc<Organization>> {
        let inside = self.inside();
        inside.nodes.values().filter(|node| node.parent_id.is_none()).cloned().collect()
    }

    /// The nearest active nodes with their distance in meters, nearest first.
    #[must_use]
    pub fn nearest(&self, near: Near, limit: usize) -> Vec<(f64, Arc<Organization>)> {
        let inside = self.inside();
        let county = near.within.and_then(|within| inside.county_of(within));
        let mut found = Vec::new();
        for (owner, nodes) in &inside.placed {
            if county.is_some_and(|county| county != *owner) {
                continue;
            }
            found.extend(nodes.iter().filter_map(|node| {
                inside.matches(node, near).map(|distance| (distance, Arc::clone(node)))
            }));
        }
        found.sort_by(|left, right| left.0.total_cmp(&right.0));
        found.truncate(limit);
        found
    }

    /// What holds for the node at an instant.
    #[must_use]
    pub fn rule<R: Rule>(&self, id: OrganizationId, at: DateTime<Utc>) -> Ruling<R> {
        match self.version(id, R::NAME, at) {
            Some(version) => Ruling {
                value: R::of(&version.value).unwrap_or(R::USUAL),
                rule_id: Some(version.rule_id),
            },
            None => Ruling { value: R::USUAL, rule_id: None },
        }
    }

    /// The version of a rule that holds for the node at an instant, if anybody set one:
    /// the nearest, going up. There is one calendar to a tree, that of its root, whatever
    /// was set on a root that hangs below another one now.
    #[must_use]
    pub fn version(
        &self,
        id: OrganizationId,
        name: &'static str,
        at: DateTime<Utc>,
    ) -> Option<Version> {
        let inside = self.inside();
        let lineage = inside.lineage(id);
        let only_the_root = if name == CALENDAR { lineage.len().saturating_sub(1) } else { 0 };
        lineage.into_iter().skip(only_the_root).find_map(|node| {
            let versions = inside.rules.get(&(node, name))?;
            versions.iter().rev().find(|version| version.effective_from <= at).cloned()
        })
    }

    /// The local calendar of the tree that the node belongs to, at an instant.
    #[must_use]
    pub fn calendar(&self, id: OrganizationId, at: DateTime<Utc>) -> Arc<Calendar> {
        match self.version(id, CALENDAR, at).map(|version| version.value) {
            Some(RuleValue::Calendar(calendar)) => calendar,
            _ => usual_calendar(),
        }
    }

    /// Takes over what changed.
    fn absorb(&self, organizations: Vec<Organization>, versions: Vec<Version>) {
        let mut inside = self.0.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        let tree_changed = !organizations.is_empty();
        for organization in organizations {
            inside.add_node(organization);
        }
        for version in versions {
            inside.add_rule(version);
        }
        if tree_changed {
            inside.index();
        }
    }
}

impl Inside {
    fn lineage(&self, id: OrganizationId) -> Vec<OrganizationId> {
        let mut lineage = Vec::with_capacity(6);
        let mut next = Some(id);
        while let Some(node) = next.and_then(|id| self.nodes.get(&id)) {
            lineage.push(node.organization_id);
            next = node.parent_id.filter(|parent| !lineage.contains(parent));
        }
        lineage
    }

    fn county_of(&self, id: OrganizationId) -> Option<OrganizationId> {
        let lineage = self.lineage(id);
        let is_center =
            |id: &OrganizationId| self.nodes.get(id).is_some_and(|node| node.kind == Kind::Center);
        lineage.iter().copied().find(is_center).or_else(|| lineage.last().copied())
    }

    fn matches(&self, node: &Organization, near: Near) -> Option<f64> {
        if near.kind.is_some_and(|kind| kind != node.kind)
            || near.skill.is_some_and(|skill| !node.skills.has(skill))
        {
            return None;
        }
        let distance = node.place?.distance_meters(&near.point);
        if distance > near.radius_meters {
            return None;
        }
        let inside =
            near.within.is_none_or(|above| self.lineage(node.organization_id).contains(&above));
        inside.then_some(distance)
    }

    /// Two who catch up at once may have read at different instants: the later state stays.
    fn add_node(&mut self, node: Organization) {
        let known = self.nodes.get(&node.organization_id);
        if known.is_none_or(|known| known.version <= node.version) {
            self.nodes.insert(node.organization_id, Arc::new(node));
        }
    }

    fn add_rule(&mut self, version: Version) {
        let versions =
            self.rules.entry((version.organization_id, version.value.name())).or_default();
        versions.retain(|known| known.rule_id != version.rule_id);
        versions.push(version);
        // Of two versions for the same instant the one set later holds.
        versions.sort_by_key(|version| (version.effective_from, version.rule_id));
    }

    fn index(&mut self) {
        let mut nodes: Vec<Arc<Organization>> = self.nodes.values().cloned().collect();
        nodes.sort_by_key(|node| (node.created_at, node.organization_id));
        self.children.clear();
        self.placed.clear();
        for node in nodes {
            if let Some(parent) = node.parent_id {
                self.children.entry(parent).or_default().push(node.organization_id);
            }
            let findable = node.place.is_some() && node.status == Status::Active;
            if let (true, Some(county)) = (findable, self.county_of(node.organization_id)) {
                self.placed.entry(county).or_default().push(node);
            }
        }
    }
}

impl Tree for Directory {
    fn lineage(&self, organization: OrganizationId) -> Vec<OrganizationId> {
        self.inside().lineage(organization)
    }

    fn name(&self, organization: OrganizationId) -> String {
        Self::name(self, organization)
    }

    fn demands_second_factor(&self, node: Option<OrganizationId>, at: DateTime<Utc>) -> bool {
        let demanded = |node| self.rule::<SignInRule>(node, at).value.second_factor;
        match node {
            Some(node) => demanded(node),
            // Whoever works everywhere works below every root.
            None => self.roots().iter().any(|root| demanded(root.organization_id)),
        }
    }
}

impl Cache for Directory {
    fn catch_up<'a>(
        &'a self,
        tx: &'a mut Tx,
        since: i64,
    ) -> LocalBoxFuture<'a, Result<(), Problem>> {
        Box::pin(async move {
            let organizations = store::changed_since(tx, since).await?;
            let versions = store::rules_since(tx, since).await?;
            self.absorb(organizations, versions);
            Ok(())
        })
    }
}
