//! The person behind a request, with all his hats; or the partner, with its scopes.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};

use super::births;
use super::consents::Agreed;
use super::domain::Role;
use super::partners::Scope;
use super::privacy_notices::Asked;
use crate::ids::{AccountId, OrganizationId, PartnerId, SessionId, VolunteerId};
use crate::platform::journal::{Author, Origin};
use crate::platform::values::ShownName;
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

/// A role as its holder has it at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// Where; everywhere on this installation when absent.
    pub node: Option<OrganizationId>,
    /// What he may do there.
    pub role: Role,
    /// For whom he stands in, where it was delegated to him.
    pub delegated_by: Option<AccountId>,
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
    /// His name; how the timeline names him.
    pub name: String,
    /// His roles.
    pub grants: Vec<Held>,
    /// Those that this sign-in does not reach, because the nodes demand a second factor and
    /// it was made by telephone or WeChat.
    pub withheld: Vec<Held>,
    /// The teams he leads.
    pub leads: Vec<OrganizationId>,
    /// Himself as a volunteer, if he is one.
    pub volunteer_id: Option<VolunteerId>,
    /// When he was born, as far as that is known ([`births`]).
    pub born: Option<NaiveDate>,
    /// What he has agreed to, as far as orders and registrations wait for it.
    pub agreed: Vec<Agreed>,
    bounds: Option<Bounds>,
    duties_apart: bool,
    /// Whether somebody else has set his password, and he has not changed it yet.
    pub must_change_password: bool,
    /// Whether he has signed in by password.
    pub is_by_password: bool,
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
        Self { session_id: Some(session_id), ..Self::bare(account_id, name, tree) }
    }

    /// A partner: it reads at its node what a viewer does there, as far as its scopes reach.
    #[must_use]
    pub fn partner(
        partner_id: PartnerId,
        name: String,
        bounds: Bounds,
        tree: Arc<dyn Tree>,
    ) -> Self {
        let viewer = Held { node: Some(bounds.node), role: Role::Viewer, delegated_by: None };
        let bare = Self::bare(AccountId(partner_id.0), name, tree);
        Self { grants: vec![viewer], bounds: Some(bounds), ..bare }
    }

    fn bare(account_id: AccountId, name: String, tree: Arc<dyn Tree>) -> Self {
        Self {
            account_id,
            session_id: None,
            name,
            grants: Vec::new(),
            withheld: Vec::new(),
            leads: Vec::new(),
            volunteer_id: None,
            born: None,
            agreed: Vec::new(),
            bounds: None,
            duties_apart: false,
            must_change_password: false,
            is_by_password: false,
            second_factor: SecondFactor::NotAsked,
            tree,
        }
    }

    /// The same where the installation keeps the duties of administrators apart: then who
    /// administers does not look after security as well.
    #[must_use]
    pub fn with_duties_apart(self, duties_apart: bool) -> Self {
        Self { duties_apart, ..self }
    }

    /// The same, held to the second factor that nodes demand of those who work there. Who
    /// signs in by password without one misses it, and may do nothing else before he has set
    /// it up; a sign-in that was made otherwise does not reach what he is there.
    #[must_use]
    pub fn held_to_second_factor(mut self, now: DateTime<Utc>) -> Self {
        if self.is_partner() || (self.is_by_password && self.second_factor == SecondFactor::On) {
            return self;
        }
        let tree = Arc::clone(&self.tree);
        let demanded = |held: &Held| tree.demands_second_factor(held.node, now);
        if self.is_by_password {
            let missed = self.grants.iter().any(demanded);
            self.second_factor = if missed { SecondFactor::Missed } else { SecondFactor::Off };
        } else {
            self.grants.append(&mut self.withheld);
            (self.withheld, self.grants) = self.grants.into_iter().partition(demanded);
        }
        self
    }

    /// The same with what this sign-in does not reach; `None` where it reaches everything.
    #[must_use]
    pub fn with_withheld(&self) -> Option<Self> {
        let whole = || {
            let mut whole = self.clone();
            whole.grants.extend_from_slice(&self.withheld);
            whole
        };
        (!self.withheld.is_empty()).then(whole)
    }

    /// The same without what he may only because he stands in for others.
    #[must_use]
    pub fn by_himself(&self) -> Self {
        let own = |held: &&Held| held.delegated_by.is_none();
        Self { grants: self.grants.iter().filter(own).copied().collect(), ..self.clone() }
    }

    /// The same without what he may because he stands in for this person.
    #[must_use]
    pub fn without_standing_in_for(&self, other: AccountId) -> Self {
        let others = |held: &&Held| held.delegated_by != Some(other);
        Self { grants: self.grants.iter().filter(others).copied().collect(), ..self.clone() }
    }

    /// For whom he stands in when only this allows him something; nobody where it is allowed
    /// by what he is himself.
    #[must_use]
    pub fn stands_in_for(&self, allowed: impl Fn(&Self) -> bool) -> Option<AccountId> {
        let mut others = self.grants.iter().filter_map(|held| held.delegated_by).peekable();
        others.peek()?;
        let standing_in_for = |other: Option<AccountId>| {
            let keep = |held: &&Held| held.delegated_by.is_none() || held.delegated_by == other;
            let grants = self.grants.iter().filter(keep).copied().collect();
            Self { grants, ..self.clone() }
        };
        if allowed(&standing_in_for(None)) {
            return None;
        }
        others.find(|other| allowed(&standing_in_for(Some(*other))))
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

    /// The tree, for its names.
    #[must_use]
    pub fn tree(&self) -> &dyn Tree {
        self.tree.as_ref()
    }

    /// His name as others read it: that of a minor masked.
    #[must_use]
    pub fn name_for_others(&self, now: DateTime<Utc>) -> ShownName {
        ShownName::for_others(&self.name, births::is_minor(self.born, now))
    }

    /// Whether he has agreed to what is asked, and has not taken it back.
    #[must_use]
    pub fn has_agreed_to(&self, asked: &Asked) -> bool {
        self.agreed.iter().any(|agreed| agreed.answers(asked))
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
        let strong = || self.grants.iter().filter(|held| self.is_enough(held.role, role));
        if strong().any(|held| held.node.is_none()) {
            return true;
        }
        if strong().next().is_none() {
            return false;
        }
        let lineage = self.tree.lineage(organization);
        strong().any(|held| held.node.is_some_and(|node| lineage.contains(&node)))
    }

    fn is_enough(&self, own: Role, wanted: Role) -> bool {
        let secures = wanted == Role::SecurityAdministrator && own == Role::Administrator;
        own.includes(wanted) || (secures && !self.duties_apart)
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
        self.holds(None, Role::Administrator)
    }

    /// Whether he looks after the security of the whole installation.
    #[must_use]
    pub fn secures_platform(&self) -> bool {
        let enough = |held: &Held| self.is_enough(held.role, Role::SecurityAdministrator);
        self.grants.iter().any(|held| held.node.is_none() && enough(held))
    }

    /// Whether he reads the audit, which is of the whole installation.
    #[must_use]
    pub fn is_audit_administrator(&self) -> bool {
        self.holds(None, Role::AuditAdministrator)
    }

    /// Whether he holds this very role at this very node; everywhere when none is named.
    #[must_use]
    pub fn holds(&self, node: Option<OrganizationId>, role: Role) -> bool {
        self.grants.iter().any(|held| (held.node, held.role) == (node, role))
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
        let (account_id, name) = (Some(self.account_id), self.name.clone());
        Author { account_id, name, delegated_by: None, origin }
    }
}
