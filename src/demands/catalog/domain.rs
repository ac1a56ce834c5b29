//! An item of the menu.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ids::{CatalogItemId, OrganizationId};
use crate::organizations::Skill;
use crate::organizations::rules::SpanRule;
use crate::problem::Language;

/// Whether an item can be ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
#[schema(as = CatalogItemStatus)]
pub enum ItemStatus {
    /// It can be ordered.
    Active,
    /// It cannot be ordered any more.
    Archived,
}

/// The clock of an item, where it differs from that of the area.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ItemClock {
    /// Until somebody has accepted it.
    pub respond: Option<SpanRule>,
    /// Until it has been served.
    pub handle: Option<SpanRule>,
}

/// Something that can be ordered.
#[derive(Clone, Debug)]
pub struct CatalogItem {
    /// Its id.
    pub catalog_item_id: CatalogItemId,
    /// Where it is kept; it can be ordered there and below.
    pub organization_id: OrganizationId,
    /// A short name for programs, unique at the organization.
    pub code: String,
    /// The column of the menu it stands in, in Chinese.
    pub column_zh: String,
    /// The same in English.
    pub column_en: String,
    /// Its name in Chinese.
    pub name_zh: String,
    /// Its name in English.
    pub name_en: String,
    /// The national service category (服务类别, domain.md c1).
    pub category: String,
    /// The skill it takes, if any.
    pub skill: Option<Skill>,
    /// Whether the system accepts and dispatches it by itself.
    pub automatic: bool,
    /// What risk it bears, in Chinese (Order 685 art. 12 and 13).
    pub risk_zh: Option<String>,
    /// The same in English.
    pub risk_en: Option<String>,
    /// Its clock, where it differs from that of the area.
    pub clock: Option<ItemClock>,
    /// Whether it can be ordered.
    pub status: ItemStatus,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
    /// Counts its changes.
    pub version: i64,
}

impl CatalogItem {
    /// Its name in a language.
    #[must_use]
    pub fn name(&self, language: Language) -> &str {
        match language {
            Language::Chinese => &self.name_zh,
            Language::English => &self.name_en,
        }
    }

    /// Whether it needs a specialist that a person has to find: such demands go
    /// to the county center (domain.md 1.2).
    #[must_use]
    pub const fn needs_specialist(&self) -> bool {
        !self.automatic && self.skill.is_some()
    }
}
