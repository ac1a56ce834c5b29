//! The SQL of second factors.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};

use super::totp::Secret;
use crate::ids::AccountId;
use crate::platform::db::Tx;
use crate::platform::db::statements::{execute, execute_rows, fetch_optional, statements};
use crate::platform::vault::{Field, Keyring, Sealed};
use crate::problem::{Code, Problem};

statements! {
    /// Begins again where nobody has confirmed yet; one that is in use stays.
    BEGIN = "UPDATE accounts SET second_factor_secret = $2 WHERE account_id = $1 AND second_factor_since IS NULL";
    WAITING = "SELECT second_factor_secret FROM accounts
                WHERE account_id = $1 AND second_factor_since IS NULL AND second_factor_secret IS NOT NULL";
    IN_USE = "SELECT second_factor_secret FROM accounts WHERE account_id = $1 AND second_factor_since IS NOT NULL";
    /// From now on; the code that confirmed it is spent.
    CONFIRM = "UPDATE accounts SET second_factor_since = $2, second_factor_step = $3
                WHERE account_id = $1 AND second_factor_since IS NULL";
    /// A code is good once: each later one comes at a later step.
    USE_STEP = "UPDATE accounts SET second_factor_step = $2 WHERE account_id = $1 AND second_factor_step < $2";
    REMOVE = "UPDATE accounts SET second_factor_secret = NULL, second_factor_since = NULL, second_factor_step = NULL WHERE account_id = $1";
    INSERT_CODES = "INSERT INTO recovery_codes (account_id, digest) VALUES {rows:2}";
    USE_CODE = "DELETE FROM recovery_codes WHERE account_id = $1 AND digest = $2";
    FORGET_CODES = "DELETE FROM recovery_codes WHERE account_id = $1";
}

const SECRET: Field = Field::of("accounts", "second_factor_secret");

/// Stores the secret of a second factor that is not confirmed yet.
///
/// # Errors
/// `not_possible` when one is in use.
pub async fn begin(tx: &mut Tx, account: AccountId, secret: &Secret) -> Result<(), Problem> {
    let sealed = tx.keyring().seal(SECRET, account.0, &URL_SAFE_NO_PAD.encode(secret))?;
    let begun = execute!(tx, BEGIN, account, sealed)?;
    if begun == 1 { Ok(()) } else { Err(Problem::of(Code::NotPossible).about("on")) }
}

/// The secret that waits for its first code.
pub async fn secret_waiting(tx: &mut Tx, account: AccountId) -> Result<Option<Secret>, Problem> {
    let sealed = fetch_optional!(tx, (Sealed,), WAITING, account)?;
    sealed.map(|(sealed,)| open(tx.keyring(), account, &sealed)).transpose()
}

/// The secret of a second factor that is on.
pub async fn secret_in_use(tx: &mut Tx, account: AccountId) -> Result<Option<Secret>, Problem> {
    let sealed = fetch_optional!(tx, (Sealed,), IN_USE, account)?;
    sealed.map(|(sealed,)| open(tx.keyring(), account, &sealed)).transpose()
}

/// Turns it on; `false` when somebody was faster.
pub async fn confirm(
    tx: &mut Tx,
    account: AccountId,
    now: DateTime<Utc>,
    step: i64,
) -> Result<bool, Problem> {
    Ok(execute!(tx, CONFIRM, account, now, step)? == 1)
}

/// Uses the code of this step up; `false` when it, or a later one, was used before.
pub async fn use_step(tx: &mut Tx, account: AccountId, step: i64) -> Result<bool, Problem> {
    Ok(execute!(tx, USE_STEP, account, step)? == 1)
}

/// Uses a recovery code up; `false` when there is none like it.
pub async fn use_recovery_code(
    tx: &mut Tx,
    account: AccountId,
    digest: &str,
) -> Result<bool, Problem> {
    Ok(execute!(tx, USE_CODE, account, digest)? == 1)
}

/// Puts these recovery codes, by their digests, in the place of those before.
pub async fn replace_recovery_codes(
    tx: &mut Tx,
    account: AccountId,
    digests: &[String],
) -> Result<(), Problem> {
    execute!(tx, FORGET_CODES, account)?;
    execute_rows!(tx, INSERT_CODES, digests, |digest| [account, digest.as_str()])?;
    Ok(())
}

/// Removes the second factor with everything that belongs to it.
pub async fn remove(tx: &mut Tx, account: AccountId) -> Result<(), Problem> {
    execute!(tx, FORGET_CODES, account)?;
    execute!(tx, REMOVE, account)?;
    Ok(())
}

fn open(keyring: &Keyring, account: AccountId, sealed: &Sealed) -> Result<Secret, Problem> {
    let bytes = URL_SAFE_NO_PAD.decode(keyring.open(SECRET, account.0, sealed)?).ok();
    let secret = bytes.and_then(|bytes| Secret::try_from(bytes).ok());
    secret.ok_or_else(|| Problem::of(Code::Internal).because("a second factor is not readable"))
}
