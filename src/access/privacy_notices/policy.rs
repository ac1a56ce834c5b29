//! Who may do what to privacy notices. Everybody may read them: they are written for everybody.

use super::domain::PrivacyNotice;
use super::store;
use crate::access::{Action, Actor, NoId, Role, Subject};
use crate::ids::{OrganizationId, PrivacyNoticeId};
use crate::platform::db::Tx;
use crate::problem::Problem;

/// The actions on privacy notices, for the matrix of rights.
pub const ACTIONS: &[&str] = &[Publish::NAME, List::NAME, View::NAME];

/// The notices of one node.
#[derive(Clone, Copy)]
pub struct NoticesAt(pub OrganizationId);

impl Subject for NoticesAt {
    type Id = NoId;

    async fn find(_: &mut Tx, _: NoId) -> Result<Option<Self>, Problem> {
        Ok(None)
    }

    fn visible_to(&self, actor: &Actor) -> bool {
        actor.knows(self.0)
    }
}

impl Subject for PrivacyNotice {
    type Id = PrivacyNoticeId;

    async fn find(tx: &mut Tx, id: PrivacyNoticeId) -> Result<Option<Self>, Problem> {
        store::find(tx, id).await
    }

    fn visible_to(&self, _: &Actor) -> bool {
        true
    }
}

/// Publish the next version at a node.
pub struct Publish;
impl Action for Publish {
    type Subject = NoticesAt;
    const NAME: &'static str = "privacy_notice.publish";
    fn allows(actor: &Actor, at: &NoticesAt) -> bool {
        actor.knows(at.0) && actor.may(Role::Administrator, at.0)
    }
}

/// Read the versions that a node has published.
pub struct List;
impl Action for List {
    type Subject = NoticesAt;
    const NAME: &'static str = "privacy_notice.list";
    fn allows(actor: &Actor, at: &NoticesAt) -> bool {
        actor.knows(at.0)
    }
}

/// Read one version, in force or not.
pub struct View;
impl Action for View {
    type Subject = PrivacyNotice;
    const NAME: &'static str = "privacy_notice.view";
    fn allows(_: &Actor, _: &PrivacyNotice) -> bool {
        true
    }
}
