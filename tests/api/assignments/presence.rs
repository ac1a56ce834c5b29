//! Proof of presence: by place, by the code on the spot, or by the word of the leader.

use chrono::{DateTime, Duration, Utc};
use redvest::problem::{Code, FieldCode};
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::client::Client;
use crate::support::practice::{Assignment, HOME, Order, Practice, at, order_of, text, wanted};

/// An order on which the member of the practice has a place.
async fn promised(app: &TestApp, practice: &Practice) -> (Order, Assignment, Client) {
    let resident = app.resident("王").await;
    let order = resident.orders(&practice.repair).await;
    let dispatch = order.dispatch(&resident).await;
    (order, practice.member.takes_a_place(&dispatch).await, resident)
}

fn here() -> Value {
    json!({ "position": at(HOME) })
}

fn north(meters: f64) -> Value {
    json!({ "position": at((HOME.0 + meters / 111_195.0, HOME.1)) })
}

fn served(from: DateTime<Utc>, until: DateTime<Utc>) -> Value {
    json!({ "served": { "from": from, "until": until }, "reason": "老人家中没有信号" })
}

async fn code_of(path: String, reader: &Client) -> Value {
    let code = text(&reader.get(path).await.ok()["code"]);
    json!({ "code": code })
}

on_both_engines! {
    async fn the_server_judges_whether_somebody_is_there(app: TestApp) {
        let practice = app.practice().await;
        let (order, place, resident) = promised(&app, &practice).await;
        let path = place.path("/check-in");
        let far = practice.member.post(&path, north(500.0)).await.refused(Code::TooFar);
        assert!(far["title"].as_str().unwrap().contains("500"), "he is told how far: {far}");
        practice.member.post(&path, json!({})).await.refused(Code::ProofNeeded);
        practice.leader.post(&path, here()).await.refused(Code::Forbidden);
        assert_eq!(order.state(&resident).await, "accepted");
        let on_site = practice.member.post(&path, north(290.0)).await.ok();
        assert_eq!(on_site["state"], "on_site");
        assert_eq!(on_site["checkIn"], json!({ "kind": "position", "distanceMeters": 290 }));
        assert_eq!(on_site["next"], json!(["check_out"]));
        assert_eq!(order.state(&resident).await, "in_service");
        practice.member.post(&path, here()).await.refused(Code::NotPossible);
        practice.member.post(place.path("/check-out"), north(500.0)).await.refused(Code::TooFar);
        practice.member.post(place.path("/check-out"), json!({})).await.refused(Code::ProofNeeded);
    }

    async fn a_phone_that_speaks_chinese_coordinates_is_at_the_same_place(app: TestApp) {
        let practice = app.practice().await;
        let (_, place, _) = promised(&app, &practice).await;
        let seen = practice.member.get(place.path("")).in_gcj02().await.ok();
        let there = seen["demand"]["destination"]["place"].clone();
        let mut taken_for_wgs = there.clone();
        taken_for_wgs["coordinateSystem"] = json!("wgs84");
        let path = place.path("/check-in");
        let wrong = json!({ "position": taken_for_wgs });
        practice.member.post(&path, wrong).await.refused(Code::TooFar);
        let on_site = practice.member.post(&path, json!({ "position": there })).await.ok();
        assert_eq!(on_site["checkIn"]["distanceMeters"], 0);
    }

    async fn the_radius_is_a_rule(app: TestApp) {
        let practice = app.practice().await;
        let (_, place, _) = promised(&app, &practice).await;
        let path = place.path("/check-in");
        let rule = |meters: i64| json!({ "name": "attendance", "radiusMeters": meters, "codeSeconds": 120 });
        app.rule(&practice.county.village, rule(50)).await;
        practice.member.post(&path, north(60.0)).await.refused(Code::TooFar);
        app.rule(&practice.county.village, rule(0)).await;
        practice.member.post(&path, north(20_000.0)).await.ok();
    }

    async fn the_code_of_the_order_proves_presence(app: TestApp) {
        let practice = app.practice().await;
        let (order, place, resident) = promised(&app, &practice).await;
        let path = order.path("/check-in-code");
        practice.member.get(&path).await.refused(Code::NotFound);
        let viewer = app.staff("viewer", &practice.county.village).await;
        viewer.get(&path).await.refused(Code::Forbidden);
        let code = code_of(path, &resident).await;
        let on_site = practice.member.post(place.path("/check-in"), code).await.ok();
        assert_eq!(on_site["checkIn"], json!({ "kind": "code", "distanceMeters": null }));
        let mut both = code_of(order.path("/check-in-code"), &resident).await;
        both["position"] = at(HOME);
        let done = practice.member.post(place.path("/check-out"), both).await.ok();
        assert_eq!(done["checkOut"], json!({ "kind": "position_and_code", "distanceMeters": 0 }));
    }

    async fn the_code_of_the_station_proves_presence(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let (_, place, resident) = promised(&app, &practice).await;
        let clerk = app.staff("clerk", &county.village).await;
        let town = app.staff("clerk", &county.town).await;
        let code = |of: &crate::support::county::Organization| of.path("/check-in-code");
        for outsider in
            [&resident, &practice.member.client(), &app.staff("clerk", &county.next_village).await]
        {
            outsider.get(code(&county.village)).await.refused(Code::Forbidden);
        }
        let next_door = code_of(code(&county.next_village), &town).await;
        let path = place.path("/check-in");
        practice.member.post(&path, next_door).await.refused(Code::WrongCheckInCode);
        let own = code_of(code(&county.village), &clerk).await;
        practice.member.post(&path, own).await.ok();
    }

    async fn a_code_is_good_while_it_is_shown_and_one_period_more(app: TestApp) {
        let practice = app.practice().await;
        let (order, place, resident) = promised(&app, &practice).await;
        let path = order.path("/check-in-code");
        let shown = resident.get(&path).await.ok();
        let changes: DateTime<Utc> = text(&shown["changesAt"]).parse().unwrap();
        assert_eq!(changes - app.clock.now(), Duration::seconds(120));
        let first = json!({ "code": shown["code"] });
        app.clock.advance(Duration::seconds(119));
        assert_eq!(resident.get(&path).await.ok()["code"], first["code"]);
        app.clock.advance(Duration::seconds(1));
        assert_ne!(resident.get(&path).await.ok()["code"], first["code"]);
        practice.member.post(place.path("/check-in"), first.clone()).await.ok();
        app.clock.advance(Duration::seconds(120));
        let too_old = practice.member.post(place.path("/check-out"), first).await;
        too_old.refused(Code::WrongCheckInCode);
        for (guess, code) in [("12345", FieldCode::WrongType), ("abcdef", FieldCode::WrongType)] {
            let reply =
                practice.member.post(place.path("/check-out"), json!({ "code": guess })).await;
            reply.refused_field("/code", code);
        }
    }

    async fn every_piece_of_proof_must_hold(app: TestApp) {
        let practice = app.practice().await;
        let (order, place, resident) = promised(&app, &practice).await;
        let mut both = code_of(order.path("/check-in-code"), &resident).await;
        both["position"] = north(900.0)["position"].clone();
        practice.member.post(place.path("/check-in"), both).await.refused(Code::TooFar);
        let own = order.path("/check-in-code");
        let good = text(&resident.get(own).await.ok()["code"]);
        let wrong = if good == "000000" { "000001" } else { "000000" };
        let body = json!({ "position": at(HOME), "code": wrong });
        practice.member.post(place.path("/check-in"), body).await.refused(Code::WrongCheckInCode);
    }

    async fn a_leader_enters_presence_by_hand_and_it_is_marked(app: TestApp) {
        let practice = app.practice().await;
        let (order, place, resident) = promised(&app, &practice).await;
        let begun = app.clock.now();
        app.clock.advance(Duration::hours(3));
        let path = place.path("/enter-presence");
        let hour = served(begun + Duration::hours(1), begun + Duration::hours(2));
        practice.member.post(&path, hour.clone()).await.refused(Code::Forbidden);
        let mut silent = hour.clone();
        silent.as_object_mut().unwrap().remove("reason");
        practice.leader.post(&path, silent).await.refused_field("/reason", FieldCode::Missing);
        let done = practice.leader.post(&path, hour).await.ok();
        assert_eq!((&done["state"], &done["creditedMinutes"]), (&json!("done"), &json!(60)));
        assert_eq!(done["checkIn"], json!({ "kind": "leader", "distanceMeters": null }));
        assert_eq!(done["reason"], "老人家中没有信号");
        assert_eq!(order.state(&resident).await, "served");
        let records = practice.member.get(practice.member.path("/service-records")).await.items();
        assert_eq!(
            (&records[0]["provenance"], &records[0]["minutes"]),
            (&json!("entered_by_leader"), &json!(60))
        );
        let entry = order.last("assignment.entered.v1", &resident).await;
        assert_eq!(entry["actorId"], practice.leader.account_id());
    }

    async fn a_leader_enters_what_can_have_been(app: TestApp) {
        let practice = app.practice().await;
        let (_, place, _) = promised(&app, &practice).await;
        let begun = app.clock.now();
        let path = place.path("/enter-presence");
        app.clock.advance(Duration::hours(15));
        let now = app.clock.now();
        let midnight = begun + Duration::hours(14);
        let minutes = Duration::minutes(30);
        for (from, until, pointer, code) in [
            (now - minutes, now + minutes, "/served/until", FieldCode::TooFarAhead),
            (midnight - minutes, midnight + minutes, "/served/until", FieldCode::OutOfRange),
            (begun - minutes, begun + minutes, "/served/from", FieldCode::OutOfRange),
            (now, now - minutes, "/served", FieldCode::Reversed),
        ] {
            practice.leader.post(&path, served(from, until)).await.refused_field(pointer, code);
        }
        let evening = served(midnight - minutes, midnight);
        assert_eq!(practice.leader.post(&path, evening).await.ok()["creditedMinutes"], 30);
    }

    async fn nobody_is_there_before_the_day_on_which_help_is_wanted(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        // Monday, ten in the morning; wanted on Friday at eight in the evening.
        let monday = app.clock.now();
        let friday = monday + Duration::days(4) + Duration::hours(10);
        let order = resident.places(wanted(order_of(&practice.errand), friday, 60)).await;
        let dispatch = order.dispatch(&resident).await;
        let place = practice.member.takes_a_place(&dispatch).await;
        let path = place.path("/check-in");
        let early = practice.member.post(&path, here()).await.refused(Code::TooEarly);
        let title = text(&early["title"]);
        assert!(title.contains(&friday.date_naive().to_string()), "he is told when: {title}");
        let can = |seen: Value, command: &str| {
            seen["next"].as_array().unwrap().contains(&json!(command))
        };
        assert!(!can(place.seen_by(&practice.member).await, "check_in"));
        assert!(!can(place.seen_by(&practice.leader).await, "enter_presence"));
        app.clock.advance(Duration::hours(2));
        let monday = served(monday + Duration::hours(1), monday + Duration::hours(2));
        let path = place.path("/enter-presence");
        practice
            .leader
            .post(&path, monday)
            .await
            .refused_field("/served/from", FieldCode::OutOfRange);
        // Friday, just after midnight: early, and on the day.
        app.clock.advance(friday - Duration::hours(20) + Duration::minutes(1) - app.clock.now());
        assert!(can(place.seen_by(&practice.member).await, "check_in"));
        practice.member.checks_in(&place).await;
    }

    async fn nobody_enters_his_own_presence(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let dispatch = resident.orders(&practice.repair).await.dispatch(&resident).await;
        let place = practice.leader.takes_a_place(&dispatch).await;
        let begun = app.clock.now();
        app.clock.advance(Duration::hours(1));
        let hour = served(begun, app.clock.now());
        practice.leader.post(place.path("/enter-presence"), hour).await.refused(Code::Forbidden);
    }

    async fn a_leader_enters_what_a_dead_phone_forgot(app: TestApp) {
        let practice = app.practice().await;
        let (order, place, resident) = promised(&app, &practice).await;
        practice.member.checks_in(&place).await;
        let begun = app.clock.now();
        app.clock.advance(Duration::hours(2));
        let hour = served(begun, begun + Duration::minutes(45));
        practice.leader.post(place.path("/enter-presence"), hour).await.ok();
        assert_eq!(order.state(&resident).await, "served");
        practice.member.post(place.path("/check-out"), here()).await.refused(Code::NotPossible);
    }
}
