//! What happens when a deadline passes: village → town → county, each level with its own clock.

use chrono::Duration;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::client::Client;
use crate::support::practice::{Order, instant, order};

/// Lets the deadline that runs now come, and the sweeps follow it.
async fn until_due(app: &TestApp, order: &Order, reader: &Client) -> Value {
    let due = instant(&order.seen_by(reader).await["dueAt"]);
    app.clock.advance(due - app.clock.now());
    app.run_due_jobs().await;
    order.seen_by(reader).await
}

fn climbs(story: &[Value]) -> Vec<&Value> {
    story.iter().filter(|entry| entry["name"] == "demand.escalated.v1").collect()
}

on_both_engines! {
    async fn what_nobody_looks_at_goes_up_to_the_county_and_is_reported_there(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let resident = app.resident("王").await;
        let order = resident.places(order()).await;
        for (level, responsible) in [(1, &county.town), (2, &county.center)] {
            let seen = until_due(&app, &order, &resident).await;
            assert_eq!(
                (&seen["escalations"], &seen["responsibleId"]),
                (&json!(level), &json!(responsible.id))
            );
            assert_eq!(seen["state"], "submitted");
            let entry = order.last("demand.escalated.v1", &resident).await;
            assert_eq!(entry["data"]["cause"], "respond_overdue");
            assert_eq!(
                (&entry["data"]["level"], &entry["data"]["to"]),
                (&json!(level), &json!(responsible.id))
            );
            assert_eq!(
                instant(&entry["data"]["dueAt"]),
                instant(&seen["dueAt"]),
                "with the new deadline"
            );
            assert!(instant(&seen["dueAt"]) > app.clock.now());
            assert_eq!(entry["actor"], "系统");
        }
        let top = until_due(&app, &order, &resident).await;
        assert_eq!((&top["state"], &top["clocks"]["overdue"]), (&json!("submitted"), &json!(true)));
        assert_eq!(top["dueAt"], Value::Null);
        assert_eq!(order.last("demand.overdue.v1", &resident).await["data"]["kind"], "respond");
        let staff = app.staff("dispatcher", &county.center).await;
        staff.post(order.path("/verify"), json!({})).await.ok();
        staff.dispatches(&order, &county.team).await;
        assert_eq!(order.seen_by(&staff).await["dueKind"], "respond", "the new offer has its time");
    }

    async fn what_was_overdue_at_the_top_waits_anew_once_it_is_verified(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let rule = json!({ "name": "clocks", "respond": { "minutes": 10 }, "handle": { "workingDays": 3 } });
        let version = app.rule(&county.center, rule).await;
        let resident = app.resident("王").await;
        let order = resident.places(order()).await;
        for _ in 0..3 {
            until_due(&app, &order, &resident).await;
        }
        let reported = order.seen_by(&resident).await;
        assert_eq!(
            (&reported["clocks"]["overdue"], &reported["dueAt"]),
            (&json!(true), &Value::Null)
        );
        let staff = app.staff("dispatcher", &county.center).await;
        app.clock.advance(Duration::hours(1));
        let verified = staff.post(order.path("/verify"), json!({})).await.ok();
        assert_eq!(verified["dueKind"], "respond", "somebody has to be found");
        assert_eq!(instant(&verified["dueAt"]) - app.clock.now(), Duration::minutes(10));
        let clocks = order.seen_by(&resident).await["clocks"].clone();
        assert_eq!((&clocks["overdue"], &clocks["ruleId"]), (&json!(false), &json!(version)));
        assert_eq!(clocks["handleBy"], reported["clocks"]["handleBy"], "what was promised");
        let again = until_due(&app, &order, &resident).await;
        assert_eq!((&again["state"], &again["clocks"]["overdue"]), (&json!("verified"), &json!(true)));
        let reports = order.chapters(&resident).await;
        assert_eq!(reports.iter().filter(|name| *name == "demand.overdue.v1").count(), 2);
    }

    async fn whoever_is_found_late_still_has_a_time_to_handle(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let rule = json!({ "name": "clocks", "respond": { "minutes": 10 }, "handle": { "minutes": 600 } });
        app.rule(&county.center, rule).await;
        let resident = app.resident("王").await;
        let order = resident.places(order()).await;
        for _ in 0..3 {
            until_due(&app, &order, &resident).await;
        }
        let staff = app.staff("dispatcher", &county.center).await;
        staff.post(order.path("/verify"), json!({})).await.ok();
        until_due(&app, &order, &resident).await;
        let dispatch = staff.dispatches(&order, &county.team).await;
        practice.member.takes_a_place(&dispatch).await;
        let accepted = order.seen_by(&resident).await;
        assert_eq!(accepted["dueKind"], "handle");
        assert_eq!(accepted["dueAt"], accepted["clocks"]["handleBy"]);
        assert_eq!(accepted["clocks"]["overdue"], false);
        let late = until_due(&app, &order, &resident).await;
        assert_eq!((&late["clocks"]["overdue"], &late["dueAt"]), (&json!(true), &Value::Null));
        assert_eq!(order.last("demand.overdue.v1", &resident).await["data"]["kind"], "handle");
    }

    async fn each_level_has_the_clock_of_its_own_rule(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let rule = |minutes: i64| json!({ "name": "clocks", "respond": { "minutes": minutes }, "handle": { "localDays": 1 } });
        app.rule(&county.village, rule(10)).await;
        app.rule(&county.town, rule(20)).await;
        app.rule(&county.center, rule(40)).await;
        let resident = app.resident("王").await;
        let order = resident.places(order()).await;
        for minutes in [10, 20, 40] {
            let seen = order.seen_by(&resident).await;
            assert_eq!(instant(&seen["dueAt"]) - app.clock.now(), Duration::minutes(minutes));
            until_due(&app, &order, &resident).await;
        }
    }

    async fn an_offer_that_stands_when_the_time_is_over_goes_up_with_the_order(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let rule =
            json!({ "name": "clocks", "respond": { "minutes": 3 }, "handle": { "localDays": 0 } });
        app.rule(&county.village, rule).await;
        let far = app.team(&county.other_town, "鳌江水电队", (27.6000, 120.5600), &["09"]).await;
        let resident = app.resident("王").await;
        let order = resident.orders(&practice.repair).await;
        let first = order.dispatch(&resident).await;
        let until = instant(&first.seen_by(&resident).await["respondBy"]);
        assert_eq!(until - app.clock.now(), Duration::minutes(3), "within the time of the order");
        let seen = until_due(&app, &order, &resident).await;
        assert_eq!(
            (&seen["state"], &seen["responsibleId"]),
            (&json!("dispatched"), &json!(county.town.id))
        );
        assert_eq!(first.seen_by(&resident).await["state"], "lapsed");
        let second = order.dispatch(&resident).await.seen_by(&resident).await;
        assert_eq!(second["organizationId"], far.id);
    }

    async fn what_is_not_brought_in_time_goes_up_and_stays_with_the_team(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        // Within the day: midnight would release whoever has not come.
        let rule = json!({ "name": "clocks", "respond": { "minutes": 10 }, "handle": { "minutes": 120 } });
        app.rule(&county.center, rule).await;
        let resident = app.resident("王").await;
        let order = resident.orders(&practice.repair).await;
        let dispatch = order.dispatch(&resident).await;
        let place = practice.member.takes_a_place(&dispatch).await;
        for responsible in [&county.town, &county.center] {
            let seen = until_due(&app, &order, &resident).await;
            assert_eq!(
                (&seen["state"], &seen["responsibleId"]),
                (&json!("accepted"), &json!(responsible.id))
            );
            let entry = order.last("demand.escalated.v1", &resident).await;
            assert_eq!(entry["data"]["cause"], "handle_overdue");
            assert_eq!(instant(&entry["data"]["dueAt"]), instant(&seen["dueAt"]));
        }
        let top = until_due(&app, &order, &resident).await;
        assert_eq!((&top["clocks"]["overdue"], &top["dueAt"]), (&json!(true), &Value::Null));
        assert_eq!(order.last("demand.overdue.v1", &resident).await["data"]["kind"], "handle");
        practice.member.checks_in(&place).await;
        app.clock.advance(Duration::minutes(20));
        practice.member.checks_out(&place).await;
        assert_eq!(resident.judges(&order, true, 3).await["demandState"], "closed");
    }

    async fn an_automatic_order_that_nobody_takes_is_tried_again(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let resident = app.resident("王").await;
        let order = resident.orders(&practice.repair).await;
        let mut seen = order.seen_by(&resident).await;
        while seen["state"] != "unfilled" {
            seen = until_due(&app, &order, &resident).await;
        }
        assert_eq!(seen["responsibleId"], county.center.id);
        assert_eq!(instant(&seen["dueAt"]) - app.clock.now(), Duration::minutes(30));
        let again = until_due(&app, &order, &resident).await;
        assert_eq!(again["state"], "unfilled");
        assert!(instant(&again["dueAt"]) > app.clock.now());
        app.team(&county.village, "新队", (27.6660, 120.5620), &["09"]).await;
        assert_eq!(until_due(&app, &order, &resident).await["state"], "dispatched");
    }

    async fn every_climb_is_told_with_level_cause_and_deadline(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let order = resident.places(order()).await;
        let clerk = app.staff("clerk", &practice.county.village).await;
        clerk.post(order.path("/escalate"), json!({ "reason": "做不了" })).await.ok();
        until_due(&app, &order, &resident).await;
        let story = order.story(&resident).await;
        let told: Vec<_> = climbs(&story)
            .iter()
            .map(|entry| {
                assert!(instant(&entry["data"]["dueAt"]) > instant(&entry["at"]));
                (
                    entry["data"]["level"].clone(),
                    entry["data"]["cause"].clone(),
                    entry["reason"].clone(),
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                (json!(1), json!("by_hand"), json!("做不了")),
                (json!(2), json!("respond_overdue"), Value::Null),
            ]
        );
    }

    async fn an_archived_level_is_passed_over(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let resident = app.resident("王").await;
        let order = resident.places(order()).await;
        app.administrator().await.command(county.town.path("/suspend")).await.ok();
        let seen = until_due(&app, &order, &resident).await;
        assert_eq!(
            (&seen["responsibleId"], &seen["escalations"]),
            (&json!(county.center.id), &json!(1))
        );
    }
}
