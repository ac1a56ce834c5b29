//! Who has accepted and does not come: released by those in charge, or by midnight.

use chrono::{DateTime, Duration, Utc};
use redvest::problem::{Code, FieldCode};
use serde_json::{Value, json};

use super::services::{Pair, open_dispatches, order_for, pair};
use crate::support::TestApp;
use crate::support::client::{Client, both_at_once};
use crate::support::practice::{Assignment, HOME, at, instant, order, order_of, wanted};

const WHY: &str = "联系不上";

async fn releases(client: &Client, place: &Assignment) -> Value {
    client.post(place.path("/release"), json!({ "reason": WHY })).await.ok()
}

/// The first instant of Tuesday in Shanghai: every story begins on Monday at 10.
fn midnight(app: &TestApp) -> DateTime<Utc> {
    app.clock.now() + Duration::hours(14)
}

async fn at_instant(app: &TestApp, instant: DateTime<Utc>) {
    app.clock.advance(instant - app.clock.now());
    app.run_due_jobs().await;
}

on_both_engines! {
    async fn a_leader_releases_who_does_not_come_and_the_service_has_ended(app: TestApp) {
        let practice = app.practice().await;
        let Pair { order, dispatch, resident, other, first, second } = pair(&app, &practice).await;
        practice.member.checks_in(&first).await;
        app.clock.advance(Duration::minutes(30));
        practice.member.checks_out(&first).await;
        assert_eq!(order.state(&resident).await, "in_service", "the other one may still come");
        let seen = second.seen_by(&practice.leader).await;
        assert_eq!(seen["next"], json!(["release", "enter_presence"]));
        let released = releases(&practice.leader, &second).await;
        assert_eq!((&released["state"], &released["reason"]), (&json!("released"), &json!(WHY)));
        assert_eq!(released["next"], json!([]));
        let seen = order.seen_by(&resident).await;
        assert_eq!((&seen["state"], &seen["dueKind"]), (&json!("served"), &json!("evaluate")));
        assert_eq!(dispatch.seen_by(&practice.leader).await["taken"], 1);
        assert_eq!(open_dispatches(&app, &practice).await, 0);
        assert_eq!(order.last("assignment.released.v1", &resident).await["reason"], WHY);
        let own = second.seen_by(&other).await;
        assert_eq!((&own["state"], &own["reason"]), (&json!("released"), &json!(WHY)));
        let records = other.get(other.path("/service-records")).await.items();
        assert!(records.is_empty(), "it costs nothing");
        resident.judges(&order, true, 5).await;
        assert_eq!(dispatch.seen_by(&practice.leader).await["state"], "completed");
    }

    async fn a_released_place_is_free_at_once(app: TestApp) {
        let practice = app.practice().await;
        let Pair { order, dispatch, resident, second, .. } = pair(&app, &practice).await;
        let third = app.member(&practice.county.team, "钱师傅").await;
        third.command(dispatch.path("/take-place")).await.refused(Code::NoPlaceLeft);
        releases(&practice.leader, &second).await;
        assert_eq!(order.state(&resident).await, "accepted", "the first one still comes");
        third.takes_a_place(&dispatch).await;
    }

    async fn when_the_only_one_is_released_the_offer_stands_again(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let order = resident.orders(&practice.repair).await;
        let dispatch = order.dispatch(&resident).await;
        let place = practice.member.takes_a_place(&dispatch).await;
        app.clock.advance(Duration::hours(1));
        releases(&practice.leader, &place).await;
        assert_eq!(order.state(&resident).await, "dispatched");
        assert_eq!(dispatch.seen_by(&practice.leader).await["state"], "offered");
        app.run_due_jobs().await;
        let other = app.member(&practice.county.team, "孙师傅").await;
        other.takes_a_place(&dispatch).await;
        assert_eq!(order.state(&resident).await, "accepted");
    }

    async fn whoever_has_the_turn_may_release_and_nobody_else(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let (order, dispatch, resident) = order_for(&app, &practice, 4).await;
        let place = practice.member.takes_a_place(&dispatch).await;
        let path = place.path("/release");
        let why = || json!({ "reason": WHY });
        let second = app.team(&county.next_village, "二队", (27.6700, 120.5640), &["09"]).await;
        for stranger in [
            app.resident("李大爷").await,
            app.member(&county.team, "孙师傅").await.client(),
            app.leader(&second, "周队长").await.client(),
            app.staff("dispatcher", &county.next_village).await,
            app.staff("administrator", &county.another_county).await,
        ] {
            stranger.post(&path, why()).await.refused(Code::NotFound);
        }
        for onlooker in [
            resident,
            practice.member.client(),
            app.staff("clerk", &county.village).await,
            app.staff("viewer", &county.center).await,
        ] {
            onlooker.post(&path, why()).await.refused(Code::Forbidden);
        }
        let village = app.staff("dispatcher", &county.village).await;
        village.post(&path, json!({})).await.refused_field("/reason", FieldCode::Missing);
        releases(&village, &place).await;
        for above in
            [app.staff("dispatcher", &county.town).await, app.staff("dispatcher", &county.center).await]
        {
            let place = practice.member.takes_a_place(&dispatch).await;
            releases(&above, &place).await;
        }
        let own = practice.leader.takes_a_place(&dispatch).await;
        practice.leader.post(own.path("/release"), why()).await.refused(Code::Forbidden);
        practice.member.takes_a_place(&dispatch).await;
        app.clock.advance(Duration::minutes(1));
        village.post(order.path("/escalate"), why()).await.ok();
        village.post(&path, why()).await.refused(Code::Forbidden);
        releases(&app.staff("dispatcher", &county.town).await, &place).await;
    }

    async fn whoever_has_come_is_not_released(app: TestApp) {
        let practice = app.practice().await;
        let Pair { first, second, other, .. } = pair(&app, &practice).await;
        let refused = async |place: &Assignment, state: &str| {
            let reply = practice.leader.post(place.path("/release"), json!({ "reason": WHY })).await;
            let problem = reply.refused(Code::NotPossible);
            assert!(problem["title"].as_str().unwrap().contains(state), "{problem}");
        };
        practice.member.checks_in(&first).await;
        refused(&first, "on_site").await;
        app.clock.advance(Duration::minutes(30));
        practice.member.checks_out(&first).await;
        refused(&first, "done").await;
        other.post(second.path("/drop-out"), json!({})).await.ok();
        refused(&second, "dropped_out").await;
    }

    async fn of_release_and_check_in_at_once_one_wins(app: TestApp) {
        let practice = app.practice().await;
        app.spares_nobody(&practice.county.center).await;
        let resident = app.resident("王").await;
        for _ in 0..4 {
            let order = resident.orders(&practice.errand).await;
            let dispatch = order.dispatch(&resident).await;
            let place = practice.member.takes_a_place(&dispatch).await;
            let (released, on_site) = both_at_once(
                practice.leader.post(place.path("/release"), json!({ "reason": WHY })),
                practice.member.post(place.path("/check-in"), json!({ "position": at(HOME) })),
            )
            .await;
            let (won, state) = match (released.status(), on_site.status()) {
                (200, 409) => ("released", "dispatched"),
                (409, 200) => ("on_site", "in_service"),
                other => panic!("both won, or neither: {other:?}"),
            };
            assert_eq!(place.seen_by(&practice.member).await["state"], won);
            assert_eq!(order.state(&resident).await, state);
            if won == "on_site" {
                practice.member.checks_out(&place).await;
            }
        }
    }

    async fn midnight_releases_who_did_not_come_and_the_service_has_ended(app: TestApp) {
        let practice = app.practice().await;
        let Pair { order, resident, other, first, second, .. } = pair(&app, &practice).await;
        let midnight = midnight(&app);
        assert_eq!(instant(&second.seen_by(&other).await["comeBy"]), midnight);
        practice.member.checks_in(&first).await;
        app.clock.advance(Duration::minutes(30));
        practice.member.checks_out(&first).await;
        at_instant(&app, midnight - Duration::microseconds(1)).await;
        assert_eq!(second.seen_by(&other).await["state"], "accepted", "the day is not over");
        at_instant(&app, midnight).await;
        let own = second.seen_by(&other).await;
        assert_eq!((&own["state"], &own["comeBy"]), (&json!("released"), &Value::Null));
        assert!(own["reason"].as_str().unwrap().contains("未签到"), "{own}");
        assert_eq!(order.state(&resident).await, "served");
        assert_eq!(order.last("assignment.released.v1", &resident).await["actor"], "系统");
        assert_eq!(open_dispatches(&app, &practice).await, 0);
    }

    async fn when_nobody_came_somebody_else_is_asked(app: TestApp) {
        let practice = app.practice().await;
        let second =
            app.team(&practice.county.next_village, "二队", (27.6700, 120.5640), &["09"]).await;
        let resident = app.resident("王").await;
        let order = resident.orders(&practice.repair).await;
        let place = practice.member.takes_a_place(&order.dispatch(&resident).await).await;
        at_instant(&app, midnight(&app)).await;
        assert_eq!(place.seen_by(&practice.member).await["state"], "released");
        assert_eq!(order.state(&resident).await, "dispatched", "the offer stands again");
        app.clock.advance(Duration::minutes(5));
        app.run_due_jobs().await;
        let anew = order.dispatch(&resident).await.seen_by(&resident).await;
        assert_eq!((&anew["organizationId"], &anew["state"]), (&json!(second.id), &json!("offered")));
    }

    async fn of_several_who_did_not_come_all_are_released(app: TestApp) {
        let practice = app.practice().await;
        let Pair { order, dispatch, resident, first, second, .. } = pair(&app, &practice).await;
        at_instant(&app, midnight(&app)).await;
        for place in [first, second] {
            assert_eq!(place.seen_by(&practice.leader).await["state"], "released");
        }
        let offered = dispatch.seen_by(&practice.leader).await;
        assert_eq!((&offered["state"], &offered["taken"]), (&json!("offered"), &json!(0)));
        assert_eq!(order.state(&resident).await, "dispatched");
    }

    async fn with_one_sent_home_and_one_who_never_came_somebody_has_to_be_found_anew(app: TestApp) {
        let practice = app.practice().await;
        let Pair { order, dispatch, resident, first, .. } = pair(&app, &practice).await;
        practice.member.checks_in(&first).await;
        at_instant(&app, midnight(&app)).await;
        assert_eq!(dispatch.seen_by(&practice.leader).await["state"], "withdrawn");
        let seen = order.seen_by(&resident).await;
        assert_eq!((&seen["state"], &seen["escalations"]), (&json!("verified"), &json!(1)));
        assert_eq!(open_dispatches(&app, &practice).await, 0);
    }

    async fn the_day_that_is_over_is_that_of_the_time_wanted(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let friday = app.clock.now() + Duration::days(4);
        let until_midnight = Duration::hours(14);
        let body = wanted(order_of(&practice.errand), friday, until_midnight.num_minutes());
        let dispatch = resident.places(body).await.dispatch(&resident).await;
        let place = practice.member.takes_a_place(&dispatch).await;
        let come_by = instant(&place.seen_by(&practice.member).await["comeBy"]);
        assert_eq!(come_by, friday + until_midnight);
    }

    async fn without_a_time_wanted_it_is_the_day_by_which_it_must_be_handled(app: TestApp) {
        let practice = app.practice().await;
        let rule = json!({ "name": "clocks", "respond": { "minutes": 10 }, "handle": { "workingDays": 3 } });
        app.rule(&practice.county.center, rule).await;
        let resident = app.resident("王").await;
        let order = resident.orders(&practice.errand).await;
        let place = practice.member.takes_a_place(&order.dispatch(&resident).await).await;
        let come_by = instant(&place.seen_by(&practice.member).await["comeBy"]);
        assert_eq!(come_by, midnight(&app) + Duration::days(3));
        at_instant(&app, come_by - Duration::minutes(1)).await;
        practice.member.checks_in(&place).await;
        assert_eq!(place.seen_by(&practice.member).await["comeBy"], Value::Null);
    }

    async fn who_accepts_after_the_day_that_was_wanted_has_until_the_end_of_his_own(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let staff = app.staff("dispatcher", &practice.county.center).await;
        let order = resident.places(wanted(order(), app.clock.now() + Duration::hours(1), 60)).await;
        let midnight = midnight(&app);
        for accepted_at in [midnight, midnight + Duration::hours(30)] {
            at_instant(&app, accepted_at).await;
            if order.state(&staff).await == "submitted" {
                staff.post(order.path("/verify"), json!({})).await.ok();
            }
            let dispatch = staff.dispatches(&order, &practice.county.team).await;
            let place = practice.member.takes_a_place(&dispatch).await;
            app.run_due_jobs().await;
            let seen = place.seen_by(&practice.member).await;
            assert_eq!(seen["state"], "accepted");
            let days = if accepted_at == midnight { 1 } else { 2 };
            assert_eq!(instant(&seen["comeBy"]), midnight + Duration::days(days));
            practice.member.post(place.path("/drop-out"), json!({})).await.ok();
            let reason = json!({ "reason": WHY });
            staff.post(dispatch.path("/withdraw"), reason).await.ok();
        }
    }

    async fn who_named_accepts_is_waited_for_as_well(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let order = resident.orders(&practice.repair).await;
        let dispatch = order.dispatch(&resident).await;
        let place = practice.leader.names(&practice.member, &dispatch).await;
        let accepted = practice.member.command(place.path("/accept")).await.ok();
        assert_eq!(instant(&accepted["comeBy"]), midnight(&app));
    }

    async fn during_a_pause_nobody_is_waited_for_in_vain(app: TestApp) {
        let practice = app.practice().await;
        let (order, dispatch, resident) = order_for(&app, &practice, 2).await;
        let other = app.member(&practice.county.team, "孙师傅").await;
        let places =
            [practice.member.takes_a_place(&dispatch).await, other.takes_a_place(&dispatch).await];
        let dispatcher = app.staff("dispatcher", &practice.county.village).await;
        let midnight = midnight(&app);
        dispatcher.post(order.path("/pause"), json!({ "reason": "台风红色预警" })).await.ok();
        at_instant(&app, midnight + Duration::hours(10)).await;
        for place in &places {
            assert_eq!(place.seen_by(&dispatcher).await["state"], "accepted");
        }
        practice.member.checks_in(&places[0]).await;
        app.run_due_jobs().await;
        let waited_for = places[1].seen_by(&other).await;
        assert_eq!(waited_for["state"], "accepted", "the pause has ended, and he has a day to come");
        assert_eq!(instant(&waited_for["comeBy"]), midnight + Duration::days(1));
        assert_eq!(order.state(&resident).await, "in_service");
    }

    async fn a_pause_that_ends_leaves_time_to_come(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let order = resident.places(order()).await;
        let dispatcher = app.staff("dispatcher", &practice.county.village).await;
        dispatcher.post(order.path("/verify"), json!({})).await.ok();
        let dispatch = dispatcher.dispatches(&order, &practice.county.team).await;
        let place = practice.member.takes_a_place(&dispatch).await;
        let midnight = midnight(&app);
        dispatcher.post(order.path("/pause"), json!({ "reason": "台风红色预警" })).await.ok();
        at_instant(&app, midnight + Duration::hours(9)).await;
        dispatcher.command(order.path("/resume")).await.ok();
        app.run_due_jobs().await;
        let waited_for = place.seen_by(&practice.member).await;
        assert_eq!(waited_for["state"], "accepted");
        assert_eq!(instant(&waited_for["comeBy"]), midnight + Duration::days(1));
    }
}
