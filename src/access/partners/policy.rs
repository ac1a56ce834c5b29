//! Who may do what to partners: those who look after security at their node,
//! and above.

use super::domain::Partner;
use super::store;
use crate::access::{Action, Actor, NoId, Role, Subject};
use crate::ids::{OrganizationId, PartnerId};
use crate::platform::db::Tx;
use crate::problem::Problem;

/// The actions of this noun, for the matrix of rights.
pub const ACTIONS: &[&str] = &[Register::NAME, List::NAME, View::NAME, Change::NAME, SetKeys::NAME];

/// The partners at one node.
#[derive(Clone, Copy)]
pub struct PartnersAt(pub OrganizationId);

impl Subject for PartnersAt {
    type Id = NoId;

    async fn find(_: &mut Tx, _: NoId) -> Result<Option<Self>, Problem> {
        Ok(None)
    }

    fn visible_to(&self, actor: &Actor) -> bool {
        actor.is_staff() && actor.knows(self.0)
    }
}

impl PartnersAt {
    /// A platform administrator may do everything, though only where something is.
    fn is_open_to(self, actor: &Actor) -> bool {
        actor.knows(self.0) && actor.may(Role::SecurityAdministrator, self.0)
    }
}

impl Subject for Partner {
    type Id = PartnerId;

    async fn find(tx: &mut Tx, id: PartnerId) -> Result<Option<Self>, Problem> {
        store::find(tx, id).await
    }

    fn visible_to(&self, actor: &Actor) -> bool {
        actor.may(Role::Viewer, self.organization_id)
            || actor.may(Role::SecurityAdministrator, self.organization_id)
    }

    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
}

/// Register a partner at a node.
pub struct Register;
impl Action for Register {
    type Subject = PartnersAt;
    const NAME: &'static str = "partner.register";
    fn allows(actor: &Actor, at: &PartnersAt) -> bool {
        at.is_open_to(actor)
    }
}

/// See which partners there are at a node and below.
pub struct List;
impl Action for List {
    type Subject = PartnersAt;
    const NAME: &'static str = "partner.list";
    fn allows(actor: &Actor, at: &PartnersAt) -> bool {
        at.is_open_to(actor)
    }
}

/// See one partner.
pub struct View;
impl Action for View {
    type Subject = Partner;
    const NAME: &'static str = "partner.view";
    fn allows(actor: &Actor, partner: &Partner) -> bool {
        actor.may(Role::SecurityAdministrator, partner.organization_id)
    }
}

/// Suspend, resume or end it, or renew or remove its secret.
pub struct Change;
impl Action for Change {
    type Subject = Partner;
    const NAME: &'static str = "partner.change";
    fn allows(actor: &Actor, partner: &Partner) -> bool {
        actor.may(Role::SecurityAdministrator, partner.organization_id)
    }
}

/// Say which public keys it has.
pub struct SetKeys;
impl Action for SetKeys {
    type Subject = Partner;
    const NAME: &'static str = "partner.set_keys";
    const NEEDS_VERSION: bool = true;
    fn allows(actor: &Actor, partner: &Partner) -> bool {
        actor.may(Role::SecurityAdministrator, partner.organization_id)
    }
}
