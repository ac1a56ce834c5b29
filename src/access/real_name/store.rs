//! The SQL of real names.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::domain::RealName;
use crate::ids::AccountId;
use crate::platform::db::Tx;
use crate::platform::db::statements::{execute, fetch_optional, statements};
use crate::platform::values::IdNumber;
use crate::platform::vault::{BlindIndex, Field, Keyring, Sealed};
use crate::problem::{Code, Problem, UniqueMeans as _};

/// The number of an identity card that is proven.
const ID_NUMBER: Field = Field::of("real_names", "id_number");

statements! {
    FIND = "SELECT id_number, source, asked_at FROM real_names WHERE account_id = $1";
    FORGET = "DELETE FROM real_names WHERE account_id = $1";
    /// What was proven stays; what was not is tried again.
    WRITE = "INSERT INTO real_names (account_id, id_number, id_index, source, asked_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (account_id) DO UPDATE SET id_number = excluded.id_number, id_index = excluded.id_index,
                    source = excluded.source, asked_at = excluded.asked_at
              WHERE real_names.id_number IS NULL";
}

#[derive(FromRow)]
struct Row {
    id_number: Option<Sealed>,
    source: String,
    asked_at: DateTime<Utc>,
}

/// What is known of somebody's real name, if anything was asked.
pub async fn find(tx: &mut Tx, account: AccountId) -> Result<Option<RealName>, Problem> {
    let Some(row) = fetch_optional!(tx, Row, FIND, account)? else { return Ok(None) };
    let number = tx.keyring().perhaps_open(ID_NUMBER, account.0, row.id_number.as_ref())?;
    let number = number.map(|number| IdNumber::parse(&number)).transpose();
    let number =
        number.map_err(|_| Problem::of(Code::Internal).because("a sealed number is no number"))?;
    Ok(Some(RealName { account_id: account, number, source: row.source, asked_at: row.asked_at }))
}

/// Forgets what is known of somebody's real name.
pub async fn forget(tx: &mut Tx, account: AccountId) -> Result<(), Problem> {
    execute!(tx, FORGET, account)?;
    Ok(())
}

/// Writes down what was answered.
///
/// # Errors
/// `id_number_taken` when the number is another account's, `not_possible` when this one has
/// proven its name meanwhile.
pub async fn write(tx: &mut Tx, known: &RealName) -> Result<(), Problem> {
    let account = known.account_id;
    let number = known.number.as_ref();
    let sealed = tx.keyring().perhaps_seal(ID_NUMBER, account.0, number.map(IdNumber::expose))?;
    let index = number.map(|number| index_of(tx.keyring(), number)).transpose()?;
    let source = known.source.as_str();
    let written = execute!(tx, WRITE, account, sealed, index, source, known.asked_at)
        .unique_means(Code::IdNumberTaken)?;
    if written == 1 { Ok(()) } else { Err(Problem::of(Code::NotPossible).about("matched")) }
}

/// What a number is found by, and counted by.
pub fn index_of(keyring: &Keyring, number: &IdNumber) -> Result<BlindIndex, Problem> {
    keyring.index(ID_NUMBER, number.expose())
}
