//! The SQL of partners.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use sqlx::types::Json;

use super::domain::{Partner, Scope};
use crate::ids::{OrganizationId, PartnerId};
use crate::platform::db::Tx;
use crate::platform::db::range::{Part, earliest_first, fetch_part, latest_first};
use crate::platform::db::statements::{execute, execute_rows, fetch_optional, statements};
use crate::problem::{Code, Problem};

/// What is read of a partner.
macro_rules! columns {
    () => {
        "p.partner_id, p.organization_id, p.name, p.contact, p.purpose, p.scopes, p.requests_per_minute, p.status,
         p.secret_digest, p.secret_renewed_at, p.keys, p.expires_at, p.created_at, p.updated_at, p.version, p.statutory_basis"
    };
}

statements! {
    INSERT = "INSERT INTO partners (partner_id, organization_id, name, contact, purpose, scopes, requests_per_minute, status,
                                    secret_digest, secret_renewed_at, keys, expires_at, created_at, updated_at, version, statutory_basis)
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
    INSERT_NODES = "INSERT INTO partner_nodes (organization_id, created_at, partner_id) VALUES {rows:3}";
    FIND = concat!("SELECT ", columns!(), " FROM partners p WHERE p.partner_id = $1");
    SAVE = "UPDATE partners SET status = $3, secret_digest = $4, secret_renewed_at = $5, keys = $6, updated_at = $7, version = version + 1
             WHERE partner_id = $1 AND version = $2";
    LATEST = concat!("SELECT ", columns!(), " FROM partner_nodes n JOIN partners p ON p.partner_id = n.partner_id
                       WHERE n.organization_id = $1", latest_first!("n.created_at", "n.partner_id"));
    EARLIEST = concat!("SELECT ", columns!(), " FROM partner_nodes n JOIN partners p ON p.partner_id = n.partner_id
                         WHERE n.organization_id = $1", earliest_first!("n.created_at", "n.partner_id"));
    /// Everything that a request needs to know of the partner who sends it, and which
    /// reference data is current; no row when it is suspended, ended or expired.
    WHO_IS = "SELECT p.name, p.organization_id, p.scopes, p.requests_per_minute, r.version AS reference_version
                FROM partners p CROSS JOIN reference_version r
               WHERE p.partner_id = $1 AND p.status = 'active' AND p.expires_at > $2";
    /// Of all who show one assertion, at whichever instances, one is the first.
    SPEND = "INSERT INTO spent_assertions (assertion_digest, expires_at) VALUES ($1, $2) ON CONFLICT (assertion_digest) DO NOTHING";
    HAS_LAPSED = "SELECT CAST(1 AS BIGINT) FROM spent_assertions WHERE expires_at <= $1 LIMIT 1";
    FORGET_LAPSED = "DELETE FROM spent_assertions WHERE assertion_digest IN (SELECT assertion_digest FROM spent_assertions WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)";
}

pub async fn insert(
    tx: &mut Tx,
    partner: &Partner,
    lineage: &[OrganizationId],
) -> Result<(), Problem> {
    execute!(
        tx,
        INSERT,
        partner.partner_id,
        partner.organization_id,
        partner.name.as_str(),
        partner.contact.as_str(),
        partner.purpose.as_str(),
        partner.scopes.as_str(),
        partner.requests_per_minute,
        partner.status,
        partner.secret_digest.as_deref(),
        partner.secret_renewed_at,
        Json(&partner.keys),
        partner.expires_at,
        partner.created_at,
        partner.updated_at,
        partner.version,
        partner.statutory_basis.as_deref(),
    )?;
    execute_rows!(tx, INSERT_NODES, lineage, |node| [
        *node,
        partner.created_at,
        partner.partner_id
    ])?;
    Ok(())
}

/// The partner of this id.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn find(tx: &mut Tx, id: PartnerId) -> Result<Option<Partner>, Problem> {
    fetch_optional!(tx, Partner, FIND, id)
}

/// Stores what can change, and gives the partner as it is now.
pub async fn save(tx: &mut Tx, partner: Partner) -> Result<Partner, Problem> {
    let saved = execute!(
        tx,
        SAVE,
        partner.partner_id,
        partner.version,
        partner.status,
        partner.secret_digest.as_deref(),
        partner.secret_renewed_at,
        Json(&partner.keys),
        partner.updated_at,
    )?;
    if saved == 1 {
        Ok(Partner { version: partner.version + 1, ..partner })
    } else {
        Err(Problem::of(Code::ChangedMeanwhile))
    }
}

/// The partners at a node and below.
pub async fn list(
    tx: &mut Tx,
    organization: OrganizationId,
    part: &Part,
) -> Result<Vec<Partner>, Problem> {
    fetch_part!(tx, Partner, [LATEST, EARLIEST], part, organization)
}

/// What a request needs to know of the partner who sends it.
#[derive(FromRow)]
pub struct Known {
    /// What it is called.
    pub name: String,
    /// The node that it sees, with everything below.
    pub organization_id: OrganizationId,
    scopes: String,
    /// How many requests it may send in a minute.
    pub requests_per_minute: i64,
    /// The number of the latest change to reference data.
    pub reference_version: i64,
}

impl Known {
    /// What it may read.
    #[must_use]
    pub fn scopes(&self) -> Vec<Scope> {
        Scope::read_list(&self.scopes)
    }
}

/// The partner, if it may read now.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn who_is(
    tx: &mut Tx,
    id: PartnerId,
    now: DateTime<Utc>,
) -> Result<Option<Known>, Problem> {
    fetch_optional!(tx, Known, WHO_IS, id, now)
}

/// Spends an assertion; `false` when it was spent before.
pub async fn spend(tx: &mut Tx, digest: &str, until: DateTime<Utc>) -> Result<bool, Problem> {
    Ok(execute!(tx, SPEND, digest, until)? == 1)
}

/// Whether any spent assertion had lapsed by this instant, so that it need not be known again.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn has_lapsed(tx: &mut Tx, by: DateTime<Utc>) -> Result<bool, Problem> {
    Ok(fetch_optional!(tx, (i64,), HAS_LAPSED, by)?.is_some())
}

/// Forgets up to `limit` spent assertions that had lapsed by this instant; says how many.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn forget_lapsed(tx: &mut Tx, by: DateTime<Utc>, limit: i64) -> Result<u64, Problem> {
    execute!(tx, FORGET_LAPSED, by, limit)
}
