//! Who may do what to consents. Everybody speaks for himself; what somebody says at a counter is
//! written down by those who work there.

use super::domain::Consent;
use super::store;
use crate::access::{Action, Actor, AtHand, NoId, Role, Subject};
use crate::ids::{ConsentId, OrganizationId};
use crate::platform::db::Tx;
use crate::problem::Problem;

/// The actions on consents, for the matrix of rights.
pub const ACTIONS: &[&str] = &[ListOwn::NAME, Say::NAME, Withdraw::NAME, Record::NAME];

/// One's own words.
#[derive(Clone, Copy)]
pub struct OwnConsents;
impl AtHand for OwnConsents {}

/// The counter of one node.
#[derive(Clone, Copy)]
pub struct CounterAt(pub OrganizationId);

impl Subject for CounterAt {
    type Id = NoId;

    async fn find(_: &mut Tx, _: NoId) -> Result<Option<Self>, Problem> {
        Ok(None)
    }

    fn visible_to(&self, actor: &Actor) -> bool {
        actor.knows(self.0)
    }
}

impl Subject for Consent {
    type Id = ConsentId;

    async fn find(tx: &mut Tx, id: ConsentId) -> Result<Option<Self>, Problem> {
        store::find(tx, id).await
    }

    fn visible_to(&self, actor: &Actor) -> bool {
        self.word.account_id == actor.account_id
    }
}

/// Read what one has said.
pub struct ListOwn;
impl Action for ListOwn {
    type Subject = OwnConsents;
    const NAME: &'static str = "consent.list_own";
    fn allows(actor: &Actor, _: &OwnConsents) -> bool {
        !actor.is_partner()
    }
}

/// Agree, or say that one does not.
pub struct Say;
impl Action for Say {
    type Subject = OwnConsents;
    const NAME: &'static str = "consent.say";
    fn allows(actor: &Actor, _: &OwnConsents) -> bool {
        !actor.is_partner()
    }
}

/// Take back what one has agreed to.
pub struct Withdraw;
impl Action for Withdraw {
    type Subject = Consent;
    const NAME: &'static str = "consent.withdraw";
    fn allows(actor: &Actor, consent: &Consent) -> bool {
        consent.word.account_id == actor.account_id
    }
}

/// Write down what somebody has said at the counter.
pub struct Record;
impl Action for Record {
    type Subject = CounterAt;
    const NAME: &'static str = "consent.record";
    fn allows(actor: &Actor, at: &CounterAt) -> bool {
        actor.knows(at.0) && actor.may(Role::Clerk, at.0)
    }
}
