//! # Privacy notices 个人信息处理告知
//!
//! What people are told before their data is handled (个人信息保护法 articles 17, 23, 24 and 30):
//! who handles it, what for, how, which kinds, for how long, and which rights they have. An
//! administrator publishes a notice at a node, normally the center of a county, for one
//! purpose; it holds for everything below until a closer node has one of its own. A version that
//! is published is never changed: the next one has the next number, and says whether people
//! have to agree anew.
//!
//! Where no notice is published nothing is asked of anybody. Where one demands consent, ordering
//! and registering wait for it ([`super::consents`]); so every order looks here, and each
//! process keeps who asks what in memory ([`PrivacyNotices`]), the words in the database alone.
//!
//! An app shows the notice before anybody has signed in, so the present ones are public.

mod cache;
mod contract;
mod domain;
mod policy;
mod routes;
mod store;

pub use cache::PrivacyNotices;
pub use domain::{Asked, ConsentPurpose, Published, Topic};
pub use policy::ACTIONS;
pub use routes::configure;
pub use store::STATEMENTS;

use crate::ids::{OrganizationId, PrivacyNoticeId};
use crate::platform::db::Tx;
use crate::problem::Problem;

/// Where a notice is published, if there is such a one.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn published_at(
    tx: &mut Tx,
    id: PrivacyNoticeId,
) -> Result<Option<OrganizationId>, Problem> {
    Ok(store::find(tx, id).await?.map(|notice| notice.published.organization_id))
}
