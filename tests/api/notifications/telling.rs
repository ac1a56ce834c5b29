//! Everybody is told once, whoever sweeps and whenever a fact is committed.

use std::sync::Arc;

use chrono::Duration;
use futures_util::future::join_all;
use redvest::access::FixedCode;
use redvest::app::{Settings, Wired, wire};
use redvest::ids::{DemandId, EntryId};
use redvest::notifications::TellThoseConcerned;
use redvest::platform::clock::Clock;
use redvest::platform::jobs::Job as _;
use redvest::platform::journal::{self, Author, Fact};
use serde_json::json;
use uuid::Uuid;

use super::{kinds, notices, told};
use crate::support::app::PHONE_CODE;
use crate::support::practice::{Order, order};
use crate::support::{Engine, TestApp};

/// A second process on the same database.
async fn instance(app: &TestApp) -> Wired {
    let sender = Arc::new(FixedCode(PHONE_CODE));
    wire(app.db.clone(), app.clock.clone(), sender, Settings::default()).await.unwrap()
}

/// A fact of which whoever ordered is told.
fn overdue_fact(order: &Order) -> Fact {
    let id: Uuid = order.id.parse().unwrap();
    Fact {
        name: "demand.unfilled.v1",
        demand_id: Some(DemandId(id).0),
        subject_id: id,
        reason: None,
        data: json!({ "state": "unfilled" }),
    }
}

/// The sweep, as this instance runs it.
fn sweep(instance: &Wired) -> TellThoseConcerned {
    TellThoseConcerned { directory: instance.directory.clone().into_inner() }
}

on_both_engines! {
    async fn a_second_sweep_tells_nothing_twice(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let ordered = resident.orders(&practice.repair).await;
        practice.member.takes_a_place(&ordered.dispatch(&resident).await).await;
        app.run_due_jobs().await;
        let before = notices(&resident).await;
        app.run_due_jobs().await;
        app.another_instance().await.run_due_jobs().await;
        assert_eq!(notices(&resident).await, before);
        assert_eq!(kinds(&resident, &ordered).await, ["demand_accepted"]);
    }

    async fn even_without_a_lease_everybody_is_told_once(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let desk = app.staff("clerk", &practice.county.village).await;
        let mut orders = Vec::new();
        for _ in 0..8 {
            orders.push(resident.places(order()).await);
        }
        let instances = [instance(&app).await, instance(&app).await, instance(&app).await];
        let sweeps: Vec<_> = instances.iter().map(sweep).collect();
        let runs = sweeps.iter().zip(&instances).map(|(sweep, one)| sweep.run(&one.gate));
        for swept in join_all(runs).await {
            swept.unwrap();
        }
        for ordered in &orders {
            assert_eq!(kinds(&desk, ordered).await, ["demand_placed"]);
        }
    }

    async fn more_than_one_sweep_takes_is_told_in_several(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let ordered = resident.orders(&practice.repair).await;
        app.run_due_jobs().await;
        let facts: Vec<Fact> = (0..450).map(|_| overdue_fact(&ordered)).collect();
        let (clock, now) = (app.clock.clone(), app.clock.now());
        let system = Author::system();
        app.db
            .write(async |tx| journal::record(tx, &clock, now, &system, &facts, None).await)
            .await
            .unwrap();
        let sweeping = instance(&app).await;
        let first = sweep(&sweeping).run(&sweeping.gate).await.unwrap();
        assert!(first < facts.len(), "one sweep took all {first}");
        app.run_due_jobs().await;
        let badge = resident.get("/me/notice-count").await.ok();
        assert_eq!(badge["unread"], 100, "a hundred or more");
        let mut found = 0;
        let mut cursor = String::new();
        loop {
            let page = resident.get(format!("/me/notices?limit=100{cursor}")).await.ok();
            found += page["items"].as_array().unwrap().len();
            let Some(next) = page["next"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(found, facts.len());
    }

    async fn a_fact_that_was_made_before_those_told_is_told_as_well(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let ordered = resident.orders(&practice.repair).await;
        practice.member.takes_a_place(&ordered.dispatch(&resident).await).await;
        let earlier = Clock::standing_at(app.clock.now() - Duration::seconds(30));
        app.run_due_jobs().await;
        let system = Author::system();
        let facts = [overdue_fact(&ordered)];
        app.db
            .write(async |tx| {
                journal::record(tx, &earlier, earlier.now(), &system, &facts, None).await
            })
            .await
            .unwrap();
        app.run_due_jobs().await;
        assert_eq!(kinds(&resident, &ordered).await, ["demand_accepted", "demand_unfilled"]);
        let late = told(&resident, &ordered).await.pop().unwrap();
        assert!(late["happenedAt"].as_str() < late["toldAt"].as_str(), "{late}");
    }

    async fn a_fact_that_nobody_knows_stops_nothing(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let ordered = resident.orders(&practice.repair).await;
        let strange = ["of.tomorrow.v9", "dispatch.accepted.v1", "assignment.offered.v1"];
        let facts: Vec<Fact> = strange
            .into_iter()
            .map(|name| Fact {
                name,
                demand_id: None,
                subject_id: app.clock.new_id::<EntryId>().0,
                reason: None,
                data: json!({ "volunteerId": "nobody", "dispatchId": 7 }),
            })
            .collect();
        let (clock, now, system) = (app.clock.clone(), app.clock.now(), Author::system());
        app.db
            .write(async |tx| journal::record(tx, &clock, now, &system, &facts, None).await)
            .await
            .unwrap();
        practice.member.takes_a_place(&ordered.dispatch(&resident).await).await;
        app.run_due_jobs().await;
        assert_eq!(kinds(&resident, &ordered).await, ["demand_accepted"]);
    }

    async fn what_is_old_is_forgotten_read_or_not(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let ordered = resident.orders(&practice.repair).await;
        practice.member.takes_a_place(&ordered.dispatch(&resident).await).await;
        app.run_due_jobs().await;
        app.clock.advance(Duration::days(89));
        app.run_due_jobs().await;
        assert_eq!(kinds(&resident, &ordered).await[0], "demand_accepted");
        app.clock.advance(Duration::days(2));
        app.run_due_jobs().await;
        let left = kinds(&resident, &ordered).await;
        assert!(!left.contains(&"demand_accepted".to_owned()), "{left:?}");
        assert!(ordered.chapters(&resident).await.contains(&"dispatch.accepted.v1".to_owned()));
    }
}

/// The real thing: a transaction that was begun first and ends last. SQLite writes one after the
/// other.
#[actix_web::test]
async fn a_transaction_that_ends_late_is_told_after_those_that_began_later() {
    let app = TestApp::on(Engine::Postgres).await;
    let practice = app.practice().await;
    let resident = app.resident("王").await;
    let (first, second) =
        (resident.orders(&practice.repair).await, resident.orders(&practice.errand).await);
    let (clock, system) = (app.clock.clone(), Author::system());
    let facts = [overdue_fact(&first)];
    app.db
        .write(async |tx| {
            journal::record(tx, &clock, clock.now(), &system, &facts, None).await?;
            clock.advance(Duration::seconds(1));
            practice.member.takes_a_place(&second.dispatch(&resident).await).await;
            app.run_due_jobs().await;
            assert_eq!(kinds(&resident, &second).await, ["demand_accepted"]);
            assert_eq!(kinds(&resident, &first).await, [""; 0], "not committed yet");
            Ok(())
        })
        .await
        .unwrap();
    app.run_due_jobs().await;
    assert_eq!(kinds(&resident, &first).await, ["demand_unfilled"]);
    app.clone().finish().await;
}
