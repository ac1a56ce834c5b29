//! Killed under load: clients bring orders from placement to close as fast as they can, the sweeps
//! run, and the process is killed in the middle. After a new start every acknowledged step is there,
//! whoever sends a step again under its key gets the same answer, and nothing has happened twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use super::town::{Person, Town, here};
use super::{Process, count, leases_end};
use crate::support::databases::{Database, Engine};

/// How long the load lasts before the kill.
const LOAD: Duration = Duration::from_millis(2_500);
/// How long those concerned may have to wait until they are told.
const TOLD_WITHIN: usize = 100;

/// A request as it is sent, and sent again.
#[derive(Clone)]
struct Step {
    kind: &'static str,
    path: String,
    token: String,
    key: String,
    body: Value,
}

/// What one pair of people has done.
#[derive(Default)]
struct Done {
    acknowledged: Vec<(Step, Value)>,
    /// What was on its way when the process was killed.
    unanswered: Option<Step>,
}

/// A resident and a volunteer who bring one order after the other.
struct Pair {
    http: Client,
    base: String,
    item: String,
    resident: Person,
    volunteer: Person,
    done: Done,
}

impl Pair {
    /// Sends a step; nothing when the process is gone.
    async fn step(&mut self, kind: &'static str, path: String, body: Value) -> Option<Value> {
        let who =
            if ["place", "evaluate"].contains(&kind) { &self.resident } else { &self.volunteer };
        let key = format!("{kind}-{}", self.done.acknowledged.len());
        let step = Step { kind, path, token: who.token.clone(), key, body };
        let Some((status, answer)) = sent(&self.http, &self.base, &step).await else {
            self.done.unanswered = Some(step);
            return None;
        };
        assert!(status.is_success(), "{kind}: {status} {answer}");
        self.done.acknowledged.push((step, answer.clone()));
        Some(answer)
    }

    /// One order, from placement to close.
    async fn order(&mut self) -> Option<()> {
        let order = json!({
            "catalogItemId": self.item, "content": "水管漏水", "risk": "无", "place": here(),
            "address": "解放街道 1 号", "channel": "app", "relation": "family",
            "recipient": { "name": "演示居民", "phone": "16999000001" },
        });
        let placed = self.step("place", "/demands".to_owned(), order).await?;
        let dispatch = placed["dispatchId"].as_str().expect("an automatic dispatch").to_owned();
        let take = format!("/dispatches/{dispatch}/take-place");
        let taken = self.step("take", take, json!({})).await?;
        let assignment = taken["assignmentId"].as_str().expect("a place").to_owned();
        for (kind, command) in [("in", "check-in"), ("out", "check-out")] {
            let path = format!("/assignments/{assignment}/{command}");
            self.step(kind, path, json!({ "position": here() })).await?;
        }
        let demand = placed["demandId"].as_str().expect("an id");
        let path = format!("/demands/{demand}/evaluations");
        self.step("evaluate", path, json!({ "solved": true, "score": 5 })).await?;
        Some(())
    }
}

async fn sent(http: &Client, base: &str, step: &Step) -> Option<(StatusCode, Value)> {
    let request = http
        .post(format!("{base}/api/v1{}", step.path))
        .bearer_auth(&step.token)
        .header("idempotency-key", &step.key)
        .json(&step.body);
    let response = request.send().await.ok()?;
    let status = response.status();
    Some((status, response.json().await.ok()?))
}

/// The steps of a kind that are known to have happened.
fn happened(steps: &[Step], kind: &str) -> i64 {
    let steps = steps.iter().filter(|step| step.kind == kind).count();
    i64::try_from(steps).expect("a small number")
}

async fn under_load(process: &mut Process, town: &Town) -> Vec<Done> {
    let enough = Arc::new(AtomicBool::new(false));
    let mut working = Vec::new();
    for number in 0..4 {
        let mut pair = Pair {
            http: process.client.clone(),
            base: process.base.clone(),
            item: town.item.clone(),
            resident: process.resident(&format!("1699900010{number}")).await,
            volunteer: town.volunteer(process, &format!("1699900020{number}")).await,
            done: Done::default(),
        };
        let enough = Arc::clone(&enough);
        working.push(actix_web::rt::spawn(async move {
            while !enough.load(Ordering::Relaxed) && pair.order().await.is_some() {}
            pair.done
        }));
    }
    tokio::time::sleep(LOAD).await;
    process.child.kill().expect("kill -9");
    process.child.wait().expect("it is gone");
    enough.store(true, Ordering::Relaxed);
    let mut all = Vec::new();
    for pair in working {
        all.push(pair.await.expect("a pair"));
    }
    all
}

async fn loses_nothing(engine: Engine) {
    let database = Database::fresh(engine).await;
    let mut process = Process::start(database.url());
    let town = Town::found(&process).await;
    let all = under_load(&mut process, &town).await;
    leases_end(&database).await;
    let again = Process::start(database.url());
    let mut steps = Vec::new();
    for done in all {
        for (step, answer) in done.acknowledged {
            let repeated = sent(&again.client, &again.base, &step).await.expect("an answer");
            assert!(
                repeated.0.is_success(),
                "{} was acknowledged and is lost: {repeated:?}",
                step.key
            );
            assert_eq!(repeated.1, answer, "{} was answered otherwise", step.key);
            steps.push(step);
        }
        if let Some(step) = done.unanswered {
            for _ in 0..2 {
                let (status, answer) =
                    sent(&again.client, &again.base, &step).await.expect("an answer");
                assert!(status.is_success(), "{}: {status} {answer}", step.key);
            }
            steps.push(step);
        }
    }
    assert!(happened(&steps, "evaluate") > 4, "hardly any load: {} steps", steps.len());
    nothing_happened_twice(&database, &steps).await;
    the_tallies_are_the_sum(&database, &again, &town, &steps).await;
    everybody_is_told_once(&database, &steps).await;
}

async fn nothing_happened_twice(database: &Database, steps: &[Step]) {
    for (kind, counted) in [
        ("place", "SELECT COUNT(*) FROM demands"),
        ("place", "SELECT COUNT(*) FROM dispatches"),
        ("take", "SELECT COUNT(*) FROM assignments"),
        ("out", "SELECT COUNT(*) FROM service_records"),
        ("evaluate", "SELECT COUNT(*) FROM evaluations"),
        ("evaluate", "SELECT COUNT(*) FROM demands WHERE state = 'closed'"),
    ] {
        assert_eq!(count(database, counted).await, happened(steps, kind), "{counted}");
    }
    let twice = "SELECT COUNT(*) FROM (SELECT 1 FROM journal WHERE demand_id IS NOT NULL \
                 GROUP BY demand_id, subject_id, name HAVING COUNT(*) > 1) AS twice";
    assert_eq!(count(database, twice).await, 0, "a fact was recorded twice");
}

async fn the_tallies_are_the_sum(
    database: &Database,
    process: &Process,
    town: &Town,
    steps: &[Step],
) {
    let path = format!("/api/v1/organizations/{}/totals", town.team);
    let (_, totals) = process.get(&path, &town.administrator).await;
    let minutes = "SELECT CAST(COALESCE(SUM(minutes), 0) AS BIGINT) FROM service_records";
    assert_eq!(totals["services"], happened(steps, "out"), "{totals}");
    assert_eq!(totals["ratings"], happened(steps, "evaluate"), "{totals}");
    assert_eq!(totals["minutes"], count(database, minutes).await, "{totals}");
    // What is served is no longer on the team's hands.
    let open = "SELECT CAST(COALESCE(SUM(open_dispatches), 0) AS BIGINT) FROM tallies";
    let unfinished = "SELECT COUNT(*) FROM demands \
                      WHERE state IN ('dispatched', 'accepted', 'in_service')";
    assert_eq!(count(database, open).await, count(database, unfinished).await);
}

async fn everybody_is_told_once(database: &Database, steps: &[Step]) {
    let told = "SELECT COUNT(*) FROM notices WHERE kind = 'demand_accepted'";
    let different = "SELECT COUNT(*) FROM (SELECT DISTINCT account_id, demand_id FROM notices \
                     WHERE kind = 'demand_accepted') AS told";
    for _ in 0..TOLD_WITHIN {
        if count(database, told).await >= happened(steps, "take") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(count(database, different).await, happened(steps, "take"));
    assert_eq!(count(database, told).await, happened(steps, "take"), "somebody was told twice");
}

mod sqlite {
    use super::*;

    #[actix_web::test]
    async fn killed_under_load_it_loses_nothing() {
        loses_nothing(Engine::Sqlite).await;
    }
}

mod postgres {
    use super::*;

    #[actix_web::test]
    async fn killed_under_load_it_loses_nothing() {
        loses_nothing(Engine::Postgres).await;
    }
}
