//! The person behind a request, with all his hats.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::domain::Role;
use crate::ids::{AccountId, GrantId, OrganizationId, SessionId, VolunteerId};
use crate::platform::clock::Clock;
use crate::platform::journal::Author;
use crate::problem::{Code, Problem};

/// Who stands above whom: what access needs to know of the tree.
pub trait Tree: Send + Sync {
    /// The organization and everything above it, from itself to the root;
    /// empty when there is no such organization.
    fn lineage(&self, organization: OrganizationId) -> Vec<OrganizationId>;
    /// The name of the organization; empty when there is none.
    fn name(&self, organization: OrganizationId) -> String;
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
    /// The right to administer the whole installation.
    #[must_use]
    pub fn platform(clock: &Clock, account_id: AccountId) -> Self {
        Self {
            grant_id: clock.new_id(),
            account_id,
            organization_id: None,
            role: Role::Administrator,
            valid_from: clock.now(),
            valid_until: None,
        }
    }
}

/// The person who asks.
#[derive(Clone)]
pub struct Actor {
    /// His account.
    pub account_id: AccountId,
    /// The sign-in he asks through.
    pub session_id: SessionId,
    /// How the timeline names him.
    pub name: String,
    /// His roles: where (everywhere when absent) and what.
    pub grants: Vec<(Option<OrganizationId>, Role)>,
    /// The teams he leads.
    pub leads: Vec<OrganizationId>,
    /// Himself as a volunteer, if he is one.
    pub volunteer_id: Option<VolunteerId>,
    /// Whether somebody else has set his password, and he has not changed it yet.
    pub must_change_password: bool,
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
            session_id,
            name,
            grants: Vec::new(),
            leads: Vec::new(),
            volunteer_id: None,
            must_change_password: false,
            tree,
        }
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
        let strong = || self.grants.iter().filter(|(_, held)| *held >= role);
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
        self.grants.iter().any(|(node, role)| node.is_none() && *role == Role::Administrator)
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

    /// How he signs what he does.
    #[must_use]
    pub fn author(&self) -> Author {
        Author { account_id: Some(self.account_id), name: self.name.clone() }
    }
}
