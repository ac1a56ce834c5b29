//! What callers send and see of evaluations.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::domain::{Evaluation, Filter};
use crate::demands::State;
use crate::ids::{DemandId, EvaluationId, OrganizationId};
use crate::organizations::Directory;
use crate::platform::http::page::{list_query, page};
use crate::platform::values::{Remark, bounded, perhaps_bounded};

/// A judgment of the service.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewEvaluation {
    /// Whether the matter is solved. If not, the demand begins anew.
    pub solved: bool,
    /// From 1, poor, to 5, excellent.
    #[serde(deserialize_with = "bounded::<_, _, 1, 5>")]
    #[schema(minimum = 1, maximum = 5, example = 5)]
    pub score: i64,
    /// How punctual 守时程度.
    #[serde(default, deserialize_with = "perhaps_bounded::<_, _, 1, 5>")]
    #[schema(minimum = 1, maximum = 5)]
    pub punctuality: Option<i64>,
    /// How friendly 服务态度.
    #[serde(default, deserialize_with = "perhaps_bounded::<_, _, 1, 5>")]
    #[schema(minimum = 1, maximum = 5)]
    pub attitude: Option<i64>,
    /// How skilled 专业水平.
    #[serde(default, deserialize_with = "perhaps_bounded::<_, _, 1, 5>")]
    #[schema(minimum = 1, maximum = 5)]
    pub skill: Option<i64>,
    /// In words.
    pub words: Option<Remark>,
}

/// A judgment.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Evaluation)]
pub struct EvaluationView {
    /// Its id.
    pub evaluation_id: EvaluationId,
    /// The demand.
    pub demand_id: DemandId,
    /// Its number for people.
    pub demand_number: String,
    /// The round of the demand that is judged.
    pub round: i64,
    /// The team that brought the help.
    pub team_id: Option<OrganizationId>,
    /// Its name.
    pub team_name: Option<String>,
    /// The organization in whose area it was brought.
    pub area_id: OrganizationId,
    /// Its name.
    pub area_name: String,
    /// Whether a clerk wrote down what the resident said.
    pub by_callback: bool,
    /// Whether the matter is solved.
    pub solved: bool,
    /// From 1 to 5.
    pub score: i64,
    /// How punctual, 1 to 5.
    pub punctuality: Option<i64>,
    /// How friendly, 1 to 5.
    pub attitude: Option<i64>,
    /// How skilled, 1 to 5.
    pub skill: Option<i64>,
    /// In words.
    pub words: Option<String>,
    /// When.
    pub created_at: DateTime<Utc>,
}

impl EvaluationView {
    /// The judgment with the names of whom it is about.
    #[must_use]
    pub fn of(one: &Evaluation, directory: &Directory) -> Self {
        Self {
            evaluation_id: one.evaluation_id,
            demand_id: one.demand_id,
            demand_number: one.demand_number.clone(),
            round: one.round,
            team_id: one.team_id,
            team_name: one.team_id.map(|team| directory.name(team)),
            area_id: one.area_id,
            area_name: directory.name(one.area_id),
            by_callback: one.by_callback,
            solved: one.solved,
            score: one.score,
            punctuality: one.punctuality,
            attitude: one.attitude,
            skill: one.skill,
            words: one.words.clone(),
            created_at: one.created_at,
        }
    }
}

/// A judgment, and where the demand stands after it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Evaluated {
    /// The judgment.
    pub evaluation: EvaluationView,
    /// Where the demand stands now: closed, evaluated, or begun anew.
    pub demand_state: State,
}

page!(
    /// A page of evaluations.
    EvaluationPage of EvaluationView
);

list_query! {
    /// Which evaluations of a team or station to list.
    EvaluationQuery in order of LatestFirst {
        /// Only those that say that the matter is solved, or that it is not.
        solved: Option<bool>,
        /// Only those with at least this score.
        #[serde(default, deserialize_with = "perhaps_bounded::<_, _, 1, 5>")]
        #[param(minimum = 1, maximum = 5)]
        minimum_score: Option<i64>,
        /// Only those with at most this score.
        #[serde(default, deserialize_with = "perhaps_bounded::<_, _, 1, 5>")]
        #[param(minimum = 1, maximum = 5)]
        maximum_score: Option<i64>,
    }
    /// Only those given at this instant or later.
    created_from..
    /// Only those given before this instant.
    created_until
}

list_query! {
    /// Which evaluations of an area to list.
    AreaEvaluationQuery in order of LatestFirst {
        /// Those of the demands in the area of this organization and below.
        within: OrganizationId,
        /// Only those that say that the matter is solved, or that it is not.
        solved: Option<bool>,
        /// Only those with at least this score.
        #[serde(default, deserialize_with = "perhaps_bounded::<_, _, 1, 5>")]
        #[param(minimum = 1, maximum = 5)]
        minimum_score: Option<i64>,
        /// Only those with at most this score.
        #[serde(default, deserialize_with = "perhaps_bounded::<_, _, 1, 5>")]
        #[param(minimum = 1, maximum = 5)]
        maximum_score: Option<i64>,
    }
    /// Only those given at this instant or later.
    created_from..
    /// Only those given before this instant.
    created_until
}

impl EvaluationQuery {
    /// What is asked for besides the team or station.
    #[must_use]
    pub fn filter(&self) -> Filter {
        filter(self.solved, self.minimum_score, self.maximum_score)
    }
}

impl AreaEvaluationQuery {
    /// What is asked for besides the area.
    #[must_use]
    pub fn filter(&self) -> Filter {
        filter(self.solved, self.minimum_score, self.maximum_score)
    }
}

fn filter(solved: Option<bool>, lowest: Option<i64>, highest: Option<i64>) -> Filter {
    Filter { solved, lowest: lowest.unwrap_or(1), highest: highest.unwrap_or(5) }
}

/// The judgments of one demand, one per round.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EvaluationList {
    /// The judgments.
    pub items: Vec<EvaluationView>,
}
