//! Whom to call about an order, and which volunteer: what reveals show.

use chrono::{DateTime, Utc};
use futures_util::future::LocalBoxFuture;

use super::domain::Demand;
use super::policy::SeeContact;
use super::store;
use crate::access::reveals::{Contact, RevealSubject, Revealed, Revealing};
use crate::access::{Action as _, Actor};
use crate::platform::db::Tx;
use crate::platform::values::{ShownName, ShownPhone};
use crate::problem::Problem;
use crate::volunteers;

/// Reads what a reveal shows, where the right to see it still stands.
pub struct Contacts;

impl Revealing for Contacts {
    fn revealed<'a>(
        &'a self,
        tx: &'a mut Tx,
        subject: RevealSubject,
        actor: &'a Actor,
        now: DateTime<Utc>,
    ) -> LocalBoxFuture<'a, Result<Option<Revealed>, Problem>> {
        Box::pin(async move {
            match subject {
                RevealSubject::Demand(id) => {
                    let demand = store::find(tx, id).await?;
                    let seen = demand.filter(|demand| SeeContact::allows(actor, demand));
                    Ok(seen.as_ref().map(revealed))
                }
                RevealSubject::Volunteer(id) => volunteers::revealed(tx, id, actor, now).await,
            }
        })
    }
}

/// Who needs help, how he is called and where. The order's own person is told that somebody
/// looked, and whoever has that telephone.
pub fn revealed(demand: &Demand) -> Revealed {
    Revealed {
        contact: Contact {
            name: ShownName::whole(&demand.recipient_name),
            phone: Some(ShownPhone::whole(&demand.recipient_phone)),
            address: Some(demand.address.clone()),
        },
        account_id: demand.requester_id,
        phone: Some(demand.recipient_phone.clone()),
        guardian_phone: None,
    }
}
