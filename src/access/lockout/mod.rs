//! # Lockout
//!
//! Whoever guesses passwords waits, longer each time: for one account, from wherever it is
//! tried, and for one address, whatever accounts it tries. Every try counts as failed
//! before its password is compared, so that many at once gain nothing; one that was right
//! is taken back. An account is counted by the user name that was typed, whether there is
//! such an account or not, so that the waits tell nothing. What is counted lies in the
//! database, as digests ([`counts`]): it holds across instances, and names nobody.

mod domain;
mod store;

pub use store::STATEMENTS;

use std::net::IpAddr;

use chrono::{DateTime, Utc};

use self::domain::{Failures, Guarded};
use super::counts::{self, Count};
use super::gate::Work;
use crate::platform::crypto;
use crate::problem::{Code, Problem};

/// What is guessed at. Who fails at one thing does not keep his neighbors from another.
#[derive(Clone, Copy, Debug)]
pub enum Guess {
    /// A password, or what is shown besides.
    SignIn,
    /// To whom the number of an identity card belongs.
    RealName,
}

/// A try that was counted as failed, to be taken back if it was right.
pub struct Tried {
    account: String,
    address: String,
    at: DateTime<Utc>,
    /// When the account had failed before.
    account_before: DateTime<Utc>,
    /// When the address had failed before.
    address_before: DateTime<Utc>,
    /// How many seconds everybody waits after it who failed like this, if it was wrong.
    wait: i64,
}

impl Tried {
    /// The user name that was typed, as a digest.
    #[must_use]
    pub fn name_digest(&self) -> &str {
        &self.account
    }

    /// How many seconds the account or the address now waits, if the try was wrong.
    #[must_use]
    pub const fn wait(&self) -> i64 {
        self.wait
    }
}

/// Counts a try to sign in as failed, unless it comes too early.
///
/// # Errors
/// `too_many_tries` when the account or the address has to wait.
pub async fn count(
    work: &mut Work<'_>,
    guess: Guess,
    username: &str,
    address: Option<IpAddr>,
) -> Result<Tried, Problem> {
    let now = work.now;
    let account = crypto::digest(format!("{guess:?} account {username}").as_bytes());
    let address = crypto::digest(format!("{guess:?} address {address:?}").as_bytes());
    let known = counts::known(work.tx, &[account.as_str(), address.as_str()]).await?;
    let failures_of = |subject: &str| {
        let known = counts::of(&known, subject);
        let known = known.map(|count| Failures { number: count.number, last: count.at });
        Failures::remembered(known, now)
    };
    let (own, shared) = (failures_of(&account), failures_of(&address));
    let left = own.wait_left(Guarded::Account, now).max(shared.wait_left(Guarded::Address, now));
    if left > 0 {
        return Err(Problem::of(Code::TooManyTries).about(left));
    }
    let (mine, theirs) = (own.and_one(now), shared.and_one(now));
    let count = |failures: Failures| Count { number: failures.number, at: failures.last };
    let counted = [(account.as_str(), count(mine)), (address.as_str(), count(theirs))];
    counts::write(work.tx, &counted).await?;
    let wait = mine.wait_left(Guarded::Account, now).max(theirs.wait_left(Guarded::Address, now));
    let (account_before, address_before) = (own.last, shared.last);
    Ok(Tried { account, address, at: now, account_before, address_before, wait })
}

/// Takes back a try that was right: the account begins anew, and the address is as if
/// it had not tried. It does not begin anew, or one good account would be a licence to
/// guess at all others.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn forgive(work: &mut Work<'_>, tried: &Tried) -> Result<(), Problem> {
    let Tried { account, address, at, address_before, .. } = tried;
    store::forgive(work.tx, account, address, *at, *address_before).await
}

/// Takes back a try that was neither right nor wrong: the password was right, and the second
/// factor was not shown yet. The account does not begin anew, or whoever knows the password
/// could guess at the second factor for ever.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn take_back(work: &mut Work<'_>, tried: &Tried) -> Result<(), Problem> {
    let Tried { account, address, at, account_before, address_before, .. } = tried;
    let before = (*account_before, *address_before);
    store::take_back(work.tx, account, address, *at, before).await
}
