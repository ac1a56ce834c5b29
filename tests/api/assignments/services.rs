//! From check-in to check-out: minutes, the last to leave, and midnight.

use chrono::Duration;
use redvest::problem::Code;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::client::{Client, both_at_once};
use crate::support::practice::{
    Assignment, Dispatch, HOME, Order, Practice, Volunteer, at, instant, order, text,
};

/// An order for so many people that a dispatcher gave to the plumbers.
pub async fn order_for(
    app: &TestApp,
    practice: &Practice,
    people: i64,
) -> (Order, Dispatch, Client) {
    let resident = app.resident("王").await;
    let staff = app.staff("dispatcher", &practice.county.village).await;
    let mut body = order();
    body["people"] = json!(people);
    let order = resident.places(body).await;
    staff.post(order.path("/verify"), json!({})).await.ok();
    let dispatch = staff.dispatches(&order, &practice.county.team).await;
    (order, dispatch, resident)
}

/// Two people on one order, with their places.
pub struct Pair {
    pub order: Order,
    pub dispatch: Dispatch,
    pub resident: Client,
    pub other: Volunteer,
    pub first: Assignment,
    pub second: Assignment,
}

/// An order for two that the member of the practice and somebody else have accepted.
pub async fn pair(app: &TestApp, practice: &Practice) -> Pair {
    let (order, dispatch, resident) = order_for(app, practice, 2).await;
    let other = app.member(&practice.county.team, "孙师傅").await;
    let first = practice.member.takes_a_place(&dispatch).await;
    let second = other.takes_a_place(&dispatch).await;
    Pair { order, dispatch, resident, other, first, second }
}

/// How much the plumbers have on their hands.
pub async fn open_dispatches(app: &TestApp, practice: &Practice) -> Value {
    let staff = app.staff("dispatcher", &practice.county.village).await;
    let order = app.resident("林").await.places(order()).await;
    staff.get(order.path("/candidates")).await.items()[0]["openDispatches"].clone()
}

on_both_engines! {
    async fn minutes_are_credited_by_the_rule_of_the_area(app: TestApp) {
        let practice = app.practice().await;
        let rule = json!({ "name": "hours", "stepMinutes": 30, "maximumMinutes": 120 });
        app.rule(&practice.county.town, rule).await;
        let resident = app.resident("王").await;
        for (minutes, credited) in [(29, 0), (30, 30), (89, 60), (120, 120), (200, 120)] {
            let dispatch = resident.orders(&practice.errand).await.dispatch(&resident).await;
            let place = practice.member.takes_a_place(&dispatch).await;
            practice.member.checks_in(&place).await;
            app.clock.advance(Duration::minutes(minutes));
            let done = practice.member.checks_out(&place).await;
            assert_eq!(done["creditedMinutes"], credited, "{minutes} minutes");
        }
        let totals = practice.member.get(practice.member.path("/totals")).await.ok();
        assert_eq!((&totals["minutes"], &totals["services"]), (&json!(330), &json!(5)));
    }

    async fn the_record_and_every_total_are_right_at_once(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let resident = app.resident("王").await;
        let order = resident.orders(&practice.repair).await;
        let begun = app.clock.now();
        app.serve(&practice.member, &order.dispatch(&resident).await, 75).await;
        let staff = app.staff("viewer", &county.center).await;
        for path in [
            practice.member.path("/totals"),
            county.team.path("/totals"),
            county.village.path("/totals"),
            county.town.path("/totals"),
            county.center.path("/totals"),
        ] {
            let totals = staff.get(&path).await.ok();
            assert_eq!(
                (&totals["minutes"], &totals["services"]),
                (&json!(75), &json!(1)),
                "{path}"
            );
        }
        assert_eq!(staff.get(county.other_town.path("/totals")).await.ok()["minutes"], 0);
        let records = practice.member.get(practice.member.path("/service-records")).await.items();
        assert_eq!(records.len(), 1);
        let record = &records[0];
        assert_eq!((&record["minutes"], &record["provenance"]), (&json!(75), &json!("checked_in")));
        assert_eq!(
            (&record["teamId"], &record["areaId"]),
            (&json!(county.team.id), &json!(county.village.id))
        );
        assert_eq!(instant(&record["startedAt"]), begun);
        assert_eq!(instant(&record["endedAt"]), begun + Duration::minutes(75));
        assert_eq!(open_dispatches(&app, &practice).await, 0, "the team has it off its hands");
    }

    async fn a_team_and_a_station_read_what_was_done(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let resident = app.resident("王").await;
        let other_team = app.team(&county.village, "另一队", HOME, &[]).await;
        let dispatch = resident.orders(&practice.repair).await.dispatch(&resident).await;
        app.serve(&practice.member, &dispatch, 60).await;
        let staff = app.staff("viewer", &county.town).await;
        let of_team = county.team.path("/service-records");
        let of_station = county.village.path("/service-records");
        for (reader, path) in
            [(&practice.leader.client(), &of_team), (&staff, &of_team), (&staff, &of_station)]
        {
            let records = reader.get(path).await.items();
            assert_eq!(records.len(), 1, "{path}");
            assert_eq!(
                (&records[0]["volunteerId"], &records[0]["volunteerName"], &records[0]["minutes"]),
                (&json!(practice.member.id), &json!("陈师傅"), &json!(60))
            );
        }
        assert_eq!(staff.get(other_team.path("/service-records")).await.items().len(), 0);
        for stranger in [
            &resident,
            &practice.member.client(),
            &app.staff("administrator", &county.other_town).await,
        ] {
            stranger.get(&of_team).await.refused(Code::Forbidden);
            stranger.get(&of_station).await.refused(Code::Forbidden);
        }
        practice.leader.get(&of_station).await.refused(Code::Forbidden);
    }

    async fn the_last_to_leave_ends_the_service(app: TestApp) {
        let practice = app.practice().await;
        let Pair { order, resident, other, first, second, .. } = pair(&app, &practice).await;
        practice.member.checks_in(&first).await;
        other.checks_in(&second).await;
        app.clock.advance(Duration::minutes(30));
        practice.member.checks_out(&first).await;
        assert_eq!(order.state(&resident).await, "in_service");
        app.clock.advance(Duration::minutes(10));
        other.checks_out(&second).await;
        let seen = order.seen_by(&resident).await;
        assert_eq!((&seen["state"], &seen["dueKind"]), (&json!("served"), &json!("evaluate")));
        assert_eq!(open_dispatches(&app, &practice).await, 0);
    }

    async fn two_who_leave_at_once_end_the_service_once(app: TestApp) {
        let practice = app.practice().await;
        let Pair { order, resident, other, first, second, .. } = pair(&app, &practice).await;
        let here = json!({ "position": at(HOME) });
        let (one, two) = both_at_once(
            practice.member.post(first.path("/check-in"), here.clone()),
            other.post(second.path("/check-in"), here.clone()),
        )
        .await;
        one.ok();
        two.ok();
        app.clock.advance(Duration::minutes(30));
        let (one, two) = both_at_once(
            practice.member.post(first.path("/check-out"), here.clone()),
            other.post(second.path("/check-out"), here),
        )
        .await;
        one.ok();
        two.ok();
        assert_eq!(order.state(&resident).await, "served");
        assert_eq!(open_dispatches(&app, &practice).await, 0);
        let staff = app.staff("viewer", &practice.county.village).await;
        let totals = staff.get(practice.county.team.path("/totals")).await.ok();
        assert_eq!((&totals["minutes"], &totals["services"]), (&json!(60), &json!(2)));
    }

    async fn one_leaves_while_the_other_drops_out_and_the_service_has_ended(app: TestApp) {
        let practice = app.practice().await;
        app.spares_nobody(&practice.county.center).await;
        for _ in 0..6 {
            let Pair { order, resident, other, first, second, .. } = pair(&app, &practice).await;
            practice.member.checks_in(&first).await;
            app.clock.advance(Duration::minutes(30));
            let (left, dropped) = both_at_once(
                practice.member.post(first.path("/check-out"), json!({ "position": at(HOME) })),
                other.post(second.path("/drop-out"), json!({})),
            )
            .await;
            left.ok();
            dropped.ok();
            assert_eq!(order.state(&resident).await, "served", "nobody is waited for any more");
        }
    }

    async fn one_leaves_while_another_takes_a_place_and_nobody_comes_to_an_end(app: TestApp) {
        let practice = app.practice().await;
        app.spares_nobody(&practice.county.center).await;
        for number in 0..6 {
            let (order, dispatch, resident) = order_for(&app, &practice, 2).await;
            let place = practice.member.takes_a_place(&dispatch).await;
            practice.member.checks_in(&place).await;
            app.clock.advance(Duration::minutes(30));
            let late = app.member(&practice.county.team, &format!("{number} 号")).await;
            let (left, took) = both_at_once(
                practice.member.post(place.path("/check-out"), json!({ "position": at(HOME) })),
                late.command(dispatch.path("/take-place")),
            )
            .await;
            left.ok();
            let expected = if took.status() == 201 { "in_service" } else { "served" };
            assert_eq!(order.state(&resident).await, expected, "{took}");
        }
    }

    async fn when_the_other_one_drops_out_after_all_the_service_has_ended(app: TestApp) {
        let practice = app.practice().await;
        let Pair { order, resident, other, first, second, dispatch } = pair(&app, &practice).await;
        practice.member.checks_in(&first).await;
        app.clock.advance(Duration::minutes(30));
        practice.member.checks_out(&first).await;
        assert_eq!(order.state(&resident).await, "in_service", "the other one may still come");
        other.post(second.path("/drop-out"), json!({})).await.ok();
        assert_eq!(order.state(&resident).await, "served");
        assert_eq!(open_dispatches(&app, &practice).await, 0);
        resident.judges(&order, true, 5).await;
        assert_eq!(dispatch.seen_by(&practice.leader).await["state"], "completed");
    }

    async fn midnight_sends_home_whoever_forgot_to_check_out(app: TestApp) {
        let practice = app.practice().await;
        let second =
            app.team(&practice.county.next_village, "二队", (27.6700, 120.5640), &["09"]).await;
        let resident = app.resident("王").await;
        let order = resident.orders(&practice.repair).await;
        let dispatch = order.dispatch(&resident).await;
        let place = practice.member.takes_a_place(&dispatch).await;
        practice.member.checks_in(&place).await;
        let midnight = app.clock.now() + Duration::hours(14);
        app.clock.advance(Duration::hours(14));
        let late =
            practice.member.post(place.path("/check-out"), json!({ "position": at(HOME) })).await;
        late.refused(Code::NotPossible);
        app.clock.advance(Duration::minutes(20));
        app.run_due_jobs().await;
        let forced = place.seen_by(&practice.member).await;
        assert_eq!((&forced["state"], &forced["next"]), (&json!("forced_out"), &json!([])));
        assert_eq!(instant(&forced["checkedOutAt"]), midnight);
        let records = practice.member.get(practice.member.path("/service-records")).await.items();
        assert_eq!(
            (&records[0]["provenance"], &records[0]["minutes"]),
            (&json!("forced"), &json!(0))
        );
        let totals = practice.member.get(practice.member.path("/totals")).await.ok();
        assert_eq!((&totals["minutes"], &totals["services"]), (&json!(0), &json!(0)));
        assert_eq!(dispatch.seen_by(&practice.leader).await["state"], "withdrawn");
        let seen = order.seen_by(&resident).await;
        assert_eq!(seen["state"], "dispatched", "somebody else is asked");
        let anew = order.dispatch(&resident).await.seen_by(&resident).await;
        assert_eq!(anew["organizationId"], second.id);
        assert_eq!(order.last("assignment.forced_out.v1", &resident).await["actor"], "系统");
        assert_eq!(open_dispatches(&app, &practice).await, 0);
    }

    async fn midnight_ends_the_service_where_others_checked_out(app: TestApp) {
        let practice = app.practice().await;
        let Pair { order, resident, other, first, second, .. } = pair(&app, &practice).await;
        practice.member.checks_in(&first).await;
        other.checks_in(&second).await;
        app.clock.advance(Duration::minutes(30));
        practice.member.checks_out(&first).await;
        app.clock.advance(Duration::hours(15));
        app.run_due_jobs().await;
        assert_eq!(second.seen_by(&other).await["state"], "forced_out");
        assert_eq!(order.state(&resident).await, "served");
        resident.judges(&order, true, 4).await;
    }

    async fn a_service_before_midnight_is_one_of_that_day(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let dispatch = resident.orders(&practice.repair).await.dispatch(&resident).await;
        let place = practice.member.takes_a_place(&dispatch).await;
        app.clock.advance(Duration::hours(13));
        practice.member.checks_in(&place).await;
        app.clock.advance(Duration::hours(1) - Duration::microseconds(1));
        app.run_due_jobs().await;
        assert_eq!(practice.member.checks_out(&place).await["creditedMinutes"], 59);
    }

    async fn the_same_key_checks_out_once_and_answers_the_same_later(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let order = resident.orders(&practice.repair).await;
        let place = practice.member.takes_a_place(&order.dispatch(&resident).await).await;
        practice.member.checks_in(&place).await;
        app.clock.advance(Duration::minutes(30));
        let out =
            || practice.member.post(place.path("/check-out"), json!({ "position": at(HOME) }));
        let first = out().key("out").await.ok();
        resident.judges(&order, true, 5).await;
        app.clock.advance(Duration::hours(2));
        let again = out().key("out").await.ok();
        assert_eq!(again, first, "as it was then, though the order is closed by now");
        out().await.refused(Code::NotPossible);
        let totals = practice.member.get(practice.member.path("/totals")).await.ok();
        assert_eq!(totals["minutes"], 30);
    }

    async fn an_order_handed_over_in_the_middle_still_credits_who_was_there(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let staff = app.staff("dispatcher", &practice.county.village).await;
        let order = resident.orders(&practice.repair).await;
        let place = practice.member.takes_a_place(&order.dispatch(&resident).await).await;
        practice.member.checks_in(&place).await;
        let note = json!({ "to": "ambulance_120", "note": "老人摔倒" });
        staff.post(order.path("/transfer"), note).await.ok();
        app.clock.advance(Duration::minutes(40));
        assert_eq!(practice.member.checks_out(&place).await["creditedMinutes"], 40);
        assert_eq!(order.state(&resident).await, "transferred");
        assert_eq!(open_dispatches(&app, &practice).await, 0);
    }

    async fn a_volunteers_records_have_pages(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        for minutes in 1..=5 {
            let dispatch = resident.orders(&practice.errand).await.dispatch(&resident).await;
            app.serve(&practice.member, &dispatch, minutes).await;
        }
        let mut found = Vec::new();
        let mut cursor = String::new();
        loop {
            let path = practice.member.path(&format!("/service-records?limit=2{cursor}"));
            let page = practice.member.get(path).await.ok();
            found.extend(
                page["items"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|one| one["minutes"].as_i64().unwrap()),
            );
            let Some(next) = page["next"].as_str() else { break };
            cursor = format!("&cursor={}", text(&json!(next)));
        }
        assert_eq!(found, [5, 4, 3, 2, 1]);
    }
}
