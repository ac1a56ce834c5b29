//! The SQL of roles.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::domain::{Grant, Period};
use crate::access::births::Person;
use crate::access::domain::Role;
use crate::ids::{AccountId, GrantId, OrganizationId};
use crate::platform::db::Tx;
use crate::platform::db::range::{Part, earliest_first, fetch_part, latest_first};
use crate::platform::db::statements::{execute, fetch_all, fetch_optional, statements};
use crate::platform::vault::{Keyring, Sealed};
use crate::problem::{Code, Problem};

statements! {
    /// Changes nothing, but that of two who give somebody a role and close his account at the same
    /// moment the later begins anew. Whoever reads the audit holds no other role: it would be his
    /// own doings that he reads. Whoever looks after security ($2) holds none that does not.
    MAY_HOLD_ROLE = "UPDATE accounts SET closed_at = closed_at WHERE account_id = $1 AND closed_at IS NULL
                        AND NOT EXISTS (SELECT 1 FROM grants g WHERE g.account_id = accounts.account_id
                                           AND g.role = 'audit_administrator' AND g.revoked_at IS NULL)
                     RETURNING EXISTS (SELECT 1 FROM grants g WHERE g.account_id = $1 AND g.revoked_at IS NULL
                                          AND (g.valid_until IS NULL OR g.valid_until > $3)
                                          AND (g.role = 'security_administrator') <> $2) AS has_other_duty";
    INSERT = "INSERT INTO grants (grant_id, account_id, organization_id, role, valid_from, valid_until, delegated_from, delegated_by)
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    FIND = "SELECT g.grant_id, g.account_id, a.name, a.born, g.organization_id, g.role, g.valid_from, g.valid_until, g.delegated_from, g.delegated_by
                    FROM grants g JOIN accounts a ON a.account_id = g.account_id WHERE g.grant_id = $1 AND g.revoked_at IS NULL";
    LATEST = concat!("SELECT g.grant_id, g.account_id, a.name, a.born, g.organization_id, g.role, g.valid_from, g.valid_until, g.delegated_from, g.delegated_by
                     FROM grants g JOIN accounts a ON a.account_id = g.account_id
                    WHERE g.organization_id = $1 AND g.revoked_at IS NULL AND ($6 = '' OR g.role = $6)",
                    latest_first!("g.valid_from", "g.grant_id"));
    EARLIEST = concat!("SELECT g.grant_id, g.account_id, a.name, a.born, g.organization_id, g.role, g.valid_from, g.valid_until, g.delegated_from, g.delegated_by
                     FROM grants g JOIN accounts a ON a.account_id = g.account_id
                    WHERE g.organization_id = $1 AND g.revoked_at IS NULL AND ($6 = '' OR g.role = $6)",
                    earliest_first!("g.valid_from", "g.grant_id"));
    /// Roles at a node and below whose holders have done nothing since $2: what somebody did
    /// last is in the audit, so that nothing has to be written when he does it. CROSS JOIN keeps
    /// SQLite from looking through all roles first.
    UNUSED = "WITH RECURSIVE below (organization_id) AS (
                  SELECT organization_id FROM organizations WHERE organization_id = $1
                   UNION ALL
                  SELECT o.organization_id FROM below CROSS JOIN organizations o WHERE o.parent_id = below.organization_id)
              SELECT g.grant_id, g.account_id, a.name, a.born, g.organization_id, g.role, g.valid_from, g.valid_until,
                     g.delegated_from, g.delegated_by,
                     (SELECT MAX(s.at) FROM seals s WHERE s.actor_id = g.account_id) AS last_used_at
                FROM below CROSS JOIN grants g CROSS JOIN accounts a
               WHERE g.organization_id = below.organization_id AND a.account_id = g.account_id
                 AND g.revoked_at IS NULL AND (g.valid_until IS NULL OR g.valid_until > $3) AND g.valid_from < $2
                 AND NOT EXISTS (SELECT 1 FROM seals s WHERE s.actor_id = g.account_id AND s.at >= $2)
               ORDER BY g.valid_from, g.grant_id LIMIT $4";
    /// Changes nothing, but that of two who delegate it and take it away at the same moment the
    /// later begins anew.
    MEET = "UPDATE grants SET revoked_at = NULL WHERE grant_id = $1 AND revoked_at IS NULL";
    /// With those that were delegated from it.
    REVOKE = "UPDATE grants SET revoked_at = $2 WHERE (grant_id = $1 OR delegated_from = $1) AND revoked_at IS NULL
              RETURNING grant_id, account_id, organization_id, role, valid_from, valid_until, delegated_from, delegated_by";
    /// When somebody stands in for the same role of the same holder, since $5; what was taken away
    /// lasted until then.
    PERIODS_NEAR = "SELECT valid_from, CASE WHEN revoked_at < valid_until THEN revoked_at ELSE valid_until END AS valid_until FROM grants
                     WHERE account_id = $1 AND delegated_by = $2 AND role = $3 AND organization_id IS NOT DISTINCT FROM $4
                       AND valid_from >= $5 AND (revoked_at IS NULL OR revoked_at > valid_from)";
    /// Where somebody works by a role of his own.
    WORKPLACES = "SELECT organization_id FROM grants
                   WHERE account_id = $1 AND delegated_from IS NULL AND revoked_at IS NULL
                     AND valid_from <= $2 AND (valid_until IS NULL OR valid_until > $2)";
}

/// Whether an account is there that may be given a role, and if so, whether it holds another one
/// that does not go together with this.
pub async fn has_other_duty(
    tx: &mut Tx,
    id: AccountId,
    role: Role,
    now: DateTime<Utc>,
) -> Result<Option<bool>, Problem> {
    let secures = role == Role::SecurityAdministrator;
    let row = fetch_optional!(tx, (bool,), MAY_HOLD_ROLE, id, secures, now)?;
    Ok(row.map(|(has_other_duty,)| has_other_duty))
}

/// Where somebody works by a role of his own; `None` is everywhere.
pub async fn workplaces(
    tx: &mut Tx,
    id: AccountId,
    now: DateTime<Utc>,
) -> Result<Vec<Option<OrganizationId>>, Problem> {
    let rows = fetch_all!(tx, (Option<OrganizationId>,), WORKPLACES, id, now)?;
    Ok(rows.into_iter().map(|(node,)| node).collect())
}

/// The times in which somebody stands in for the same role of the same holder, as far as this one
/// can go on with them.
pub async fn periods_near(tx: &mut Tx, delegated: &Grant) -> Result<Vec<Period>, Problem> {
    let (who, for_whom) = (delegated.account_id, delegated.delegated_by);
    let (node, since) = (delegated.organization_id, delegated.earliest_before());
    fetch_all!(tx, Period, PERIODS_NEAR, who, for_whom, delegated.role, node, since)
}

pub async fn insert(tx: &mut Tx, grant: &Grant) -> Result<(), Problem> {
    execute!(
        tx,
        INSERT,
        grant.grant_id,
        grant.account_id,
        grant.organization_id,
        grant.role,
        grant.valid_from,
        grant.valid_until,
        grant.delegated_from,
        grant.delegated_by,
    )?;
    Ok(())
}

/// A grant with the name of its holder.
#[derive(Clone, FromRow)]
pub struct GrantRow {
    #[sqlx(flatten)]
    pub grant: Grant,
    pub name: String,
    born: Option<Sealed>,
}

impl GrantRow {
    /// With the name as others read it.
    fn named(mut self, keyring: &Keyring) -> Result<Self, Problem> {
        let (account, at) = (Some(self.grant.account_id), self.grant.valid_from);
        let holder = Person { account, born: self.born.as_ref(), at };
        self.name = holder.named(keyring, &self.name)?.into();
        Ok(self)
    }
}

pub async fn find(tx: &mut Tx, id: GrantId) -> Result<Option<GrantRow>, Problem> {
    let row = fetch_optional!(tx, GrantRow, FIND, id)?;
    row.map(|row| row.named(tx.keyring())).transpose()
}

/// The roles that are held at a node, or one of them.
pub async fn list(
    tx: &mut Tx,
    organization: OrganizationId,
    role: Option<Role>,
    part: &Part,
) -> Result<Vec<GrantRow>, Problem> {
    let role = role.map_or("", Role::as_str);
    let rows = fetch_part!(tx, GrantRow, [LATEST, EARLIEST], part, organization, role)?;
    rows.into_iter().map(|row| row.named(tx.keyring())).collect()
}

/// A grant, and when its holder did anything last.
#[derive(FromRow)]
pub struct UnusedRow {
    #[sqlx(flatten)]
    pub grant: GrantRow,
    pub last_used_at: Option<DateTime<Utc>>,
}

/// Up to `limit` roles at a node and below that nobody has used since then, those first that
/// are held longest.
pub async fn unused(
    tx: &mut Tx,
    node: OrganizationId,
    since: DateTime<Utc>,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<UnusedRow>, Problem> {
    let rows = fetch_all!(tx, UnusedRow, UNUSED, node, since, now, limit)?;
    let named = |UnusedRow { grant, last_used_at }: UnusedRow| {
        Ok(UnusedRow { grant: grant.named(tx.keyring())?, last_used_at })
    };
    rows.into_iter().map(named).collect()
}

/// Says that something follows from this grant, if it still stands.
///
/// # Errors
/// `not_found` when it was taken away meanwhile.
pub async fn meet(tx: &mut Tx, id: GrantId) -> Result<(), Problem> {
    if execute!(tx, MEET, id)? == 1 { Ok(()) } else { Err(Problem::of(Code::NotFound)) }
}

/// Takes a grant away, and with it whoever stands in by it; gives all that are gone.
pub async fn revoke(tx: &mut Tx, id: GrantId, now: DateTime<Utc>) -> Result<Vec<Grant>, Problem> {
    fetch_all!(tx, Grant, REVOKE, id, now)
}
