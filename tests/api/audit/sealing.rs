//! Every row is sealed once and without gaps, whoever does it.

use std::sync::Arc;

use chrono::Duration;
use futures_util::future::join_all;
use redvest::access::FixedCode;
use redvest::access::audit::{self, SealRows};
use redvest::app::{Settings, Wired, wire};
use redvest::platform::jobs::Job as _;
use redvest::platform::journal::{self, Author, Fact};
use serde_json::json;
use uuid::Uuid;

use crate::support::TestApp;
use crate::support::app::PHONE_CODE;

/// Whether the numbers run from 1 without gaps, and every fact has one.
async fn is_dense(app: &TestApp) -> bool {
    let seals = app.count("SELECT COUNT(*) FROM seals").await;
    let last = app.count("SELECT COALESCE(MAX(sequence), 0) FROM seals").await;
    let unsealed = app.count("SELECT COUNT(*) FROM journal WHERE sealed_at IS NULL").await;
    seals > 0 && seals == last && unsealed == 0
}

async fn instance(app: &TestApp) -> Wired {
    let sender = Arc::new(FixedCode(PHONE_CODE));
    wire(app.db.clone(), app.clock.clone(), sender, Settings::default()).await.unwrap()
}

async fn is_whole(app: &TestApp) -> bool {
    audit::verify(&app.db, app.clock.now(), None).await.unwrap().is_whole()
}

on_both_engines! {
    async fn the_chain_goes_on_wherever_it_is_sealed(app: TestApp) {
        let county = app.county().await;
        app.run_due_jobs().await;
        assert!(is_dense(&app).await && is_whole(&app).await);
        let before = app.count("SELECT COUNT(*) FROM seals").await;
        // What was sealed by one process goes on with the next one, once the lease is over.
        app.clock.advance(Duration::minutes(1));
        let after_restart = app.another_instance().await;
        after_restart.administrator().await.command(county.team.path("/suspend")).await.ok();
        after_restart.run_due_jobs().await;
        assert!(app.count("SELECT COUNT(*) FROM seals").await > before);
        assert!(is_dense(&app).await && is_whole(&app).await);
    }

    async fn instances_that_seal_at_once_make_one_chain(app: TestApp) {
        let county = app.county().await;
        let instances = [instance(&app).await, instance(&app).await, instance(&app).await];
        for _ in 0..4 {
            app.administrator().await.command(county.team.path("/suspend")).await.ok();
            app.administrator().await.command(county.team.path("/resume")).await.ok();
            for sealed in join_all(instances.iter().map(|one| SealRows.run(&one.gate))).await {
                sealed.unwrap();
            }
        }
        assert!(is_dense(&app).await && is_whole(&app).await);
    }

    async fn what_is_forgotten_of_a_row_is_no_part_of_it(app: TestApp) {
        let practice = app.practice().await;
        let order = app.resident("王").await.orders(&practice.repair).await;
        app.run_due_jobs().await;
        let notices = practice.leader.get("/me/notices").await.items();
        let last = json!({ "noticeId": notices[0]["noticeId"] });
        practice.leader.post("/me/notices/read", last).key("read").await.ok();
        app.run_due_jobs().await;
        let kept = "SELECT COUNT(*) FROM journal WHERE answer_status IS NOT NULL";
        assert!(app.count(kept).await > 0);
        let unsealed = "SELECT COUNT(*) FROM journal j WHERE j.name <> 'command.answered.v1' \
                        AND NOT EXISTS (SELECT 1 FROM seals s WHERE s.entry_id = j.entry_id)";
        assert_eq!(app.count(unsealed).await, 0);
        // An answer that is kept is no row of the audit, and needs no seal.
        let answers = "SELECT COUNT(*) FROM journal WHERE name = 'command.answered.v1'";
        assert!(app.count(answers).await > 0 && is_whole(&app).await);
        app.clock.advance(Duration::hours(25));
        app.run_due_jobs().await;
        assert_eq!(app.count(kept).await, 0);
        assert!(is_whole(&app).await, "{}", order.id);
    }

    async fn half_a_year_later_everything_is_still_there(app: TestApp) {
        app.county().await;
        app.run_due_jobs().await;
        let rows = app.count("SELECT COUNT(*) FROM seals").await;
        app.clock.advance(Duration::days(181));
        app.run_due_jobs().await;
        assert!(app.count("SELECT COUNT(*) FROM seals").await >= rows);
        assert!(is_whole(&app).await);
    }

    async fn a_long_backlog_is_sealed_in_several_sweeps(app: TestApp) {
        app.run_due_jobs().await;
        let fact = |_| Fact {
            name: "audit.read.v1",
            demand_id: None,
            subject_id: Uuid::nil(),
            reason: None,
            data: json!({ "continued": false }),
        };
        let facts: Vec<Fact> = (0..450).map(fact).collect();
        let (clock, now, system) = (app.clock.clone(), app.clock.now(), Author::system());
        app.db
            .write(async |tx| journal::record(tx, &clock, now, &system, &facts, None).await)
            .await
            .unwrap();
        let one = instance(&app).await;
        let first = SealRows.run(&one.gate).await.unwrap();
        assert!(first > 0 && first < facts.len(), "one sweep took {first}");
        app.run_due_jobs().await;
        assert!(is_dense(&app).await && is_whole(&app).await);
    }
}
