//! Who may see and change the menu.

use super::domain::CatalogItem;
use super::store;
use crate::access::{Action, Actor, AtHand, Role, Subject};
use crate::ids::{CatalogItemId, OrganizationId};
use crate::platform::db::Tx;
use crate::problem::Problem;

/// The actions of this part, for the matrix of rights.
pub const ACTIONS: &[&str] = &[Read::NAME, Create::NAME, Replace::NAME, Archive::NAME];

/// The menu of one organization.
#[derive(Clone, Copy)]
pub struct MenuOf(pub OrganizationId);

impl AtHand for MenuOf {}

impl Subject for CatalogItem {
    type Id = CatalogItemId;

    async fn find(tx: &mut Tx, id: CatalogItemId) -> Result<Option<Self>, Problem> {
        store::find(tx, id).await
    }

    fn visible_to(&self, _: &Actor) -> bool {
        true
    }

    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
}

/// Read the menu: everybody who is signed in.
pub struct Read;
impl Action for Read {
    type Subject = MenuOf;
    const NAME: &'static str = "catalog.read";
    fn allows(_: &Actor, _: &MenuOf) -> bool {
        true
    }
}

/// Put an item on the menu of an organization.
pub struct Create;
impl Action for Create {
    type Subject = MenuOf;
    const NAME: &'static str = "catalog_item.create";
    fn allows(actor: &Actor, menu: &MenuOf) -> bool {
        actor.may(Role::Administrator, menu.0)
    }
}

/// Replace what an item says.
pub struct Replace;
impl Action for Replace {
    type Subject = CatalogItem;
    const NAME: &'static str = "catalog_item.replace";
    const NEEDS_VERSION: bool = true;
    fn allows(actor: &Actor, item: &CatalogItem) -> bool {
        actor.may(Role::Administrator, item.organization_id)
    }
}

/// Take an item off the menu.
pub struct Archive;
impl Action for Archive {
    type Subject = CatalogItem;
    const NAME: &'static str = "catalog_item.archive";
    fn allows(actor: &Actor, item: &CatalogItem) -> bool {
        actor.may(Role::Administrator, item.organization_id)
    }
}
