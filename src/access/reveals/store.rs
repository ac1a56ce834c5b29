//! The SQL of reveals and of the access log.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::domain::{Decision, Reveal, RevealKind, RevealPurpose, Revealed, Standing, Subject};
use crate::access::store::phone_index;
use crate::ids::{AccountId, OrganizationId, RevealId};
use crate::platform::db::Tx;
use crate::platform::db::range::{Part, earliest_first, fetch_part, latest_first};
use crate::platform::db::statements::{execute, execute_rows, fetch_optional, statements};
use crate::platform::vault::{Field, Keyring, Sealed};
use crate::problem::{Code, Problem};

const REASON: Field = Field::of("reveals", "reason");
const DECISION_REASON: Field = Field::of("reveals", "decision_reason");

/// What every reading reads, of the alias `r`: of whoever has deleted his account not the name.
macro_rules! columns {
    () => {
        "r.reveal_id, r.kind, r.subject_id, r.asked_by, r.organization_id, r.purpose, r.reason, r.minutes, r.standing, \
         r.asked_at, r.approve_by, r.visible_until, r.decided_by, r.decided_at, r.decision_reason, \
         COALESCE((SELECT a.name FROM accounts a WHERE a.account_id = r.asked_by AND a.closed_at IS NOT NULL), r.asked_by_name) AS asked_by_name, \
         COALESCE((SELECT a.name FROM accounts a WHERE a.account_id = r.decided_by AND a.closed_at IS NOT NULL), r.decided_by_name) AS decided_by_name"
    };
}

/// Those that still wait at a node: $6 is now.
macro_rules! waiting {
    () => {
        concat!(
            "SELECT ",
            columns!(),
            ", w.asked_at AS at FROM reveal_waits w JOIN reveals r ON r.reveal_id = w.reveal_id WHERE w.organization_id = $1 AND w.approve_by > $6"
        )
    };
}

/// Those about one account.
macro_rules! logged {
    () => {
        concat!(
            "SELECT ",
            columns!(),
            ", l.at FROM access_log l JOIN reveals r ON r.reveal_id = l.reveal_id WHERE l.account_id = $1"
        )
    };
}

statements! {
    INSERT = "INSERT INTO reveals (reveal_id, kind, subject_id, asked_by, asked_by_name, organization_id, purpose, reason, minutes,
                     standing, asked_at, approve_by, visible_until)
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    FIND = concat!("SELECT ", columns!(), ", r.asked_at AS at FROM reveals r WHERE r.reveal_id = $1");
    /// Whoever decides first has decided.
    DECIDE = "UPDATE reveals SET standing = $2, visible_until = $3, decided_by = $4, decided_by_name = $5, decided_at = $6, decision_reason = $7
               WHERE reveal_id = $1 AND standing = 'awaiting_approval'";
    LET_WAIT = "INSERT INTO reveal_waits (organization_id, asked_at, reveal_id, approve_by) VALUES {rows:4}";
    WAIT_NO_MORE = "DELETE FROM reveal_waits WHERE reveal_id = $1";
    HAS_LAPSED = "SELECT CAST(1 AS BIGINT) FROM reveal_waits WHERE approve_by <= $1 LIMIT 1";
    FORGET_LAPSED = "DELETE FROM reveal_waits WHERE (reveal_id, organization_id) IN
                            (SELECT reveal_id, organization_id FROM reveal_waits WHERE approve_by <= $1 ORDER BY approve_by LIMIT $2)";
    /// Whoever is known by his account, and whoever signs in with the telephones.
    LOG = "INSERT INTO access_log (account_id, at, reveal_id)
           SELECT account_id, $1, $2 FROM (SELECT account_id FROM accounts WHERE account_id = $3
                                           UNION SELECT account_id FROM accounts WHERE phone_index = $4
                                           UNION SELECT account_id FROM accounts WHERE phone_index = $5) AS concerned";
    LATEST_WAITING = concat!(waiting!(), latest_first!("w.asked_at", "w.reveal_id"));
    EARLIEST_WAITING = concat!(waiting!(), earliest_first!("w.asked_at", "w.reveal_id"));
    LATEST_LOGGED = concat!(logged!(), latest_first!("l.at", "l.reveal_id"));
    EARLIEST_LOGGED = concat!(logged!(), earliest_first!("l.at", "l.reveal_id"));
}

#[derive(FromRow)]
struct Row {
    reveal_id: RevealId,
    kind: RevealKind,
    subject_id: Uuid,
    asked_by: AccountId,
    asked_by_name: String,
    organization_id: OrganizationId,
    purpose: RevealPurpose,
    reason: Sealed,
    minutes: i64,
    standing: Standing,
    asked_at: DateTime<Utc>,
    approve_by: Option<DateTime<Utc>>,
    visible_until: Option<DateTime<Utc>>,
    decided_by: Option<AccountId>,
    decided_by_name: Option<String>,
    decided_at: Option<DateTime<Utc>>,
    decision_reason: Option<Sealed>,
    /// Where it stands in the list that it was read from.
    at: DateTime<Utc>,
}

impl Row {
    /// The look, with what is sealed of it opened.
    fn open(self, keyring: &Keyring) -> Result<Reveal, Problem> {
        let row = self;
        let id = row.reveal_id.0;
        let reason = keyring.open(REASON, id, &row.reason)?;
        let why = keyring.perhaps_open(DECISION_REASON, id, row.decision_reason.as_ref())?;
        let decided = row.decided_by.zip(row.decided_at);
        let decision = decided.map(|(by, at)| Decision {
            by,
            by_name: row.decided_by_name.unwrap_or_default(),
            at,
            reason: why,
        });
        Ok(Reveal {
            reveal_id: row.reveal_id,
            subject: Subject::of(row.kind, row.subject_id),
            asked_by: row.asked_by,
            asked_by_name: row.asked_by_name,
            organization_id: row.organization_id,
            purpose: row.purpose,
            reason,
            minutes: row.minutes,
            standing: row.standing,
            asked_at: row.asked_at,
            approve_by: row.approve_by,
            visible_until: row.visible_until,
            decision,
        })
    }
}

pub async fn insert(tx: &mut Tx, reveal: &Reveal) -> Result<(), Problem> {
    let reason = tx.keyring().seal(REASON, reveal.reveal_id.0, &reveal.reason)?;
    execute!(
        tx,
        INSERT,
        reveal.reveal_id,
        reveal.subject.kind(),
        reveal.subject.id(),
        reveal.asked_by,
        reveal.asked_by_name.as_str(),
        reveal.organization_id,
        reveal.purpose,
        reason,
        reveal.minutes,
        reveal.standing,
        reveal.asked_at,
        reveal.approve_by,
        reveal.visible_until,
    )?;
    Ok(())
}

pub async fn find(tx: &mut Tx, id: RevealId) -> Result<Option<Reveal>, Problem> {
    let row = fetch_optional!(tx, Row, FIND, id)?;
    row.map(|row| row.open(tx.keyring())).transpose()
}

/// Lets it be found at these nodes by whoever may approve it.
pub async fn let_wait(
    tx: &mut Tx,
    reveal: &Reveal,
    nodes: &[OrganizationId],
) -> Result<(), Problem> {
    let (asked_at, id, approve_by) = (reveal.asked_at, reveal.reveal_id, reveal.approve_by);
    execute_rows!(tx, LET_WAIT, nodes, |node| [node, asked_at, id, approve_by])?;
    Ok(())
}

/// Whether anything was to be approved by this instant and still stands among what waits.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn has_lapsed(tx: &mut Tx, now: DateTime<Utc>) -> Result<bool, Problem> {
    Ok(fetch_optional!(tx, (i64,), HAS_LAPSED, now)?.is_some())
}

/// Takes up to `limit` rows of it from among what waits; says how many.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn forget_lapsed(tx: &mut Tx, now: DateTime<Utc>, limit: i64) -> Result<u64, Problem> {
    execute!(tx, FORGET_LAPSED, now, limit)
}

/// Stores what was decided on one that waits.
///
/// # Errors
/// `changed_meanwhile` when somebody was faster.
pub async fn decide(tx: &mut Tx, reveal: &Reveal) -> Result<(), Problem> {
    let id = reveal.reveal_id;
    let decision = reveal.decision.as_ref();
    let why = decision.and_then(|decision| decision.reason.as_deref());
    let why = tx.keyring().perhaps_seal(DECISION_REASON, id.0, why)?;
    let decided = execute!(
        tx,
        DECIDE,
        id,
        reveal.standing,
        reveal.visible_until,
        decision.map(|decision| decision.by),
        decision.map(|decision| decision.by_name.as_str()),
        decision.map(|decision| decision.at),
        why,
    )?;
    if decided != 1 {
        return Err(Problem::of(Code::ChangedMeanwhile));
    }
    execute!(tx, WAIT_NO_MORE, id)?;
    Ok(())
}

/// Writes the look into the access log of everybody whose data it is.
pub async fn log(
    tx: &mut Tx,
    reveal: &Reveal,
    revealed: &Revealed,
    now: DateTime<Utc>,
) -> Result<(), Problem> {
    let index = |phone: &Option<String>| {
        phone.as_deref().map(|phone| phone_index(tx.keyring(), phone)).transpose()
    };
    let (own, guardian) = (index(&revealed.phone)?, index(&revealed.guardian_phone)?);
    execute!(tx, LOG, now, reveal.reveal_id, revealed.account_id, own, guardian)?;
    Ok(())
}

/// Those that still wait at this node and below.
pub async fn waiting(
    tx: &mut Tx,
    node: OrganizationId,
    now: DateTime<Utc>,
    part: &Part,
) -> Result<Vec<Reveal>, Problem> {
    let rows = fetch_part!(tx, Row, [LATEST_WAITING, EARLIEST_WAITING], part, node, now)?;
    rows.into_iter().map(|row| row.open(tx.keyring())).collect()
}

/// The looks at the data of this account, each with the instant of the log.
pub async fn logged(
    tx: &mut Tx,
    account: AccountId,
    part: &Part,
) -> Result<Vec<(DateTime<Utc>, Reveal)>, Problem> {
    let rows = fetch_part!(tx, Row, [LATEST_LOGGED, EARLIEST_LOGGED], part, account)?;
    rows.into_iter().map(|row| Ok((row.at, row.open(tx.keyring())?))).collect()
}
