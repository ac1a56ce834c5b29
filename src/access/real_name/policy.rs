//! Who may prove a real name, and read what is known of it: its holder.

use crate::access::actor::Actor;
use crate::access::gate::Action;
use crate::access::policy::Oneself;

/// The actions of this noun, for the matrix of rights.
pub const ACTIONS: &[&str] = &[ProveOwn::NAME, ReadOwn::NAME];

/// Prove one's own real name.
pub struct ProveOwn;
impl Action for ProveOwn {
    type Subject = Oneself;
    const NAME: &'static str = "real_name.prove_own";
    fn allows(_: &Actor, _: &Oneself) -> bool {
        true
    }
}

/// Read what is known of one's own real name.
pub struct ReadOwn;
impl Action for ReadOwn {
    type Subject = Oneself;
    const NAME: &'static str = "real_name.read_own";
    fn allows(_: &Actor, _: &Oneself) -> bool {
        true
    }
}
