//! The SQL of days of birth.

use chrono::NaiveDate;

use crate::access::real_name_of;
use crate::ids::AccountId;
use crate::platform::db::Tx;
use crate::platform::db::statements::{execute, fetch_optional, statements};
use crate::platform::vault::{Field, Keyring, Sealed};
use crate::problem::{Code, Problem};

const BORN: Field = Field::of("accounts", "born");

/// When the holder of the account in this column was born, sealed; the column may come in parts.
macro_rules! born_of {
    ($($column:literal),+) => {
        concat!("(SELECT born FROM accounts WHERE account_id = ", $($column),+, ")")
    };
}
pub(crate) use born_of;

statements! {
    FIND = "SELECT born FROM accounts WHERE account_id = $1 AND born IS NOT NULL";
    WRITE = "UPDATE accounts SET born = $2 WHERE account_id = $1";
}

/// The day that is sealed of this account.
///
/// # Errors
/// `internal` when no day is sealed there.
pub fn open(keyring: &Keyring, account: AccountId, born: &Sealed) -> Result<NaiveDate, Problem> {
    let no_day = |_| Problem::of(Code::Internal).because("a sealed day of birth is no day");
    keyring.open(BORN, account.0, born)?.parse().map_err(no_day)
}

/// When the holder of an account was born, as far as that is known.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn known(tx: &mut Tx, account: AccountId) -> Result<Option<NaiveDate>, Problem> {
    let row = fetch_optional!(tx, (Sealed,), FIND, account)?;
    row.map(|(born,)| open(tx.keyring(), account, &born)).transpose()
}

/// Learns when somebody was born, by his word or by his proven number: nobody grows older by it than is
/// known of him already.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn learn(tx: &mut Tx, account: AccountId, born: NaiveDate) -> Result<(), Problem> {
    let earlier = known(tx, account).await?;
    write(tx, account, earlier.map_or(born, |earlier| earlier.max(born))).await
}

/// Puts the word of staff in place of his own. What he has proven stands.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn correct(tx: &mut Tx, account: AccountId, born: NaiveDate) -> Result<(), Problem> {
    let proven = real_name_of(tx, account).await?.and_then(|name| name.number);
    write(tx, account, proven.map_or(born, |number| number.birth_date().max(born))).await
}

async fn write(tx: &mut Tx, account: AccountId, born: NaiveDate) -> Result<(), Problem> {
    let sealed = tx.keyring().seal(BORN, account.0, &born.to_string())?;
    execute!(tx, WRITE, account, sealed)?;
    Ok(())
}
