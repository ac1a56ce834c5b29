//! The SQL of days of birth, and how they are opened.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::FromRow;

use super::is_minor;
use crate::ids::AccountId;
use crate::platform::db::Tx;
use crate::platform::db::statements::{fetch_optional, statements};
use crate::platform::values::IdNumber;
use crate::platform::vault::{Field, Keyring, Sealed};
use crate::problem::{Code, Problem};

/// When a volunteer says that he was born.
pub const SAID_BIRTH: Field = Field::of("volunteer_ages", "birth_date");
/// The number of an identity card that is proven.
pub const ID_NUMBER: Field = Field::of("real_names", "id_number");

/// What tells when the person was born whose `account_id` the table `$of` holds, as columns for
/// [`BirthRow`].
macro_rules! birth_columns {
    ($of:literal) => {
        concat!(
            "(SELECT birth_date FROM volunteer_ages WHERE account_id = ",
            $of,
            ".account_id) AS said_birth, (SELECT id_number FROM real_names WHERE account_id = ",
            $of,
            ".account_id) AS proven_number"
        )
    };
}
pub(crate) use birth_columns;

statements! {
    OF_ACCOUNT = concat!("SELECT ", birth_columns!("accounts"), " FROM accounts WHERE account_id = $1");
}

/// What tells when somebody was born, sealed.
#[derive(FromRow)]
pub struct BirthRow {
    said_birth: Option<Sealed>,
    proven_number: Option<Sealed>,
}

impl BirthRow {
    /// When the holder of this account was born: the later day, where two are known.
    ///
    /// # Errors
    /// `internal` when something else is sealed there.
    pub fn open(
        &self,
        keyring: &Keyring,
        account: AccountId,
    ) -> Result<Option<NaiveDate>, Problem> {
        let said = self.said_birth.as_ref().map(|sealed| said(keyring, account, sealed));
        let proven = self.proven_number.as_ref().map(|sealed| proven(keyring, account, sealed));
        Ok(said.transpose()?.max(proven.transpose()?))
    }

    /// Whether the holder of this account is a minor now.
    ///
    /// # Errors
    /// As [`BirthRow::open`].
    pub fn is_minor(
        &self,
        keyring: &Keyring,
        account: AccountId,
        now: DateTime<Utc>,
    ) -> Result<bool, Problem> {
        self.open(keyring, account).map(|born| is_minor(born, now))
    }
}

/// The day that a volunteer has said.
///
/// # Errors
/// `internal` when no day is sealed there.
pub fn said(keyring: &Keyring, account: AccountId, sealed: &Sealed) -> Result<NaiveDate, Problem> {
    let no_day = |_| Problem::of(Code::Internal).because("a sealed day of birth is no day");
    keyring.open(SAID_BIRTH, account.0, sealed)?.parse().map_err(no_day)
}

/// The day that a proven number tells.
///
/// # Errors
/// `internal` when no number is sealed there.
pub fn proven(
    keyring: &Keyring,
    account: AccountId,
    sealed: &Sealed,
) -> Result<NaiveDate, Problem> {
    let no_number = |_| Problem::of(Code::Internal).because("a sealed number is no number");
    let number = IdNumber::parse(&keyring.open(ID_NUMBER, account.0, sealed)?);
    Ok(number.map_err(no_number)?.birth_date())
}

/// What tells when the holder of an account was born, if there is one.
pub async fn find(tx: &mut Tx, account: AccountId) -> Result<Option<BirthRow>, Problem> {
    fetch_optional!(tx, BirthRow, OF_ACCOUNT, account)
}
