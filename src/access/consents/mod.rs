//! # The consent ledger 同意台账
//!
//! Who has agreed to what, when, how, and to which version of which notice (个人信息保护法
//! articles 14, 15, 23, 24 and 29). Each word is a row of its own: to take one back is as easy as
//! to give it, and adds the next row. The latest word of a line, that is of one person, node,
//! purpose and partner, is the one that stands.
//!
//! ```text
//! given ──withdraw──▶ withdrawn ──give──▶ given …     a notice that asks anew: given, once more
//! ```
//!
//! A person speaks for himself; for somebody without an app staff writes down what he said at
//! the counter, and how. He is told of it, and finds it among his own.
//!
//! Whoever orders or registers by himself must have agreed to what the notices in force there ask
//! for ([`require`]); his standing words come with the statement that looks him up, so that
//! this costs none. What staff takes down does not wait for it: help comes first (article 18),
//! and the order says which notice he is still to be told of ([`first_missing`]).
//!
//! Nothing that a partner can read today tells of persons. A scope that did would give out a
//! person's data only where [`allows`] says that he has agreed to it for that very partner, or
//! where an administrator has written down by which provision of law it is given without
//! (`statutoryBasis` of the partner).

mod contract;
mod domain;
mod policy;
mod routes;
mod store;

pub use domain::{Agreed, ConsentSaid, Decision, Word, consent_needed};
pub use policy::ACTIONS;
pub use routes::configure;
pub use store::STATEMENTS;

use self::domain::Consent;
use super::privacy_notices::Asked;
use super::{Actor, Work};
use crate::ids::{AccountId, PrivacyNoticeId};
use crate::platform::db::Tx;
use crate::problem::Problem;

/// Lets on who has agreed to all that is asked.
///
/// # Errors
/// `consent_required`, which names the notices to show.
pub fn require(actor: &Actor, asked: &[Asked]) -> Result<(), Problem> {
    let is_missing = |one: &&Asked| !actor.has_agreed_to(one);
    let missing: Vec<PrivacyNoticeId> =
        asked.iter().filter(is_missing).map(|one| one.privacy_notice_id).collect();
    if missing.is_empty() { Ok(()) } else { Err(consent_needed(&missing)) }
}

/// Whether the word of this person that stands allows what is asked.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn allows(tx: &mut Tx, account: AccountId, asked: &Asked) -> Result<bool, Problem> {
    let standing = store::standing(tx, account, asked.organization_id, asked.topic).await?;
    Ok(standing.is_some_and(|consent| consent.allows(asked)))
}

/// The first notice that somebody has not agreed to; the first of all where nobody knows who he is.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn first_missing(
    tx: &mut Tx,
    account: Option<AccountId>,
    asked: &[Asked],
) -> Result<Option<PrivacyNoticeId>, Problem> {
    for one in asked {
        let allowed = match account {
            Some(account) => allows(tx, account, one).await?,
            None => false,
        };
        if !allowed {
            return Ok(Some(one.privacy_notice_id));
        }
    }
    Ok(None)
}

/// Writes a word down, unless it is what stands already; gives the one that stands.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn say(work: &mut Work<'_>, latest: Word) -> Result<Consent, Problem> {
    let (account, node) = (latest.account_id, latest.organization_id);
    let standing = store::standing(work.tx, account, node, latest.topic).await?;
    if let Some(standing) = standing {
        if latest.repeats(&standing) {
            return Ok(standing);
        }
        store::followed(work.tx, &standing).await?;
    }
    let consent =
        Consent { consent_id: work.new_id(), word: latest, stands: true, decided_at: work.now };
    store::insert(work.tx, &consent).await?;
    work.record(consent.fact());
    Ok(consent)
}
