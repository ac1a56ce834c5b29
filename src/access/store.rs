//! The SQL of access.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::actor::{Actor, Held, SecondFactor, Tree};
use super::births;
use super::consents::Agreed;
use super::domain::{OpenedAccount, PhoneHolder, Role};
use super::phone_codes;
use super::tokens::Person;
use crate::ids::{AccountId, EntryId, OrganizationId, VolunteerId};
use crate::platform::db::Tx;
use crate::platform::db::statements::{
    execute, execute_rows, fetch_all, fetch_optional, statements,
};
use crate::platform::http::Reply;
use crate::platform::http::answer::Answer;
use crate::platform::journal;
use crate::platform::values::Phone;
use crate::platform::vault::{BlindIndex, Field, Keyring, Sealed, row_named};
use crate::problem::{Code, Problem, UniqueMeans as _};

statements! {
    /// Everything a request needs to know of its caller, in one statement: the
    /// sign-in still stands, his hats, what he has agreed to, when he was born where that is
    /// known, which reference data is current, and the answer to an earlier request under the same key.
    WHO_IS = "SELECT 'session' AS hat, a.account_id AS id, a.name AS text, r.version AS number,
                     CASE WHEN s.method = 'password' THEN 'by_password ' ELSE '' END
                     || CASE WHEN a.password_given_at IS NULL THEN '' ELSE 'password_given ' END
                     || CASE WHEN a.second_factor_since IS NULL THEN '' ELSE 'second_factor ' END AS body,
                     CAST(NULL AS UUID) AS delegated_by
                FROM sessions s JOIN accounts a ON a.account_id = s.account_id CROSS JOIN reference_version r
               WHERE s.session_id = $1 AND s.revoked_at IS NULL AND a.closed_at IS NULL
              UNION ALL
              SELECT 'grant', organization_id, role, CASE WHEN valid_from > $3 THEN 2 WHEN valid_until IS NULL THEN 0 ELSE 1 END, NULL, delegated_by
                FROM grants WHERE account_id = $2 AND revoked_at IS NULL AND (valid_until IS NULL OR valid_until > $3)
              UNION ALL
              SELECT 'volunteer', volunteer_id, '', 0, NULL, NULL FROM volunteers WHERE account_id = $2
              UNION ALL
              SELECT 'leads', m.team_id, '', 0, NULL, NULL FROM volunteers v JOIN memberships m ON m.volunteer_id = v.volunteer_id
               WHERE v.account_id = $2 AND v.status = 'active' AND m.role = 'leader' AND m.left_at IS NULL
              UNION ALL
              SELECT 'agreed', organization_id, purpose, notice_number, NULL, NULL FROM consents
               WHERE account_id = $2 AND stands AND decision = 'given' AND partner_id IS NULL
              UNION ALL
              SELECT 'born', account_id, born, 0, NULL, NULL FROM accounts WHERE account_id = $2 AND born IS NOT NULL
              UNION ALL
              SELECT 'answer', entry_id, request_digest, answer_status, answer_body, NULL FROM journal
               WHERE actor_id = $2 AND idempotency_key = $4";
    EARLIER_ANSWER = "SELECT entry_id, request_digest, answer_body FROM journal WHERE actor_id = $1 AND idempotency_key = $2";
    INSERT_ACCOUNT = "INSERT INTO accounts (account_id, name, username, password_hash, password_given_at, phone, phone_index, created_at)
                      VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    INSERT_ACCOUNTS = "INSERT INTO accounts (account_id, name, username, password_hash, phone, phone_index, created_at) VALUES {rows:7}";
    /// The account of a phone, opened if there is none; the row is the same either way.
    ACCOUNT_OF_PHONE = "INSERT INTO accounts (account_id, name, phone, phone_index, created_at) VALUES ($1, $2, $3, $4, $5)
                        ON CONFLICT (phone_index) DO UPDATE SET phone_index = excluded.phone_index RETURNING account_id, name, password_hash";
    HOLDER_OF_PHONE = "SELECT account_id, born FROM accounts WHERE phone_index = $1 AND closed_at IS NULL";
    PHONE_OF = "SELECT phone FROM accounts WHERE account_id = $1 AND closed_at IS NULL";
    /// Whose phone it is, where nobody is about to sign in with it.
    ACCOUNT_OF_KNOWN_PHONE = "SELECT account_id, name, password_hash FROM accounts WHERE phone_index = $1 AND closed_at IS NULL";
    ACCOUNT_OF_USERNAME = "SELECT account_id, name, password_hash FROM accounts WHERE username = $1 AND closed_at IS NULL";
    OWN_PASSWORD = "SELECT username, password_hash FROM accounts
                     WHERE account_id = $1 AND username IS NOT NULL AND password_hash IS NOT NULL AND closed_at IS NULL";
    REPLACE_PASSWORD = "UPDATE accounts SET password_hash = $3, password_given_at = NULL WHERE account_id = $1 AND password_hash = $2";
    ACCOUNT = "SELECT account_id, name, password_hash FROM accounts WHERE account_id = $1 AND closed_at IS NULL";
    FIND_SECRET = "SELECT secret FROM secrets WHERE name = $1";
    /// Two instances that start at once keep one.
    INSERT_SECRET = "INSERT INTO secrets (name, secret, created_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING";
}

/// The telephone that an account signs in with.
pub const PHONE: Field = Field::of("accounts", "phone");
/// What all instances share.
const SECRET: Field = Field::of("secrets", "secret");

/// What the statement about the caller found.
pub struct Found {
    /// The caller.
    pub actor: Actor,
    /// Whether he stays who he is until somebody changes it: no role of his begins or
    /// ends by the calendar.
    pub lasting: bool,
    /// The number of the latest change to reference data.
    pub reference_version: i64,
    /// The answer to an earlier request under the same key.
    pub earlier_answer: Option<EarlierAnswer>,
}

/// The answer that a repeated request gets.
#[derive(Clone)]
pub struct EarlierAnswer {
    request_digest: Option<String>,
    answer: String,
}

/// The same as it is stored.
#[derive(FromRow)]
struct AnswerRow {
    entry_id: EntryId,
    request_digest: Option<String>,
    answer_body: Option<Sealed>,
}

impl AnswerRow {
    fn open(self, keyring: &Keyring) -> Result<EarlierAnswer, Problem> {
        let answer = journal::open_answer(keyring, self.entry_id, self.answer_body.as_ref())?;
        let request_digest = self.request_digest;
        Ok(EarlierAnswer { request_digest, answer: answer.unwrap_or_default() })
    }
}

impl EarlierAnswer {
    /// The same answer again, if it is the same request again.
    pub fn again(self, digest: &str) -> Reply {
        if self.request_digest.as_deref() != Some(digest) {
            return Err(Problem::of(Code::KeyReused));
        }
        let answer: Answer = serde_json::from_str(&self.answer)
            .map_err(|error| Problem::of(Code::Internal).because(error))?;
        let mut response = answer.into_response();
        response.headers_mut().insert(
            actix_web::http::header::HeaderName::from_static("idempotency-replayed"),
            actix_web::http::header::HeaderValue::from_static("true"),
        );
        Ok(response)
    }
}

#[derive(FromRow)]
struct HatRow {
    hat: String,
    id: Option<Uuid>,
    text: Option<String>,
    number: i64,
    /// The kept answer, sealed; for a sign-in only whether there is something to say.
    body: Option<String>,
    /// For whom he stands in.
    delegated_by: Option<AccountId>,
}

/// What the statement about the caller says of a role that no calendar ends.
const GRANT_WITHOUT_END: i64 = 0;
/// What it says of a role that has not begun yet.
const GRANT_TO_COME: i64 = 2;

/// Who the token names, today.
pub async fn who_is(
    tx: &mut Tx,
    person: Person,
    key: Option<&str>,
    now: DateTime<Utc>,
    tree: &Arc<dyn Tree>,
) -> Result<Found, Problem> {
    let rows = fetch_all!(
        tx,
        HatRow,
        WHO_IS,
        person.session,
        person.account,
        now,
        key.unwrap_or_default()
    )?;
    let session = rows
        .iter()
        .find(|row| row.hat == "session" && row.id == Some(person.account.0))
        .ok_or_else(|| Problem::of(Code::Unauthenticated))?;
    let name = session.text.clone().unwrap_or_default();
    let reference_version = session.number;
    let mut actor = Actor::new(person.account, person.session, name, Arc::clone(tree));
    let is_said = |what: &str| session.body.as_ref().is_some_and(|said| said.contains(what));
    actor.must_change_password = is_said("password_given");
    actor.is_by_password = is_said("by_password");
    actor.second_factor = if is_said("second_factor") {
        SecondFactor::On
    } else if is_said("by_password") {
        SecondFactor::Off
    } else {
        SecondFactor::NotAsked
    };
    let mut earlier_answer = None;
    let mut lasting = true;
    for row in rows {
        match (row.hat.as_str(), row.id) {
            ("grant", _) if row.number == GRANT_TO_COME => lasting = false,
            ("grant", node) => {
                lasting &= row.number == GRANT_WITHOUT_END;
                let text = row.text.unwrap_or_default();
                let role = Role::ALL.iter().find(|role| role.as_str() == text);
                let (node, delegated_by) = (node.map(OrganizationId), row.delegated_by);
                actor.grants.extend(role.map(|role| Held { node, role: *role, delegated_by }));
            }
            ("volunteer", Some(id)) => actor.volunteer_id = Some(VolunteerId(id)),
            ("leads", Some(id)) => actor.leads.push(OrganizationId(id)),
            ("agreed", Some(id)) => {
                let text = row.text.unwrap_or_default();
                actor.agreed.extend(Agreed::read(OrganizationId(id), &text, row.number));
            }
            ("born", _) => {
                let born = Sealed::from(row.text.as_deref().unwrap_or_default());
                actor.born = Some(births::open(tx.keyring(), person.account, &born)?);
            }
            ("answer", Some(id)) => {
                let (entry_id, request_digest) = (EntryId(id), row.text);
                let answer_body = row.body.as_deref().map(Sealed::from);
                let kept = AnswerRow { entry_id, request_digest, answer_body };
                earlier_answer = Some(kept.open(tx.keyring())?);
            }
            _ => {}
        }
    }
    Ok(Found { actor, lasting, reference_version, earlier_answer })
}

/// The answer kept under a key, when the same request arrived twice at once.
pub async fn earlier_answer(
    tx: &mut Tx,
    account: AccountId,
    key: &str,
) -> Result<Option<EarlierAnswer>, Problem> {
    let row = fetch_optional!(tx, AnswerRow, EARLIER_ANSWER, account, key)?;
    row.map(|row| row.open(tx.keyring())).transpose()
}

/// An account as signing in needs it.
#[derive(FromRow, PartialEq, Eq)]
pub struct AccountRow {
    /// Its id.
    pub account_id: AccountId,
    /// How it is addressed.
    pub name: String,
    /// The argon2id hash, if it signs in by password.
    pub password_hash: Option<String>,
}

/// The telephone of an account, as it is stored: sealed, and what it is found by.
struct PhoneColumns {
    phone: Option<Sealed>,
    index: Option<BlindIndex>,
}

impl PhoneColumns {
    fn of(keyring: &Keyring, account: &OpenedAccount) -> Result<Self, Problem> {
        let phone = account.phone.as_deref();
        let index = phone.map(|phone| keyring.index(PHONE, phone)).transpose()?;
        Ok(Self { phone: keyring.perhaps_seal(PHONE, account.account_id.0, phone)?, index })
    }
}

pub async fn insert_account(tx: &mut Tx, account: &OpenedAccount) -> Result<(), Problem> {
    let PhoneColumns { phone, index } = PhoneColumns::of(tx.keyring(), account)?;
    execute!(
        tx,
        INSERT_ACCOUNT,
        account.account_id,
        account.name.as_str(),
        account.username.as_deref(),
        account.password_hash.as_deref(),
        account.password_given_at,
        phone,
        index,
        account.created_at,
    )
    .unique_means(Code::AlreadyExists)
    .map_err(|problem| problem.about(account.username.as_deref().unwrap_or_default()))?;
    Ok(())
}

pub async fn insert_accounts(tx: &mut Tx, accounts: &[OpenedAccount]) -> Result<(), Problem> {
    let rows = accounts
        .iter()
        .map(|account| Ok((account, PhoneColumns::of(tx.keyring(), account)?)))
        .collect::<Result<Vec<_>, Problem>>()?;
    execute_rows!(tx, INSERT_ACCOUNTS, rows, |row| [
        row.0.account_id,
        row.0.name.as_str(),
        row.0.username.as_deref(),
        row.0.password_hash.as_deref(),
        row.1.phone.as_ref(),
        row.1.index.as_ref(),
        row.0.created_at,
    ])?;
    Ok(())
}

pub async fn account_of_phone(tx: &mut Tx, account: &OpenedAccount) -> Result<AccountRow, Problem> {
    let PhoneColumns { phone, index } = PhoneColumns::of(tx.keyring(), account)?;
    fetch_optional!(
        tx,
        AccountRow,
        ACCOUNT_OF_PHONE,
        account.account_id,
        account.name.as_str(),
        phone,
        index,
        account.created_at,
    )?
    .ok_or_else(|| Problem::of(Code::Internal))
}

/// The account of a phone, if somebody has signed in with it before.
pub async fn account_of_known_phone(
    tx: &mut Tx,
    phone: &Phone,
) -> Result<Option<AccountRow>, Problem> {
    let index = tx.keyring().index(PHONE, phone.as_str())?;
    fetch_optional!(tx, AccountRow, ACCOUNT_OF_KNOWN_PHONE, index)
}

#[derive(FromRow)]
struct HolderRow {
    account_id: AccountId,
    born: Option<Sealed>,
}

impl HolderRow {
    fn open(self, keyring: &Keyring) -> Result<PhoneHolder, Problem> {
        let account_id = self.account_id;
        let born = self.born.as_ref().map(|born| births::open(keyring, account_id, born));
        Ok(PhoneHolder { account_id, born: born.transpose()? })
    }
}

/// Whose phone it is. Where it is nobody's yet, its holder may be signing in for the
/// first time at this very moment: the two then meet on the row of his phone, and the
/// later one sees what the earlier one did.
pub async fn holder_of_phone(tx: &mut Tx, phone: &Phone) -> Result<Option<PhoneHolder>, Problem> {
    let index = tx.keyring().index(PHONE, phone.as_str())?;
    let row = fetch_optional!(tx, HolderRow, HOLDER_OF_PHONE, index)?;
    if row.is_none() {
        phone_codes::meet(tx, phone).await?;
    }
    row.map(|row| row.open(tx.keyring())).transpose()
}

/// The telephone of an open account, if it has one.
pub async fn phone_of(tx: &mut Tx, id: AccountId) -> Result<Option<String>, Problem> {
    let row = fetch_optional!(tx, (Option<Sealed>,), PHONE_OF, id)?;
    let phone = row.and_then(|(phone,)| phone);
    tx.keyring().perhaps_open(PHONE, id.0, phone.as_ref())
}

/// What the account of a telephone is found by.
pub fn phone_index(keyring: &Keyring, phone: &str) -> Result<BlindIndex, Problem> {
    keyring.index(PHONE, phone)
}

pub async fn account_of_username(
    tx: &mut Tx,
    username: &str,
) -> Result<Option<AccountRow>, Problem> {
    fetch_optional!(tx, AccountRow, ACCOUNT_OF_USERNAME, username)
}

/// The user name and the hash of an account that signs in by them.
pub async fn own_password(tx: &mut Tx, id: AccountId) -> Result<Option<(String, String)>, Problem> {
    fetch_optional!(tx, (String, String), OWN_PASSWORD, id)
}

/// Puts a password that its holder has chosen in the place of the one before; `false` when
/// somebody has changed that meanwhile.
pub async fn replace_password(
    tx: &mut Tx,
    id: AccountId,
    old_hash: &str,
    new_hash: &str,
) -> Result<bool, Problem> {
    Ok(execute!(tx, REPLACE_PASSWORD, id, old_hash, new_hash)? == 1)
}

/// An account that is there.
pub async fn account(tx: &mut Tx, id: AccountId) -> Result<Option<AccountRow>, Problem> {
    fetch_optional!(tx, AccountRow, ACCOUNT, id)
}

pub async fn account_exists(tx: &mut Tx, id: AccountId) -> Result<bool, Problem> {
    Ok(account(tx, id).await?.is_some())
}

/// The secret of this name, which all instances share; `fresh` from now on, if there was none.
pub async fn secret(
    tx: &mut Tx,
    name: &str,
    fresh: &str,
    now: DateTime<Utc>,
) -> Result<String, Problem> {
    if let Some((kept,)) = fetch_optional!(tx, (Sealed,), FIND_SECRET, name)? {
        return tx.keyring().open(SECRET, row_named(name), &kept);
    }
    let sealed = tx.keyring().seal(SECRET, row_named(name), fresh)?;
    execute!(tx, INSERT_SECRET, name, sealed, now)?;
    let kept = fetch_optional!(tx, (Sealed,), FIND_SECRET, name)?;
    let (kept,) = kept.ok_or_else(|| Problem::of(Code::Internal))?;
    tx.keyring().open(SECRET, row_named(name), &kept)
}
