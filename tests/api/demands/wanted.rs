//! The time at which help is wanted, and what happens when it has passed.

use chrono::Duration;
use redvest::problem::{Code, FieldCode};
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::practice::{HOME, instant, item, order, order_of, text, wanted};

on_both_engines! {
    async fn whoever_takes_an_old_order_is_promised_for_the_day_on_which_he_takes_it(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let staff = app.staff("dispatcher", &practice.county.village).await;
        let mut offered = Vec::new();
        for hours in [1, 4] {
            let from = app.clock.now() + Duration::hours(hours);
            offered.push(resident.places(wanted(order(), from, 60)).await);
        }
        app.clock.advance(Duration::hours(30));
        let mut dispatches = Vec::new();
        for order in &offered {
            staff.post(order.path("/verify"), json!({})).await.ok();
            dispatches.push(staff.dispatches(order, &practice.county.team).await);
        }
        let place = practice.member.takes_a_place(&dispatches[0]).await;
        let busy = place.seen_by(&practice.member).await["busy"].clone();
        assert_eq!(instant(&busy["from"]), app.clock.now());
        assert_eq!(instant(&busy["until"]), app.clock.now() + Duration::hours(2));
        let other = dispatches[1].path("/take-place");
        practice.member.command(&other).await.refused(Code::TimeConflict);
        practice.leader.takes_a_place(&dispatches[1]).await;
    }

    async fn a_time_that_has_passed_is_dropped_when_an_order_is_begun_anew(app: TestApp) {
        app.practice().await;
        let resident = app.resident("王").await;
        let from = app.clock.now() + Duration::hours(2);
        let order = resident.places(wanted(order(), from, 60)).await;
        let why = json!({ "reason": "又需要了" });
        // What has not passed is kept.
        resident.post(order.path("/cancel"), json!({})).await.ok();
        let kept = resident.post(order.path("/reopen"), why.clone()).await.ok();
        assert_eq!(instant(&kept["wanted"]["from"]), from);
        resident.post(order.path("/cancel"), json!({})).await.ok();
        app.clock.advance(Duration::hours(24));
        let anew = resident.post(order.path("/reopen"), why.clone()).await.ok();
        assert_eq!(anew["wanted"], Value::Null);
        let seen = order.seen_by(&resident).await;
        assert!(instant(&seen["clocks"]["handleBy"]) > app.clock.now());
        // A new time is one that an order could be placed for.
        resident.post(order.path("/cancel"), json!({})).await.ok();
        let now = app.clock.now();
        let late = wanted(why.clone(), now - Duration::hours(1), 120);
        let path = order.path("/reopen");
        resident.post(&path, late).await.refused_field("/wanted/from", FieldCode::InThePast);
        let tomorrow = now + Duration::hours(20);
        let given = resident.post(&path, wanted(why, tomorrow, 60)).await.ok();
        assert_eq!(instant(&given["wanted"]["from"]), tomorrow);
    }

    async fn what_was_not_solved_is_begun_anew_without_the_time_that_has_passed(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let from = app.clock.now() + Duration::hours(1);
        let order = resident.places(wanted(order_of(&practice.errand), from, 60)).await;
        let dispatch = order.dispatch(&resident).await;
        app.serve(&practice.member, &dispatch, 30).await;
        app.clock.advance(Duration::hours(24));
        let judged = resident.judges(&order, false, 2).await;
        assert_eq!(judged["demandState"], "dispatched");
        assert_eq!(order.seen_by(&resident).await["wanted"], Value::Null);
    }

    async fn nobody_is_asked_for_a_time_that_has_passed(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let resident = app.resident("王").await;
        let from = app.clock.now() + Duration::minutes(3);
        let rare = app.item(&county.center, item("rare", Some("14"), true)).await;
        let order = resident.places(wanted(order_of(&rare), from, 50)).await;
        assert_eq!(order.placed["state"], "unfilled");
        assert_eq!(order.placed["dueKind"], "retry");
        // Somebody who could come turns up when it is too late.
        app.clock.advance(Duration::hours(1));
        app.team(&county.village, "新队", HOME, &["14"]).await;
        app.run_due_jobs().await;
        let seen = order.seen_by(&resident).await;
        assert_eq!((&seen["state"], &seen["dueAt"]), (&json!("unfilled"), &Value::Null));
        assert_eq!(seen["clocks"]["overdue"], true, "a person has to act");
        assert_eq!(seen["unfilledReasons"][0]["code"], "wanted_time_passed");
        let told = order.last("demand.unfilled.v1", &resident).await;
        assert_eq!(told["data"]["cause"], "wanted_time_passed");
        let before = order.chapters(&resident).await;
        app.clock.advance(Duration::hours(5));
        app.run_due_jobs().await;
        assert_eq!(order.chapters(&resident).await, before, "it is not tried again");
        // Taken back and begun anew, it is wanted as soon as can be, and somebody is asked.
        resident.post(order.path("/cancel"), json!({})).await.ok();
        resident.post(order.path("/reopen"), json!({ "reason": "今天也行" })).await.ok();
        let clerk = app.staff("clerk", &county.center).await;
        let verified = clerk.post(order.path("/verify"), json!({})).await.ok();
        assert_eq!(text(&verified["state"]), "dispatched");
    }
}
