//! Who may do what to signing keys: those who look after the security of the whole
//! installation.

use crate::access::actor::Actor;
use crate::access::gate::{Action, AtHand};

/// The actions on signing keys, for the matrix of rights.
pub const ACTIONS: &[&str] = &[ListKeys::NAME, RotateKeys::NAME];

/// The keys of this installation.
#[derive(Clone, Copy)]
pub struct SigningKeys;
impl AtHand for SigningKeys {}

/// See which keys there are, and since when.
pub struct ListKeys;
impl Action for ListKeys {
    type Subject = SigningKeys;
    const NAME: &'static str = "signing_key.list";
    fn allows(actor: &Actor, _: &SigningKeys) -> bool {
        actor.secures_platform()
    }
}

/// Let the next one sign.
pub struct RotateKeys;
impl Action for RotateKeys {
    type Subject = SigningKeys;
    const NAME: &'static str = "signing_key.rotate";
    fn allows(actor: &Actor, _: &SigningKeys) -> bool {
        actor.secures_platform()
    }
}
