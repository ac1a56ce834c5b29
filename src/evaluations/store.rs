//! The SQL of evaluations.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::domain::Evaluation;
use crate::ids::{AccountId, DemandId, EvaluationId, OrganizationId};
use crate::platform::db::Tx;
use crate::platform::db::statements::{execute, fetch_all, fetch_chosen, statements};
use crate::problem::{Code, Problem, UniqueMeans as _};

statements! {
    INSERT = "INSERT INTO evaluations (evaluation_id, demand_id, round, county_id, team_id, station_id, author_id, by_callback, solved,
                     score, punctuality, attitude, skill, words, created_at)
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
    OF_DEMAND = "SELECT evaluation_id, demand_id, round, county_id, team_id, station_id, author_id, by_callback, solved, score, punctuality,
                        attitude, skill, words, created_at
                   FROM evaluations WHERE demand_id = $1 ORDER BY round LIMIT 100";
    LATEST = "SELECT evaluation_id, demand_id, round, county_id, team_id, station_id, author_id, by_callback, solved, score, punctuality,
                     attitude, skill, words, created_at
                FROM evaluations WHERE {choice:team_id|station_id} = $1 AND (created_at, evaluation_id) < ($2, $3)
               ORDER BY created_at DESC, evaluation_id DESC LIMIT $4";
}

#[derive(FromRow)]
struct Row {
    evaluation_id: EvaluationId,
    demand_id: DemandId,
    round: i64,
    county_id: OrganizationId,
    team_id: Option<OrganizationId>,
    station_id: OrganizationId,
    author_id: AccountId,
    by_callback: bool,
    solved: bool,
    score: i64,
    punctuality: Option<i64>,
    attitude: Option<i64>,
    skill: Option<i64>,
    words: Option<String>,
    created_at: DateTime<Utc>,
}

impl From<Row> for Evaluation {
    fn from(row: Row) -> Self {
        Self {
            evaluation_id: row.evaluation_id,
            demand_id: row.demand_id,
            round: row.round,
            county_id: row.county_id,
            team_id: row.team_id,
            station_id: row.station_id,
            author_id: row.author_id,
            by_callback: row.by_callback,
            solved: row.solved,
            score: row.score,
            punctuality: row.punctuality,
            attitude: row.attitude,
            skill: row.skill,
            words: row.words,
            created_at: row.created_at,
        }
    }
}

/// Stores a judgment; a second one of the same round is refused.
pub async fn insert(tx: &mut Tx, one: &Evaluation) -> Result<(), Problem> {
    execute!(
        tx,
        INSERT,
        one.evaluation_id,
        one.demand_id,
        one.round,
        one.county_id,
        one.team_id,
        one.station_id,
        one.author_id,
        one.by_callback,
        one.solved,
        one.score,
        one.punctuality,
        one.attitude,
        one.skill,
        one.words.as_deref(),
        one.created_at,
    )
    .unique_means(Code::AlreadyExists)?;
    Ok(())
}

pub async fn of_demand(tx: &mut Tx, demand: DemandId) -> Result<Vec<Evaluation>, Problem> {
    let rows = fetch_all!(tx, Row, OF_DEMAND, demand)?;
    Ok(rows.into_iter().map(Evaluation::from).collect())
}

/// The judgments of a team or of a station, latest first.
pub async fn latest(
    tx: &mut Tx,
    organization: OrganizationId,
    is_team: bool,
    before: (DateTime<Utc>, Uuid),
    limit: i64,
) -> Result<Vec<Evaluation>, Problem> {
    let column = if is_team { "team_id" } else { "station_id" };
    let rows = fetch_chosen!(tx, Row, LATEST, [column], organization, before.0, before.1, limit)?;
    Ok(rows.into_iter().map(Evaluation::from).collect())
}
