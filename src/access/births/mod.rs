//! # Births
//!
//! When somebody was born, as far as that is known: by his proven number, and as he has said it as
//! a volunteer. The younger of the two counts, because whoever may be a minor is treated as one.
//! Staff sees a minor masked until somebody who answers for it has approved more
//! (未成年人网络保护条例, article 36): whatever names people to others asks here first.

mod store;

pub(crate) use store::birth_columns;
pub use store::{BirthRow, ID_NUMBER, SAID_BIRTH, STATEMENTS, proven, said};

use chrono::{DateTime, NaiveDate, Utc};

use crate::ids::AccountId;
use crate::platform::db::Tx;
use crate::platform::values::{AgeBand, day_in_china};
use crate::problem::Problem;

/// Whether somebody who was born then is a minor now.
#[must_use]
pub fn is_minor(born: Option<NaiveDate>, now: DateTime<Utc>) -> bool {
    born.is_some_and(|born| AgeBand::of(born, day_in_china(now)).is_minor())
}

/// Whether the holder of an account is a minor, as far as that is known.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn is_of_minor(
    tx: &mut Tx,
    account: AccountId,
    now: DateTime<Utc>,
) -> Result<bool, Problem> {
    let Some(row) = store::find(tx, account).await? else { return Ok(false) };
    row.is_minor(tx.keyring(), account, now)
}
