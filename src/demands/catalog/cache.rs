//! The menu in memory.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use futures_util::future::LocalBoxFuture;

use super::domain::{CatalogItem, ItemStatus};
use super::store;
use crate::ids::{CatalogItemId, OrganizationId};
use crate::organizations::Directory;
use crate::platform::db::Tx;
use crate::platform::reference::Cache;
use crate::problem::Problem;

/// This process's copy of the menu.
#[derive(Default)]
pub struct Catalog(RwLock<HashMap<CatalogItemId, Arc<CatalogItem>>>);

impl Catalog {
    /// The item of this id, archived or not.
    #[must_use]
    pub fn get(&self, id: CatalogItemId) -> Option<Arc<CatalogItem>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    /// The item of this id, if it can be ordered at `area`.
    #[must_use]
    pub fn orderable(
        &self,
        id: CatalogItemId,
        area: OrganizationId,
        directory: &Directory,
    ) -> Option<Arc<CatalogItem>> {
        self.get(id).filter(|item| {
            item.status == ItemStatus::Active && directory.is_within(area, item.organization_id)
        })
    }

    /// Everything that can be ordered at `area`, in the order of the menu.
    #[must_use]
    pub fn menu(&self, area: OrganizationId, directory: &Directory) -> Vec<Arc<CatalogItem>> {
        let above = directory.path(area);
        let items = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut menu: Vec<Arc<CatalogItem>> = items
            .values()
            .filter(|item| {
                item.status == ItemStatus::Active && above.contains(&item.organization_id)
            })
            .cloned()
            .collect();
        menu.sort_by_key(|item| (item.created_at, item.catalog_item_id));
        menu
    }
}

impl Cache for Catalog {
    fn catch_up<'a>(
        &'a self,
        tx: &'a mut Tx,
        since: i64,
    ) -> LocalBoxFuture<'a, Result<(), Problem>> {
        Box::pin(async move {
            let changed = store::changed_since(tx, since).await?;
            let mut items = self.0.write().unwrap_or_else(PoisonError::into_inner);
            items.extend(changed.into_iter().map(|item| (item.catalog_item_id, Arc::new(item))));
            Ok(())
        })
    }
}
