//! The SQL of putting out what is personal of demands that have ended. What is counted, when it
//! was, where it lay and how it ended stays: nobody's figures change.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::private::PutOut;
use crate::demands::domain::State;
use crate::ids::{AccountId, DemandId, OrganizationId};
use crate::platform::db::Tx;
use crate::platform::db::statements::{execute, fetch_all, statements};
use crate::platform::vault::Sealed;
use crate::problem::Problem;

statements! {
    /// The numbers of what somebody has ordered that has not ended.
    OPEN_OF = "SELECT number FROM demands WHERE requester_id = $1
                  AND state IN ('submitted', 'verified', 'dispatched', 'accepted', 'in_service', 'served', 'evaluated', 'unfilled') LIMIT $2";
    /// What somebody has ordered, in the order of time.
    ORDERED_BY = "SELECT demand_id, placed_at, state, erased_at, place FROM demands
                   WHERE requester_id = $1 AND (placed_at, demand_id) > ($2, $3) ORDER BY placed_at, demand_id LIMIT $4";
    /// What has ended in a county before an instant and still says of whom it was.
    ENDED = "SELECT demand_id, place FROM demands WHERE county_id = $1 AND erased_at IS NULL
                AND state IN ('refused', 'closed', 'cancelled', 'transferred') AND updated_at < $2 ORDER BY updated_at LIMIT $3";
    COUNT_ENDED = "SELECT CAST(1 AS BIGINT) FROM demands WHERE county_id = $1 AND erased_at IS NULL
                AND state IN ('refused', 'closed', 'cancelled', 'transferred') AND updated_at < $2 LIMIT $3";
    /// Once, and only what has ended.
    ERASE = "UPDATE demands SET recipient_name = $2, recipient_phone = $3, content = $4, risk = $5, address = $6, place = $7,
                    recipient_age = NULL, reason = NULL, caller_index = NULL, erased_at = $8, version = version + 1
              WHERE demand_id = $1 AND erased_at IS NULL AND state IN ('refused', 'closed', 'cancelled', 'transferred')";
}

#[derive(FromRow)]
struct OrderedRow {
    demand_id: DemandId,
    placed_at: DateTime<Utc>,
    state: State,
    erased_at: Option<DateTime<Utc>>,
    place: Sealed,
}

/// What has become of a page of somebody's orders.
#[derive(Debug, Default)]
pub struct ErasedPage {
    /// Those that say nothing of him any more.
    pub erased: Vec<DemandId>,
    /// Where the next page begins; nothing after the last one.
    pub next: Option<(DateTime<Utc>, Uuid)>,
    /// Whether something on it has not ended, and stays until it has.
    pub open: bool,
}

/// The numbers of up to `limit` orders of somebody that have not ended.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn open_of(tx: &mut Tx, account: AccountId, limit: i64) -> Result<Vec<String>, Problem> {
    let rows = fetch_all!(tx, (String,), OPEN_OF, account, limit)?;
    Ok(rows.into_iter().map(|(number,)| number).collect())
}

/// Puts out what is personal of a page of somebody's orders, from behind a place in time.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn erase_page(
    tx: &mut Tx,
    account: AccountId,
    (at, id): (DateTime<Utc>, Uuid),
    limit: i64,
    now: DateTime<Utc>,
) -> Result<ErasedPage, Problem> {
    let rows = fetch_all!(tx, OrderedRow, ORDERED_BY, account, at, id, limit)?;
    let is_full = i64::try_from(rows.len()).is_ok_and(|count| count >= limit);
    let last = rows.last().map(|row| (row.placed_at, row.demand_id.0));
    let mut page = ErasedPage { next: last.filter(|_| is_full), ..ErasedPage::default() };
    for row in rows {
        if row.state.is_open() {
            page.open = true;
        } else if row.erased_at.is_none() {
            let out = PutOut::of(tx.keyring(), row.demand_id, &row.place)?;
            if put_out(tx, row.demand_id, out, now).await? {
                page.erased.push(row.demand_id);
            }
        }
    }
    Ok(page)
}

#[derive(FromRow)]
struct EndedRow {
    demand_id: DemandId,
    place: Sealed,
}

/// How many orders of a county ended before an instant and still say of whom they were,
/// counted up to `limit`.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn count_ended(
    tx: &mut Tx,
    county: OrganizationId,
    before: DateTime<Utc>,
    limit: i64,
) -> Result<i64, Problem> {
    let rows = fetch_all!(tx, (i64,), COUNT_ENDED, county, before, limit)?;
    Ok(i64::try_from(rows.len()).unwrap_or(i64::MAX))
}

/// Puts out what is personal of up to `limit` orders of a county that ended before an instant,
/// those first that ended first; gives them. One whose place does not open stays as it is, and
/// keeps none of the others.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn erase_ended(
    tx: &mut Tx,
    county: OrganizationId,
    before: DateTime<Utc>,
    limit: i64,
    now: DateTime<Utc>,
) -> Result<Vec<DemandId>, Problem> {
    let mut erased = Vec::new();
    for row in fetch_all!(tx, EndedRow, ENDED, county, before, limit)? {
        match PutOut::of(tx.keyring(), row.demand_id, &row.place) {
            Ok(out) => {
                if put_out(tx, row.demand_id, out, now).await? {
                    erased.push(row.demand_id);
                }
            }
            Err(problem) => log::error!("demand {} is not put out: {problem}", row.demand_id),
        }
    }
    Ok(erased)
}

async fn put_out(
    tx: &mut Tx,
    id: DemandId,
    out: PutOut,
    now: DateTime<Utc>,
) -> Result<bool, Problem> {
    let erased = execute!(
        tx,
        ERASE,
        id,
        out.name,
        out.phone,
        out.content,
        out.risk,
        out.address,
        out.place,
        now
    )?;
    Ok(erased == 1)
}
