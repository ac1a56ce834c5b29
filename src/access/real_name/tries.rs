//! How often it may be tried. Each answer is paid for, and tells whether a name belongs to a
//! number; so every try counts as failed before anybody is asked, and then
//!
//! - an account tries five times a day, whatever numbers;
//! - whoever fails again and again waits, longer each time, by account and by address, as
//!   whoever guesses at passwords does ([`lockout`]);
//! - a number that was tried five times within a day is tried further only by whoever has not
//!   failed that day.
//!
//! So nobody can use up the tries of him whose number it is: one is always left to him. And of
//! however many accounts that guess at one number, each has one guess more and no second one.

use std::net::IpAddr;

use chrono::Duration;

use crate::access::counts::{self, Limit};
use crate::access::gate::Work;
use crate::access::lockout::{self, Guess};
use crate::ids::AccountId;
use crate::platform::crypto;
use crate::platform::vault::BlindIndex;
use crate::problem::Problem;

/// How often one account may try, and how often a number may be tried by those who have failed.
const TRIES_PER_DAY: u32 = 5;

/// A try that was counted as failed, to be taken back if it was not.
pub struct Tried {
    counted: [Limit; 2],
    failed: lockout::Tried,
}

/// Counts a try of this account, from this address, at this number.
///
/// # Errors
/// `too_many_requests` when the account has tried often enough today, or others have at the
/// number; `too_many_tries` when the account or the address has to wait.
pub async fn count(
    work: &mut Work<'_>,
    account: AccountId,
    number: &BlindIndex,
    address: Option<IpAddr>,
) -> Result<Tried, Problem> {
    let own = in_a_day("by", &account.to_string(), TRIES_PER_DAY);
    let has_failed = counts::spent(work, &own).await? > 0;
    let most = if has_failed { TRIES_PER_DAY } else { u32::MAX };
    let counted = [own, in_a_day("of", number.as_str(), most)];
    counts::spend(work, &counted).await?;
    let failed = lockout::count(work, Guess::RealName, &account.to_string(), address).await?;
    Ok(Tried { counted, failed })
}

impl Tried {
    /// The name belonged to the number: neither account nor address has failed.
    ///
    /// # Errors
    /// `unavailable` when the database does not answer.
    pub async fn forgive(&self, work: &mut Work<'_>) -> Result<(), Problem> {
        lockout::forgive(work, &self.failed).await
    }

    /// There was no answer: it is as if nobody had tried.
    ///
    /// # Errors
    /// `unavailable` when the database does not answer.
    pub async fn take_back(&self, work: &mut Work<'_>) -> Result<(), Problem> {
        counts::give_back(work, &self.counted).await?;
        lockout::take_back(work, &self.failed).await
    }
}

fn in_a_day(what: &str, who: &str, most: u32) -> Limit {
    Limit {
        subject: crypto::digest(format!("real name {what} {who}").as_bytes()),
        most,
        within: Duration::hours(24),
    }
}
