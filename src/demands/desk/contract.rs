//! What callers ask a desk for.

use crate::demands::domain::{Channel, Urgency};
use crate::ids::CatalogItemId;
use crate::platform::http::page::list_query;

list_query! {
    /// Which of the open demands at a desk to list: the one due soonest first, or last.
    DeskQuery in order of EarliestFirst {
        /// Only those whose time is over, or only the others.
        overdue: Option<bool>,
        /// Only this urgency.
        #[param(inline)]
        urgency: Option<Urgency>,
        /// Only those that came in this way.
        #[param(inline)]
        channel: Option<Channel>,
        /// Only those of this item of the menu.
        catalog_item_id: Option<CatalogItemId>,
    }
}
