//! Who may see and end sign-ins: their holder, and nobody else.

use super::domain::SignIn;
use super::store;
use crate::access::actor::Actor;
use crate::access::gate::{Action, Subject};
use crate::access::policy::Oneself;
use crate::ids::SessionId;
use crate::platform::db::Tx;
use crate::problem::Problem;

/// The actions on sign-ins, for the matrix of rights.
pub const ACTIONS: &[&str] = &[ListOwn::NAME, End::NAME, EndOthers::NAME];

impl Subject for SignIn {
    type Id = SessionId;

    async fn find(tx: &mut Tx, id: SessionId) -> Result<Option<Self>, Problem> {
        store::find(tx, id).await
    }

    fn visible_to(&self, actor: &Actor) -> bool {
        self.account_id == actor.account_id
    }
}

/// See where one is signed in.
pub struct ListOwn;
impl Action for ListOwn {
    type Subject = Oneself;
    const NAME: &'static str = "session.list_own";
    fn allows(_: &Actor, _: &Oneself) -> bool {
        true
    }
}

/// End one of one's own sign-ins.
pub struct End;
impl Action for End {
    type Subject = SignIn;
    const NAME: &'static str = "session.end";
    fn allows(actor: &Actor, session: &SignIn) -> bool {
        session.account_id == actor.account_id
    }
}

/// End all of one's own sign-ins but the present one.
pub struct EndOthers;
impl Action for EndOthers {
    type Subject = Oneself;
    const NAME: &'static str = "session.end_others";
    fn allows(_: &Actor, _: &Oneself) -> bool {
        true
    }
}
