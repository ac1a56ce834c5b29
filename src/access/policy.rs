//! Who may do what to accounts.

use super::actor::Actor;
use super::gate::{Action, NoId, Subject};
use super::grants::RightsAt;
use crate::platform::db::Tx;
use crate::problem::Problem;

/// The actions of this noun, for the matrix of rights.
pub const ACTIONS: &[&str] =
    &[ViewMe::NAME, SignOut::NAME, ChangePassword::NAME, CreateStaff::NAME];

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
