//! # Births
//!
//! When somebody was born, as far as that is known: as he has said it as a volunteer, and by the number
//! of his identity card, where he has proven one. Of two days the later counts, because whoever may be
//! a minor is treated as one; only staff, who has seen his papers, takes back what was said.
//!
//! Of a minor staff sees masked who he is, until somebody who answers for it has approved more
//! (未成年人网络保护条例, article 36). So whatever names people to others reads here when they were
//! born, beside the name: what somebody orders, promises and does as a minor bears his name masked,
//! also where he became known as one later.

mod store;

pub(crate) use store::born_of;
pub use store::{STATEMENTS, correct, known, learn, open};

use chrono::{DateTime, NaiveDate, Utc};

use crate::ids::AccountId;
use crate::platform::values::{AgeBand, ShownName, day_in_china};
use crate::platform::vault::{Keyring, Sealed};
use crate::problem::Problem;

/// Whether somebody who was born then is a minor at this instant.
#[must_use]
pub fn is_minor(born: Option<NaiveDate>, at: DateTime<Utc>) -> bool {
    born.is_some_and(|born| AgeBand::of(born, day_in_china(at)).is_minor())
}

/// The holder of an account, as he was at some instant.
#[derive(Clone, Copy, Debug)]
pub struct Person<'a> {
    /// His account; none where it was the system.
    pub account: Option<AccountId>,
    /// When he was born, sealed, where that is known.
    pub born: Option<&'a Sealed>,
    /// When he did what he is named for.
    pub at: DateTime<Utc>,
}

impl Person<'_> {
    /// His name as others read it: that of a minor masked.
    ///
    /// # Errors
    /// `internal` when no day is sealed there.
    pub fn named(&self, keyring: &Keyring, name: &str) -> Result<ShownName, Problem> {
        self.is_minor(keyring).map(|is_minor| ShownName::for_others(name, is_minor))
    }

    /// Whether he was a minor then.
    ///
    /// # Errors
    /// `internal` when no day is sealed there.
    pub fn is_minor(&self, keyring: &Keyring) -> Result<bool, Problem> {
        let born = self.account.zip(self.born).map(|(account, born)| open(keyring, account, born));
        Ok(is_minor(born.transpose()?, self.at))
    }
}
