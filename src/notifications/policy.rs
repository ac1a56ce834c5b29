//! Who may do what to notices: everybody reads his own, and nobody else's.

use super::domain::Notice;
use super::store;
use crate::access::{Action, Actor, AtHand, Subject};
use crate::ids::{AccountId, NoticeId};
use crate::platform::db::Tx;
use crate::problem::Problem;

/// The actions of this noun, for the matrix of rights.
pub const ACTIONS: &[&str] = &[ListOwn::NAME, Read::NAME];

/// The notices of one account.
#[derive(Clone, Copy)]
pub struct OwnNotices(pub AccountId);

impl AtHand for OwnNotices {}

impl Subject for Notice {
    type Id = NoticeId;

    async fn find(tx: &mut Tx, id: NoticeId) -> Result<Option<Self>, Problem> {
        store::find(tx, id).await
    }

    fn visible_to(&self, actor: &Actor) -> bool {
        self.account_id == actor.account_id
    }
}

/// List and count one's own notices.
pub struct ListOwn;
impl Action for ListOwn {
    type Subject = OwnNotices;
    const NAME: &'static str = "notice.list_own";
    fn allows(actor: &Actor, own: &OwnNotices) -> bool {
        actor.account_id == own.0
    }
}

/// Mark one's own notices as read.
pub struct Read;
impl Action for Read {
    type Subject = Notice;
    const NAME: &'static str = "notice.read";
    fn allows(actor: &Actor, notice: &Notice) -> bool {
        notice.visible_to(actor)
    }
}
