//! The SQL of service records and tallies.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::contract::ServiceRecordView;
use super::domain::{NewServiceRecord, Provenance, Tally, TallyChange, merged};
use crate::access::Caller;
use crate::access::births::{Person, born_of};
use crate::ids::{
    AccountId, AssignmentId, DemandId, DispatchId, OrganizationId, ServiceRecordId, VolunteerId,
};
use crate::platform::db::Tx;
use crate::platform::db::range::{Part, earliest_first, fetch_part, latest_first};
use crate::platform::db::statements::{execute, execute_rows, fetch_listed, statements};
use crate::platform::values::ShownName;
use crate::platform::vault::{Keyring, Sealed};
use crate::problem::{Code, Language, Problem, UniqueMeans as _};

/// The records of a scope, a volunteer, a team or a station, with what people call the
/// volunteer, the demand and the item. LEFT JOIN, though each has his volunteer: it keeps SQLite
/// from beginning there.
macro_rules! of_scope {
    () => {
        concat!(
            "SELECT r.record_id, r.assignment_id, r.demand_id, r.volunteer_id, v.account_id, v.name AS volunteer_name, ",
            born_of!("v.account_id"),
            " AS born, r.team_id, r.area_id, r.started_at, r.ended_at, r.minutes, r.provenance, r.created_at, \
               d.number AS demand_number, i.name_zh AS item_zh, i.name_en AS item_en \
               FROM service_records r LEFT JOIN volunteers v ON v.volunteer_id = r.volunteer_id \
               JOIN demands d ON d.demand_id = r.demand_id LEFT JOIN catalog_items i ON i.catalog_item_id = d.catalog_item_id \
              WHERE r.{choice:volunteer_id|team_id|area_id} = $1"
        )
    };
}

statements! {
    INSERT = "INSERT INTO service_records (record_id, assignment_id, demand_id, county_id, volunteer_id, team_id, area_id, started_at,
                     ended_at, minutes, provenance, rule_id, recorded_by, created_at)
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    LATEST = concat!(of_scope!(), latest_first!("r.started_at", "r.record_id"));
    EARLIEST = concat!(of_scope!(), earliest_first!("r.started_at", "r.record_id"));
    /// Adds to what is there, without having read it: writers do not overwrite each other.
    TALLY = "INSERT INTO tallies (owner_id, minutes, services, ratings, rating_sum, solved, open_dispatches, last_asked_at)
             VALUES {rows:8}
             ON CONFLICT (owner_id) DO UPDATE SET minutes = tallies.minutes + excluded.minutes, services = tallies.services + excluded.services,
                    ratings = tallies.ratings + excluded.ratings, rating_sum = tallies.rating_sum + excluded.rating_sum,
                    solved = tallies.solved + excluded.solved, open_dispatches = tallies.open_dispatches + excluded.open_dispatches,
                    last_asked_at = COALESCE(excluded.last_asked_at, tallies.last_asked_at)";
    /// A judgment for everybody who had a part in the service: those who did it, the
    /// team and the station, each once, in one order for all writers.
    RATE = "INSERT INTO tallies (owner_id, minutes, services, ratings, rating_sum, solved, open_dispatches, last_asked_at)
            SELECT judged.owner_id, 0, 0, 1, $4, $5, 0, NULL
              FROM (SELECT volunteer_id AS owner_id FROM assignments WHERE dispatch_id = $1 AND state = 'done'
                    UNION SELECT $2 UNION SELECT $3) AS judged
             WHERE judged.owner_id IS NOT NULL ORDER BY judged.owner_id
            ON CONFLICT (owner_id) DO UPDATE SET ratings = tallies.ratings + 1, rating_sum = tallies.rating_sum + excluded.rating_sum,
                   solved = tallies.solved + excluded.solved";
    TALLIES_OF = "SELECT owner_id, minutes, services, ratings, rating_sum, solved, open_dispatches, last_asked_at
                    FROM tallies WHERE owner_id IN ({list})";
}

/// A judgment of the service that was brought on a dispatch.
pub struct Rating {
    /// The dispatch.
    pub dispatch_id: Option<DispatchId>,
    /// The team that brought it.
    pub team_id: Option<OrganizationId>,
    /// The organization in whose area it was brought.
    pub area_id: OrganizationId,
    /// 1 to 5.
    pub score: i64,
    /// Whether the matter is solved.
    pub solved: bool,
}

/// Adds a judgment to the tallies of those who served, the team and the station: one statement.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn rate(tx: &mut Tx, rating: &Rating) -> Result<(), Problem> {
    execute!(
        tx,
        RATE,
        rating.dispatch_id,
        rating.team_id,
        rating.area_id,
        rating.score,
        i64::from(rating.solved),
    )?;
    Ok(())
}

/// Writes a service record: one statement.
///
/// # Errors
/// `already_exists` when the assignment has its record already.
pub async fn record(tx: &mut Tx, record: &NewServiceRecord) -> Result<(), Problem> {
    execute!(
        tx,
        INSERT,
        record.record_id,
        record.assignment_id,
        record.demand_id,
        record.county_id,
        record.volunteer_id,
        record.team_id,
        record.area_id,
        record.started_at,
        record.ended_at,
        record.minutes,
        record.provenance,
        record.rule_id,
        record.recorded_by,
        record.created_at,
    )
    .unique_means(Code::AlreadyExists)
    .map_err(|problem| problem.about(record.assignment_id))?;
    Ok(())
}

/// Adds to the tallies of some owners: one statement. Owners are written in order,
/// so that transactions which share some of them wait for each other instead of
/// locking each other out; and once each, because PostgreSQL touches no row twice.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn tally(tx: &mut Tx, changes: &[TallyChange]) -> Result<(), Problem> {
    let changes = merged(changes);
    if changes.is_empty() {
        return Ok(());
    }
    execute_rows!(tx, TALLY, &changes, |change| [
        change.owner_id,
        change.minutes,
        change.services,
        change.ratings,
        change.rating_sum,
        change.solved,
        change.open_dispatches,
        change.last_asked_at,
    ])?;
    Ok(())
}

/// The tallies of some owners: one statement. Who has done nothing yet has none.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn tallies_of(tx: &mut Tx, ids: &[Uuid]) -> Result<HashMap<Uuid, Tally>, Problem> {
    let tallies = fetch_listed!(tx, Tally, TALLIES_OF, [ids])?;
    Ok(tallies.into_iter().map(|tally| (tally.owner_id, tally)).collect())
}

#[derive(FromRow)]
struct Row {
    record_id: ServiceRecordId,
    assignment_id: AssignmentId,
    demand_id: DemandId,
    volunteer_id: VolunteerId,
    account_id: AccountId,
    volunteer_name: String,
    born: Option<Sealed>,
    team_id: OrganizationId,
    area_id: OrganizationId,
    started_at: DateTime<Utc>,
    ended_at: DateTime<Utc>,
    minutes: i64,
    provenance: Provenance,
    created_at: DateTime<Utc>,
    demand_number: String,
    item_zh: Option<String>,
    item_en: Option<String>,
}

impl Row {
    fn shown(self, keyring: &Keyring, caller: &Caller) -> Result<ServiceRecordView, Problem> {
        let row = self;
        let volunteer_name = if caller.actor.account_id == row.account_id {
            ShownName::whole(&row.volunteer_name)
        } else {
            let (account, born) = (Some(row.account_id), row.born.as_ref());
            Person { account, born, at: row.started_at }.named(keyring, &row.volunteer_name)?
        };
        Ok(ServiceRecordView {
            record_id: row.record_id,
            assignment_id: row.assignment_id,
            demand_id: row.demand_id,
            volunteer_id: row.volunteer_id,
            volunteer_name,
            demand_number: row.demand_number,
            item_name: match caller.language {
                Language::Chinese => row.item_zh,
                Language::English => row.item_en,
            },
            team_id: row.team_id,
            team_name: caller.actor.name_of(row.team_id),
            area_id: row.area_id,
            area_name: caller.actor.name_of(row.area_id),
            started_at: row.started_at,
            ended_at: row.ended_at,
            minutes: row.minutes,
            provenance: row.provenance,
            created_at: row.created_at,
        })
    }
}

/// What a list is bound to.
#[derive(Clone, Copy)]
pub enum Scope {
    /// Whoever served.
    Volunteer(VolunteerId),
    /// The team with which he served.
    Team(OrganizationId),
    /// The organization in whose area he served.
    At(OrganizationId),
}

impl Scope {
    const fn column(self) -> &'static str {
        match self {
            Self::Volunteer(_) => "volunteer_id",
            Self::Team(_) => "team_id",
            Self::At(_) => "area_id",
        }
    }

    const fn id(self) -> Uuid {
        match self {
            Self::Volunteer(id) => id.0,
            Self::Team(id) | Self::At(id) => id.0,
        }
    }
}

/// The records of a scope.
pub async fn list(
    tx: &mut Tx,
    scope: Scope,
    part: &Part,
    caller: &Caller,
) -> Result<Vec<ServiceRecordView>, Problem> {
    let (column, id) = (scope.column(), scope.id());
    let rows = fetch_part!(tx, Row, [LATEST, EARLIEST], choosing column, part, id)?;
    rows.into_iter().map(|row| row.shown(tx.keyring(), caller)).collect()
}
