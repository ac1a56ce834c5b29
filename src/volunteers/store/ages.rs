//! The SQL of how old volunteers are, and who answers for the children among them.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::FromRow;

use crate::ids::AccountId;
use crate::platform::db::Tx;
use crate::platform::db::statements::{execute, fetch_optional, statements};
use crate::platform::vault::{Field, Sealed};
use crate::problem::{Code, Problem};
use crate::volunteers::domain::{Age, Guardian};

const BIRTH_DATE: Field = Field::of("volunteer_ages", "birth_date");
const GUARDIAN: Field = Field::of("volunteer_ages", "guardian");

statements! {
    /// Who registers again says it anew; who has agreed for him has agreed until he is grown up.
    WRITE = "INSERT INTO volunteer_ages (account_id, birth_date, guardian, written_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (account_id) DO UPDATE SET birth_date = excluded.birth_date, guardian = COALESCE(excluded.guardian, volunteer_ages.guardian),
                    written_at = excluded.written_at";
    FORGET = "DELETE FROM volunteer_ages WHERE account_id = $1";
    FIND = "SELECT birth_date, guardian FROM volunteer_ages WHERE account_id = $1";
}

#[derive(FromRow)]
struct Row {
    birth_date: Sealed,
    guardian: Option<Sealed>,
}

/// Writes down when somebody was born, and who has agreed for him.
pub async fn write(
    tx: &mut Tx,
    account: AccountId,
    age: &Age,
    now: DateTime<Utc>,
) -> Result<(), Problem> {
    let unwritable = |error| Problem::of(Code::Internal).because(error);
    let guardian = age.guardian.as_ref().map(serde_json::to_string).transpose();
    let guardian = guardian.map_err(unwritable)?;
    let born = tx.keyring().seal(BIRTH_DATE, account.0, &age.birth_date.to_string())?;
    let guardian = tx.keyring().perhaps_seal(GUARDIAN, account.0, guardian.as_deref())?;
    execute!(tx, WRITE, account, born, guardian, now)?;
    Ok(())
}

/// Forgets when somebody was born, and who has agreed for him.
pub async fn forget(tx: &mut Tx, account: AccountId) -> Result<(), Problem> {
    execute!(tx, FORGET, account)?;
    Ok(())
}

/// When somebody was born, and who has agreed for him, where he has said it.
pub async fn find(tx: &mut Tx, account: AccountId) -> Result<Option<Age>, Problem> {
    let Some(row) = fetch_optional!(tx, Row, FIND, account)? else { return Ok(None) };
    let unreadable = || Problem::of(Code::Internal).because("a sealed age is none");
    let born = tx.keyring().open(BIRTH_DATE, account.0, &row.birth_date)?;
    let birth_date: NaiveDate = born.parse().map_err(|_| unreadable())?;
    let guardian = tx.keyring().perhaps_open(GUARDIAN, account.0, row.guardian.as_ref())?;
    let guardian = guardian.map(|text| serde_json::from_str::<Guardian>(&text)).transpose();
    Ok(Some(Age { birth_date, guardian: guardian.map_err(|_| unreadable())? }))
}
