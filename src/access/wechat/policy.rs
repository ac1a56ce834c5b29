//! Who may bind an account to WeChat: its holder, and nobody else.

use crate::access::actor::Actor;
use crate::access::gate::Action;
use crate::access::policy::Oneself;

/// The actions on one's own WeChat, for the matrix of rights.
pub const ACTIONS: &[&str] = &[Bind::NAME, Unbind::NAME];

/// Bind one's own account to WeChat.
pub struct Bind;
impl Action for Bind {
    type Subject = Oneself;
    const NAME: &'static str = "wechat.bind_own";
    fn allows(_: &Actor, _: &Oneself) -> bool {
        true
    }
}

/// Release it from WeChat.
pub struct Unbind;
impl Action for Unbind {
    type Subject = Oneself;
    const NAME: &'static str = "wechat.unbind_own";
    fn allows(_: &Actor, _: &Oneself) -> bool {
        true
    }
}
