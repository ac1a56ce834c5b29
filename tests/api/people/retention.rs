//! What is personal is forgotten after its time, by the rule of the county; figures stay.

use std::process::Command;

use chrono::Duration;
use redvest::problem::{Code, FieldCode};
use serde_json::{Value, json};

use super::deletion::served_order;
use crate::support::TestApp;
use crate::support::county::Organization;
use crate::support::practice::text;

fn rule(days: u32) -> Value {
    json!({ "name": "retention", "closedDemandDays": days })
}

/// How many rows would go now.
async fn would_go(app: &TestApp, at: &Organization) -> i64 {
    let tried = app.administrator().await.get(at.path("/retention")).await.ok();
    tried["items"][0]["rows"].as_i64().expect("a number")
}

on_both_engines! {
    async fn what_has_passed_its_time_is_forgotten_and_counted_still(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        app.rule(&county.center, rule(30)).await;
        let resident = app.resident("王秀英").await;
        let order = served_order(&app, &practice, &resident).await;
        let open = resident.orders(&practice.errand).await;
        let before = practice.leader.get(county.team.path("/totals")).await.ok();
        app.clock.advance(Duration::days(30));
        app.run_due_jobs().await;
        assert_eq!(order.seen_by(&resident).await["erasedAt"], Value::Null, "to the day");
        assert_eq!(would_go(&app, &county.village).await, 0);
        app.clock.advance(Duration::hours(2));
        // Nothing has happened to the other one since then either; but it has not ended.
        app.execute("UPDATE demands SET updated_at = placed_at WHERE state <> 'closed'").await;
        assert_eq!(would_go(&app, &county.village).await, 1, "a dry run changes nothing");
        assert_eq!(would_go(&app, &county.village).await, 1);
        app.run_due_jobs().await;
        assert_eq!(would_go(&app, &county.village).await, 0);
        let seen = order.seen_by(&resident).await;
        assert_ne!(seen["erasedAt"], Value::Null);
        let told = seen.to_string();
        for personal in ["诸葛念慈", "1357****", "302 室", "翻身擦洗", "癫痫", "120.5612"] {
            assert!(!told.contains(personal), "{personal}");
        }
        assert_eq!(seen["number"], order.placed["number"]);
        assert_eq!(app.count("SELECT COUNT(*) FROM evaluations WHERE words IS NOT NULL").await, 0);
        assert_eq!(practice.leader.get(county.team.path("/totals")).await.ok(), before);
        // What has not ended is not forgotten, however old it is.
        assert_eq!(open.seen_by(&resident).await["erasedAt"], Value::Null);
        let auditor = app.audit_administrator().await;
        let swept = auditor.get("/audit?name=retention.swept.v1").await.items();
        assert_eq!((swept.len(), &swept[0]["data"]["rows"]), (1, &json!(1)));
    }

    async fn what_would_go_is_said_at_the_machine_while_it_serves(app: TestApp) {
        let practice = app.practice().await;
        app.rule(&practice.county.center, rule(30)).await;
        let resident = app.resident("王秀英").await;
        let order = resident.orders(&practice.errand).await;
        resident.orders(&practice.errand).await;
        resident.command(order.path("/cancel")).await.ok();
        // The machine has a clock of its own, at which all this was long ago.
        let output = Command::new(env!("CARGO_BIN_EXE_redvest"))
            .args(["retention", "dry-run", "--database-url", app.database_url()])
            .output()
            .expect("the program runs");
        assert!(output.status.success(), "{output:?}");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let center = app.administrator().await.get(practice.county.center.path("")).await.ok();
        let expected = format!("{}: closed_demands: 1 rows before ", text(&center["name"]));
        assert!(said.lines().any(|line| line.starts_with(&expected) && line.ends_with(" (30 days)")), "{said}");
        assert_eq!(said.lines().filter(|line| line.contains(": 0 rows ")).count(), said.lines().count() - 1);
        assert_eq!(app.count("SELECT COUNT(*) FROM demands WHERE erased_at IS NULL").await, 2);
    }

    async fn an_order_that_does_not_open_keeps_none_of_the_others(app: TestApp) {
        let practice = app.practice().await;
        app.rule(&practice.county.center, rule(30)).await;
        let resident = app.resident("王秀英").await;
        for _ in 0..3 {
            let order = resident.orders(&practice.errand).await;
            resident.command(order.path("/cancel")).await.ok();
            app.clock.advance(Duration::seconds(1));
        }
        app.run_due_jobs().await;
        app.execute(
            "UPDATE demands SET place = 'x' || place \
              WHERE placed_at = (SELECT o.placed_at FROM demands o ORDER BY o.placed_at LIMIT 1)",
        )
        .await;
        app.clock.advance(Duration::days(31));
        app.run_due_jobs().await;
        assert_eq!(app.count("SELECT COUNT(*) FROM demands WHERE erased_at IS NULL").await, 1);
    }

    async fn without_a_rule_three_years_are_kept(app: TestApp) {
        let practice = app.practice().await;
        let tried = app.administrator().await;
        let tried = tried.get(practice.county.center.path("/retention")).await.ok();
        assert_eq!((&tried["items"][0]["days"], &tried["items"][0]["rows"]), (&json!(1095), &json!(0)));
        assert_eq!(tried["organizationId"], practice.county.center.id);
    }

    async fn the_rule_has_a_lower_bound_and_is_set_for_a_whole_county(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let set = async |at: &Organization, days: u32| {
            administrator.post(at.path("/rules"), json!({ "value": rule(days) })).await
        };
        set(&county.center, 29).await.refused_field("/value/closedDemandDays", FieldCode::OutOfRange);
        set(&county.village, 60).await.refused_field("/value/name", FieldCode::NotHere);
        set(&county.center, 30).await.created();
    }

    async fn who_does_not_administer_the_place_tries_nothing(app: TestApp) {
        let county = app.county().await;
        let path = county.village.path("/retention");
        for other in [
            app.resident("王").await,
            app.staff("dispatcher", &county.village).await,
            app.staff("administrator", &county.another_county).await,
        ] {
            other.get(&path).await.refused(Code::Forbidden);
        }
    }
}
