//! Whom to call: shown whole to those who bring the help, revealed for a purpose to staff that has
//! to call, and to nobody else.

use redvest::problem::{Code, FieldCode};
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::practice::{RECIPIENT_PHONE, order, purpose, text};

const MASKED: &str = "138****1234";

on_both_engines! {
    async fn a_clerk_reveals_the_number_of_an_order_that_he_has_to_call_about(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let clerk = app.staff("clerk", &practice.county.village).await;
        let order = resident.places(order()).await;
        let path = order.path("/reveal-contact");
        clerk.post(&path, json!({})).await.refused_field("/purpose", FieldCode::Missing);
        let blank = json!({ "purpose": "call_back", "reason": "  " });
        clerk.post(&path, blank).await.refused_field("/reason", FieldCode::TooShort);
        let revealed = clerk.post(&path, purpose()).await.ok();
        let expected = json!({
            "name": "王秀英", "phone": RECIPIENT_PHONE, "address": "解放街道 1 号",
        });
        assert_eq!(revealed["contact"], expected);
        let entry = order.last("demand.contact_revealed.v1", &resident).await;
        assert_eq!(entry["reason"], "电话核实服务时间");
        assert_eq!(entry["actorId"], clerk.account_id());
        assert!(!entry.to_string().contains(RECIPIENT_PHONE), "no number in the timeline: {entry}");
        // Being refused leaves no trace of having looked.
        assert_eq!(order.chapters(&resident).await.len(), 2);
        app.run_due_jobs().await;
        let told = resident.get("/me/notices?kind=contact_revealed").await.items();
        let words = text(&told[0]["text"]);
        assert!(words.contains("解放社区") && words.contains("电话核实服务时间"), "{words}");
        assert!(!told[0].to_string().contains(RECIPIENT_PHONE), "{words}");
        assert!(clerk.get("/me/notices?kind=contact_revealed").await.items().is_empty());
    }

    async fn the_number_can_be_had_whatever_became_of_the_order(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let clerk = app.staff("clerk", &practice.county.village).await;
        let town = app.staff("clerk", &practice.county.town).await;
        let order = resident.places(order()).await;
        let to = json!({ "to": "hotline_12345", "note": "已转" });
        clerk.post(order.path("/transfer"), to).await.ok();
        for caller in [&clerk, &town] {
            let seen = order.seen_by(caller).await;
            assert_eq!(seen["recipientPhone"], MASKED);
            assert!(seen["next"].as_array().unwrap().contains(&json!("reveal_contact")));
            let revealed = caller.post(order.path("/reveal-contact"), purpose()).await.ok();
            assert_eq!(revealed["contact"]["phone"], RECIPIENT_PHONE);
        }
    }

    async fn nobody_else_reveals_it(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let resident = app.resident("王").await;
        let order = resident.orders(&practice.repair).await;
        practice.member.takes_a_place(&order.dispatch(&resident).await).await;
        let path = order.path("/reveal-contact");
        let before = order.chapters(&resident).await;
        for viewer in [&resident, &app.staff("viewer", &county.village).await] {
            viewer.post(&path, purpose()).await.refused(Code::Forbidden);
        }
        for stranger in [
            &app.resident("林").await,
            &practice.member.client(),
            &practice.leader.client(),
            &app.staff("clerk", &county.next_village).await,
            &app.staff("administrator", &county.other_town).await,
            &app.staff("administrator", &county.another_county).await,
        ] {
            stranger.post(&path, purpose()).await.refused(Code::NotFound);
        }
        app.anonymous().post(&path, purpose()).await.refused(Code::Unauthenticated);
        assert_eq!(order.chapters(&resident).await, before);
    }

    async fn a_dispatch_shows_the_number_to_those_who_come_and_to_nobody_who_looks_on(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let resident = app.resident("王").await;
        let order = resident.orders(&practice.repair).await;
        let dispatch = order.dispatch(&resident).await;
        let place = practice.member.takes_a_place(&dispatch).await;
        for onlooker in [
            &resident,
            &app.staff("viewer", &county.village).await,
            &app.staff("clerk", &county.village).await,
            &app.staff("dispatcher", &county.town).await,
            &app.staff("administrator", &county.center).await,
        ] {
            for seen in [dispatch.seen_by(onlooker).await, place.seen_by(onlooker).await] {
                assert_eq!(seen["demand"]["destination"]["recipientPhone"], MASKED);
                assert!(!seen.to_string().contains(RECIPIENT_PHONE), "{seen}");
            }
        }
        for coming in [&practice.member, &practice.leader] {
            for seen in [dispatch.seen_by(coming).await, place.seen_by(coming).await] {
                assert_eq!(seen["demand"]["destination"]["recipientPhone"], RECIPIENT_PHONE);
            }
        }
    }

    async fn who_has_done_his_part_does_not_keep_the_number(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let order = resident.orders(&practice.repair).await;
        let dispatch = order.dispatch(&resident).await;
        let place = practice.member.takes_a_place(&dispatch).await;
        let phone = |seen: Value| seen["demand"]["destination"]["recipientPhone"].clone();
        let helpers = [&practice.member, &practice.leader];
        practice.member.checks_in(&place).await;
        for helper in helpers {
            assert_eq!(phone(place.seen_by(helper).await), RECIPIENT_PHONE);
        }
        practice.member.checks_out(&place).await;
        for helper in helpers {
            assert_eq!(phone(place.seen_by(helper).await), MASKED);
            assert_eq!(phone(dispatch.seen_by(helper).await), MASKED);
        }
        let own = practice.member.get("/me/assignments").await.items();
        assert_eq!(phone(own[0].clone()), MASKED);
        resident.judges(&order, true, 5).await;
        for helper in helpers {
            assert_eq!(place.seen_by(helper).await["demand"]["destination"], Value::Null);
            assert_eq!(dispatch.seen_by(helper).await["demand"]["destination"], Value::Null);
        }
    }

    async fn a_call_shows_the_number_to_who_answers_it_not_to_who_published_it(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let staff = app.staff("dispatcher", &practice.county.village).await;
        let order = resident.places(order()).await;
        staff.post(order.path("/verify"), json!({})).await.ok();
        let call = staff.calls_for(&order).await;
        let place = practice.member.takes_a_place(&call).await;
        let phone = |seen: Value| seen["demand"]["destination"]["recipientPhone"].clone();
        assert_eq!(phone(call.seen_by(&staff).await), MASKED);
        assert_eq!(phone(place.seen_by(&staff).await), MASKED);
        assert_eq!(phone(place.seen_by(&practice.member).await), RECIPIENT_PHONE);
    }
}
