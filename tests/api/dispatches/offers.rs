//! Offers to teams: made, accepted, declined, lapsed, withdrawn.

use chrono::Duration;
use redvest::problem::{Code, FieldCode};
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::app::changed;
use crate::support::client::Client;
use crate::support::practice::{HOME, Order, Practice, instant, order, text};

fn because(reason: &str) -> Value {
    json!({ "reason": reason })
}

/// An order in words, verified.
async fn verified(app: &TestApp, practice: &Practice) -> (Order, Client) {
    let staff = app.staff("dispatcher", &practice.county.village).await;
    let order = app.resident("王").await.places(order()).await;
    staff.post(order.path("/verify"), json!({})).await.ok();
    (order, staff)
}

on_both_engines! {
    async fn a_dispatcher_hands_an_order_to_a_team_and_its_leader_accepts(app: TestApp) {
        let practice = app.practice().await;
        let (order, staff) = verified(&app, &practice).await;
        let dispatch = staff.dispatches(&order, &practice.county.team).await;
        let offered = dispatch.seen_by(&practice.leader).await;
        assert_eq!((&offered["state"], &offered["kind"]), (&json!("offered"), &json!("offer")));
        assert_eq!((&offered["places"], &offered["taken"]), (&json!(1), &json!(0)));
        assert_eq!(offered["grounds"]["byHand"], true);
        assert_eq!(offered["next"], json!(["take_place", "accept", "decline", "name_volunteers"]));
        practice.member.command(dispatch.path("/accept")).await.refused(Code::Forbidden);
        staff.command(dispatch.path("/accept")).await.refused(Code::Forbidden);
        let accepted = practice.leader.command(dispatch.path("/accept")).await.ok();
        assert_eq!(accepted["state"], "accepted");
        let seen = order.seen_by(&staff).await;
        assert_eq!(
            (&seen["state"], &seen["teamId"]),
            (&json!("accepted"), &json!(practice.county.team.id))
        );
        assert_eq!(seen["dueKind"], "handle");
        practice.leader.command(dispatch.path("/accept")).await.refused(Code::NotPossible);
    }

    async fn the_first_candidate_is_taken_where_no_team_is_named(app: TestApp) {
        let practice = app.practice().await;
        let (order, staff) = verified(&app, &practice).await;
        let made =
            staff.post(order.path("/dispatches"), json!({ "kind": "offer" })).await.created();
        assert_eq!(made["organizationId"], practice.county.team.id);
        assert_eq!(made["grounds"]["rank"], 1);
    }

    async fn an_unsuitable_team_is_refused(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let staff = app.staff("dispatcher", &county.center).await;
        let resident = app.resident("王").await;
        let order = resident.places(changed(&order(), "skill", "09")).await;
        staff.post(order.path("/verify"), json!({})).await.ok();
        let barbers = app.team(&county.village, "理发队", HOME, &["14"]).await;
        let foreign = app.team(&county.another_county, "苍南水电队", HOME, &["09"]).await;
        let closed = app.team(&county.village, "旧队", HOME, &["09"]).await;
        app.administrator().await.command(closed.path("/suspend")).await.ok();
        let path = order.path("/dispatches");
        let to = |id: &str| json!({ "kind": "offer", "organizationId": id });
        for team in [&barbers, &foreign, &closed] {
            staff.post(&path, to(&team.id)).await.refused(Code::Unsuitable);
        }
        for nobody in [&county.village.id, &order.id] {
            let refused = staff.post(&path, to(nobody)).await;
            refused.refused_field("/organizationId", FieldCode::NoSuchThing);
        }
        let call = json!({ "kind": "call", "organizationId": county.team.id });
        staff.post(&path, call).await.refused_field("/organizationId", FieldCode::NotHere);
        staff
            .post(&path, json!({ "kind": "wish" }))
            .await
            .refused_field("/kind", FieldCode::NotOneOf);
        let far = app.team(&county.other_town, "远方水电队", (27.45, 120.56), &["09"]).await;
        let chosen = staff.post(&path, to(&far.id)).await.created();
        assert_eq!(chosen["grounds"]["byHand"], true, "a person may choose against the rank");
    }

    async fn nobody_can_be_chosen_where_there_is_nobody(app: TestApp) {
        let practice = app.practice().await;
        let staff = app.staff("dispatcher", &practice.county.center).await;
        let order = app.resident("王").await.orders(&practice.counsel).await;
        staff.post(order.path("/verify"), json!({})).await.ok();
        let refused = staff.post(order.path("/dispatches"), json!({ "kind": "offer" })).await;
        refused.refused_field("/organizationId", FieldCode::NeededHere);
    }

    async fn an_order_that_is_not_verified_or_dispatched_already_is_not_dispatched(app: TestApp) {
        let practice = app.practice().await;
        let staff = app.staff("dispatcher", &practice.county.village).await;
        let clerk = app.staff("clerk", &practice.county.village).await;
        let resident = app.resident("王").await;
        let order = resident.places(order()).await;
        let call = json!({ "kind": "call" });
        staff.post(order.path("/dispatches"), call.clone()).await.refused(Code::NotPossible);
        staff.post(order.path("/verify"), json!({})).await.ok();
        clerk.post(order.path("/dispatches"), call.clone()).await.refused(Code::Forbidden);
        resident.post(order.path("/dispatches"), call.clone()).await.refused(Code::Forbidden);
        staff.post(order.path("/dispatches"), call.clone()).await.created();
        staff.post(order.path("/dispatches"), call).await.refused(Code::NotPossible);
    }

    async fn who_declines_says_why_and_the_next_candidate_is_asked_at_once(app: TestApp) {
        let practice = app.practice().await;
        let second = app.team(&practice.county.village, "二队", (27.6700, 120.5640), &["09"]).await;
        let resident = app.resident("王").await;
        let order = resident.orders(&practice.repair).await;
        let dispatch = order.dispatch(&resident).await;
        let path = dispatch.path("/decline");
        practice.member.post(&path, because("我没空")).await.refused(Code::Forbidden);
        practice.leader.post(&path, json!({})).await.refused_field("/reason", FieldCode::Missing);
        let declined = practice.leader.post(&path, because("队员均在外地")).await.ok();
        assert_eq!(
            (&declined["state"], &declined["reason"]),
            (&json!("declined"), &json!("队员均在外地"))
        );
        assert_eq!(order.state(&resident).await, "dispatched");
        let list = resident.get(order.path("/dispatches")).await.items();
        assert_eq!(list.len(), 2);
        assert_eq!(
            (&list[1]["organizationId"], &list[1]["state"]),
            (&json!(second.id), &json!("offered"))
        );
        practice.leader.command(dispatch.path("/accept")).await.refused(Code::NotPossible);
        assert_eq!(order.last("dispatch.declined.v1", &resident).await["reason"], "队员均在外地");
    }

    async fn what_a_person_dispatched_goes_back_to_him_when_it_is_declined(app: TestApp) {
        let practice = app.practice().await;
        app.team(&practice.county.village, "二队", (27.6700, 120.5640), &["09"]).await;
        let (order, staff) = verified(&app, &practice).await;
        let dispatch = staff.dispatches(&order, &practice.county.team).await;
        practice.leader.post(dispatch.path("/decline"), because("没空")).await.ok();
        let seen = order.seen_by(&staff).await;
        assert_eq!((&seen["state"], &seen["dispatchId"]), (&json!("verified"), &Value::Null));
    }

    async fn a_team_may_give_back_what_it_has_accepted(app: TestApp) {
        let practice = app.practice().await;
        let (order, staff) = verified(&app, &practice).await;
        let dispatch = staff.dispatches(&order, &practice.county.team).await;
        let place = practice.member.takes_a_place(&dispatch).await;
        practice.leader.post(dispatch.path("/decline"), because("车坏了")).await.ok();
        assert_eq!(order.state(&staff).await, "verified");
        assert_eq!(place.seen_by(&practice.member).await["state"], "released");
    }

    async fn an_offer_that_nobody_answers_lapses_and_goes_on(app: TestApp) {
        let practice = app.practice().await;
        let second = app.team(&practice.county.village, "二队", (27.6700, 120.5640), &["09"]).await;
        let resident = app.resident("王").await;
        let order = resident.orders(&practice.repair).await;
        let dispatch = order.dispatch(&resident).await;
        let waits = instant(&dispatch.seen_by(&resident).await["respondBy"]) - app.clock.now();
        assert_eq!(waits, Duration::minutes(5));
        app.clock.advance(waits);
        practice.leader.get(dispatch.path("")).await.ok();
        app.run_due_jobs().await;
        assert_eq!(dispatch.seen_by(&resident).await["state"], "lapsed");
        let next = order.dispatch(&resident).await.seen_by(&resident).await;
        assert_eq!(next["organizationId"], second.id);
        practice.leader.command(dispatch.path("/accept")).await.refused(Code::NotPossible);
        practice.member.command(dispatch.path("/take-place")).await.refused(Code::NotPossible);
    }

    async fn an_answer_after_the_time_is_too_late_even_before_the_sweep(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let order = resident.orders(&practice.repair).await;
        let dispatch = order.dispatch(&resident).await;
        app.clock.advance(Duration::minutes(5) + Duration::microseconds(1));
        practice.leader.command(dispatch.path("/accept")).await.refused(Code::OfferLapsed);
        practice.member.command(dispatch.path("/take-place")).await.refused(Code::OfferLapsed);
    }

    async fn when_nobody_is_left_an_order_goes_up_and_stays_visible_as_unfilled(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let far = app.team(&county.other_town, "鳌江水电队", (27.6000, 120.5600), &["09"]).await;
        let resident = app.resident("王").await;
        let order = resident.orders(&practice.repair).await;
        for responsible in [&county.village, &county.town] {
            let seen = order.seen_by(&resident).await;
            assert_eq!(
                (&seen["state"], &seen["responsibleId"]),
                (&json!("dispatched"), &json!(responsible.id))
            );
            app.clock.advance(Duration::minutes(6));
            app.run_due_jobs().await;
        }
        let seen = order.seen_by(&resident).await;
        assert_eq!((&seen["state"], &seen["dueKind"]), (&json!("unfilled"), &json!("retry")));
        assert_eq!(
            seen["escalations"], 2,
            "the town finds one more in the county, the county nobody"
        );
        let unfilled = order.last("demand.unfilled.v1", &resident).await;
        assert_eq!(unfilled["data"]["cause"], "nobody_suitable");
        let reasons = unfilled["data"]["considered"].as_array().unwrap();
        let asked: Vec<_> = reasons.iter().map(|one| one["out"].clone()).collect();
        assert_eq!(asked, [json!(["already_asked"]), json!(["already_asked"])]);
        assert!(reasons.iter().any(|one| one["organizationId"] == far.id));
        // A new team joins; the next try finds it.
        let fresh = app.team(&county.village, "新队", HOME, &["09"]).await;
        app.clock.advance(instant(&seen["dueAt"]) - app.clock.now());
        app.run_due_jobs().await;
        let again = order.dispatch(&resident).await.seen_by(&resident).await;
        assert_eq!(again["organizationId"], fresh.id);
    }

    async fn tries_that_find_nobody_do_not_fill_the_timeline(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let order = resident.orders(&practice.repair).await;
        app.clock.advance(Duration::minutes(6));
        app.run_due_jobs().await;
        let before = order.chapters(&resident).await;
        for _ in 0..5 {
            app.clock.advance(Duration::minutes(31));
            app.run_due_jobs().await;
        }
        assert_eq!(order.state(&resident).await, "unfilled");
        assert_eq!(order.chapters(&resident).await, before);
    }

    async fn a_dispatcher_takes_an_offer_back(app: TestApp) {
        let practice = app.practice().await;
        let (order, staff) = verified(&app, &practice).await;
        let dispatch = staff.dispatches(&order, &practice.county.team).await;
        let path = dispatch.path("/withdraw");
        practice.leader.post(&path, because("不行")).await.refused(Code::Forbidden);
        staff.post(&path, json!({})).await.refused_field("/reason", FieldCode::Missing);
        let withdrawn = staff.post(&path, because("换队")).await.ok();
        assert_eq!(withdrawn["state"], "withdrawn");
        assert_eq!(order.state(&staff).await, "verified");
        staff.post(&path, because("再来")).await.refused(Code::NotPossible);
        staff.dispatches(&order, &practice.county.team).await;
    }

    async fn a_team_sees_what_it_was_handed_and_others_do_not(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let resident = app.resident("王").await;
        let order = resident.orders(&practice.repair).await;
        let path = county.team.path("/dispatches");
        let list = practice.leader.get(&path).await.items();
        assert_eq!(list.len(), 1);
        assert_eq!(list[0]["demand"]["demandId"], order.id);
        assert_eq!(list[0]["demand"]["destination"], Value::Null);
        for (state, count) in [("offered", 1), ("accepted", 0), ("lapsed", 0), ("completed", 0)] {
            let some = practice.leader.get(format!("{path}?state={state}")).await.items();
            assert_eq!(some.len(), count, "{state}");
        }
        let other = app.team(&county.next_village, "城东队", HOME, &[]).await;
        let other_leader = app.leader(&other, "林队长").await;
        for outsider in [&practice.member.client(), &other_leader.client(), &resident] {
            outsider.get(&path).await.refused(Code::Forbidden);
        }
        let dispatch = order.dispatch(&resident).await;
        other_leader.get(dispatch.path("")).await.refused(Code::NotFound);
        other_leader.command(dispatch.path("/accept")).await.refused(Code::NotFound);
        other_leader.command(dispatch.path("/take-place")).await.refused(Code::NotFound);
    }

    async fn the_list_of_a_team_has_pages(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let mut made = Vec::new();
        for _ in 0..5 {
            let order = resident.orders(&practice.errand).await;
            made.push(order.dispatch(&resident).await.id);
        }
        let mut found = Vec::new();
        let mut cursor = String::new();
        loop {
            let path = practice.county.team.path(&format!("/dispatches?limit=2{cursor}"));
            let page = practice.leader.get(path).await.ok();
            let items = page["items"].as_array().unwrap();
            found.extend(items.iter().map(|one| text(&one["dispatchId"])));
            let Some(next) = page["next"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        found.reverse();
        assert_eq!(found, made);
    }
}
