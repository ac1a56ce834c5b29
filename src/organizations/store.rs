//! The SQL of organizations and their rules.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use sqlx::types::Json;

use super::directory::Version;
use super::domain::{Kind, OpenHours, Organization, SkillSet, SlotSet, Status};
use super::rules::RuleValue;
use crate::ids::{AccountId, OrganizationId, RuleId};
use crate::platform::db::Tx;
use crate::platform::db::range::{Part, earliest_first, fetch_part, latest_first};
use crate::platform::db::statements::{
    execute, execute_rows, fetch_all, fetch_optional, statements,
};
use crate::platform::geography::Point;
use crate::problem::{Code, Problem};

statements! {
    INSERT = "INSERT INTO organizations (organization_id, parent_id, kind, name, status, division_code, address, phone, latitude, longitude,
                     place_synthetic, radius_meters, skills, slots, accepts_dispatch, open_hours, created_at, updated_at, version, changed)
              VALUES {rows:20}";
    FIND = "SELECT organization_id, parent_id, kind, name, status, division_code, address, phone, latitude, longitude, place_synthetic,
                   radius_meters, skills, slots, accepts_dispatch, open_hours, created_at, updated_at, version
              FROM organizations WHERE organization_id = $1";
    /// The organization and everything above it; ends even where the tree runs in a circle.
    LINEAGE = "WITH RECURSIVE above (organization_id, parent_id, status) AS (
                   SELECT organization_id, parent_id, status FROM organizations WHERE organization_id = $1
                   UNION SELECT o.organization_id, o.parent_id, o.status FROM organizations o JOIN above a ON o.organization_id = a.parent_id)
               SELECT organization_id, status FROM above";
    CHANGED_SINCE = "SELECT organization_id, parent_id, kind, name, status, division_code, address, phone, latitude, longitude, place_synthetic,
                            radius_meters, skills, slots, accepts_dispatch, open_hours, created_at, updated_at, version
                       FROM organizations WHERE changed > $1";
    SAVE = "UPDATE organizations SET parent_id = $3, name = $4, status = $5, division_code = $6, address = $7, phone = $8, latitude = $9,
                   longitude = $10, radius_meters = $11, skills = $12, slots = $13, accepts_dispatch = $14, open_hours = $15,
                   updated_at = $16, changed = $17, place_synthetic = $18, version = version + 1
             WHERE organization_id = $1 AND version = $2";
    COUNT = "SELECT CAST(COUNT(*) AS BIGINT) FROM organizations";
    OPEN_WORK = "SELECT CAST(1 AS BIGINT) WHERE EXISTS (SELECT 1 FROM organizations WHERE parent_id = $1 AND status <> 'archived')
                    OR EXISTS (SELECT 1 FROM demands WHERE responsible_id = $1 AND state IN ('submitted', 'verified', 'dispatched', 'accepted', 'in_service', 'served', 'unfilled'))
                    OR EXISTS (SELECT 1 FROM dispatches WHERE organization_id = $1 AND state IN ('offered', 'accepted'))";
    INSERT_RULE = "INSERT INTO rules (rule_id, organization_id, name, value, effective_from, created_at, created_by, changed) VALUES {rows:8}";
    RULES_SINCE = "SELECT rule_id, organization_id, value, effective_from FROM rules WHERE changed > $1";
    LATEST_RULES = concat!("SELECT rule_id, organization_id, value, effective_from FROM rules WHERE organization_id = $1",
                           latest_first!("effective_from", "rule_id"));
    EARLIEST_RULES = concat!("SELECT rule_id, organization_id, value, effective_from FROM rules WHERE organization_id = $1",
                             earliest_first!("effective_from", "rule_id"));
    LATEST_OF_RULE = concat!("SELECT rule_id, organization_id, value, effective_from FROM rules WHERE organization_id = $1",
                             latest_first!(of "name", "effective_from", "rule_id"));
    EARLIEST_OF_RULE = concat!("SELECT rule_id, organization_id, value, effective_from FROM rules WHERE organization_id = $1",
                               earliest_first!(of "name", "effective_from", "rule_id"));
}

#[derive(FromRow)]
struct Row {
    organization_id: OrganizationId,
    parent_id: Option<OrganizationId>,
    kind: Kind,
    name: String,
    status: Status,
    division_code: Option<String>,
    address: Option<String>,
    phone: Option<String>,
    latitude: Option<f64>,
    longitude: Option<f64>,
    place_synthetic: bool,
    radius_meters: Option<i64>,
    skills: SkillSet,
    slots: SlotSet,
    accepts_dispatch: bool,
    open_hours: Json<Vec<OpenHours>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    version: i64,
}

impl From<Row> for Organization {
    fn from(row: Row) -> Self {
        let place = row.latitude.zip(row.longitude);
        Self {
            organization_id: row.organization_id,
            parent_id: row.parent_id,
            kind: row.kind,
            name: row.name,
            status: row.status,
            division_code: row.division_code,
            address: row.address,
            phone: row.phone,
            place: place.map(|(latitude, longitude)| Point { latitude, longitude }),
            place_synthetic: row.place_synthetic,
            radius_meters: row.radius_meters,
            skills: row.skills,
            slots: row.slots,
            accepts_dispatch: row.accepts_dispatch,
            open_hours: row.open_hours.0,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        }
    }
}

pub async fn insert_many(
    tx: &mut Tx,
    organizations: &[Organization],
    changed: i64,
) -> Result<(), Problem> {
    execute_rows!(tx, INSERT, organizations, |node| [
        node.organization_id,
        node.parent_id,
        node.kind,
        node.name.as_str(),
        node.status,
        node.division_code.as_deref(),
        node.address.as_deref(),
        node.phone.as_deref(),
        node.place.map(|place| place.latitude),
        node.place.map(|place| place.longitude),
        node.place_synthetic,
        node.radius_meters,
        node.skills,
        node.slots,
        node.accepts_dispatch,
        Json(&node.open_hours),
        node.created_at,
        node.updated_at,
        node.version,
        changed,
    ])?;
    Ok(())
}

pub async fn find(tx: &mut Tx, id: OrganizationId) -> Result<Option<Organization>, Problem> {
    Ok(fetch_optional!(tx, Row, FIND, id)?.map(Organization::from))
}

/// The organization and everything above it, with how each stands, as the transaction sees it.
pub async fn lineage(
    tx: &mut Tx,
    id: OrganizationId,
) -> Result<Vec<(OrganizationId, Status)>, Problem> {
    fetch_all!(tx, (OrganizationId, Status), LINEAGE, id)
}

pub async fn changed_since(tx: &mut Tx, since: i64) -> Result<Vec<Organization>, Problem> {
    let rows = fetch_all!(tx, Row, CHANGED_SINCE, since)?;
    Ok(rows.into_iter().map(Organization::from).collect())
}

/// Stores a changed organization over the version it was read at.
pub async fn save(tx: &mut Tx, node: &Organization, changed: i64) -> Result<(), Problem> {
    let saved = execute!(
        tx,
        SAVE,
        node.organization_id,
        node.version,
        node.parent_id,
        node.name.as_str(),
        node.status,
        node.division_code.as_deref(),
        node.address.as_deref(),
        node.phone.as_deref(),
        node.place.map(|place| place.latitude),
        node.place.map(|place| place.longitude),
        node.radius_meters,
        node.skills,
        node.slots,
        node.accepts_dispatch,
        Json(&node.open_hours),
        node.updated_at,
        changed,
        node.place_synthetic,
    )?;
    if saved == 1 { Ok(()) } else { Err(Problem::of(Code::ChangedMeanwhile)) }
}

pub async fn count(tx: &mut Tx) -> Result<i64, Problem> {
    Ok(fetch_optional!(tx, (i64,), COUNT)?.map_or(0, |(count,)| count))
}

/// Whether anything still hangs on the node or lies with it.
pub async fn has_open_work(tx: &mut Tx, id: OrganizationId) -> Result<bool, Problem> {
    Ok(fetch_optional!(tx, (i64,), OPEN_WORK, id)?.is_some())
}

#[derive(FromRow)]
struct RuleRow {
    rule_id: RuleId,
    organization_id: OrganizationId,
    value: Json<RuleValue>,
    effective_from: DateTime<Utc>,
}

impl From<RuleRow> for Version {
    fn from(row: RuleRow) -> Self {
        Self {
            rule_id: row.rule_id,
            organization_id: row.organization_id,
            value: row.value.0,
            effective_from: row.effective_from,
        }
    }
}

pub async fn insert_rules(
    tx: &mut Tx,
    versions: &[Version],
    now: DateTime<Utc>,
    author: Option<AccountId>,
    changed: i64,
) -> Result<(), Problem> {
    execute_rows!(tx, INSERT_RULE, versions, |version| [
        version.rule_id,
        version.organization_id,
        version.value.name(),
        Json(&version.value),
        version.effective_from,
        now,
        author,
        changed,
    ])?;
    Ok(())
}

pub async fn rules_since(tx: &mut Tx, since: i64) -> Result<Vec<Version>, Problem> {
    let rows = fetch_all!(tx, RuleRow, RULES_SINCE, since)?;
    Ok(rows.into_iter().map(Version::from).collect())
}

/// The versions of an organization's rules, or of one rule.
pub async fn list_rules(
    tx: &mut Tx,
    organization: OrganizationId,
    name: Option<&str>,
    part: &Part,
) -> Result<Vec<Version>, Problem> {
    let rows = match name {
        None => fetch_part!(tx, RuleRow, [LATEST_RULES, EARLIEST_RULES], part, organization),
        Some(name) => {
            fetch_part!(tx, RuleRow, [LATEST_OF_RULE, EARLIEST_OF_RULE], part, organization, name)
        }
    }?;
    Ok(rows.into_iter().map(Version::from).collect())
}
