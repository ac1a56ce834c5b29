//! The SQL of evaluations.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::domain::{Evaluation, Filter};
use crate::ids::{AccountId, DemandId, EvaluationId, OrganizationId};
use crate::organizations::Area;
use crate::platform::db::Tx;
use crate::platform::db::range::{Part, earliest_first, fetch_part, latest_first};
use crate::platform::db::statements::{execute, fetch_all, fetch_listed, statements};
use crate::platform::vault::{Field, Keyring, Sealed};
use crate::problem::{Code, Problem, UniqueMeans as _};

/// What somebody says of the help.
const WORDS: Field = Field::of("evaluations", "words");

/// What a list reads, and what it is bound to: one of the areas, the team, or the
/// very organization in whose area it was brought.
macro_rules! listed {
    () => {
        "SELECT evaluation_id, demand_id, round, county_id, team_id, area_id, author_id, by_callback, solved, score, punctuality, \
                attitude, skill, words, created_at, \
                (SELECT d.number FROM demands d WHERE d.demand_id = evaluations.demand_id) AS demand_number \
           FROM evaluations WHERE {choice:ancestor_1|ancestor_2|ancestor_3|ancestor_4|ancestor_5|team_id|area_id} = $1"
    };
}

/// What a person has written himself.
macro_rules! by_author {
    () => {
        "SELECT evaluation_id, demand_id, round, county_id, team_id, area_id, author_id, by_callback, solved, score, punctuality, \
                attitude, skill, words, created_at, \
                (SELECT d.number FROM demands d WHERE d.demand_id = evaluations.demand_id) AS demand_number \
           FROM evaluations WHERE author_id = $1 AND NOT by_callback"
    };
}

statements! {
    /// What lies above it is what lay above its demand.
    INSERT = "INSERT INTO evaluations (evaluation_id, demand_id, round, county_id, team_id, area_id, author_id, by_callback, solved,
                     score, punctuality, attitude, skill, words, created_at, poor, ancestor_1, ancestor_2, ancestor_3, ancestor_4, ancestor_5)
              SELECT $1, d.demand_id, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
                     d.ancestor_1, d.ancestor_2, d.ancestor_3, d.ancestor_4, d.ancestor_5
                FROM demands d WHERE d.demand_id = $2";
    OF_DEMAND = "SELECT evaluation_id, demand_id, round, county_id, team_id, area_id, author_id, by_callback, solved, score, punctuality,
                        attitude, skill, words, created_at,
                        (SELECT d.number FROM demands d WHERE d.demand_id = evaluations.demand_id) AS demand_number
                   FROM evaluations WHERE demand_id = $1 ORDER BY round LIMIT 100";
    LATEST = concat!(listed!(), " AND solved IN ($6, $7) AND score BETWEEN $8 AND $9", latest_first!("created_at", "evaluation_id"));
    EARLIEST = concat!(listed!(), " AND solved IN ($6, $7) AND score BETWEEN $8 AND $9", earliest_first!("created_at", "evaluation_id"));
    /// What a person has written himself; what clerks write down is said by others.
    LATEST_BY = concat!(by_author!(), latest_first!("created_at", "evaluation_id"));
    EARLIEST_BY = concat!(by_author!(), earliest_first!("created_at", "evaluation_id"));
    ERASE_WORDS = "UPDATE evaluations SET words = NULL WHERE words IS NOT NULL AND demand_id IN ({list}) RETURNING evaluation_id";
    /// Those that are `poor` have an index of their own, because they are few and looked for.
    LATEST_POOR = concat!(listed!(), " AND poor AND solved IN ($7, $8) AND score BETWEEN $9 AND $10",
                          latest_first!(of "poor", "created_at", "evaluation_id"));
    EARLIEST_POOR = concat!(listed!(), " AND poor AND solved IN ($7, $8) AND score BETWEEN $9 AND $10",
                            earliest_first!(of "poor", "created_at", "evaluation_id"));
}

#[derive(FromRow)]
struct Row {
    evaluation_id: EvaluationId,
    demand_id: DemandId,
    demand_number: String,
    round: i64,
    county_id: OrganizationId,
    team_id: Option<OrganizationId>,
    area_id: OrganizationId,
    author_id: AccountId,
    by_callback: bool,
    solved: bool,
    score: i64,
    punctuality: Option<i64>,
    attitude: Option<i64>,
    skill: Option<i64>,
    words: Option<Sealed>,
    created_at: DateTime<Utc>,
}

impl Row {
    /// The judgment, with what is sealed of it opened.
    fn open(self, keyring: &Keyring) -> Result<Evaluation, Problem> {
        let row = self;
        Ok(Evaluation {
            evaluation_id: row.evaluation_id,
            demand_id: row.demand_id,
            demand_number: row.demand_number,
            round: row.round,
            county_id: row.county_id,
            team_id: row.team_id,
            area_id: row.area_id,
            author_id: row.author_id,
            by_callback: row.by_callback,
            solved: row.solved,
            score: row.score,
            punctuality: row.punctuality,
            attitude: row.attitude,
            skill: row.skill,
            words: keyring.perhaps_open(WORDS, row.evaluation_id.0, row.words.as_ref())?,
            created_at: row.created_at,
        })
    }
}

/// These judgments, opened.
fn opened(tx: &Tx, rows: Vec<Row>) -> Result<Vec<Evaluation>, Problem> {
    rows.into_iter().map(|row| row.open(tx.keyring())).collect()
}

/// Stores a judgment; a second one of the same round is refused.
pub async fn insert(tx: &mut Tx, one: &Evaluation) -> Result<(), Problem> {
    let words = tx.keyring().perhaps_seal(WORDS, one.evaluation_id.0, one.words.as_deref())?;
    execute!(
        tx,
        INSERT,
        one.evaluation_id,
        one.demand_id,
        one.round,
        one.county_id,
        one.team_id,
        one.area_id,
        one.author_id,
        one.by_callback,
        one.solved,
        one.score,
        one.punctuality,
        one.attitude,
        one.skill,
        words,
        one.created_at,
        one.is_poor(),
    )
    .unique_means(Code::AlreadyExists)?;
    Ok(())
}

pub async fn of_demand(tx: &mut Tx, demand: DemandId) -> Result<Vec<Evaluation>, Problem> {
    let rows = fetch_all!(tx, Row, OF_DEMAND, demand)?;
    opened(tx, rows)
}

/// Puts out the words in which these demands were judged; scores stay.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn erase_words(tx: &mut Tx, demands: &[DemandId]) -> Result<(), Problem> {
    if !demands.is_empty() {
        fetch_listed!(tx, (EvaluationId,), ERASE_WORDS, [demands])?;
    }
    Ok(())
}

/// What a person has written himself.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn written_by(
    tx: &mut Tx,
    author: AccountId,
    part: &Part,
) -> Result<Vec<Evaluation>, Problem> {
    let rows = fetch_part!(tx, Row, [LATEST_BY, EARLIEST_BY], part, author)?;
    opened(tx, rows)
}

/// What a list is bound to.
#[derive(Clone, Copy)]
pub enum Scope {
    /// An organization with everything below it.
    Area(Area),
    /// The team that brought the help.
    Team(OrganizationId),
    /// The organization in whose area it was brought.
    At(OrganizationId),
}

impl Scope {
    const fn column(self) -> &'static str {
        match self {
            Self::Area(area) => area.column(),
            Self::Team(_) => "team_id",
            Self::At(_) => "area_id",
        }
    }

    const fn id(self) -> OrganizationId {
        match self {
            Self::Area(area) => area.id,
            Self::Team(id) | Self::At(id) => id,
        }
    }
}

/// The judgments of a scope that fit.
pub async fn list(
    tx: &mut Tx,
    scope: Scope,
    filter: &Filter,
    part: &Part,
) -> Result<Vec<Evaluation>, Problem> {
    let (column, id) = (scope.column(), scope.id());
    // Both answers, or the wanted one twice.
    let (one, other) = (filter.solved.unwrap_or(true), filter.solved.unwrap_or(false));
    let (lowest, highest) = (filter.lowest, filter.highest);
    let rows = if filter.fits_poor_ones_only() {
        fetch_part!(
            tx,
            Row,
            [LATEST_POOR, EARLIEST_POOR],
            choosing column,
            part,
            id,
            true,
            one,
            other,
            lowest,
            highest
        )
    } else {
        fetch_part!(
            tx,
            Row,
            [LATEST, EARLIEST],
            choosing column,
            part,
            id,
            one,
            other,
            lowest,
            highest
        )
    }?;
    opened(tx, rows)
}
