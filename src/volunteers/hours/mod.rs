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

pub use contract::{ServiceRecordView, TotalsView};
pub use domain::{NewServiceRecord, Provenance, Tally, TallyChange, credited_minutes};
pub use policy::{ReadRecords, ReadTotals};
pub use routes::configure;
pub use store::{Rating, STATEMENTS, rate, record, tallies_of, tally};
