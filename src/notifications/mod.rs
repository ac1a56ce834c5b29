//! # Notifications 消息通知
//!
//! Those concerned are told. What happens is a fact in the journal; a sweep reads
//! the facts that nobody has been told of, asks one table ([`CONCERNED`]) whom
//! each of them concerns, and writes a notice for every such account. Whoever did
//! it himself is not told of it. The request that made the fact pays nothing.
//!
//! A notice keeps who is told of what, never the words: they are made when it is
//! read, out of the fact and in the reader's language, and they say no more than
//! the reader may see anyway. No telephone and no address is ever among them.
//!
//! A notice is found in the app, at `/me/notices`. Channels that reach a person
//! outside of it will read the same notices: they belong here, behind the same table.

mod contract;
mod domain;
mod jobs;
mod policy;
mod routes;
mod store;

pub use contract::{NoticePage, NoticeView};
pub use domain::{Audience, CONCERNED, Notice, NoticeKind, Telling, ToldFact, When};
pub use jobs::{ForgetNotices, TellThoseConcerned};
pub use policy::ACTIONS;
pub use routes::configure;
pub use store::{STATEMENTS, forget_of};

use self::store::Filter;
use crate::ids::AccountId;
use crate::platform::db::Tx;
use crate::platform::db::range::Part;
use crate::problem::Problem;

/// What somebody was told.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn told_to(tx: &mut Tx, account: AccountId, part: &Part) -> Result<Vec<Notice>, Problem> {
    store::list(tx, account, Filter { unread: None, kind: None }, part).await
}
