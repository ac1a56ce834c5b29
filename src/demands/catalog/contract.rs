//! What callers send and see of the menu.

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::domain::{CatalogItem, ItemClock, ItemStatus};
use crate::ids::{CatalogItemId, OrganizationId};
use crate::organizations::Skill;
use crate::platform::values::{Remark, Title, refusal};
use crate::problem::FieldCode;

/// An item as it is created or replaced.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewCatalogItem {
    /// A short name for programs, unique at the organization; never changes.
    #[serde(deserialize_with = "code")]
    #[schema(pattern = "^[a-z][a-z0-9_]{1,39}$", example = "appliance_repair")]
    pub code: String,
    /// The column of the menu it stands in, in Chinese.
    pub column_zh: Title,
    /// The same in English.
    pub column_en: Title,
    /// Its name in Chinese.
    pub name_zh: Title,
    /// Its name in English.
    pub name_en: Title,
    /// The national service category, four digits (服务类别).
    #[serde(deserialize_with = "category")]
    #[schema(pattern = "^[0-9]{4}$", example = "0001")]
    pub category: String,
    /// The skill it takes, if any.
    pub skill: Option<Skill>,
    /// Whether the system accepts and dispatches it by itself.
    pub automatic: bool,
    /// What risk it bears, in Chinese.
    pub risk_zh: Option<Remark>,
    /// The same in English.
    pub risk_en: Option<Remark>,
    /// Its clock, where it differs from that of the area.
    pub clock: Option<ItemClock>,
}

fn code<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let code = String::deserialize(deserializer)?;
    let rest = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_';
    let valid = (2..=40).contains(&code.len())
        && code.starts_with(|c: char| c.is_ascii_lowercase())
        && code.bytes().all(rest);
    if valid { Ok(code) } else { Err(refusal(FieldCode::WrongType, "a–z 0–9 _")) }
}

fn category<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let category = String::deserialize(deserializer)?;
    if category.len() == 4 && category.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(category);
    }
    Err(refusal(FieldCode::WrongType, "0001"))
}

/// Something that can be ordered.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CatalogItem)]
pub struct CatalogItemView {
    /// Its id.
    pub catalog_item_id: CatalogItemId,
    /// Where it is kept; it can be ordered there and below.
    pub organization_id: OrganizationId,
    /// A short name for programs.
    pub code: String,
    /// The column of the menu it stands in, in Chinese.
    pub column_zh: String,
    /// The same in English.
    pub column_en: String,
    /// Its name in Chinese.
    pub name_zh: String,
    /// Its name in English.
    pub name_en: String,
    /// The national service category.
    pub category: String,
    /// The skill it takes, if any.
    pub skill: Option<Skill>,
    /// Whether the system accepts and dispatches it by itself.
    pub automatic: bool,
    /// What risk it bears, in Chinese.
    pub risk_zh: Option<String>,
    /// The same in English.
    pub risk_en: Option<String>,
    /// Its clock, where it differs from that of the area.
    pub clock: Option<ItemClock>,
    /// Whether it can be ordered.
    pub status: ItemStatus,
    /// Counts its changes; 3 is `"v3"` in `If-Match`.
    pub version: i64,
}

impl From<&CatalogItem> for CatalogItemView {
    fn from(item: &CatalogItem) -> Self {
        Self {
            catalog_item_id: item.catalog_item_id,
            organization_id: item.organization_id,
            code: item.code.clone(),
            column_zh: item.column_zh.clone(),
            column_en: item.column_en.clone(),
            name_zh: item.name_zh.clone(),
            name_en: item.name_en.clone(),
            category: item.category.clone(),
            skill: item.skill,
            automatic: item.automatic,
            risk_zh: item.risk_zh.clone(),
            risk_en: item.risk_en.clone(),
            clock: item.clock,
            status: item.status,
            version: item.version,
        }
    }
}

/// Everything that can be ordered at an organization, in the order of the menu.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Menu {
    /// The items.
    pub items: Vec<CatalogItemView>,
}
