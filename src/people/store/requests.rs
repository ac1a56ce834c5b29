//! The SQL of requests about what is kept of people.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::ids::{AccountId, OrganizationId, RightsRequestId, RuleId};
use crate::people::domain::{RequestKind, RequestState, RightsRequest};
use crate::platform::db::Tx;
use crate::platform::db::range::{Part, earliest_first, fetch_part, latest_first};
use crate::platform::db::statements::{execute, fetch_optional, statements};
use crate::platform::vault::{Field, Keyring, Sealed};
use crate::problem::{Code, Problem};

/// What somebody wants, and what he is answered: both tell of him.
const CONTENT: Field = Field::of("rights_requests", "content");
const ANSWER: Field = Field::of("rights_requests", "answer");

/// What every reading of a request reads.
macro_rules! requests {
    () => {
        "SELECT request_id, account_id, organization_id, kind, state, content, answer, due_at, rule_id, decided_by, decided_at, \
                created_at, version FROM rights_requests"
    };
}

statements! {
    INSERT = "INSERT INTO rights_requests (request_id, account_id, organization_id, kind, state, content, due_at, rule_id, created_at, version)
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    FIND = concat!(requests!(), " WHERE request_id = $1");
    LATEST_OF = concat!(requests!(), " WHERE account_id = $1", latest_first!("created_at", "request_id"));
    EARLIEST_OF = concat!(requests!(), " WHERE account_id = $1", earliest_first!("created_at", "request_id"));
    LATEST_AT = concat!(requests!(), " WHERE organization_id = $1", latest_first!("created_at", "request_id"));
    EARLIEST_AT = concat!(requests!(), " WHERE organization_id = $1", earliest_first!("created_at", "request_id"));
    LATEST_IN_STATE = concat!(requests!(), " WHERE organization_id = $1", latest_first!(of "state", "created_at", "request_id"));
    EARLIEST_IN_STATE = concat!(requests!(), " WHERE organization_id = $1", earliest_first!(of "state", "created_at", "request_id"));
    SAVE = "UPDATE rights_requests SET state = $3, answer = $4, decided_by = $5, decided_at = $6, version = version + 1
             WHERE request_id = $1 AND version = $2";
    /// What was wanted by somebody whose account is deleted.
    /// What is still open ends with the account: nobody is left to be answered.
    ERASE_OF = "UPDATE rights_requests SET content = NULL, answer = NULL, version = version + 1,
                       state = CASE WHEN state = 'open' THEN 'refused' ELSE state END
                 WHERE account_id = $1 AND (content IS NOT NULL OR answer IS NOT NULL)";
}

#[derive(FromRow)]
struct Row {
    request_id: RightsRequestId,
    account_id: AccountId,
    organization_id: OrganizationId,
    kind: RequestKind,
    state: RequestState,
    content: Option<Sealed>,
    answer: Option<Sealed>,
    due_at: DateTime<Utc>,
    rule_id: Option<RuleId>,
    decided_by: Option<AccountId>,
    decided_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    version: i64,
}

impl Row {
    fn open(self, keyring: &Keyring) -> Result<RightsRequest, Problem> {
        let row = self;
        let id = row.request_id.0;
        Ok(RightsRequest {
            content: keyring.perhaps_open(CONTENT, id, row.content.as_ref())?,
            answer: keyring.perhaps_open(ANSWER, id, row.answer.as_ref())?,
            request_id: row.request_id,
            account_id: row.account_id,
            organization_id: row.organization_id,
            kind: row.kind,
            state: row.state,
            due_at: row.due_at,
            rule_id: row.rule_id,
            decided_by: row.decided_by,
            decided_at: row.decided_at,
            created_at: row.created_at,
            version: row.version,
        })
    }
}

fn opened(tx: &Tx, rows: Vec<Row>) -> Result<Vec<RightsRequest>, Problem> {
    rows.into_iter().map(|row| row.open(tx.keyring())).collect()
}

pub async fn insert(tx: &mut Tx, one: &RightsRequest) -> Result<(), Problem> {
    let content = tx.keyring().perhaps_seal(CONTENT, one.request_id.0, one.content.as_deref())?;
    execute!(
        tx,
        INSERT,
        one.request_id,
        one.account_id,
        one.organization_id,
        one.kind,
        one.state,
        content,
        one.due_at,
        one.rule_id,
        one.created_at,
        one.version,
    )?;
    Ok(())
}

pub async fn find(tx: &mut Tx, id: RightsRequestId) -> Result<Option<RightsRequest>, Problem> {
    let row = fetch_optional!(tx, Row, FIND, id)?;
    row.map(|row| row.open(tx.keyring())).transpose()
}

/// What somebody has asked for.
pub async fn of_account(
    tx: &mut Tx,
    account: AccountId,
    part: &Part,
) -> Result<Vec<RightsRequest>, Problem> {
    let rows = fetch_part!(tx, Row, [LATEST_OF, EARLIEST_OF], part, account)?;
    opened(tx, rows)
}

/// What an organization is asked for, or what of it stands so.
pub async fn at(
    tx: &mut Tx,
    organization: OrganizationId,
    state: Option<RequestState>,
    part: &Part,
) -> Result<Vec<RightsRequest>, Problem> {
    let rows = match state {
        None => fetch_part!(tx, Row, [LATEST_AT, EARLIEST_AT], part, organization),
        Some(state) => {
            fetch_part!(tx, Row, [LATEST_IN_STATE, EARLIEST_IN_STATE], part, organization, state)
        }
    }?;
    opened(tx, rows)
}

/// Stores an answer over the version that it answers.
pub async fn save(tx: &mut Tx, one: &RightsRequest) -> Result<(), Problem> {
    let answer = tx.keyring().perhaps_seal(ANSWER, one.request_id.0, one.answer.as_deref())?;
    let (id, version) = (one.request_id, one.version);
    let saved = execute!(tx, SAVE, id, version, one.state, answer, one.decided_by, one.decided_at)?;
    if saved == 1 { Ok(()) } else { Err(Problem::of(Code::ChangedMeanwhile)) }
}

/// Puts out the words of somebody whose account is deleted.
pub async fn erase_of(tx: &mut Tx, account: AccountId) -> Result<(), Problem> {
    execute!(tx, ERASE_OF, account)?;
    Ok(())
}
