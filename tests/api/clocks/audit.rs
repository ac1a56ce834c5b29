//! Whatever passes without its consequence is reported, once, and not before a sweep that is
//! catching up has had its time.

use chrono::Duration;
use redvest::access::Gate;
use redvest::app::Wired;
use redvest::dispatches::AuditClocks;
use redvest::platform::jobs::Job as _;
use serde_json::json;

use super::sweeps::instance;
use crate::support::TestApp;
use crate::support::practice::{order, order_of};

async fn looks(auditor: &AuditClocks, gate: &Gate) -> usize {
    auditor.run(gate).await.unwrap()
}

/// The deadline of this kind passes after so long, and no sweep comes.
async fn is_reported(app: &TestApp, kind: &str, after: Duration) {
    let Wired { gate, .. } = instance(app).await;
    let auditor = AuditClocks::default();
    let missed = || auditor.missed().get(kind).copied();
    app.clock.advance(after - Duration::microseconds(1));
    looks(&auditor, &gate).await;
    app.clock.advance(Duration::microseconds(1));
    looks(&auditor, &gate).await;
    app.clock.advance(Duration::minutes(5) - Duration::microseconds(1));
    looks(&auditor, &gate).await;
    assert_eq!(missed(), Some(0), "a sweep may be catching up");
    app.clock.advance(Duration::microseconds(1));
    assert!(looks(&auditor, &gate).await > 0);
    assert_eq!(missed(), Some(1), "{:?}", auditor.missed());
    assert_eq!(looks(&auditor, &gate).await, 0, "each once");
    app.run_due_jobs().await;
    looks(&auditor, &gate).await;
    assert_eq!(missed(), Some(0), "what has found its consequence is missed no more");
}

on_both_engines! {
    async fn an_order_that_nobody_moves_on_is_reported(app: TestApp) {
        app.practice().await;
        let resident = app.resident("王").await;
        resident.places(order()).await;
        is_reported(&app, "demand_due", Duration::hours(14)).await;
    }

    async fn an_offer_that_does_not_lapse_is_reported(app: TestApp) {
        let practice = app.practice().await;
        app.resident("王").await.orders(&practice.repair).await;
        is_reported(&app, "offer_respond_by", Duration::minutes(5)).await;
    }

    async fn a_nomination_that_does_not_lapse_is_reported(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let mut body = order_of(&practice.repair);
        body["people"] = json!(2);
        let dispatch = resident.places(body).await.dispatch(&resident).await;
        practice.leader.command(dispatch.path("/accept")).await.ok();
        practice.leader.names(&practice.member, &dispatch).await;
        is_reported(&app, "nomination_respond_by", Duration::minutes(5)).await;
    }

    async fn who_does_not_come_and_is_not_released_is_reported(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let dispatch = resident.orders(&practice.repair).await.dispatch(&resident).await;
        practice.member.takes_a_place(&dispatch).await;
        is_reported(&app, "come_by", Duration::hours(14)).await;
    }

    async fn who_does_not_leave_and_is_not_sent_home_is_reported(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let dispatch = resident.orders(&practice.repair).await.dispatch(&resident).await;
        let place = practice.member.takes_a_place(&dispatch).await;
        practice.member.checks_in(&place).await;
        is_reported(&app, "leave_by", Duration::hours(14)).await;
    }

    async fn while_the_clocks_stand_still_nothing_is_missed(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let order = resident.orders(&practice.repair).await;
        let dispatch = order.dispatch(&resident).await;
        practice.leader.names(&practice.member, &dispatch).await;
        let village = app.staff("dispatcher", &practice.county.village).await;
        village.post(order.path("/pause"), json!({ "reason": "台风红色预警" })).await.ok();
        let Wired { gate, .. } = instance(&app).await;
        let auditor = AuditClocks::default();
        for _ in 0..3 {
            app.clock.advance(Duration::hours(14));
            assert_eq!(looks(&auditor, &gate).await, 0);
        }
    }

    async fn how_many_are_missed_is_among_the_figures(app: TestApp) {
        app.run_due_jobs().await;
        let figures = app.anonymous().get("//metrics").await;
        let text = figures.status_is(200).text().to_owned();
        assert!(text.contains("redvest_deadlines_missed{kind=\"leave_by\"}"), "{text}");
    }
}
