//! The SQL of a desk.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::demands::domain::{Channel, Demand, Urgency};
use crate::demands::store::{DemandRow, demand_columns};
use crate::ids::{CatalogItemId, OrganizationId};
use crate::platform::db::Tx;
use crate::platform::db::range::{Part, earliest_first, fetch_part, latest_first};
use crate::platform::db::statements::statements;
use crate::problem::Problem;

/// What a desk has on its hands and what fits: a range of the open work, never of history.
macro_rules! at_desk {
    () => {
        concat!(
            "SELECT desk_at, ",
            demand_columns!("demands"),
            " FROM demands WHERE responsible_id = $1 AND desk_at IS NOT NULL AND ($6 = '' OR urgency = $6) \
              AND ($7 = '' OR channel = $7) AND (catalog_item_id = $8 OR $8 IS NULL) AND desk_at > $9 AND desk_at <= $10"
        )
    };
}

statements! {
    LATEST = concat!(at_desk!(), latest_first!("desk_at", "demand_id"));
    EARLIEST = concat!(at_desk!(), earliest_first!("desk_at", "demand_id"));
}

/// Which of the open demands at a desk to list.
#[derive(Clone, Copy, Debug)]
pub struct DeskFilter {
    /// Only of this urgency.
    pub urgency: Option<Urgency>,
    /// Only those that came in this way.
    pub channel: Option<Channel>,
    /// Only those of this item of the menu.
    pub catalog_item_id: Option<CatalogItemId>,
    /// Only those to which the desk must have seen after this instant,
    pub due_after: DateTime<Utc>,
    /// and not after this one.
    pub due_until: DateTime<Utc>,
}

#[derive(FromRow)]
struct AtDeskRow {
    desk_at: DateTime<Utc>,
    #[sqlx(flatten)]
    demand: DemandRow,
}

/// The open demands at a desk, with when it must have seen to each.
pub async fn list(
    tx: &mut Tx,
    desk: OrganizationId,
    filter: DeskFilter,
    part: &Part,
) -> Result<Vec<(DateTime<Utc>, Demand)>, Problem> {
    let rows = fetch_part!(
        tx,
        AtDeskRow,
        [LATEST, EARLIEST],
        part,
        desk,
        filter.urgency.map_or("", Urgency::as_str),
        filter.channel.map_or("", Channel::as_str),
        filter.catalog_item_id,
        filter.due_after,
        filter.due_until
    )?;
    rows.into_iter().map(|row| Ok((row.desk_at, row.demand.open(tx.keyring())?))).collect()
}
