//! Places: taken once, given back, never twice at one time.

use chrono::{DateTime, Duration, Utc};
use redvest::problem::{Code, Problem};
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection};

use crate::support::TestApp;
use crate::support::client::{Client, at_once};
use crate::support::practice::{Dispatch, Order, Practice, order, order_of, text, wanted};

/// More people than places, all at once.
const CROWD: usize = 200;

/// An order for this time that the system has offered to the plumbers.
async fn errand_at(
    practice: &Practice,
    resident: &Client,
    from: DateTime<Utc>,
    minutes: i64,
) -> Dispatch {
    let order = resident.places(wanted(order_of(&practice.errand), from, minutes)).await;
    order.dispatch(resident).await
}

/// An order for so many people that a dispatcher gave to the plumbers.
async fn order_for(app: &TestApp, practice: &Practice, people: i64) -> (Order, Dispatch, Client) {
    let resident = app.resident("王").await;
    let staff = app.staff("dispatcher", &practice.county.village).await;
    let mut body = order();
    body["people"] = json!(people);
    let order = resident.places(body).await;
    staff.post(order.path("/verify"), json!({})).await.ok();
    let dispatch = staff.dispatches(&order, &practice.county.team).await;
    (order, dispatch, resident)
}

on_both_engines! {
    async fn a_member_takes_a_place(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let order = resident.orders(&practice.repair).await;
        let dispatch = order.dispatch(&resident).await;
        let taken = practice.member.command(dispatch.path("/take-place")).await.created();
        assert_eq!(
            (&taken["state"], &taken["volunteerName"]),
            (&json!("accepted"), &json!("陈师傅"))
        );
        assert_eq!(taken["next"], json!(["drop_out", "check_in"]));
        let seen = dispatch.seen_by(&practice.leader).await;
        assert_eq!((&seen["state"], &seen["taken"]), (&json!("accepted"), &json!(1)));
        assert_eq!(order.state(&resident).await, "accepted");
        assert_eq!(
            order.chapters(&resident).await[3..],
            ["dispatch.accepted.v1", "assignment.accepted.v1"]
        );
        practice.member.command(dispatch.path("/take-place")).await.refused(Code::AlreadyTaken);
        let other = app.member(&practice.county.team, "孙师傅").await;
        other.command(dispatch.path("/take-place")).await.refused(Code::NoPlaceLeft);
    }

    async fn the_last_place_is_taken_exactly_once(app: TestApp) {
        let practice = app.practice().await;
        let mut crowd = Vec::new();
        for number in 0..CROWD {
            crowd.push(app.member(&practice.county.team, &format!("队员{number}")).await);
        }
        let (order, dispatch, resident) = order_for(&app, &practice, 1).await;
        let path = dispatch.path("/take-place");
        let replies = at_once(crowd.iter().map(|one| one.command(&path))).await;
        let with = |status: u16| replies.iter().filter(|reply| reply.status() == status).count();
        assert_eq!((with(201), with(409)), (1, CROWD - 1), "nobody else is told anything else");
        let list = practice.leader.get(dispatch.path("/assignments")).await.items();
        assert_eq!(list.len(), 1);
        assert_eq!(dispatch.seen_by(&practice.leader).await["taken"], 1);
        let names = order.chapters(&resident).await;
        assert_eq!(names.iter().filter(|name| *name == "assignment.accepted.v1").count(), 1);
    }

    async fn several_places_are_taken_by_as_many(app: TestApp) {
        let practice = app.practice().await;
        let mut crowd = Vec::new();
        for number in 0..12 {
            crowd.push(app.member(&practice.county.team, &format!("队员{number}")).await);
        }
        let (_, dispatch, _) = order_for(&app, &practice, 5).await;
        let path = dispatch.path("/take-place");
        let replies = at_once(crowd.iter().map(|one| one.command(&path))).await;
        let with = |status: u16| replies.iter().filter(|reply| reply.status() == status).count();
        assert_eq!((with(201), with(409)), (5, 7));
        assert_eq!(dispatch.seen_by(&practice.leader).await["taken"], 5);
    }

    async fn one_person_takes_one_place_however_often_he_asks_at_once(app: TestApp) {
        let practice = app.practice().await;
        let (_, dispatch, _) = order_for(&app, &practice, 5).await;
        let path = dispatch.path("/take-place");
        let replies = at_once((0..5).map(|_| practice.member.command(&path))).await;
        let taken = replies.iter().filter(|reply| reply.status() == 201).count();
        assert_eq!(taken, 1);
        assert_eq!(dispatch.seen_by(&practice.leader).await["taken"], 1);
    }

    async fn who_is_promised_elsewhere_at_that_time_cannot_take_a_place(app: TestApp) {
        let practice = app.practice().await;
        app.spares_nobody(&practice.county.center).await;
        let resident = app.resident("王").await;
        let two = app.clock.now() + Duration::hours(2);
        let first = errand_at(&practice, &resident, two, 60).await;
        practice.member.takes_a_place(&first).await;
        for (minutes_later, minutes, fits) in [
            (30, 60, false),
            (-30, 60, false),
            (10, 20, false),
            (-10, 90, false),
            (60, 60, true),
            (-60, 60, true),
        ] {
            let from = two + Duration::minutes(minutes_later);
            let other = errand_at(&practice, &resident, from, minutes).await;
            let reply = practice.member.command(other.path("/take-place")).await;
            if fits {
                reply.created();
            } else {
                reply.refused(Code::TimeConflict);
            }
        }
    }

    async fn two_promises_for_one_time_are_never_both_kept(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let from = app.clock.now() + Duration::hours(2);
        let mut paths = Vec::new();
        for _ in 0..5 {
            paths.push(errand_at(&practice, &resident, from, 60).await.path("/take-place"));
        }
        let replies = at_once(paths.iter().map(|path| practice.member.command(path))).await;
        let with = |status: u16| replies.iter().filter(|reply| reply.status() == status).count();
        assert_eq!((with(201), with(409)), (1, 4));
    }

    async fn without_a_time_a_place_keeps_somebody_busy_for_two_hours(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let now = resident.orders(&practice.errand).await.dispatch(&resident).await;
        practice.member.takes_a_place(&now).await;
        let start = app.clock.now();
        let soon = errand_at(&practice, &resident, start + Duration::minutes(119), 60).await;
        practice.member.command(soon.path("/take-place")).await.refused(Code::TimeConflict);
        let later = errand_at(&practice, &resident, start + Duration::minutes(120), 60).await;
        practice.member.takes_a_place(&later).await;
    }

    async fn who_drops_out_frees_his_place(app: TestApp) {
        let practice = app.practice().await;
        let (order, dispatch, resident) = order_for(&app, &practice, 2).await;
        let other = app.member(&practice.county.team, "孙师傅").await;
        let third = app.member(&practice.county.team, "钱师傅").await;
        let place = practice.member.takes_a_place(&dispatch).await;
        other.takes_a_place(&dispatch).await;
        third.command(dispatch.path("/take-place")).await.refused(Code::NoPlaceLeft);
        other.post(place.path("/drop-out"), json!({})).await.refused(Code::NotFound);
        let path = place.path("/drop-out");
        let gone = practice.member.post(&path, json!({ "reason": "孩子发烧" })).await.ok();
        assert_eq!((&gone["state"], &gone["reason"]), (&json!("dropped_out"), &json!("孩子发烧")));
        assert_eq!(order.state(&resident).await, "accepted", "the other one still comes");
        assert_eq!(order.last("assignment.dropped_out.v1", &resident).await["reason"], "孩子发烧");
        third.takes_a_place(&dispatch).await;
        practice.member.post(&path, json!({})).await.refused(Code::NotPossible);
    }

    async fn when_the_only_one_drops_out_the_offer_stands_again(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let order = resident.orders(&practice.repair).await;
        let dispatch = order.dispatch(&resident).await;
        let place = practice.member.takes_a_place(&dispatch).await;
        app.clock.advance(Duration::hours(1));
        practice.member.post(place.path("/drop-out"), json!({})).await.ok();
        let seen = order.seen_by(&resident).await;
        assert_eq!((&seen["state"], &seen["teamId"]), (&json!("dispatched"), &Value::Null));
        let offered = dispatch.seen_by(&practice.leader).await;
        assert_eq!((&offered["state"], &offered["taken"]), (&json!("offered"), &json!(0)));
        app.run_due_jobs().await;
        assert_eq!(order.state(&resident).await, "dispatched", "there is time to answer");
        let again = practice.member.takes_a_place(&dispatch).await;
        assert_eq!(again.id, place.id, "he may change his mind");
        assert_eq!(order.state(&resident).await, "accepted");
    }

    async fn an_offer_that_stands_again_goes_on_when_nobody_takes_it(app: TestApp) {
        let practice = app.practice().await;
        app.team(&practice.county.village, "二队", (27.6700, 120.5640), &["09"]).await;
        let resident = app.resident("王").await;
        let order = resident.orders(&practice.repair).await;
        let dispatch = order.dispatch(&resident).await;
        let place = practice.member.takes_a_place(&dispatch).await;
        practice.member.post(place.path("/drop-out"), json!({})).await.ok();
        app.clock.advance(Duration::minutes(5));
        app.run_due_jobs().await;
        assert_eq!(order.state(&resident).await, "dispatched");
        assert_ne!(order.dispatch(&resident).await.id, dispatch.id);
    }

    async fn a_suspended_volunteer_takes_no_place(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let dispatch = resident.orders(&practice.repair).await.dispatch(&resident).await;
        let administrator = app.administrator().await;
        administrator.command(practice.member.path("/suspend")).await.ok();
        let path = dispatch.path("/take-place");
        let refused = practice.member.command(&path).await;
        assert!(matches!(refused.status(), 403 | 404), "{refused}");
        administrator.command(practice.member.path("/resume")).await.ok();
        practice.member.takes_a_place(&dispatch).await;
    }

    async fn who_has_left_the_team_takes_no_place(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let dispatch = resident.orders(&practice.repair).await.dispatch(&resident).await;
        practice.member.command(practice.county.team.path("/leave")).await.done();
        practice.member.command(dispatch.path("/take-place")).await.refused(Code::NotFound);
    }

    async fn the_same_key_takes_one_place_and_answers_the_same_later(app: TestApp) {
        let practice = app.practice().await;
        let (_, dispatch, _) = order_for(&app, &practice, 1).await;
        let path = dispatch.path("/take-place");
        let first = practice.member.command(&path).key("take").await;
        let place = format!("/assignments/{}", text(&first.json()["assignmentId"]));
        practice.member.post(format!("{place}/drop-out"), json!({})).await.ok();
        let again = practice.member.command(&path).key("take").await;
        assert_eq!(again.header("Location"), first.header("Location"));
        assert_eq!(again.etag(), first.etag());
        assert_eq!(again.created(), first.created(), "as it was then");
        let now = practice.member.get(&place).await.ok();
        assert_eq!(now["state"], "dropped_out", "the repetition did not take it again");
    }

    async fn after_the_service_no_place_is_left(app: TestApp) {
        let practice = app.practice().await;
        let (order, dispatch, resident) = order_for(&app, &practice, 3).await;
        app.serve(&practice.member, &dispatch, 20).await;
        assert_eq!(order.state(&resident).await, "served");
        let late = app.member(&practice.county.team, "孙师傅").await;
        late.command(dispatch.path("/take-place")).await.refused(Code::NotPossible);
        let named = json!({ "volunteerIds": [late.id] });
        practice.leader.post(dispatch.path("/assignments"), named).await.refused(Code::NotPossible);
    }

    async fn everybody_lists_his_own_assignments(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let mut places = Vec::new();
        for hours in 1..=3 {
            let from = app.clock.now() + Duration::hours(hours);
            let dispatch = errand_at(&practice, &resident, from, 60).await;
            places.push(practice.member.takes_a_place(&dispatch).await.id);
        }
        let first = practice.member.get("/me/assignments?limit=2").await.ok();
        let rest = format!("/me/assignments?limit=2&cursor={}", text(&first["next"]));
        let rest = practice.member.get(rest).await.ok();
        let ids = |page: &Value| -> Vec<String> {
            page["items"].as_array().unwrap().iter().map(|one| text(&one["assignmentId"])).collect()
        };
        places.reverse();
        assert_eq!([ids(&first), ids(&rest)].concat(), places);
        assert_eq!(rest["next"], Value::Null);
        assert_eq!(practice.leader.get("/me/assignments").await.items().len(), 0);
        resident.get("/me/assignments").await.refused(Code::Forbidden);
    }

    async fn who_runs_into_the_rule_again_and_again_is_promised_elsewhere(app: TestApp) {
        if app.db.engine_name() == "sqlite" {
            return;
        }
        let mut own = PgConnection::connect(app.database_url()).await.unwrap();
        let refused = app.db.write(async |_| {
            let text = "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'exclusion_violation'; END $$";
            let done = sqlx::raw_sql(text).execute(&mut own).await;
            done.map(drop).map_err(Problem::from)
        });
        assert_eq!(refused.await.map_err(|problem| problem.code()), Err(Code::TimeConflict));
    }
}
