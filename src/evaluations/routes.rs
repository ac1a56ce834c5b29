//! The operations on evaluations.

use actix_web::web::Data;
use actix_web::{get, post};
use serde_json::json;
use utoipa_actix_web::service_config::ServiceConfig;

use super::contract::{
    AreaEvaluationQuery, Evaluated, EvaluationList, EvaluationPage, EvaluationQuery,
    EvaluationView, NewEvaluation,
};
use super::domain::Evaluation;
use super::policy::{Evaluate, JudgmentsOf, ListArea, ListOfDemand, ListOfOrganization};
use super::store::{self, Scope};
use crate::access::{Caller, Command, Reader, Work};
use crate::demands::catalog::Catalog;
use crate::demands::{self, Closing, Demand, Outcome, Responders, State, Step};
use crate::dispatches::assignments;
use crate::ids::{DemandId, OrganizationId};
use crate::organizations::rules::{EvaluationRule, Ruling};
use crate::organizations::{Area, Directory, Kind};
use crate::platform::http::Reply;
use crate::platform::http::answer::Answer;
use crate::platform::http::page::{Cursor, cut};
use crate::platform::http::query::{PathId, Query};
use crate::problem::{Code, Problem};
use crate::volunteers::hours::{self, Rating};

/// Mounts the operations of this noun.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(evaluate)
        .service(list_of_demand)
        .service(list_of_organization)
        .service(list_of_area);
}

/// Judge the service that was brought 评单
///
/// "Solved" leads to the close, "not solved" begins the demand anew with a new clock.
#[utoipa::path(tag = "evaluations", operation_id = "demandEvaluate",
    params(("demand_id" = DemandId, Path, description = "The demand 点单")),
    request_body = NewEvaluation, responses((status = 201, body = Evaluated)))]
#[post("/demands/{demand_id}/evaluations")]
async fn evaluate(
    command: Command<NewEvaluation>,
    id: PathId<DemandId>,
    directory: Data<Directory>,
    catalog: Data<Catalog>,
    responders: Data<dyn Responders>,
) -> Reply {
    command
        .on::<Evaluate>(id.0, async |work, demand, caller, body| {
            let judged = demand.step(Step::Evaluate, work.now)?;
            require_service_of_others(work, caller, &judged).await?;
            let evaluation = evaluation_of(work, &judged, caller, body);
            store::insert(work.tx, &evaluation).await?;
            hours::rate(work.tx, &rating_of(&evaluation, &judged)).await?;
            responders.end_dispatch(work, &judged, Outcome::Completed, None).await?;
            let facts = json!({ "solved": evaluation.solved, "score": evaluation.score, "byCallback": evaluation.by_callback,
                "dispatchId": judged.dispatch_id });
            work.record(judged.fact("demand.evaluated.v1", None, facts));
            let demand = if evaluation.solved {
                close(work, judged, &directory).await?
            } else {
                begin_anew(work, judged, &directory, &catalog, responders.as_ref()).await?
            };
            let shown = Evaluated {
                evaluation: EvaluationView::of(&evaluation, &directory),
                demand_state: demand.state,
            };
            Answer::created(&shown, format!("/api/v1/demands/{}/evaluations", demand.demand_id))
        })
        .await
}

/// The judgments of a demand 点单的评价
#[utoipa::path(tag = "evaluations", operation_id = "evaluationListOfDemand",
    params(("demand_id" = DemandId, Path, description = "The demand 点单")),
    responses((status = 200, body = EvaluationList)))]
#[get("/demands/{demand_id}/evaluations")]
async fn list_of_demand(reader: Reader, id: PathId<DemandId>, directory: Data<Directory>) -> Reply {
    reader
        .on::<ListOfDemand>(id.0, async |tx, _, demand| {
            let all = store::of_demand(tx, demand.demand_id).await?;
            let shown = |one| EvaluationView::of(one, &directory);
            Answer::ok(&EvaluationList { items: all.iter().map(shown).collect() })
        })
        .await
}

/// The judgments of a team or station 队伍或站点的评价
#[utoipa::path(tag = "evaluations", operation_id = "evaluationListOfOrganization",
    params(("organization_id" = OrganizationId, Path, description = "The team or station 队伍或站点"), EvaluationQuery),
    responses((status = 200, body = EvaluationPage)))]
#[get("/organizations/{organization_id}/evaluations")]
async fn list_of_organization(
    reader: Reader,
    id: PathId<OrganizationId>,
    query: Query<EvaluationQuery>,
    directory: Data<Directory>,
) -> Reply {
    let query = query.0;
    reader
        .about::<ListOfOrganization>(JudgmentsOf(id.0), async |tx, _, of| {
            let node = directory.get(of.0).ok_or_else(|| Problem::of(Code::NotFound))?;
            let is_team = node.kind == Kind::Team;
            let scope = if is_team { Scope::Team(of.0) } else { Scope::At(of.0) };
            let rows = store::list(tx, scope, &query.filter(), &query.part()).await?;
            page_of(rows, query.limit, &directory)
        })
        .await
}

/// The judgments of an area 辖区评价列表
///
/// Of the demands that lie in the area of an organization, or below it.
#[utoipa::path(tag = "evaluations", operation_id = "evaluationList",
    params(AreaEvaluationQuery), responses((status = 200, body = EvaluationPage)))]
#[get("/evaluations")]
async fn list_of_area(
    reader: Reader,
    query: Query<AreaEvaluationQuery>,
    directory: Data<Directory>,
) -> Reply {
    let query = query.0;
    let scope = Scope::Area(Area::within(&directory, query.within)?);
    reader
        .about::<ListArea>(JudgmentsOf(query.within), async |tx, _, _| {
            let rows = store::list(tx, scope, &query.filter(), &query.part()).await?;
            page_of(rows, query.limit, &directory)
        })
        .await
}

/// Whoever calls back writes down how others have served, never himself.
async fn require_service_of_others(
    work: &mut Work<'_>,
    caller: &Caller,
    demand: &Demand,
) -> Result<(), Problem> {
    let writes_down = !demands::has_ordered(&caller.actor, demand);
    let himself = caller.actor.volunteer_id.filter(|_| writes_down);
    let Some((dispatch, himself)) = demand.dispatch_id.zip(himself) else { return Ok(()) };
    if assignments::has_served(work.tx, dispatch, himself).await? {
        return Err(Problem::of(Code::OwnService));
    }
    Ok(())
}

fn page_of(rows: Vec<Evaluation>, limit: u32, directory: &Directory) -> Result<Answer, Problem> {
    let (rows, next) =
        cut(rows, limit, |one| Cursor { at: one.created_at, id: one.evaluation_id.0 });
    let shown = |one| EvaluationView::of(one, directory);
    Answer::ok(&EvaluationPage { items: rows.iter().map(shown).collect(), next })
}

fn evaluation_of(
    work: &Work<'_>,
    demand: &Demand,
    caller: &Caller,
    body: &NewEvaluation,
) -> Evaluation {
    Evaluation {
        evaluation_id: work.new_id(),
        demand_id: demand.demand_id,
        demand_number: demand.number.clone(),
        round: demand.rounds,
        county_id: demand.county_id,
        team_id: demand.team_id,
        area_id: demand.area_id,
        author_id: caller.actor.account_id,
        by_callback: !demands::has_ordered(&caller.actor, demand),
        solved: body.solved,
        score: body.score,
        punctuality: body.punctuality,
        attitude: body.attitude,
        skill: body.skill,
        words: body.words.as_ref().map(|words| words.as_str().to_owned()),
        created_at: work.now,
    }
}

/// What the judgment adds to the tallies of everybody who had a part in it.
const fn rating_of(evaluation: &Evaluation, judged: &Demand) -> Rating {
    Rating {
        dispatch_id: judged.dispatch_id,
        team_id: evaluation.team_id,
        area_id: evaluation.area_id,
        score: evaluation.score,
        solved: evaluation.solved,
    }
}

async fn close(
    work: &mut Work<'_>,
    judged: Demand,
    directory: &Directory,
) -> Result<Demand, Problem> {
    let rule: Ruling<EvaluationRule> = directory.rule(judged.area_id, work.now);
    if !rule.value.closes_when_solved {
        return demands::save(work.tx, judged).await;
    }
    let closed = judged.closed(Closing::Solved, work.now)?;
    work.record(closed.fact("demand.closed.v1", None, json!({ "closing": Closing::Solved })));
    demands::save(work.tx, closed).await
}

async fn begin_anew(
    work: &mut Work<'_>,
    judged: Demand,
    directory: &Directory,
    catalog: &Catalog,
    responders: &dyn Responders,
) -> Result<Demand, Problem> {
    let at = judged.responsible_id;
    let (waits, rule_id) = demands::fresh_waits(work, directory, catalog, &judged, at);
    let reopened = Demand { rule_id, ..judged.reopened(waits, work.now)? };
    work.record(reopened.fact("demand.reopened.v1", None, json!({ "cause": "not_solved" })));
    let stored = demands::save(work.tx, reopened).await?;
    if stored.automatic && stored.state == State::Verified {
        return responders.find_responder(work, stored).await;
    }
    Ok(stored)
}
