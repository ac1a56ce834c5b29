//! A leader names volunteers; nobody is assigned without his consent.

use chrono::Duration;
use redvest::problem::{Code, FieldCode};
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::client::{Client, both_at_once};
use crate::support::practice::{Dispatch, Order, Practice, instant, order, text};

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
    async fn who_is_named_is_asked_and_not_assigned(app: TestApp) {
        let practice = app.practice().await;
        let (order, dispatch, resident) = order_for(&app, &practice, 1).await;
        let named = practice.leader.names(&practice.member, &dispatch).await;
        let asked = named.seen_by(&practice.member).await;
        assert_eq!(
            (&asked["state"], &asked["next"]),
            (&json!("offered"), &json!(["accept", "decline"]))
        );
        assert_eq!(instant(&asked["respondBy"]) - app.clock.now(), Duration::minutes(5));
        assert_eq!(dispatch.seen_by(&practice.leader).await["taken"], 0);
        assert_eq!(order.state(&resident).await, "dispatched", "nobody has agreed to anything yet");
        practice
            .member
            .post(named.path("/check-in"), json!({ "code": "000000" }))
            .await
            .status_is(422);
        practice.leader.command(named.path("/accept")).await.refused(Code::Forbidden);
        let accepted = practice.member.command(named.path("/accept")).await.ok();
        assert_eq!(accepted["state"], "accepted");
        assert_eq!(order.state(&resident).await, "accepted");
        practice.member.command(named.path("/accept")).await.refused(Code::NotPossible);
    }

    async fn who_declines_does_so_without_giving_a_reason(app: TestApp) {
        let practice = app.practice().await;
        let (order, dispatch, resident) = order_for(&app, &practice, 1).await;
        let named = practice.leader.names(&practice.member, &dispatch).await;
        let other = app.member(&practice.county.team, "孙师傅").await;
        other.post(named.path("/decline"), json!({})).await.refused(Code::NotFound);
        practice.leader.post(named.path("/decline"), json!({})).await.refused(Code::Forbidden);
        let declined = practice.member.post(named.path("/decline"), json!({})).await.ok();
        assert_eq!((&declined["state"], &declined["reason"]), (&json!("declined"), &Value::Null));
        practice.member.command(named.path("/accept")).await.refused(Code::NotPossible);
        assert_eq!(order.state(&resident).await, "dispatched");
        let again = practice.leader.names(&practice.member, &dispatch).await;
        assert_eq!(again.id, named.id);
        practice.member.command(again.path("/accept")).await.ok();
    }

    async fn who_does_not_answer_is_not_waited_for(app: TestApp) {
        let practice = app.practice().await;
        let (_, dispatch, _) = order_for(&app, &practice, 2).await;
        practice.leader.command(dispatch.path("/accept")).await.ok();
        let named = practice.leader.names(&practice.member, &dispatch).await;
        app.clock.advance(Duration::minutes(5) + Duration::seconds(1));
        practice.member.command(named.path("/accept")).await.refused(Code::OfferLapsed);
        app.run_due_jobs().await;
        assert_eq!(named.seen_by(&practice.member).await["state"], "lapsed");
        practice.member.command(named.path("/accept")).await.refused(Code::NotPossible);
        let own = practice.member.takes_a_place(&dispatch).await;
        assert_eq!(own.id, named.id, "he may still come by himself while a place is free");
    }

    async fn only_active_members_are_named_and_only_by_the_leader(app: TestApp) {
        let practice = app.practice().await;
        let (_, dispatch, _) = order_for(&app, &practice, 2).await;
        let path = dispatch.path("/assignments");
        let outsider = app.volunteer(&practice.county.center, "外人", &[]).await;
        let suspended = app.member(&practice.county.team, "孙师傅").await;
        app.administrator().await.command(suspended.path("/suspend")).await.ok();
        let names = |ids: &[&str]| json!({ "volunteerIds": ids });
        for nobody in [&outsider.id, &suspended.id, &practice.county.team.id] {
            let refused = practice.leader.post(&path, names(&[&practice.member.id, nobody])).await;
            refused.refused_field("/volunteerIds/1", FieldCode::NoSuchThing);
        }
        assert_eq!(practice.leader.get(&path).await.items().len(), 0, "nobody was asked");
        practice
            .leader
            .post(&path, names(&[]))
            .await
            .refused_field("/volunteerIds", FieldCode::OutOfRange);
        let many = vec![practice.member.id.as_str(); 51];
        practice
            .leader
            .post(&path, names(&many))
            .await
            .refused_field("/volunteerIds", FieldCode::OutOfRange);
        practice.member.post(&path, names(&[&practice.member.id])).await.refused(Code::Forbidden);
        outsider.post(&path, names(&[&practice.member.id])).await.refused(Code::NotFound);
    }

    async fn who_is_named_twice_or_comes_already_is_asked_once(app: TestApp) {
        let practice = app.practice().await;
        let (order, dispatch, resident) = order_for(&app, &practice, 3).await;
        let other = app.member(&practice.county.team, "孙师傅").await;
        other.takes_a_place(&dispatch).await;
        for _ in 0..2 {
            let both =
                json!({ "volunteerIds": [practice.member.id, other.id, practice.member.id] });
            let list = practice.leader.post(dispatch.path("/assignments"), both).await.items();
            let states: Vec<_> = list.iter().map(|one| text(&one["state"])).collect();
            assert_eq!(states, ["accepted", "offered"]);
            app.clock.advance(Duration::seconds(1));
        }
        let names = order.chapters(&resident).await;
        assert_eq!(names.iter().filter(|name| *name == "assignment.offered.v1").count(), 1);
    }

    async fn nobody_is_named_where_there_is_nothing_to_do(app: TestApp) {
        let practice = app.practice().await;
        let (order, dispatch, resident) = order_for(&app, &practice, 1).await;
        let other = app.member(&practice.county.team, "孙师傅").await;
        let path = dispatch.path("/assignments");
        let named = json!({ "volunteerIds": [other.id] });
        practice.member.takes_a_place(&dispatch).await;
        practice.leader.post(&path, named.clone()).await.refused(Code::NoPlaceLeft);
        resident.post(order.path("/cancel"), json!({})).await.ok();
        practice.leader.post(&path, named).await.refused(Code::NotPossible);
    }

    async fn who_is_named_for_a_full_dispatch_comes_too_late(app: TestApp) {
        let practice = app.practice().await;
        let (_, dispatch, _) = order_for(&app, &practice, 1).await;
        let named = practice.leader.names(&practice.member, &dispatch).await;
        let other = app.member(&practice.county.team, "孙师傅").await;
        other.takes_a_place(&dispatch).await;
        practice.member.command(named.path("/accept")).await.refused(Code::NoPlaceLeft);
    }

    async fn who_is_promised_elsewhere_cannot_accept(app: TestApp) {
        let practice = app.practice().await;
        let (_, dispatch, _) = order_for(&app, &practice, 1).await;
        let named = practice.leader.names(&practice.member, &dispatch).await;
        let resident = app.resident("林").await;
        let other = resident.orders(&practice.errand).await.dispatch(&resident).await;
        practice.member.takes_a_place(&other).await;
        practice.member.command(named.path("/accept")).await.refused(Code::TimeConflict);
    }

    async fn of_naming_and_withdrawing_at_once_nobody_stays_asked(app: TestApp) {
        let practice = app.practice().await;
        let village = app.staff("dispatcher", &practice.county.village).await;
        for _ in 0..6 {
            let (_, dispatch, _) = order_for(&app, &practice, 1).await;
            let named = json!({ "volunteerIds": [practice.member.id] });
            let (_, withdrawn) = both_at_once(
                practice.leader.post(dispatch.path("/assignments"), named),
                village.post(dispatch.path("/withdraw"), json!({ "reason": "改派" })),
            )
            .await;
            withdrawn.ok();
            for place in practice.leader.get(dispatch.path("/assignments")).await.items() {
                assert_eq!(place["state"], "released", "asked for what has ended: {place}");
            }
        }
    }

    async fn who_leaves_says_no_to_what_he_is_asked(app: TestApp) {
        let practice = app.practice().await;
        let (order, dispatch, resident) = order_for(&app, &practice, 1).await;
        let named = practice.leader.names(&practice.member, &dispatch).await;
        practice.member.command(practice.member.path("/leave")).await.ok();
        assert_eq!(named.seen_by(&practice.leader).await["state"], "declined");
        practice.member.command(named.path("/accept")).await.status_is(409);
        let chapter = order.last("assignment.declined.v1", &resident).await;
        assert_eq!(chapter["data"]["volunteerId"], practice.member.id.as_str());
        let told = practice.leader.get("/me/notices?kind=place_declined").await.items();
        assert!(told.is_empty(), "not yet");
        app.run_due_jobs().await;
        let told = practice.leader.get("/me/notices?kind=place_declined").await.items();
        assert_eq!(told.len(), 1);
    }

    async fn who_takes_no_part_accepts_nothing(app: TestApp) {
        let practice = app.practice().await;
        let (_, dispatch, _) = order_for(&app, &practice, 1).await;
        let named = practice.leader.names(&practice.member, &dispatch).await;
        app.administrator().await.command(practice.member.path("/suspend")).await.ok();
        practice.member.command(named.path("/accept")).await.refused(Code::Forbidden);
        app.administrator().await.command(practice.member.path("/resume")).await.ok();
        practice.member.command(named.path("/accept")).await.ok();
    }

    async fn of_accepting_and_leaving_at_once_one_wins(app: TestApp) {
        let practice = app.practice().await;
        for number in 0..4 {
            let (_, dispatch, _) = order_for(&app, &practice, 1).await;
            let member = app.member(&practice.county.team, &format!("队员{number}")).await;
            let named = practice.leader.names(&member, &dispatch).await;
            let (accepted, left) = both_at_once(
                member.command(named.path("/accept")),
                member.command(member.path("/leave")),
            )
            .await;
            let won = (accepted.status() == 200, left.status() == 200);
            assert!(matches!(won, (true, false) | (false, true)), "{accepted}\n{left}");
        }
    }

    async fn the_leader_hears_at_once_who_is_promised_elsewhere(app: TestApp) {
        let practice = app.practice().await;
        let (_, dispatch, _) = order_for(&app, &practice, 2).await;
        let resident = app.resident("林").await;
        let other = resident.orders(&practice.errand).await.dispatch(&resident).await;
        let place = practice.member.takes_a_place(&other).await;
        let both = json!({ "volunteerIds": [practice.leader.id, practice.member.id] });
        let path = dispatch.path("/assignments");
        let refused = practice.leader.post(&path, both.clone()).await.refused(Code::TimeConflict);
        let errors = refused["errors"].as_array().unwrap();
        assert_eq!(errors.len(), 1);
        assert_eq!(errors[0]["pointer"], "/volunteerIds/1");
        assert_eq!(errors[0]["code"], FieldCode::TimeConflict.as_str());
        assert_eq!(practice.leader.get(&path).await.items().len(), 0, "nobody was asked");
        practice.member.post(place.path("/drop-out"), json!({})).await.ok();
        assert_eq!(practice.leader.post(&path, both).await.items().len(), 2);
    }
}
