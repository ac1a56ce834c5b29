//! Whom a call 招募令 is told to. Everybody in the county who has the skill finds it in his list
//! and may take a place; told are the nearest of those who let the system choose them, go as far
//! as the place, have time when help is wanted and are not promised elsewhere then.

use chrono::{DateTime, Utc};

use super::candidates::wanted_slots;
use crate::demands;
use crate::ids::{AccountId, DemandId};
use crate::organizations::Directory;
use crate::platform::db::Tx;
use crate::problem::Problem;
use crate::volunteers::{self, Wanted};

/// How many volunteers one call is told to.
const CALLED: usize = 30;

/// The accounts of those to whom a call for this demand is told, the nearest first.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn called(
    tx: &mut Tx,
    directory: &Directory,
    demand: DemandId,
    now: DateTime<Utc>,
) -> Result<Vec<AccountId>, Problem> {
    let Some(demand) = demands::find(tx, demand).await? else { return Ok(Vec::new()) };
    let wanted = Wanted {
        county_id: demand.county_id,
        place: demand.place,
        skill: demand.skill,
        slots: wanted_slots(&demand, directory, now),
        busy: demand.busy(now),
    };
    let fitting = volunteers::nearest_fitting(tx, &wanted, CALLED).await?;
    Ok(fitting.into_iter().map(|volunteer| volunteer.account_id).collect())
}
