//! Who was looked up a moment ago. Most requests come in handfuls from the same few
//! people, and looking somebody up costs as much as a small request does otherwise.
//!
//! Nothing is believed longer than it is true: an identity holds as long as
//! [`Db::identities_version`] is what it was before it was looked up, and every
//! transaction that changes anybody's sign-in, role, membership or registration moves
//! that on when it commits. Where the database cannot tell (PostgreSQL, which others
//! write as well), nothing is remembered. Commands look up the person every time.
//!
//! [`Db::identities_version`]: crate::platform::db::Db::identities_version

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use super::actor::Actor;
use super::tokens::Person;
use crate::ids::{AccountId, SessionId};

/// How many people are remembered; beyond that the memory starts anew.
const REMEMBERED: usize = 20_000;

/// The people who were looked up, by sign-in and account.
#[derive(Default)]
pub struct Identities(RwLock<HashMap<(SessionId, AccountId), (u64, Actor)>>);

impl Identities {
    /// The person whom the token names, if he is remembered as of `version`.
    pub fn recall(&self, person: Person, version: Option<u64>) -> Option<Actor> {
        let version = version?;
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let (as_of, actor) = known.get(&(person.session, person.account))?;
        (*as_of == version).then(|| actor.clone())
    }

    /// Remembers a person who was looked up after `version` was read.
    pub fn remember(&self, actor: &Actor, version: Option<u64>) {
        let (Some(version), Some(session)) = (version, actor.session_id) else { return };
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert((session, actor.account_id), (version, actor.clone()));
    }
}
