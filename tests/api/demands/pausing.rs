//! A pause stops every clock and every sweep, and moves what they wait for.

use chrono::Duration;
use redvest::problem::{Code, FieldCode};
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::practice::{instant, order, text};

fn pause() -> Value {
    json!({ "reason": "台风红色预警" })
}

on_both_engines! {
    async fn a_pause_moves_every_deadline_by_its_own_length(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let dispatcher = app.staff("dispatcher", &practice.county.village).await;
        let order = resident.places(order()).await;
        let before = order.seen_by(&resident).await["clocks"].clone();
        dispatcher
            .post(order.path("/pause"), json!({}))
            .await
            .refused_field("/reason", FieldCode::Missing);
        resident.post(order.path("/pause"), pause()).await.refused(Code::Forbidden);
        let paused = dispatcher.post(order.path("/pause"), pause()).await.ok();
        assert_eq!(paused["dueAt"], Value::Null);
        dispatcher.post(order.path("/pause"), pause()).await.refused(Code::NotPossible);
        app.clock.advance(Duration::hours(30));
        app.run_due_jobs().await;
        let still = order.seen_by(&resident).await;
        assert_eq!((&still["state"], &still["escalations"]), (&json!("submitted"), &json!(0)));
        dispatcher.command(order.path("/resume")).await.ok();
        let after = order.seen_by(&resident).await["clocks"].clone();
        for clock in ["respondBy", "handleBy"] {
            assert_eq!(instant(&after[clock]), instant(&before[clock]) + Duration::hours(30));
        }
        assert_eq!(after["pausedAt"], Value::Null);
        dispatcher.command(order.path("/resume")).await.refused(Code::NotPossible);
        let names = order.chapters(&resident).await;
        assert_eq!(names, ["demand.placed.v1", "demand.paused.v1", "demand.resumed.v1"]);
        assert_eq!(order.last("demand.paused.v1", &resident).await["reason"], "台风红色预警");
    }

    async fn an_offer_that_stands_when_the_clock_stops_stands_when_it_goes_on(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let dispatcher = app.staff("dispatcher", &practice.county.village).await;
        let order = resident.orders(&practice.repair).await;
        let dispatch = order.dispatch(&resident).await;
        let nominated = practice.leader.names(&practice.member, &dispatch).await;
        let before = instant(&dispatch.seen_by(&resident).await["respondBy"]);
        app.clock.advance(Duration::minutes(2));
        dispatcher.post(order.path("/pause"), pause()).await.ok();
        app.clock.advance(Duration::hours(5));
        app.run_due_jobs().await;
        assert_eq!(order.state(&resident).await, "dispatched");
        assert_eq!(dispatch.seen_by(&resident).await["state"], "offered");
        assert_eq!(nominated.seen_by(&practice.member).await["state"], "offered");
        dispatcher.command(order.path("/resume")).await.ok();
        app.run_due_jobs().await;
        let after = instant(&dispatch.seen_by(&resident).await["respondBy"]);
        assert_eq!(after, before + Duration::hours(5));
        practice.member.command(nominated.path("/accept")).await.ok();
        assert_eq!(order.state(&resident).await, "accepted");
    }

    async fn an_offer_is_accepted_during_a_pause_however_long_that_lasts(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let dispatcher = app.staff("dispatcher", &practice.county.village).await;
        let order = resident.orders(&practice.repair).await;
        let dispatch = order.dispatch(&resident).await;
        let before = order.seen_by(&resident).await["clocks"].clone();
        app.clock.advance(Duration::minutes(2));
        dispatcher.post(order.path("/pause"), pause()).await.ok();
        app.clock.advance(Duration::hours(20));
        practice.leader.command(dispatch.path("/accept")).await.ok();
        let place = practice.member.takes_a_place(&dispatch).await;
        let seen = order.seen_by(&resident).await;
        assert_eq!((&seen["state"], &seen["dueAt"]), (&json!("accepted"), &Value::Null));
        assert_ne!(seen["clocks"]["pausedAt"], Value::Null, "accepting ends no pause");
        app.clock.advance(Duration::hours(4));
        app.run_due_jobs().await;
        dispatcher.command(order.path("/resume")).await.ok();
        app.run_due_jobs().await;
        let seen = order.seen_by(&resident).await;
        assert_eq!((&seen["state"], &seen["dueKind"]), (&json!("accepted"), &json!("handle")));
        assert_eq!(
            instant(&seen["clocks"]["handleBy"]),
            instant(&before["handleBy"]) + Duration::hours(24)
        );
        practice.member.checks_in(&place).await;
    }

    async fn an_offer_that_had_lapsed_before_the_pause_stays_lapsed(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let dispatcher = app.staff("dispatcher", &practice.county.village).await;
        let order = resident.orders(&practice.repair).await;
        let dispatch = order.dispatch(&resident).await;
        let nominated = practice.leader.names(&practice.member, &dispatch).await;
        let over = instant(&dispatch.seen_by(&resident).await["respondBy"]);
        app.clock.advance(over - app.clock.now() + Duration::seconds(1));
        dispatcher.post(order.path("/pause"), pause()).await.ok();
        app.clock.advance(Duration::hours(1));
        for path in [dispatch.path("/accept"), dispatch.path("/take-place")] {
            practice.leader.command(path).await.refused(Code::OfferLapsed);
        }
        practice.member.command(nominated.path("/accept")).await.refused(Code::OfferLapsed);
        assert_eq!(order.state(&resident).await, "dispatched");
        dispatcher.command(order.path("/resume")).await.ok();
        app.run_due_jobs().await;
        assert_eq!(text(&dispatch.seen_by(&practice.leader).await["state"]), "lapsed");
    }

    async fn an_offer_is_good_until_the_instant_at_which_the_clock_stops(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let dispatcher = app.staff("dispatcher", &practice.county.village).await;
        let order = resident.orders(&practice.repair).await;
        let dispatch = order.dispatch(&resident).await;
        let over = instant(&dispatch.seen_by(&resident).await["respondBy"]);
        app.clock.advance(over - app.clock.now());
        dispatcher.post(order.path("/pause"), pause()).await.ok();
        app.clock.advance(Duration::hours(1));
        practice.leader.command(dispatch.path("/accept")).await.ok();
    }

    async fn nobody_is_dispatched_while_the_clock_stands(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let dispatcher = app.staff("dispatcher", &practice.county.village).await;
        let order = resident.places(order()).await;
        dispatcher.post(order.path("/pause"), pause()).await.ok();
        dispatcher.post(order.path("/verify"), json!({})).await.ok();
        let refused = dispatcher.post(order.path("/dispatches"), json!({ "kind": "call" })).await;
        refused.refused(Code::NotPossible);
        let escalated = dispatcher.post(order.path("/escalate"), json!({ "reason": "无人" })).await;
        escalated.refused(Code::NotPossible);
        dispatcher.command(order.path("/resume")).await.ok();
        dispatcher.calls_for(&order).await;
    }

    async fn whoever_comes_during_a_pause_ends_it(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let dispatcher = app.staff("dispatcher", &practice.county.village).await;
        let order = resident.orders(&practice.repair).await;
        let dispatch = order.dispatch(&resident).await;
        let place = practice.member.takes_a_place(&dispatch).await;
        dispatcher.post(order.path("/pause"), pause()).await.ok();
        practice.member.checks_in(&place).await;
        let begun = order.seen_by(&dispatcher).await;
        assert_eq!(begun["state"], "in_service");
        assert_eq!(
            begun["clocks"]["pausedAt"],
            Value::Null,
            "what is under way does not stand still"
        );
        assert_eq!(begun["dueKind"], "handle");
        app.clock.advance(Duration::minutes(30));
        practice.member.checks_out(&place).await;
        assert_eq!(order.seen_by(&resident).await["dueKind"], "evaluate");
    }

    async fn an_order_that_has_ended_has_no_pause(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let dispatcher = app.staff("dispatcher", &practice.county.village).await;
        for end in ["refuse", "cancel", "transfer"] {
            let order = resident.places(order()).await;
            dispatcher.post(order.path("/pause"), pause()).await.ok();
            let body = match end {
                "transfer" => json!({ "to": "other", "note": "居委会" }),
                _ => json!({ "reason": "不需要了" }),
            };
            let ended = dispatcher.post(order.path(&format!("/{end}")), body).await.ok();
            assert_eq!(ended["next"], json!(["reopen", "reveal_contact"]), "{end}");
            assert_eq!(order.seen_by(&resident).await["clocks"]["pausedAt"], Value::Null, "{end}");
            dispatcher.command(order.path("/resume")).await.refused(Code::NotPossible);
        }
    }
}
