//! The SQL of the menu.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use sqlx::types::Json;

use super::domain::{CatalogItem, ItemClock, ItemStatus};
use crate::ids::{CatalogItemId, OrganizationId};
use crate::organizations::Skill;
use crate::platform::db::Tx;
use crate::platform::db::statements::{
    execute, execute_rows, fetch_all, fetch_optional, statements,
};
use crate::problem::{Code, Problem, UniqueMeans as _};

statements! {
    INSERT = "INSERT INTO catalog_items (catalog_item_id, organization_id, code, column_zh, column_en, name_zh, name_en, category, skill,
                     automatic, risk_zh, risk_en, clock, status, created_at, updated_at, version, changed) VALUES {rows:18}";
    FIND = "SELECT catalog_item_id, organization_id, code, column_zh, column_en, name_zh, name_en, category, skill, automatic, risk_zh, risk_en,
                   clock, status, created_at, updated_at, version FROM catalog_items WHERE catalog_item_id = $1";
    CHANGED_SINCE = "SELECT catalog_item_id, organization_id, code, column_zh, column_en, name_zh, name_en, category, skill, automatic, risk_zh,
                            risk_en, clock, status, created_at, updated_at, version FROM catalog_items WHERE changed > $1";
    SAVE = "UPDATE catalog_items SET column_zh = $3, column_en = $4, name_zh = $5, name_en = $6, category = $7, skill = $8, automatic = $9,
                   risk_zh = $10, risk_en = $11, clock = $12, status = $13, updated_at = $14, changed = $15, version = version + 1
             WHERE catalog_item_id = $1 AND version = $2";
}

#[derive(FromRow)]
struct Row {
    catalog_item_id: CatalogItemId,
    organization_id: OrganizationId,
    code: String,
    column_zh: String,
    column_en: String,
    name_zh: String,
    name_en: String,
    category: String,
    skill: Option<String>,
    automatic: bool,
    risk_zh: Option<String>,
    risk_en: Option<String>,
    clock: Option<Json<ItemClock>>,
    status: ItemStatus,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    version: i64,
}

impl From<Row> for CatalogItem {
    fn from(row: Row) -> Self {
        Self {
            catalog_item_id: row.catalog_item_id,
            organization_id: row.organization_id,
            code: row.code,
            column_zh: row.column_zh,
            column_en: row.column_en,
            name_zh: row.name_zh,
            name_en: row.name_en,
            category: row.category,
            skill: row.skill.as_deref().and_then(Skill::parse),
            automatic: row.automatic,
            risk_zh: row.risk_zh,
            risk_en: row.risk_en,
            clock: row.clock.map(|clock| clock.0),
            status: row.status,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        }
    }
}

pub async fn insert_many(tx: &mut Tx, items: &[CatalogItem], changed: i64) -> Result<(), Problem> {
    execute_rows!(tx, INSERT, items, |item| [
        item.catalog_item_id,
        item.organization_id,
        item.code.as_str(),
        item.column_zh.as_str(),
        item.column_en.as_str(),
        item.name_zh.as_str(),
        item.name_en.as_str(),
        item.category.as_str(),
        item.skill.map(Skill::code),
        item.automatic,
        item.risk_zh.as_deref(),
        item.risk_en.as_deref(),
        item.clock.map(Json),
        item.status,
        item.created_at,
        item.updated_at,
        item.version,
        changed,
    ])
    .unique_means(Code::AlreadyExists)?;
    Ok(())
}

pub async fn find(tx: &mut Tx, id: CatalogItemId) -> Result<Option<CatalogItem>, Problem> {
    Ok(fetch_optional!(tx, Row, FIND, id)?.map(CatalogItem::from))
}

pub async fn changed_since(tx: &mut Tx, since: i64) -> Result<Vec<CatalogItem>, Problem> {
    let rows = fetch_all!(tx, Row, CHANGED_SINCE, since)?;
    Ok(rows.into_iter().map(CatalogItem::from).collect())
}

pub async fn save(tx: &mut Tx, item: &CatalogItem, changed: i64) -> Result<(), Problem> {
    let saved = execute!(
        tx,
        SAVE,
        item.catalog_item_id,
        item.version,
        item.column_zh.as_str(),
        item.column_en.as_str(),
        item.name_zh.as_str(),
        item.name_en.as_str(),
        item.category.as_str(),
        item.skill.map(Skill::code),
        item.automatic,
        item.risk_zh.as_deref(),
        item.risk_en.as_deref(),
        item.clock.map(Json),
        item.status,
        item.updated_at,
        changed,
    )?;
    if saved == 1 { Ok(()) } else { Err(Problem::of(Code::ChangedMeanwhile)) }
}
