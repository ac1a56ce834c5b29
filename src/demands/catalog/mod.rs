//! # The menu 服务清单
//!
//! What can be ordered: each item says which skill it takes, which clock it runs
//! on, and whether the system may accept and dispatch it by itself. An item is
//! kept at an organization and can be ordered everywhere below it. Like the tree,
//! the menu is read by every order and kept in memory ([`Catalog`]).

mod cache;
mod contract;
mod domain;
mod policy;
mod routes;
mod store;

pub use cache::Catalog;
pub use contract::CatalogItemView;
pub use domain::{CatalogItem, ItemClock, ItemStatus};
pub use policy::ACTIONS;
pub use routes::configure;
pub use store::STATEMENTS;

use crate::platform::db::Tx;
use crate::platform::reference;
use crate::problem::Problem;

/// Loads many items at once: for the demo.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn load(tx: &mut Tx, items: &[CatalogItem]) -> Result<(), Problem> {
    let changed = reference::next_version(tx).await?;
    store::insert_many(tx, items, changed).await
}
