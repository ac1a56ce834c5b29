//! What follows for a volunteer from what he says to a privacy notice.

use futures_util::future::LocalBoxFuture;

use super::store;
use crate::access::Work;
use crate::access::consents::{ConsentSaid, Decision, Word};
use crate::access::privacy_notices::ConsentPurpose;
use crate::ids::AccountId;
use crate::problem::{Code, Problem};

/// Acts upon the words of volunteers in the transaction in which they are written down.
pub struct HeedConsents;

impl ConsentSaid for HeedConsents {
    fn said<'a, 'w: 'a>(
        &'a self,
        work: &'a mut Work<'w>,
        latest: &'a Word,
    ) -> LocalBoxFuture<'a, Result<(), Problem>> {
        Box::pin(async move {
            let account = latest.account_id;
            match (latest.topic.purpose, latest.decision) {
                (ConsentPurpose::AutomatedMatching, decision) => {
                    choose_matching(work, account, decision == Decision::Given).await
                }
                // Where he lives is known by that consent alone (个人信息保护法 articles 15, 47).
                (ConsentPurpose::Sensitive, Decision::Withdrawn) => {
                    store::forget_place(work.tx, account, work.now).await
                }
                _ => Ok(()),
            }
        })
    }
}

/// Leaves a volunteer out where the system chooses, or takes him in again.
async fn choose_matching(
    work: &mut Work<'_>,
    account: AccountId,
    accepts: bool,
) -> Result<(), Problem> {
    let is_volunteer = store::choose_matching(work.tx, account, accepts, work.now).await?;
    // Who has left can still take his word back.
    let may = is_volunteer || (!accepts && store::id_of(work.tx, account).await?.is_some());
    if may { Ok(()) } else { Err(Problem::of(Code::Forbidden)) }
}
