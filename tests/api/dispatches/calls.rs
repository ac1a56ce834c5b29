//! Recruitment calls 招募令: opened to every volunteer of the county who has the skill.

use chrono::Duration;
use redvest::problem::Code;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::app::changed;
use crate::support::client::Client;
use crate::support::practice::{Order, Practice, order};

/// An order that takes a psychologist, verified by the county.
async fn counselling(app: &TestApp, practice: &Practice, people: i64) -> (Order, Client, Client) {
    let staff = app.staff("dispatcher", &practice.county.center).await;
    let resident = app.resident("王").await;
    let mut body = changed(&order(), "skill", "14");
    body["people"] = json!(people);
    let order = resident.places(body).await;
    staff.post(order.path("/verify"), json!({})).await.ok();
    (order, staff, resident)
}

on_both_engines! {
    async fn whoever_has_the_skill_may_answer_a_call(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let (order, staff, resident) = counselling(&app, &practice, 2).await;
        let call = staff.calls_for(&order).await;
        let skilled = app.volunteer(&county.center, "周老师", &["14"]).await;
        let elsewhere = app.volunteer(&county.another_county, "吴老师", &["14"]).await;
        let seen = call.seen_by(&skilled).await;
        assert_eq!(
            (&seen["kind"], &seen["organizationId"]),
            (&json!("call"), &json!(county.center.id))
        );
        assert_eq!((&seen["next"], &seen["places"]), (&json!(["take_place"]), &json!(2)));
        for outsider in [&practice.member, &practice.leader, &elsewhere] {
            outsider.get(call.path("")).await.refused(Code::NotFound);
            outsider.command(call.path("/take-place")).await.refused(Code::NotFound);
        }
        resident.command(call.path("/take-place")).await.refused(Code::Forbidden);
        skilled.takes_a_place(&call).await;
        assert_eq!(order.state(&resident).await, "accepted");
        assert_eq!(order.seen_by(&resident).await["teamId"], Value::Null, "no team answered");
    }

    async fn nobody_answers_a_call_for_others(app: TestApp) {
        let practice = app.practice().await;
        let (order, staff, _) = counselling(&app, &practice, 1).await;
        let call = staff.calls_for(&order).await;
        staff.command(call.path("/accept")).await.refused(Code::Forbidden);
        let named = json!({ "volunteerIds": [practice.member.id] });
        staff.post(call.path("/assignments"), named).await.refused(Code::Forbidden);
    }

    async fn a_call_without_a_skill_is_for_everybody_in_the_county(app: TestApp) {
        let practice = app.practice().await;
        let staff = app.staff("dispatcher", &practice.county.village).await;
        let order = app.resident("王").await.places(order()).await;
        staff.post(order.path("/verify"), json!({})).await.ok();
        let call = staff.calls_for(&order).await;
        practice.member.takes_a_place(&call).await;
    }

    async fn a_call_that_nobody_answers_lapses(app: TestApp) {
        let practice = app.practice().await;
        let (order, staff, _) = counselling(&app, &practice, 1).await;
        let call = staff.calls_for(&order).await;
        app.clock.advance(Duration::minutes(5));
        app.run_due_jobs().await;
        assert_eq!(call.seen_by(&staff).await["state"], "lapsed");
        assert_eq!(order.state(&staff).await, "verified");
        staff.calls_for(&order).await;
    }

    async fn what_a_call_brings_counts_once_for_the_station(app: TestApp) {
        let practice = app.practice().await;
        let village = &practice.county.village;
        let staff = app.staff("dispatcher", village).await;
        let resident = app.resident("王").await;
        let order = resident.places(order()).await;
        staff.post(order.path("/verify"), json!({})).await.ok();
        let call = staff.calls_for(&order).await;
        app.serve(&practice.member, &call, 40).await;
        resident.judges(&order, true, 4).await;
        let center = app.staff("viewer", &practice.county.center).await;
        for node in [village, &practice.county.center] {
            let totals = center.get(node.path("/totals")).await.ok();
            let expected = json!({
                "minutes": 40, "services": 1, "ratings": 1, "averageRating": 4.0, "solved": 1,
            });
            assert_eq!(totals, expected);
        }
    }

    async fn what_a_call_of_the_county_brings_counts_once_for_the_county(app: TestApp) {
        let practice = app.practice().await;
        let (order, staff, resident) = counselling(&app, &practice, 1).await;
        let skilled = app.volunteer(&practice.county.center, "周老师", &["14"]).await;
        let call = staff.calls_for(&order).await;
        app.serve(&skilled, &call, 60).await;
        resident.judges(&order, true, 5).await;
        let totals = staff.get(practice.county.center.path("/totals")).await.ok();
        assert_eq!((&totals["minutes"], &totals["ratings"]), (&json!(60), &json!(1)));
    }

    async fn whoever_dispatched_lists_the_calls_of_his_organization(app: TestApp) {
        let practice = app.practice().await;
        let (order, staff, _) = counselling(&app, &practice, 1).await;
        let call = staff.calls_for(&order).await;
        let list = staff.get(practice.county.center.path("/dispatches")).await.items();
        assert_eq!(list.len(), 1);
        assert_eq!(list[0]["dispatchId"], call.id);
    }
}
