//! Who may do what to accounts and grants.

use super::actor::Actor;
use super::domain::Role;
use super::gate::{Action, NoId, Subject};
use super::store::{self, GrantRow};
use crate::ids::{GrantId, OrganizationId};
use crate::platform::db::Tx;
use crate::problem::Problem;

/// The actions of this noun, for the matrix of rights.
pub const ACTIONS: &[&str] = &[
    ViewMe::NAME,
    SignOut::NAME,
    ChangePassword::NAME,
    CreateStaff::NAME,
    Give::NAME,
    List::NAME,
    Revoke::NAME,
];

/// The caller himself.
#[derive(Clone, Copy)]
pub struct Oneself;

impl Subject for Oneself {
    type Id = NoId;

    async fn find(_: &mut Tx, _: NoId) -> Result<Option<Self>, Problem> {
        Ok(Some(Self))
    }

    fn visible_to(&self, _: &Actor) -> bool {
        true
    }
}

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

    /// Nobody gives the right to look at what he does himself: who reads the audit is
    /// decided at the machine (`redvest admin create`).
    fn may_be_given_by(self, actor: &Actor) -> bool {
        self.role != Role::AuditAdministrator && self.is_open_to(actor, Role::Administrator)
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

impl Subject for GrantRow {
    type Id = GrantId;

    async fn find(tx: &mut Tx, id: GrantId) -> Result<Option<Self>, Problem> {
        store::find_grant(tx, id).await
    }

    fn visible_to(&self, actor: &Actor) -> bool {
        self.account_id == actor.account_id
            || self.organization_id.is_some_and(|node| actor.may(Role::Viewer, node))
    }
}

/// See one's own account.
pub struct ViewMe;
impl Action for ViewMe {
    type Subject = Oneself;
    const NAME: &'static str = "account.view_own";
    const BEFORE_READY: bool = true;
    fn allows(_: &Actor, _: &Oneself) -> bool {
        true
    }
}

/// End one's own sign-in.
pub struct SignOut;
impl Action for SignOut {
    type Subject = Oneself;
    const NAME: &'static str = "account.sign_out";
    const BEFORE_READY: bool = true;
    fn allows(_: &Actor, _: &Oneself) -> bool {
        true
    }
}

/// Change one's own password.
pub struct ChangePassword;
impl Action for ChangePassword {
    type Subject = Oneself;
    const NAME: &'static str = "account.change_password";
    const BEFORE_READY: bool = true;
    fn allows(_: &Actor, _: &Oneself) -> bool {
        true
    }
}

/// Open a staff account at a node.
pub struct CreateStaff;
impl Action for CreateStaff {
    type Subject = RightsAt;
    const NAME: &'static str = "staff.create";
    fn allows(actor: &Actor, subject: &RightsAt) -> bool {
        subject.may_be_given_by(actor)
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
    }
}

/// Take a role away.
pub struct Revoke;
impl Action for Revoke {
    type Subject = GrantRow;
    const NAME: &'static str = "grant.revoke";
    fn allows(actor: &Actor, grant: &GrantRow) -> bool {
        // Nor does anybody take it from those who look at what he does.
        if grant.role == Role::AuditAdministrator {
            return actor.is_audit_administrator();
        }
        match grant.organization_id {
            Some(node) => actor.may(Role::Administrator, node),
            None => actor.is_platform_administrator(),
        }
    }
}
