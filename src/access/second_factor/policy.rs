//! Who may set up, renew and remove a second factor: its holder, who signs in by password.

use crate::access::actor::Actor;
use crate::access::gate::Action;
use crate::access::policy::Oneself;

/// The actions on second factors, for the matrix of rights.
pub const ACTIONS: &[&str] = &[SetUp::NAME, Change::NAME];

/// Set up one's own second factor.
pub struct SetUp;
impl Action for SetUp {
    type Subject = Oneself;
    const NAME: &'static str = "second_factor.set_up";
    const BEFORE_READY: bool = true;
    fn allows(_: &Actor, _: &Oneself) -> bool {
        true
    }
}

/// Make new recovery codes, or remove one's own second factor.
pub struct Change;
impl Action for Change {
    type Subject = Oneself;
    const NAME: &'static str = "second_factor.change";
    fn allows(_: &Actor, _: &Oneself) -> bool {
        true
    }
}
