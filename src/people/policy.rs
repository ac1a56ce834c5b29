//! Who may: everybody for himself, and nobody for anybody else. No operation of his own names
//! whom it is about; that is always the person who asks. What he asks an organization for is
//! read and answered by its administrators.

use super::domain::RightsRequest;
use super::store;
use crate::access::{Action, Actor, NoId, Oneself, Role, Subject};
use crate::ids::{OrganizationId, RightsRequestId};
use crate::platform::db::Tx;
use crate::problem::Problem;

/// The actions of this noun, for the matrix of rights.
pub const ACTIONS: &[&str] = &[
    ExportOpen::NAME,
    ExportRead::NAME,
    DeletionView::NAME,
    DeletionAsk::NAME,
    DeletionWithdraw::NAME,
    Rename::NAME,
    RequestMake::NAME,
    RequestListOwn::NAME,
    RequestListAt::NAME,
    RequestAnswerIt::NAME,
    RetentionTry::NAME,
];

/// Open what is kept of oneself.
pub struct ExportOpen;
impl Action for ExportOpen {
    type Subject = Oneself;
    const NAME: &'static str = "export.open";
    fn allows(_: &Actor, _: &Oneself) -> bool {
        true
    }
}

/// Read a section of what is kept of oneself.
pub struct ExportRead;
impl Action for ExportRead {
    type Subject = Oneself;
    const NAME: &'static str = "export.read";
    fn allows(_: &Actor, _: &Oneself) -> bool {
        true
    }
}

/// See what becomes of one's account, and what would be kept.
pub struct DeletionView;
impl Action for DeletionView {
    type Subject = Oneself;
    const NAME: &'static str = "deletion.view";
    fn allows(_: &Actor, _: &Oneself) -> bool {
        true
    }
}

/// Ask that one's account be deleted.
pub struct DeletionAsk;
impl Action for DeletionAsk {
    type Subject = Oneself;
    const NAME: &'static str = "deletion.ask";
    fn allows(_: &Actor, _: &Oneself) -> bool {
        true
    }
}

/// Take that back.
pub struct DeletionWithdraw;
impl Action for DeletionWithdraw {
    type Subject = Oneself;
    const NAME: &'static str = "deletion.withdraw";
    fn allows(_: &Actor, _: &Oneself) -> bool {
        true
    }
}

/// Correct one's own name; whoever works for an organization has it from there.
pub struct Rename;
impl Action for Rename {
    type Subject = Oneself;
    const NAME: &'static str = "account.rename_own";
    fn allows(actor: &Actor, _: &Oneself) -> bool {
        !actor.is_staff()
    }
}

/// Ask for what one cannot do oneself.
pub struct RequestMake;
impl Action for RequestMake {
    type Subject = Oneself;
    const NAME: &'static str = "rights_request.make";
    fn allows(_: &Actor, _: &Oneself) -> bool {
        true
    }
}

/// See what one has asked for.
pub struct RequestListOwn;
impl Action for RequestListOwn {
    type Subject = Oneself;
    const NAME: &'static str = "rights_request.list_own";
    fn allows(_: &Actor, _: &Oneself) -> bool {
        true
    }
}

impl Subject for RightsRequest {
    type Id = RightsRequestId;

    async fn find(tx: &mut Tx, id: RightsRequestId) -> Result<Option<Self>, Problem> {
        store::requests::find(tx, id).await
    }

    fn visible_to(&self, actor: &Actor) -> bool {
        self.account_id == actor.account_id || actor.may(Role::Administrator, self.organization_id)
    }

    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
}

/// An organization: what it is asked for, and how long it keeps what is personal.
#[derive(Clone, Copy)]
pub struct Keeper(pub OrganizationId);

impl Subject for Keeper {
    type Id = NoId;

    async fn find(_: &mut Tx, _: NoId) -> Result<Option<Self>, Problem> {
        Ok(None)
    }

    fn visible_to(&self, actor: &Actor) -> bool {
        actor.knows(self.0)
    }
}

/// Whether he administers it. A platform administrator may do everything, though only where
/// something is.
fn administers(actor: &Actor, keeper: Keeper) -> bool {
    actor.knows(keeper.0) && actor.may(Role::Administrator, keeper.0)
}

/// See what an organization is asked for.
pub struct RequestListAt;
impl Action for RequestListAt {
    type Subject = Keeper;
    const NAME: &'static str = "rights_request.list";
    fn allows(actor: &Actor, keeper: &Keeper) -> bool {
        administers(actor, *keeper)
    }
}

/// Meet or refuse a request; never one's own.
pub struct RequestAnswerIt;
impl Action for RequestAnswerIt {
    type Subject = RightsRequest;
    const NAME: &'static str = "rights_request.answer";
    fn allows(actor: &Actor, request: &RightsRequest) -> bool {
        request.account_id != actor.account_id
            && actor.may(Role::Administrator, request.organization_id)
    }
}

/// See what would be erased now.
pub struct RetentionTry;
impl Action for RetentionTry {
    type Subject = Keeper;
    const NAME: &'static str = "retention.try";
    fn allows(actor: &Actor, keeper: &Keeper) -> bool {
        administers(actor, *keeper)
    }
}
