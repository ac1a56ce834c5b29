//! Who may do what to the tree. Everybody who is signed in may read it: stations
//! and teams are public. A partner reads its own branch. Changing the tree takes an
//! administrator at or above the node.

use crate::access::partners::Scope;
use crate::access::{Action, Actor, AtHand, NoId, Role, Subject};
use crate::ids::OrganizationId;
use crate::organizations::rules::RuleValue;
use crate::platform::db::Tx;
use crate::problem::Problem;

use super::domain::Organization;
use super::store;

/// The actions of this noun, for the matrix of rights.
pub const ACTIONS: &[&str] = &[
    Read::NAME,
    ReadRules::NAME,
    CreateBelow::NAME,
    CreateRoot::NAME,
    Replace::NAME,
    ChangeStatus::NAME,
    Move::NAME,
    SetRule::NAME,
];

/// The tree as everybody sees it.
#[derive(Clone, Copy)]
pub struct PublicTree;

impl Subject for PublicTree {
    type Id = NoId;

    async fn find(_: &mut Tx, _: NoId) -> Result<Option<Self>, Problem> {
        Ok(Some(Self))
    }

    fn visible_to(&self, _: &Actor) -> bool {
        true
    }
}

impl Subject for Organization {
    type Id = OrganizationId;

    async fn find(tx: &mut Tx, id: OrganizationId) -> Result<Option<Self>, Problem> {
        store::find(tx, id).await
    }

    fn visible_to(&self, _: &Actor) -> bool {
        true
    }

    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
}

/// A node that is read, with what is below; the whole tree if there is none.
#[derive(Clone, Copy)]
pub struct Branch(pub Option<OrganizationId>);

impl AtHand for Branch {}

/// Read organizations and the tree.
pub struct Read;
impl Action for Read {
    type Subject = Branch;
    const NAME: &'static str = "organization.read";
    const SCOPE: Option<Scope> = Some(Scope::OrganizationsRead);
    fn allows(actor: &Actor, branch: &Branch) -> bool {
        branch.0.map_or(!actor.is_partner(), |node| actor.reaches(node))
    }
}

/// Read the rules.
pub struct ReadRules;
impl Action for ReadRules {
    type Subject = PublicTree;
    const NAME: &'static str = "rule.read";
    fn allows(_: &Actor, _: &PublicTree) -> bool {
        true
    }
}

/// Create an organization below another.
pub struct CreateBelow;
impl Action for CreateBelow {
    type Subject = Organization;
    const NAME: &'static str = "organization.create";
    fn allows(actor: &Actor, parent: &Organization) -> bool {
        actor.may(Role::Administrator, parent.organization_id)
    }
}

/// Create the root of a tree.
pub struct CreateRoot;
impl Action for CreateRoot {
    type Subject = PublicTree;
    const NAME: &'static str = "organization.create_root";
    fn allows(actor: &Actor, _: &PublicTree) -> bool {
        actor.is_platform_administrator()
    }
}

/// Replace what an organization says of itself.
pub struct Replace;
impl Action for Replace {
    type Subject = Organization;
    const NAME: &'static str = "organization.replace";
    const NEEDS_VERSION: bool = true;
    fn allows(actor: &Actor, node: &Organization) -> bool {
        actor.may(Role::Administrator, node.organization_id)
    }
}

/// Suspend, resume or archive an organization.
pub struct ChangeStatus;
impl Action for ChangeStatus {
    type Subject = Organization;
    const NAME: &'static str = "organization.change_status";
    fn allows(actor: &Actor, node: &Organization) -> bool {
        let above = node.parent_id.unwrap_or(node.organization_id);
        actor.may(Role::Administrator, above)
    }
}

/// Hang a branch elsewhere; the new parent is checked as well.
pub struct Move;
impl Action for Move {
    type Subject = Organization;
    const NAME: &'static str = "organization.move";
    fn allows(actor: &Actor, node: &Organization) -> bool {
        let above = node.parent_id.unwrap_or(node.organization_id);
        actor.may(Role::Administrator, above)
    }
}

/// Set a rule on an organization; which, [`may_set`] says.
pub struct SetRule;
impl Action for SetRule {
    type Subject = Organization;
    const NAME: &'static str = "rule.set";
    fn allows(actor: &Actor, node: &Organization) -> bool {
        [Role::Administrator, Role::SecurityAdministrator]
            .into_iter()
            .any(|role| actor.may(role, node.organization_id))
    }
}

/// Whether he may set this very rule: how staff signs in is a matter of security.
#[must_use]
pub fn may_set(actor: &Actor, value: &RuleValue, node: &Organization) -> bool {
    let role = match value {
        RuleValue::SignIn(_) => Role::SecurityAdministrator,
        _ => Role::Administrator,
    };
    actor.may(role, node.organization_id)
}
