//! The person behind a request, with all his hats; or the partner, with its scopes.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::json;

use super::domain::Role;
use super::partners::Scope;
use crate::ids::{AccountId, GrantId, OrganizationId, PartnerId, SessionId, VolunteerId};
use crate::platform::clock::Clock;
use crate::platform::journal::{Author, Fact, Origin};
use crate::problem::{Code, Problem};

/// Who stands above whom: what access needs to know of the tree.
pub trait Tree: Send + Sync {
    /// The organization and everything above it, from itself to the root;
    /// empty when there is no such organization.
    fn lineage(&self, organization: OrganizationId) -> Vec<OrganizationId>;
    /// The name of the organization; empty when there is none.
    fn name(&self, organization: OrganizationId) -> String;
    /// Whether those who work there, or anywhere, sign in with a second factor.
    fn demands_second_factor(&self, node: Option<OrganizationId>, at: DateTime<Utc>) -> bool;
}

/// A role at a node of the tree, valid for it and everything below.
#[derive(Clone, Debug)]
pub struct Grant {
    /// Its id.
    pub grant_id: GrantId,
    /// Who holds it.
    pub account_id: AccountId,
    /// Where; everywhere on this installation when absent.
    pub organization_id: Option<OrganizationId>,
    /// What he may do there.
    pub role: Role,
    /// From when.
    pub valid_from: DateTime<Utc>,
    /// Until when; open-ended when absent.
    pub valid_until: Option<DateTime<Utc>>,
}

impl Grant {
    /// A role in the whole installation.
    #[must_use]
    pub fn platform(clock: &Clock, account_id: AccountId, role: Role) -> Self {
        Self {
            grant_id: clock.new_id(),
            account_id,
            organization_id: None,
            role,
            valid_from: clock.now(),
            valid_until: None,
        }
    }

    /// What happened to it.
    #[must_use]
    pub fn fact(&self, name: &'static str) -> Fact {
        Fact {
            name,
            demand_id: None,
            subject_id: self.grant_id.0,
            reason: None,
            data: json!({
                "accountId": self.account_id,
                "organizationId": self.organization_id,
                "role": self.role,
                "validFrom": self.valid_from,
                "validUntil": self.valid_until,
            }),
        }
    }
}

/// What a partner may read, and where.
#[derive(Clone)]
pub struct Bounds {
    /// The node that it sees, with everything below.
    pub node: OrganizationId,
    /// What of that.
    pub scopes: Vec<Scope>,
}

/// How it stands with somebody's second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecondFactor {
    /// He signs in by phone, or is a partner: none is asked of him.
    NotAsked,
    /// He signs in by password, without one.
    Off,
    /// The same, where a node that he works at demands one.
    Missed,
    /// He has one.
    On,
}

/// The person who asks, or the partner.
#[derive(Clone)]
pub struct Actor {
    /// His account. A partner has none: here stands its own id, by which the journal
    /// would name it, and which is the id of nothing else.
    pub account_id: AccountId,
    /// The sign-in he asks through; a partner has none.
    pub session_id: Option<SessionId>,
    /// How the timeline names him.
    pub name: String,
    /// His roles: where (everywhere when absent) and what.
    pub grants: Vec<(Option<OrganizationId>, Role)>,
    /// The teams he leads.
    pub leads: Vec<OrganizationId>,
    /// Himself as a volunteer, if he is one.
    pub volunteer_id: Option<VolunteerId>,
    bounds: Option<Bounds>,
    /// Whether somebody else has set his password, and he has not changed it yet.
    pub must_change_password: bool,
    /// How it stands with his second factor.
    pub second_factor: SecondFactor,
    tree: Arc<dyn Tree>,
}

impl Actor {
    /// A person without hats, to be given them.
    #[must_use]
    pub fn new(
        account_id: AccountId,
        session_id: SessionId,
        name: String,
        tree: Arc<dyn Tree>,
    ) -> Self {
        Self {
            account_id,
            session_id: Some(session_id),
            name,
            grants: Vec::new(),
            leads: Vec::new(),
            volunteer_id: None,
            bounds: None,
            must_change_password: false,
            second_factor: SecondFactor::NotAsked,
            tree,
        }
    }

    /// A partner: it reads at its node what a viewer does there, as far as its scopes reach.
    #[must_use]
    pub fn partner(
        partner_id: PartnerId,
        name: String,
        bounds: Bounds,
        tree: Arc<dyn Tree>,
    ) -> Self {
        Self {
            account_id: AccountId(partner_id.0),
            session_id: None,
            name,
            grants: vec![(Some(bounds.node), Role::Viewer)],
            leads: Vec::new(),
            volunteer_id: None,
            bounds: Some(bounds),
            must_change_password: false,
            second_factor: SecondFactor::NotAsked,
            tree,
        }
    }

    /// The same whose second factor is missed, if he signs in by password without one, and a
    /// node that he works at demands it.
    #[must_use]
    pub fn held_to_second_factor(mut self, now: DateTime<Utc>) -> Self {
        if matches!(self.second_factor, SecondFactor::Off | SecondFactor::Missed) {
            let demanded = |(node, _): &(Option<OrganizationId>, Role)| {
                self.tree.demands_second_factor(*node, now)
            };
            let missed = self.grants.iter().any(demanded);
            self.second_factor = if missed { SecondFactor::Missed } else { SecondFactor::Off };
        }
        self
    }

    /// Whether his account is as it has to be.
    ///
    /// # Errors
    /// `password_change_needed` or `second_factor_setup_needed` when it is not.
    pub fn require_ready(&self) -> Result<(), Problem> {
        if self.must_change_password {
            return Err(Problem::of(Code::PasswordChangeNeeded));
        }
        if self.second_factor == SecondFactor::Missed {
            return Err(Problem::of(Code::SecondFactorSetupNeeded));
        }
        Ok(())
    }

    /// Whether it is a partner, to whom nothing is told of people.
    #[must_use]
    pub const fn is_partner(&self) -> bool {
        self.bounds.is_some()
    }

    /// The partner that it is, if it is one.
    #[must_use]
    pub fn partner_id(&self) -> Option<PartnerId> {
        self.is_partner().then_some(PartnerId(self.account_id.0))
    }

    /// The node beyond which it sees nothing, if there is one: a partner's.
    #[must_use]
    pub fn bounded_to(&self) -> Option<OrganizationId> {
        self.bounds.as_ref().map(|bounds| bounds.node)
    }

    /// Whether it may look at this part of the tree, which is public to people.
    #[must_use]
    pub fn reaches(&self, organization: OrganizationId) -> bool {
        self.bounded_to().is_none_or(|node| self.tree.lineage(organization).contains(&node))
    }

    /// Whether its scopes reach what takes this one; nothing bounds a person.
    #[must_use]
    pub fn has_scope(&self, scope: Option<Scope>) -> bool {
        let within = |bounds: &Bounds| scope.is_some_and(|scope| bounds.scopes.contains(&scope));
        self.bounds.as_ref().is_none_or(within)
    }

    /// The organization and everything above it, from itself to the root.
    #[must_use]
    pub fn lineage(&self, organization: OrganizationId) -> Vec<OrganizationId> {
        self.tree.lineage(organization)
    }

    /// Himself as a volunteer.
    ///
    /// # Errors
    /// `forbidden` when he is none.
    pub fn himself(&self) -> Result<VolunteerId, Problem> {
        self.volunteer_id.ok_or_else(|| Problem::of(Code::Forbidden))
    }

    /// Whether he has at least `role` at `organization`, by a grant there or above.
    #[must_use]
    pub fn may(&self, role: Role, organization: OrganizationId) -> bool {
        let strong = || self.grants.iter().filter(|(_, held)| held.includes(role));
        if strong().any(|(node, _)| node.is_none()) {
            return true;
        }
        if strong().next().is_none() {
            return false;
        }
        let lineage = self.tree.lineage(organization);
        strong().any(|(node, _)| node.is_some_and(|node| lineage.contains(&node)))
    }

    /// Whether there is such an organization.
    #[must_use]
    pub fn knows(&self, organization: OrganizationId) -> bool {
        !self.tree.lineage(organization).is_empty()
    }

    /// The name of an organization, to be shown to him beside its id.
    #[must_use]
    pub fn name_of(&self, organization: OrganizationId) -> String {
        self.tree.name(organization)
    }

    /// Whether he administers the whole installation.
    #[must_use]
    pub fn is_platform_administrator(&self) -> bool {
        self.holds_everywhere(Role::Administrator)
    }

    /// Whether he reads the audit, which is of the whole installation.
    #[must_use]
    pub fn is_audit_administrator(&self) -> bool {
        self.holds_everywhere(Role::AuditAdministrator)
    }

    fn holds_everywhere(&self, wanted: Role) -> bool {
        self.grants.iter().any(|(node, role)| node.is_none() && *role == wanted)
    }

    /// Whether he leads the team.
    #[must_use]
    pub fn leads(&self, team: OrganizationId) -> bool {
        self.leads.contains(&team)
    }

    /// Whether he is that volunteer.
    #[must_use]
    pub fn is_volunteer(&self, volunteer: VolunteerId) -> bool {
        self.volunteer_id == Some(volunteer)
    }

    /// Whether he has any role anywhere.
    #[must_use]
    pub const fn is_staff(&self) -> bool {
        !self.grants.is_empty()
    }

    /// How he signs what he does by a request that came from there.
    #[must_use]
    pub fn author(&self, origin: Origin) -> Author {
        let (session_id, partner_id) = (self.session_id, self.partner_id());
        let origin = Origin { session_id, partner_id, ..origin };
        Author { account_id: Some(self.account_id), name: self.name.clone(), origin }
    }
}
