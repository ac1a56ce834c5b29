//! How orders come in, and to whom they go.

use chrono::Duration;
use redvest::problem::Code;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::app::changed;
use crate::support::practice::{RECIPIENT_PHONE, at, item, order, order_of, wanted};

on_both_engines! {
    async fn an_item_of_the_menu_is_dispatched_in_the_request_that_orders_it(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let order = resident.orders(&practice.repair).await;
        assert_eq!(order.placed["state"], "dispatched");
        assert_eq!(order.placed["itemName"], "appliance_repair");
        assert_eq!(order.placed["next"], json!(["cancel"]));
        assert_eq!(order.placed["dueKind"], "respond");
        let names = order.chapters(&resident).await;
        assert_eq!(names, ["demand.placed.v1", "demand.verified.v1", "dispatch.offered.v1"]);
        let dispatch = order.dispatch(&resident).await.seen_by(&practice.leader).await;
        assert_eq!(dispatch["organizationId"], practice.county.team.id);
        assert_eq!(dispatch["state"], "offered");
        assert_eq!(dispatch["grounds"]["byHand"], false);
    }

    async fn however_far_it_goes_at_once_an_order_is_stored_once(app: TestApp) {
        let practice = app.practice().await;
        let center = &practice.county.center;
        let rare = app.item(center, item("sign_language", Some("21"), true)).await;
        let resident = app.resident("王").await;
        let offered = order_of(&practice.repair);
        for (body, state) in
            [(offered, "dispatched"), (order_of(&rare), "unfilled"), (order(), "submitted")]
        {
            let placed = resident.post("/demands", body).await;
            assert!(placed.etag().starts_with("\"v1-"), "{placed}");
            let seen = resident.get(placed.location()).await.ok();
            assert_eq!((&seen["version"], &seen["state"]), (&json!(1), &json!(state)));
            assert_eq!(placed.created()["dueAt"], seen["dueAt"]);
        }
    }

    async fn the_nearest_team_that_can_do_it_is_asked(app: TestApp) {
        let practice = app.practice().await;
        let village = &practice.county.village;
        let next_door = (27.6652, 120.5613);
        app.team(village, "理发队", next_door, &["14"]).await;
        let mut shy = crate::support::practice::team(village, "自定队", next_door, &["09"]);
        shy["acceptsDispatch"] = json!(false);
        app.organization(shy).await;
        app.team(&practice.county.town, "镇水电队", (27.6800, 120.5700), &["09"]).await;
        let resident = app.resident("王").await;
        let order = resident.orders(&practice.repair).await;
        let dispatch = order.dispatch(&resident).await.seen_by(&resident).await;
        assert_eq!(dispatch["organizationId"], practice.county.team.id);
        assert_eq!(dispatch["grounds"]["rank"], 1);
        assert_eq!(dispatch["grounds"]["suitable"], 2);
        assert_eq!(dispatch["grounds"]["considered"], 4);
    }

    async fn free_text_waits_for_the_village(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let order = resident.places(order()).await;
        assert_eq!(order.placed["state"], "submitted");
        assert_eq!(order.placed["areaId"], practice.county.village.id);
        assert_eq!(order.placed["areaName"], "解放社区");
        assert_eq!(order.placed["responsibleId"], practice.county.village.id);
        let seen = order.seen_by(&resident).await;
        assert_eq!(seen["automatic"], false);
        assert_eq!(seen["level"], "station");
        assert_eq!(seen["dispatchId"], Value::Null);
    }

    async fn a_special_skill_is_found_by_the_county(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let from_menu = resident.orders(&practice.counsel).await;
        let in_words = resident.places(changed(&order(), "skill", "14")).await;
        for order in [from_menu, in_words] {
            assert_eq!(order.placed["state"], "submitted");
            assert_eq!(order.placed["areaId"], practice.county.village.id);
            assert_eq!(order.placed["responsibleId"], practice.county.center.id);
            assert_eq!(order.seen_by(&resident).await["level"], "center");
        }
    }

    async fn an_order_is_kept_as_it_was_given(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let mut body = wanted(order_of(&practice.errand), app.clock.now() + Duration::hours(3), 90);
        body["skill"] = json!("09");
        body["people"] = json!(2);
        body["urgency"] = json!("urgent");
        body["relation"] = json!("family");
        body["channel"] = json!("tv");
        body["organizationId"] = json!(practice.county.next_village.id);
        let order = resident.places(body.clone()).await;
        let seen = order.seen_by(&resident).await;
        for same in [
            "catalogItemId", "content", "skill", "people", "urgency", "risk", "place", "address",
            "channel", "relation",
        ] {
            assert_eq!(seen[same], body[same], "{same}");
        }
        let window = |of: &Value| {
            [&of["wanted"]["from"], &of["wanted"]["until"]].map(crate::support::practice::instant)
        };
        assert_eq!(window(&seen), window(&body));
        assert_eq!(seen["areaId"], practice.county.next_village.id);
        assert_eq!(seen["recipientName"], "王秀英");
        assert_eq!(seen["recipientPhone"], "138****1234");
        assert_eq!(seen["requesterId"], resident.account_id());
        assert_eq!(seen["rounds"], 1);
        assert_eq!(seen["closing"], Value::Null);
        let number = seen["number"].as_str().unwrap();
        assert!(number.starts_with("20260302-") && number.len() == 15, "{number}");
    }

    async fn a_place_on_a_chinese_map_is_the_same_place(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let order = resident.places(order()).await;
        let mars = resident.get(order.path("")).in_gcj02().await.ok()["place"].clone();
        assert_eq!(mars["coordinateSystem"], "gcj02");
        let again =
            resident.places(changed(&crate::support::practice::order(), "place", mars)).await;
        assert_eq!(again.placed["areaId"], practice.county.village.id);
        let (one, other) = (order.seen_by(&resident).await, again.seen_by(&resident).await);
        let degrees = |of: &Value, axis: &str| of["place"][axis].as_f64().unwrap();
        for axis in ["latitude", "longitude"] {
            assert!((degrees(&one, axis) - degrees(&other, axis)).abs() < 0.000_01, "{axis}");
        }
    }

    async fn a_clerk_takes_orders_at_the_counter_and_by_phone(app: TestApp) {
        let practice = app.practice().await;
        let clerk = app.staff("clerk", &practice.county.village).await;
        for channel in ["hotline", "counter", "meeting", "patrol"] {
            let mut body = changed(&order(), "channel", channel);
            body["relation"] = json!("staff");
            let order = clerk.places(body).await;
            let seen = order.seen_by(&clerk).await;
            assert_eq!(seen["channel"], channel);
            assert_eq!(seen["requesterId"], Value::Null, "the clerk does not need the help");
            let placed = order.last("demand.placed.v1", &clerk).await;
            assert_eq!(placed["actorId"], clerk.account_id());
            assert_eq!(placed["data"]["channel"], channel);
        }
    }

    async fn the_channels_of_staff_are_for_the_staff_of_the_place(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let viewer = app.staff("viewer", &practice.county.village).await;
        let elsewhere = app.staff("clerk", &practice.county.other_town).await;
        for channel in ["hotline", "counter", "meeting", "patrol"] {
            let body = changed(&order(), "channel", channel);
            for outsider in [&resident, &viewer, &elsewhere] {
                outsider.post("/demands", body.clone()).await.refused(Code::Forbidden);
            }
        }
        let above = app.staff("clerk", &practice.county.town).await;
        above.places(changed(&order(), "channel", "counter")).await;
    }

    async fn far_from_every_station_the_town_and_then_the_county_serves(app: TestApp) {
        let center = app.county().await.another_county;
        let resident = app.resident("林").await;
        let order = resident.places(changed(&order(), "place", at((27.3400, 120.3000)))).await;
        assert_eq!(order.placed["areaId"], center.id, "a county without stations serves itself");
    }

    async fn an_automatic_item_that_nobody_can_bring_goes_up_to_the_county_at_once(app: TestApp) {
        let practice = app.practice().await;
        let center = &practice.county.center;
        let rare = app.item(center, item("sign_language", Some("21"), true)).await;
        let resident = app.resident("王").await;
        let order = resident.orders(&rare).await;
        assert_eq!(order.placed["state"], "unfilled");
        assert_eq!(order.placed["responsibleId"], center.id);
        let story = order.story(&resident).await;
        let up: Vec<_> = story.iter().filter(|one| one["name"] == "demand.escalated.v1").collect();
        assert_eq!(up.len(), 2, "village to town, town to county");
        assert_eq!(up[0]["data"]["cause"], "nobody_suitable");
        assert_eq!(up[1]["data"]["to"], center.id);
        let unfilled = order.last("demand.unfilled.v1", &resident).await;
        assert_eq!(unfilled["data"]["considered"][0]["out"], json!(["lacks_skill"]));
    }

    async fn the_same_key_orders_once(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let body = order_of(&practice.repair);
        let first = resident.post("/demands", body.clone()).key("order-1").await.created();
        let again = resident.post("/demands", body).key("order-1").await.created();
        assert_eq!(first, again);
        assert_eq!(resident.get("/me/demands").await.items().len(), 1);
        let other = changed(&order(), "content", "另一件事");
        resident.post("/demands", other).key("order-1").await.refused(Code::KeyReused);
    }

    async fn the_full_phone_is_in_no_view_of_an_order(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let clerk = app.staff("clerk", &practice.county.village).await;
        let order = resident.orders(&practice.repair).await;
        for reader in [&resident, &clerk] {
            for path in [order.path(""), order.path("/timeline"), order.path("/dispatches")] {
                let seen = reader.get(&path).await;
                assert!(!seen.text().contains(RECIPIENT_PHONE), "{seen}");
            }
        }
    }
}
