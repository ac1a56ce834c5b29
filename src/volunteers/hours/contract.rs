//! What callers see of hours.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::domain::{Provenance, Tally};
use crate::ids::{AssignmentId, DemandId, OrganizationId, ServiceRecordId, VolunteerId};
use crate::platform::http::page::{list_query, page};
use crate::platform::values::ShownName;

/// What a volunteer, a team or everything below a node has done so far.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Totals)]
pub struct TotalsView {
    /// Credited minutes.
    #[schema(example = 7200)]
    pub minutes: i64,
    /// Services.
    #[schema(example = 48)]
    pub services: i64,
    /// The average score from 1 to 5, to two digits; null before the first evaluation.
    #[schema(example = 4.85)]
    pub average_rating: Option<f64>,
    /// How many evaluations.
    #[schema(example = 40)]
    pub ratings: i64,
    /// How many of them said that the matter is solved.
    #[schema(example = 39)]
    pub solved: i64,
}

impl From<&Tally> for TotalsView {
    fn from(tally: &Tally) -> Self {
        Self {
            minutes: tally.minutes,
            services: tally.services,
            average_rating: (tally.ratings > 0).then(|| average(tally.rating_sum, tally.ratings)),
            ratings: tally.ratings,
            solved: tally.solved,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "two digits are shown of numbers far below 2^52")]
fn average(sum: i64, count: i64) -> f64 {
    (sum as f64 / count as f64 * 100.0).round() / 100.0
}

/// Minutes that a volunteer has served; never changed afterwards.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ServiceRecord)]
pub struct ServiceRecordView {
    /// Its id.
    pub record_id: ServiceRecordId,
    /// The assignment that was served.
    pub assignment_id: AssignmentId,
    /// The demand.
    pub demand_id: DemandId,
    /// Whoever served.
    pub volunteer_id: VolunteerId,
    /// His name; of a minor masked, but for himself.
    pub volunteer_name: ShownName,
    /// Its number for people.
    pub demand_number: String,
    /// What was ordered from the menu, by its name there.
    pub item_name: Option<String>,
    /// With which team.
    pub team_id: OrganizationId,
    /// Its name.
    pub team_name: String,
    /// The organization in whose area it was brought.
    pub area_id: OrganizationId,
    /// Its name.
    pub area_name: String,
    /// When the service began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: DateTime<Utc>,
    /// The credited minutes.
    pub minutes: i64,
    /// How the times are known.
    pub provenance: Provenance,
    /// When it was written.
    pub created_at: DateTime<Utc>,
}

page!(
    /// A page of service records.
    ServiceRecordPage of ServiceRecordView
);

list_query! {
    /// Which service records to list.
    ServiceRecordQuery in order of LatestFirst {}
    /// Only those of services that began at this instant or later.
    started_from..
    /// Only those of services that began before this instant.
    started_until
}
