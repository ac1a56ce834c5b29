//! # The second factor
//!
//! Whoever signs in by password can add something that he has: an authenticator app, which
//! shows six digits that go with the time (RFC 6238). A node can demand it of everybody
//! who works there or below (rule `sign_in`): until he has set it up he may do nothing else.
//!
//! ```text
//! begin ──▶ waiting ──confirm (a code of the app)──▶ on ──remove (a code)──▶ none
//! (password)   the secret is shown once               ten recovery codes are shown once
//! ```
//!
//! A code is good once, and so is a recovery code, which stands in for a lost phone. Every
//! code that is tried counts like a try to sign in ([`super::lockout`]): six digits are few.

mod contract;
mod policy;
mod routes;
mod store;
mod totp;

pub use policy::ACTIONS;
pub use routes::configure;
pub use store::STATEMENTS;

use chrono::{DateTime, Utc};

use crate::ids::AccountId;
use crate::platform::crypto;
use crate::platform::db::Tx;
use crate::problem::Problem;

/// What somebody has shown as his second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// He has none, and needs none to sign in.
    NotNeeded,
    /// He has one and has shown nothing.
    Nothing,
    /// A good code.
    Good,
    /// A wrong code, or one that was used before.
    Wrong,
}

/// Compares what is shown with the second factor of an account, and uses it up.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn show(
    tx: &mut Tx,
    account: AccountId,
    code: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Shown, Problem> {
    let Some(secret) = store::secret_in_use(tx, account).await? else {
        return Ok(Shown::NotNeeded);
    };
    let Some(code) = code else { return Ok(Shown::Nothing) };
    let good = match totp::step_of(&secret, code, now) {
        Some(step) => store::use_step(tx, account, step).await?,
        None => store::use_recovery_code(tx, account, &digest_of(code)).await?,
    };
    Ok(if good { Shown::Good } else { Shown::Wrong })
}

/// What is stored of a recovery code, however it is typed.
fn digest_of(recovery_code: &str) -> String {
    let typed = recovery_code.chars().filter(char::is_ascii_alphanumeric);
    let plain: String = typed.map(|c| c.to_ascii_lowercase()).collect();
    crypto::digest(plain.as_bytes())
}
