//! What residents say of the service, and what follows from it.

use chrono::Duration;
use redvest::problem::{Code, FieldCode};
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::client::{Client, at_once};
use crate::support::practice::{Dispatch, Item, Order, Practice, instant, order, text};

/// An order from the menu that the member of the practice has served for an hour.
async fn served(
    app: &TestApp,
    practice: &Practice,
    item: &Item,
    resident: &Client,
) -> (Order, Dispatch) {
    let order = resident.orders(item).await;
    let dispatch = order.dispatch(resident).await;
    app.serve(&practice.member, &dispatch, 60).await;
    (order, dispatch)
}

fn judgment(solved: bool, score: i64) -> Value {
    json!({ "solved": solved, "score": score })
}

on_both_engines! {
    async fn what_is_solved_is_closed(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let (order, dispatch) = served(&app, &practice, &practice.repair, &resident).await;
        assert_eq!(order.seen_by(&resident).await["next"], json!(["evaluate"]));
        let body = json!({
            "solved": true, "score": 5, "punctuality": 4, "attitude": 5, "skill": 3, "words": "谢谢陈师傅",
        });
        let judged = resident.post(order.path("/evaluations"), body.clone()).await.created();
        assert_eq!(judged["demandState"], "closed");
        let kept = &judged["evaluation"];
        for (member, value) in body.as_object().unwrap() {
            assert_eq!(&kept[member], value, "{member}");
        }
        assert_eq!((&kept["round"], &kept["byCallback"]), (&json!(1), &json!(false)));
        assert_eq!(kept["teamId"], practice.county.team.id);
        assert_eq!(kept["areaId"], practice.county.village.id);
        let seen = order.seen_by(&resident).await;
        assert_eq!((&seen["closing"], &seen["dueAt"]), (&json!("solved"), &Value::Null));
        assert_eq!(dispatch.seen_by(&practice.leader).await["state"], "completed");
        let names = order.chapters(&resident).await;
        assert!(names.ends_with(&["demand.evaluated.v1".into(), "demand.closed.v1".into()]));
    }

    async fn where_the_rule_says_so_a_dispatcher_closes(app: TestApp) {
        let practice = app.practice().await;
        let rule = json!({ "name": "evaluation", "window": { "localDays": 7 }, "closesWhenSolved": false });
        app.rule(&practice.county.center, rule).await;
        let resident = app.resident("王").await;
        let staff = app.staff("dispatcher", &practice.county.village).await;
        let clerk = app.staff("clerk", &practice.county.village).await;
        let (order, _) = served(&app, &practice, &practice.repair, &resident).await;
        staff.command(order.path("/close")).await.refused(Code::NotPossible);
        assert_eq!(resident.judges(&order, true, 4).await["demandState"], "evaluated");
        clerk.command(order.path("/close")).await.refused(Code::Forbidden);
        resident.command(order.path("/close")).await.refused(Code::Forbidden);
        assert_eq!(order.seen_by(&staff).await["next"], json!(["close", "reopen", "reveal_contact"]));
        let closed = staff.command(order.path("/close")).await.ok();
        assert_eq!(closed["state"], "closed");
        assert_eq!(order.seen_by(&resident).await["closing"], "staff");
        staff.command(order.path("/close")).await.refused(Code::NotPossible);
    }

    async fn what_is_not_solved_begins_anew_with_a_new_clock(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let (order, first) = served(&app, &practice, &practice.repair, &resident).await;
        app.clock.advance(Duration::days(2));
        assert_eq!(resident.judges(&order, false, 2).await["demandState"], "dispatched");
        let seen = order.seen_by(&resident).await;
        assert_eq!((&seen["rounds"], &seen["state"]), (&json!(2), &json!("dispatched")));
        let due = instant(&seen["clocks"]["handleBy"]);
        assert!(due > app.clock.now() && due < app.clock.now() + Duration::days(1));
        assert_eq!(seen["clocks"]["evaluateBy"], Value::Null);
        assert_eq!(first.seen_by(&practice.leader).await["state"], "completed");
        let second = order.dispatch(&resident).await;
        assert_ne!(second.id, first.id);
        app.serve(&practice.member, &second, 30).await;
        let judged = resident.judges(&order, true, 5).await;
        assert_eq!(
            (&judged["demandState"], &judged["evaluation"]["round"]),
            (&json!("closed"), &json!(2))
        );
        let all = resident.get(order.path("/evaluations")).await.items();
        let scores: Vec<_> =
            all.iter().map(|one| (one["round"].clone(), one["score"].clone())).collect();
        assert_eq!(scores, [(json!(1), json!(2)), (json!(2), json!(5))]);
        let reopened = order.last("demand.reopened.v1", &resident).await;
        assert_eq!(reopened["data"]["cause"], "not_solved");
    }

    async fn what_a_person_dispatched_is_verified_again_when_it_is_not_solved(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let staff = app.staff("dispatcher", &practice.county.village).await;
        let order = resident.places(order()).await;
        staff.post(order.path("/verify"), json!({})).await.ok();
        let dispatch = staff.dispatches(&order, &practice.county.team).await;
        app.serve(&practice.member, &dispatch, 30).await;
        assert_eq!(resident.judges(&order, false, 1).await["demandState"], "verified");
        staff.dispatches(&order, &practice.county.team).await;
    }

    async fn a_round_is_judged_once(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let (order, _) = served(&app, &practice, &practice.repair, &resident).await;
        let path = order.path("/evaluations");
        resident.get(&path).await.ok();
        let replies = at_once((0..6).map(|_| resident.post(&path, judgment(true, 5)))).await;
        let with = |status: u16| replies.iter().filter(|reply| reply.status() == status).count();
        assert_eq!((with(201), with(409)), (1, 5));
        resident.post(&path, judgment(true, 1)).await.refused(Code::NotPossible);
        assert_eq!(resident.get(&path).await.items().len(), 1);
        let totals = practice.leader.get(practice.county.team.path("/totals")).await.ok();
        assert_eq!(totals["ratings"], 1);
    }

    async fn the_same_key_judges_once_and_answers_the_same_later(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let (order, _) = served(&app, &practice, &practice.repair, &resident).await;
        let path = order.path("/evaluations");
        let first = resident.post(&path, judgment(true, 5)).key("judge").await.created();
        let why = json!({ "reason": "又坏了" });
        resident.post(order.path("/reopen"), why).await.ok();
        let again = resident.post(&path, judgment(true, 5)).key("judge").await.created();
        assert_eq!(again, first, "as it was then");
        assert_eq!(resident.get(&path).await.items().len(), 1);
    }

    async fn only_what_was_served_is_judged(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let order = resident.orders(&practice.repair).await;
        let path = order.path("/evaluations");
        resident.post(&path, judgment(true, 5)).await.refused(Code::NotPossible);
        let place = practice.member.takes_a_place(&order.dispatch(&resident).await).await;
        practice.member.checks_in(&place).await;
        resident.post(&path, judgment(true, 5)).await.refused(Code::NotPossible);
    }

    async fn what_was_served_is_begun_anew_by_the_judgment_alone(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let (order, _) = served(&app, &practice, &practice.repair, &resident).await;
        let why = json!({ "reason": "没修好" });
        resident.post(order.path("/reopen"), why).await.refused(Code::NotPossible);
    }

    async fn a_clerk_writes_down_what_he_is_told_on_the_phone(app: TestApp) {
        let practice = app.practice().await;
        let clerk = app.staff("clerk", &practice.county.village).await;
        let viewer = app.staff("viewer", &practice.county.village).await;
        let mut body = crate::support::practice::order_of(&practice.repair);
        body["channel"] = json!("hotline");
        let order = clerk.places(body).await;
        app.serve(&practice.member, &order.dispatch(&clerk).await, 30).await;
        let path = order.path("/evaluations");
        viewer.post(&path, judgment(true, 5)).await.refused(Code::Forbidden);
        let judged = clerk.post(&path, judgment(true, 5)).await.created();
        assert_eq!(judged["evaluation"]["byCallback"], true);
        let told = order.last("demand.evaluated.v1", &clerk).await;
        assert_eq!(
            (&told["data"]["byCallback"], &told["actorId"]),
            (&json!(true), &json!(clerk.account_id()))
        );
    }

    async fn the_team_that_served_does_not_judge_itself(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let (order, _) = served(&app, &practice, &practice.repair, &resident).await;
        let path = order.path("/evaluations");
        for interested in [&practice.leader, &practice.member] {
            interested.post(&path, judgment(true, 5)).await.refused(Code::NotFound);
        }
        app.grant("clerk", &practice.county.village, &practice.leader).await;
        practice.leader.post(&path, judgment(true, 5)).await.refused(Code::Forbidden);
        let (own, _) = served(&app, &practice, &practice.repair, &practice.leader).await;
        let judged = practice.leader.judges(&own, true, 4).await;
        assert_eq!(judged["evaluation"]["byCallback"], false, "he ordered it himself");
    }

    async fn silence_closes_when_the_window_is_over(app: TestApp) {
        let practice = app.practice().await;
        let rule =
            json!({ "name": "evaluation", "window": { "minutes": 90 }, "closesWhenSolved": true });
        app.rule(&practice.county.village, rule).await;
        let resident = app.resident("王").await;
        let (order, dispatch) = served(&app, &practice, &practice.repair, &resident).await;
        let due = instant(&order.seen_by(&resident).await["clocks"]["evaluateBy"]);
        assert_eq!(due - app.clock.now(), Duration::minutes(90));
        app.clock.advance(Duration::minutes(90) - Duration::microseconds(1));
        app.run_due_jobs().await;
        assert_eq!(order.state(&resident).await, "served");
        app.clock.advance(Duration::microseconds(1));
        app.run_due_jobs().await;
        let seen = order.seen_by(&resident).await;
        assert_eq!((&seen["state"], &seen["closing"]), (&json!("closed"), &json!("silence")));
        assert_eq!(dispatch.seen_by(&practice.leader).await["state"], "completed");
        let entry = order.last("demand.closed.v1", &resident).await;
        assert_eq!(
            (&entry["data"]["closing"], &entry["actor"]),
            (&json!("silence"), &json!("系统"))
        );
        resident
            .post(order.path("/evaluations"), judgment(true, 5))
            .await
            .refused(Code::NotPossible);
        let totals = practice.leader.get(practice.county.team.path("/totals")).await.ok();
        assert_eq!((&totals["ratings"], &totals["averageRating"]), (&json!(0), &Value::Null));
        let anew = resident.post(order.path("/reopen"), json!({ "reason": "刚回家" })).await.ok();
        assert_eq!(anew["state"], "dispatched");
    }

    async fn the_usual_window_is_a_week_of_local_days(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let (order, _) = served(&app, &practice, &practice.repair, &resident).await;
        let due = text(&order.seen_by(&resident).await["clocks"]["evaluateBy"]);
        assert_eq!(due, "2026-03-09T16:00:00Z", "the end of the seventh day in Shanghai");
    }

    async fn everybody_who_had_a_part_in_it_is_rated_at_once(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let resident = app.resident("王").await;
        let staff = app.staff("viewer", &county.center).await;
        for (score, solved) in [(5, true), (4, true), (2, false)] {
            let (order, _) = served(&app, &practice, &practice.errand, &resident).await;
            resident.judges(&order, solved, score).await;
        }
        for path in [
            practice.member.path("/totals"),
            county.team.path("/totals"),
            county.village.path("/totals"),
            county.town.path("/totals"),
            county.center.path("/totals"),
        ] {
            let totals = staff.get(&path).await.ok();
            let expected = json!({
                "minutes": 180, "services": 3, "ratings": 3, "averageRating": 3.67, "solved": 2,
            });
            assert_eq!(totals, expected, "{path}");
        }
        let elsewhere = staff.get(county.other_town.path("/totals")).await.ok();
        assert_eq!(elsewhere["ratings"], 0);
    }

    async fn the_judgments_of_a_team_and_of_a_station_are_listed(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let resident = app.resident("王").await;
        for score in [5, 4, 3] {
            let (order, _) = served(&app, &practice, &practice.errand, &resident).await;
            resident.judges(&order, true, score).await;
        }
        let scores = |items: &[Value]| -> Vec<i64> {
            items.iter().map(|one| one["score"].as_i64().unwrap()).collect()
        };
        let path = county.team.path("/evaluations");
        let first = practice.leader.get(format!("{path}?limit=2")).await.ok();
        let rest = format!("{path}?limit=2&cursor={}", text(&first["next"]));
        let rest = practice.leader.get(rest).await.ok();
        let both = [first, rest].map(|page| scores(page["items"].as_array().unwrap())).concat();
        assert_eq!(both, [3, 4, 5]);
        let viewer = app.staff("viewer", &county.village).await;
        let of_station = viewer.get(county.village.path("/evaluations")).await.items();
        assert_eq!(scores(&of_station), [3, 4, 5]);
        resident.get(&path).await.refused(Code::Forbidden);
        practice.member.get(&path).await.refused(Code::Forbidden);
    }

    async fn a_judgment_has_its_bounds(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let (order, _) = served(&app, &practice, &practice.repair, &resident).await;
        let path = order.path("/evaluations");
        for (member, value, code) in [
            ("score", json!(0), FieldCode::OutOfRange),
            ("score", json!(6), FieldCode::OutOfRange),
            ("punctuality", json!(6), FieldCode::OutOfRange),
            ("attitude", json!(0), FieldCode::OutOfRange),
            ("skill", json!("good"), FieldCode::WrongType),
            ("solved", json!("yes"), FieldCode::WrongType),
            ("words", json!("好".repeat(1_001)), FieldCode::TooLong),
            ("stars", json!(5), FieldCode::Unknown),
        ] {
            let mut body = judgment(true, 5);
            body[member] = value;
            resident.post(&path, body).await.refused_field(&format!("/{member}"), code);
        }
        resident
            .post(&path, json!({ "solved": true }))
            .await
            .refused_field("/score", FieldCode::Missing);
        assert_eq!(order.state(&resident).await, "served");
    }
}
