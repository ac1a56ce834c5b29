//! Two processes on one PostgreSQL do what is due once, whichever of them does it.

use std::time::Duration;

use serde_json::json;
use sqlx::{Connection as _, PgConnection};

use super::town::{Town, here};
use super::{Process, count};
use crate::support::databases::{Database, Engine};

/// How many orders become due at once.
const ORDERS: usize = 6;
/// Longer than the pause between two looks, for both processes to look several times.
const SEVERAL_SWEEPS: Duration = Duration::from_secs(4);

/// Lets time pass for what is stored: every deadline was a second ago.
async fn everything_is_due(database: &Database) {
    let mut connection = PgConnection::connect(database.url()).await.expect("the cluster answers");
    let due = "UPDATE dispatches SET respond_by = CURRENT_TIMESTAMP - INTERVAL '1 second'; \
               UPDATE demands SET due_at = CURRENT_TIMESTAMP - INTERVAL '1 second', \
                      respond_by = CURRENT_TIMESTAMP - INTERVAL '1 second'";
    sqlx::raw_sql(due).execute(&mut connection).await.expect("deadlines have passed");
}

/// Half of the orders wait for the team, whose offers lapse; half wait to be verified, whose clocks
/// send them up a level.
#[actix_web::test]
async fn an_offer_lapses_once_and_a_clock_fires_once() {
    let database = Database::fresh(Engine::Postgres).await;
    let first = Process::start(database.url());
    let town = Town::found(&first).await;
    let second = Process::start(database.url());
    let resident = first.resident("16999000001").await;
    for number in 0..ORDERS {
        let mut order = json!({
            "content": "请帮忙", "risk": "无", "place": here(), "address": "解放街道 1 号",
            "channel": "app", "relation": "family",
            "recipient": { "name": "演示居民", "phone": "16999000002" },
        });
        if number.is_multiple_of(2) {
            order["catalogItemId"] = json!(town.item);
        }
        let placed = first.post("/demands", &resident.token, &number.to_string(), &order).await;
        let (status, answer) = placed.expect("an answer");
        assert!(status.is_success(), "{answer}");
    }
    let half = i64::try_from(ORDERS / 2).expect("a small number");
    let offered = "SELECT COUNT(*) FROM dispatches WHERE state = 'offered'";
    assert_eq!(count(&database, offered).await, half);
    everything_is_due(&database).await;
    tokio::time::sleep(SEVERAL_SWEEPS).await;
    let lapsed = "SELECT COUNT(*) FROM journal WHERE name = 'dispatch.lapsed.v1'";
    assert_eq!(count(&database, lapsed).await, half);
    let climbed = "SELECT COUNT(*) FROM journal j JOIN demands d ON d.demand_id = j.demand_id \
                   WHERE j.name = 'demand.escalated.v1' AND d.state = 'submitted'";
    assert_eq!(count(&database, climbed).await, half);
    let twice = "SELECT COUNT(*) FROM (SELECT 1 FROM journal WHERE demand_id IS NOT NULL \
                 GROUP BY demand_id, subject_id, name, data HAVING COUNT(*) > 1) AS twice";
    assert_eq!(count(&database, twice).await, 0, "one thing was done by both");
    drop(second);
}
