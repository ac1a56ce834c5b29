//! # The journal
//!
//! One append-only table holds the facts: who did what to which thing, when and
//! why. It is the timeline that people read, and the outbox out of which those
//! concerned are told (`notifications`). The first fact of a command also carries the caller's idempotency key
//! and the answer he was given, so that a repeated request finds it; both are
//! written by one statement, in the transaction of the command. The answer may hold what is
//! sealed elsewhere, and a reason whatever somebody wrote of somebody: both are sealed.
//!
//! The same rows are the audit: each says also where the request came from, and is
//! sealed afterwards (`access/audit`). Some facts are written for the audit alone:
//! refusals, sign-ins, tokens. Nobody is told of those, and they are in no timeline.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

use super::clock::Clock;
use super::db::Tx;
use super::db::statements::{
    execute, execute_rows, fetch_all, fetch_listed, fetch_optional, statements,
};
use super::vault::{Field, Keyring, Sealed};
use crate::ids::{AccountId, EntryId, PartnerId, SessionId};
use crate::problem::Problem;

statements! {
    /// All facts of one command at once.
    INSERT = "INSERT INTO journal (entry_id, at, name, demand_id, subject_id, actor_id, actor_name, reason, data,
                                   request_id, address, session_id, partner_id, delegated_by,
                                   idempotency_key, request_digest, answer_status, answer_body, told_at, sealed_at)
              VALUES {rows:20}";
    HAS_ANSWERS = "SELECT CAST(1 AS BIGINT) FROM journal WHERE answer_status IS NOT NULL AND at < $1 LIMIT 1";
    /// Forgets rows that were nothing but an answer.
    FORGET_BARE_ANSWERS = "DELETE FROM journal
                            WHERE entry_id IN (SELECT entry_id FROM journal
                                                WHERE answer_status IS NOT NULL AND at < $1 ORDER BY at LIMIT $2)
                              AND name = $3";
    /// Forgets answers that nobody may ask for again; the facts stay.
    FORGET_ANSWERS = "UPDATE journal SET idempotency_key = NULL, request_digest = NULL, answer_status = NULL, answer_body = NULL
                       WHERE entry_id IN (SELECT entry_id FROM journal
                                           WHERE answer_status IS NOT NULL AND at < $1 ORDER BY at LIMIT $2)
                         AND name <> $3";
    UNTOLD = "SELECT entry_id, at, name, demand_id, subject_id, actor_id, data FROM journal
               WHERE told_at IS NULL ORDER BY at, entry_id LIMIT $1";
    /// Whoever marks a fact first has it to himself.
    MARK_TOLD = "UPDATE journal SET told_at = $1 WHERE told_at IS NULL AND entry_id IN ({list}) RETURNING entry_id";
}

/// How long a repeated request finds its first answer, in hours.
pub const ANSWERS_KEPT_HOURS: i64 = 24;

const REASON: Field = Field::of("journal", "reason");
const ANSWER: Field = Field::of("journal", "answer_body");

/// The name of the fact that says only that an answer is kept: of no interest to
/// anybody, never sealed, and gone when the answer is.
pub const ANSWERED: &str = "command.answered.v1";

/// How the names of those facts begin that are written for the audit alone.
const FOR_THE_AUDIT: &[&str] = &["audit.", "export.", "request.", "session.", "sign_in.", "token."];

/// Something that happened.
#[derive(Clone, Debug)]
pub struct Fact {
    /// Its versioned name, such as `demand.placed.v1`.
    pub name: &'static str,
    /// The demand in whose timeline it stands, if it belongs to one.
    pub demand_id: Option<Uuid>,
    /// The thing it happened to.
    pub subject_id: Uuid,
    /// Why, where somebody gave a reason.
    pub reason: Option<String>,
    /// The plain facts; never personal data beyond ids and organization names.
    pub data: Value,
}

impl Fact {
    /// Nothing but an answer that is kept for this account.
    #[must_use]
    pub fn answered(account: AccountId) -> Self {
        Self {
            name: ANSWERED,
            demand_id: None,
            subject_id: account.0,
            reason: None,
            data: json!({}),
        }
    }

    /// The same with what has changed: of each member that differs, both values. Settings
    /// and ids, never personal data.
    #[must_use]
    pub fn changing(self, before: &Value, after: &Value) -> Self {
        let members = [before, after].into_iter().filter_map(Value::as_object);
        let changed: Map<String, Value> = members
            .flat_map(Map::keys)
            .map(|name| (name, before.get(name), after.get(name)))
            .filter(|(_, old, new)| old != new)
            .map(|(name, old, new)| (name.clone(), json!({ "before": old, "after": new })))
            .collect();
        self.with("changed", changed)
    }

    /// Whether it is written for the audit alone: nobody is told of it.
    fn is_for_the_audit(&self) -> bool {
        FOR_THE_AUDIT.iter().any(|beginning| self.name.starts_with(beginning))
    }

    /// The same with one more plain fact.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        if let Some(data) = self.data.as_object_mut() {
            data.insert(name.to_owned(), value.into());
        }
        self
    }
}

/// A fact as it is read back by those who tell of it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its id.
    pub entry_id: EntryId,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// Its versioned name.
    pub name: String,
    /// The demand in whose timeline it stands, if it belongs to one.
    pub demand_id: Option<Uuid>,
    /// The thing it happened to.
    pub subject_id: Uuid,
    /// Who did it; redvest itself if nobody.
    pub actor_id: Option<AccountId>,
    /// The plain facts.
    pub data: Value,
}

#[derive(FromRow)]
struct EntryRow {
    entry_id: EntryId,
    at: DateTime<Utc>,
    name: String,
    demand_id: Option<Uuid>,
    subject_id: Uuid,
    actor_id: Option<AccountId>,
    data: Json<Value>,
}

impl From<EntryRow> for Entry {
    fn from(row: EntryRow) -> Self {
        Self {
            entry_id: row.entry_id,
            at: row.at,
            name: row.name,
            demand_id: row.demand_id,
            subject_id: row.subject_id,
            actor_id: row.actor_id,
            data: row.data.0,
        }
    }
}

/// Who makes facts: a person, or redvest itself by a rule or a deadline.
#[derive(Clone, Debug)]
pub struct Author {
    /// The account, unless it is the system.
    pub account_id: Option<AccountId>,
    /// How the timeline names him.
    pub name: String,
    /// For whom he stands in, where only this allows him what he does.
    pub delegated_by: Option<AccountId>,
    /// Where his request came from.
    pub origin: Origin,
}

impl Author {
    /// redvest itself.
    #[must_use]
    pub fn system() -> Self {
        Self {
            account_id: None,
            name: "系统".to_owned(),
            delegated_by: None,
            origin: Origin::default(),
        }
    }

    /// Whoever sits at the machine and gives redvest a command.
    #[must_use]
    pub fn console() -> Self {
        Self { name: "命令行".to_owned(), ..Self::system() }
    }
}

/// Where a request came from; what redvest does by itself comes from nowhere.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// The number of the request, as the answer and the log tell it.
    pub request_id: Option<String>,
    /// The address that it was sent from.
    pub address: Option<String>,
    /// The sign-in that it came through.
    pub session_id: Option<SessionId>,
    /// The partner that sent it.
    pub partner_id: Option<PartnerId>,
}

/// The caller's key with the answer that a repetition shall find.
#[derive(Clone, Debug)]
pub struct KeptAnswer {
    /// The caller's `Idempotency-Key`.
    pub key: String,
    /// Digest of method, address and body: another request under the same key is refused.
    pub request_digest: String,
    /// The status that was answered.
    pub status: u16,
    /// The whole answer: body, ETag and Location.
    pub answer: String,
}

/// Writes the facts of one command, the first with the kept answer.
///
/// # Errors
/// A unique violation when the key was used a moment ago; `unavailable` when
/// the database does not answer.
pub async fn record(
    tx: &mut Tx,
    clock: &Clock,
    now: DateTime<Utc>,
    author: &Author,
    facts: &[Fact],
    kept: Option<&KeptAnswer>,
) -> Result<(), Problem> {
    if facts.is_empty() {
        return Ok(());
    }
    let rows = facts
        .iter()
        .enumerate()
        .map(|(index, fact)| {
            NewRow::of(tx.keyring(), clock.new_id(), fact, kept.filter(|_| index == 0))
        })
        .collect::<Result<Vec<_>, _>>()?;
    execute_rows!(tx, INSERT, &rows, |row| [
        row.entry_id,
        now,
        row.fact.name,
        row.fact.demand_id,
        row.fact.subject_id,
        author.account_id,
        author.name.as_str(),
        row.reason.as_ref(),
        &row.fact.data,
        author.origin.request_id.as_deref(),
        author.origin.address.as_deref(),
        author.origin.session_id,
        author.origin.partner_id,
        author.delegated_by,
        row.kept.map(|kept| kept.key.as_str()),
        row.kept.map(|kept| kept.request_digest.as_str()),
        row.kept.map(|kept| i64::from(kept.status)),
        row.answer.as_ref(),
        (row.fact.name == ANSWERED || row.fact.is_for_the_audit()).then_some(now),
        (row.fact.name == ANSWERED).then_some(now),
    ])?;
    Ok(())
}

/// A fact that is about to be written, with the answer that is kept with it.
struct NewRow<'a> {
    entry_id: EntryId,
    fact: &'a Fact,
    reason: Option<Sealed>,
    kept: Option<&'a KeptAnswer>,
    answer: Option<Sealed>,
}

impl<'a> NewRow<'a> {
    fn of(
        keyring: &Keyring,
        entry_id: EntryId,
        fact: &'a Fact,
        kept: Option<&'a KeptAnswer>,
    ) -> Result<Self, Problem> {
        let answer = kept.map(|kept| kept.answer.as_str());
        Ok(Self {
            entry_id,
            fact,
            reason: keyring.perhaps_seal(REASON, entry_id.0, fact.reason.as_deref())?,
            kept,
            answer: keyring.perhaps_seal(ANSWER, entry_id.0, answer)?,
        })
    }
}

/// The answer that was kept with this entry, if one was.
///
/// # Errors
/// `internal` when it does not open.
pub fn open_answer(
    keyring: &Keyring,
    entry_id: EntryId,
    answer: Option<&Sealed>,
) -> Result<Option<String>, Problem> {
    keyring.perhaps_open(ANSWER, entry_id.0, answer)
}

/// The reason that this entry gives, if it gives one.
///
/// # Errors
/// `internal` when it does not open.
pub fn open_reason(
    keyring: &Keyring,
    entry_id: EntryId,
    reason: Option<&Sealed>,
) -> Result<Option<String>, Problem> {
    keyring.perhaps_open(REASON, entry_id.0, reason)
}

/// Whether any answer older than `before` is still kept.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn has_answers_before(tx: &mut Tx, before: DateTime<Utc>) -> Result<bool, Problem> {
    Ok(fetch_optional!(tx, (i64,), HAS_ANSWERS, before)?.is_some())
}

/// Forgets up to `limit` answers older than `before`, and the rows that were nothing
/// else; says how many.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn forget_answers(
    tx: &mut Tx,
    before: DateTime<Utc>,
    limit: i64,
) -> Result<u64, Problem> {
    let bare = execute!(tx, FORGET_BARE_ANSWERS, before, limit, ANSWERED)?;
    Ok(bare + execute!(tx, FORGET_ANSWERS, before, limit, ANSWERED)?)
}

/// Up to `limit` facts that nobody has been told of yet, the earliest first. Found
/// by a mark and not by the id read last: a fact may be committed after later ones.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn untold(tx: &mut Tx, limit: i64) -> Result<Vec<Entry>, Problem> {
    Ok(fetch_all!(tx, EntryRow, UNTOLD, limit)?.into_iter().map(Entry::from).collect())
}

/// Marks these facts as told; gives those that nobody else had marked before.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn mark_told(
    tx: &mut Tx,
    entries: &[EntryId],
    now: DateTime<Utc>,
) -> Result<Vec<EntryId>, Problem> {
    let marked = fetch_listed!(tx, (EntryId,), MARK_TOLD, [entries], now)?;
    Ok(marked.into_iter().map(|(id,)| id).collect())
}
