//! Who may see a look, and who may approve it: whoever asked, and the administrators of the
//! organization where he has to do with it, who see everything but what it shows.

use super::domain::Reveal;
use super::store;
use crate::access::actor::Actor;
use crate::access::domain::Role;
use crate::access::gate::{Action, AtHand, Subject};
use crate::access::policy::Oneself;
use crate::ids::{OrganizationId, RevealId};
use crate::platform::db::Tx;
use crate::problem::Problem;

/// The actions of this noun, for the matrix of rights.
pub const ACTIONS: &[&str] = &[ReadReveal::NAME, Decide::NAME, ListWaiting::NAME, ReadOwnLog::NAME];

impl Subject for Reveal {
    type Id = RevealId;

    async fn find(tx: &mut Tx, id: RevealId) -> Result<Option<Self>, Problem> {
        store::find(tx, id).await
    }

    fn visible_to(&self, actor: &Actor) -> bool {
        self.asked_by == actor.account_id || answers_for(actor, self)
    }
}

fn answers_for(actor: &Actor, reveal: &Reveal) -> bool {
    actor.may(Role::Administrator, reveal.organization_id)
}

/// Read a look.
pub struct ReadReveal;
impl Action for ReadReveal {
    type Subject = Reveal;
    const NAME: &'static str = "reveal.read";
    fn allows(actor: &Actor, reveal: &Reveal) -> bool {
        reveal.visible_to(actor)
    }
}

/// Approve or refuse a look at the data of a minor. That it is not one's own is said by
/// the look itself: it has a remedy.
pub struct Decide;
impl Action for Decide {
    type Subject = Reveal;
    const NAME: &'static str = "reveal.decide";
    fn allows(actor: &Actor, reveal: &Reveal) -> bool {
        // Whoever stands in for him who asks would decide by the asker's own right.
        answers_for(&actor.without_standing_in_for(reveal.asked_by), reveal)
    }
}

/// The looks that wait at an organization and below.
#[derive(Clone, Copy)]
pub struct WaitingAt(pub OrganizationId);

impl AtHand for WaitingAt {}

/// List the looks that wait for an approval.
pub struct ListWaiting;
impl Action for ListWaiting {
    type Subject = WaitingAt;
    const NAME: &'static str = "reveal.list_waiting";
    fn allows(actor: &Actor, at: &WaitingAt) -> bool {
        actor.knows(at.0) && actor.may(Role::Administrator, at.0)
    }
}

/// Read who looked at one's own data.
pub struct ReadOwnLog;
impl Action for ReadOwnLog {
    type Subject = Oneself;
    const NAME: &'static str = "access_log.read_own";
    fn allows(_: &Actor, _: &Oneself) -> bool {
        true
    }
}
