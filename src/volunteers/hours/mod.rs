//! # Hours
//!
//! What was done, in whole minutes. A service record 服务记录 is written once per
//! assignment and never changed. Beside it one row per volunteer, team and station
//! adds up ([`tally`]): a total is read, never summed over history, and is right as
//! soon as the record is.

mod contract;
mod domain;
mod policy;
mod routes;
mod store;

pub use contract::{ServiceRecordPage, ServiceRecordView, TotalsView};
pub use domain::{NewServiceRecord, Provenance, Tally, TallyChange, credited_minutes};
pub use policy::{ReadRecords, ReadTotals};
pub use routes::configure;
pub use store::{Rating, STATEMENTS, rate, record, tallies_of, tally};

use self::store::Scope;
use crate::access::Caller;
use crate::ids::VolunteerId;
use crate::platform::db::Tx;
use crate::platform::db::range::Part;
use crate::problem::Problem;

/// The service records of a volunteer, as the caller reads them.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn records_of(
    tx: &mut Tx,
    volunteer: VolunteerId,
    part: &Part,
    caller: &Caller,
) -> Result<Vec<ServiceRecordView>, Problem> {
    store::list(tx, Scope::Volunteer(volunteer), part, caller).await
}
