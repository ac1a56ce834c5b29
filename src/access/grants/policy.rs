//! Who gives roles, sees them, lets others stand in, and takes them away.

use super::store::{self, GrantRow};
use crate::access::actor::Actor;
use crate::access::domain::Role;
use crate::access::gate::{Action, NoId, Subject};
use crate::ids::{GrantId, OrganizationId};
use crate::platform::db::Tx;
use crate::problem::Problem;

/// The actions on roles, for the matrix of rights.
pub const ACTIONS: &[&str] =
    &[Give::NAME, List::NAME, ViewUnused::NAME, Delegate::NAME, Revoke::NAME];

/// The rights at one node.
#[derive(Clone, Copy)]
pub struct RightsAt {
    /// The node.
    pub organization: OrganizationId,
    /// The strongest role that is given or listed.
    pub role: Role,
}

impl RightsAt {
    /// A platform administrator may do everything, though only where something is.
    fn is_open_to(self, actor: &Actor, role: Role) -> bool {
        actor.knows(self.organization) && actor.may(role, self.organization)
    }

    /// Whether the actor may give them. Who stands in for an administrator gives and takes no
    /// roles: his own would outlast that of whom he stands in for. Nor does anybody give the right
    /// to look at what he does himself: who reads the audit is decided at the machine (`redvest
    /// admin create`).
    pub fn may_be_given_by(self, actor: &Actor) -> bool {
        self.role != Role::AuditAdministrator
            && self.is_open_to(&actor.by_himself(), Role::SecurityAdministrator)
    }
}

impl Subject for RightsAt {
    type Id = NoId;

    async fn find(_: &mut Tx, _: NoId) -> Result<Option<Self>, Problem> {
        Ok(None)
    }

    fn visible_to(&self, actor: &Actor) -> bool {
        actor.is_staff() && actor.knows(self.organization)
    }
}

impl GrantRow {
    fn is_in_the_hands_of(&self, actor: &Actor) -> bool {
        let actor = &actor.by_himself();
        match self.grant.organization_id {
            Some(node) => actor.may(Role::SecurityAdministrator, node),
            None => actor.secures_platform(),
        }
    }
}

impl Subject for GrantRow {
    type Id = GrantId;

    async fn find(tx: &mut Tx, id: GrantId) -> Result<Option<Self>, Problem> {
        store::find(tx, id).await
    }

    fn visible_to(&self, actor: &Actor) -> bool {
        self.grant.account_id == actor.account_id
            || self.grant.organization_id.is_some_and(|node| {
                actor.may(Role::Viewer, node) || actor.may(Role::SecurityAdministrator, node)
            })
    }
}

/// Give a role at a node.
pub struct Give;
impl Action for Give {
    type Subject = RightsAt;
    const NAME: &'static str = "grant.create";
    fn allows(actor: &Actor, subject: &RightsAt) -> bool {
        subject.may_be_given_by(actor)
    }
}

/// See who holds roles at a node.
pub struct List;
impl Action for List {
    type Subject = RightsAt;
    const NAME: &'static str = "grant.list";
    fn allows(actor: &Actor, subject: &RightsAt) -> bool {
        subject.is_open_to(actor, Role::Viewer)
            || subject.is_open_to(actor, Role::SecurityAdministrator)
    }
}

/// See which roles at a node and below nobody uses.
pub struct ViewUnused;
impl Action for ViewUnused {
    type Subject = RightsAt;
    const NAME: &'static str = "grant.view_unused";
    fn allows(actor: &Actor, subject: &RightsAt) -> bool {
        subject.is_open_to(actor, Role::SecurityAdministrator)
    }
}

/// Let a colleague stand in.
pub struct Delegate;
impl Action for Delegate {
    type Subject = GrantRow;
    const NAME: &'static str = "grant.delegate";
    fn allows(actor: &Actor, row: &GrantRow) -> bool {
        let grant = &row.grant;
        // Who reads the audit is decided at the machine.
        if grant.role == Role::AuditAdministrator {
            return false;
        }
        let is_his = grant.account_id == actor.account_id;
        (is_his && actor.by_himself().holds(grant.organization_id, grant.role))
            || row.is_in_the_hands_of(actor)
    }
}

/// Take a role away.
pub struct Revoke;
impl Action for Revoke {
    type Subject = GrantRow;
    const NAME: &'static str = "grant.revoke";
    fn allows(actor: &Actor, row: &GrantRow) -> bool {
        // Nor does anybody take it from those who look at what he does.
        if row.grant.role == Role::AuditAdministrator {
            return actor.is_audit_administrator();
        }
        // What he let somebody do in his place, he takes back himself.
        if row.grant.delegated_by == Some(actor.account_id) {
            return true;
        }
        row.is_in_the_hands_of(actor)
    }
}
