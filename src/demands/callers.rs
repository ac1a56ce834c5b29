//! Whose order it is that a clerk took down.
//!
//! Whoever calls the hotline or comes to the counter for himself (`oneself`) has
//! ordered as well as somebody with an app, and his telephone is the one written
//! down. When it belongs to an account, the order is of this account at once; when
//! it does not, the order waits for whoever proves by a one-time code that the
//! telephone is his. Then he sees it, judges it and takes it back like any other.
//!
//! Where the caller speaks for somebody else, or staff found the need by itself, the
//! telephone may be a helper's: such an order is nobody's, and clerks call back.
//! What has ended is not handed over either, because numbers change hands: with its end it loses
//! the index by which its caller would be found, and has it again when it begins anew.

use futures_util::future::LocalBoxFuture;
use serde_json::json;

use super::contract::NewDemand;
use super::domain::Relation;
use super::store;
use crate::access::{self, Actor, Caller, PhoneHolder, PhoneProven, Work};
use crate::ids::AccountId;
use crate::platform::values::Phone;
use crate::problem::Problem;

/// How many orders one sign-in hands over; the rest follows at the next.
const AT_ONCE: i64 = 50;

/// The person who ordered, if he has an account.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn requester_of(
    work: &mut Work<'_>,
    caller: &Caller,
    body: &NewDemand,
) -> Result<Option<PhoneHolder>, Problem> {
    let Actor { account_id, born, .. } = caller.actor;
    match (body.channel.is_for_staff(), body.relation) {
        (false, _) => Ok(Some(PhoneHolder { account_id, born })),
        (true, Relation::Oneself) => access::holder_of_phone(work.tx, &body.recipient.phone).await,
        (true, _) => Ok(None),
    }
}

/// Hands the orders that clerks took down for a caller to him, when he signs in.
pub struct HandOver;

impl PhoneProven for HandOver {
    fn proven<'a, 'w: 'a>(
        &'a self,
        work: &'a mut Work<'w>,
        phone: &'a Phone,
        account: AccountId,
    ) -> LocalBoxFuture<'a, Result<(), Problem>> {
        Box::pin(async move {
            let orders = store::hand_over(work.tx, phone, account, work.now, AT_ONCE).await?;
            for order in orders {
                let to = json!({ "requesterId": account });
                let handed_over = order.fact("demand.handed_over.v1", None, to);
                work.record(order.telling_of_notice_due(handed_over));
            }
            Ok(())
        })
    }
}
