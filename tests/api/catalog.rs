//! The menu: what can be ordered where.

use redvest::problem::{Code, FieldCode};
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::app::changed;
use crate::support::county::Organization;
use crate::support::practice::{instant, item, order_of, text};

fn codes(items: &[Value]) -> Vec<String> {
    items.iter().map(|item| text(&item["code"])).collect()
}

on_both_engines! {
    async fn an_item_can_be_ordered_where_it_is_kept_and_below(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        app.item(&county.town, item("town_fair", None, true)).await;
        app.item(&county.village, item("village_tea", None, true)).await;
        let resident = app.resident("王").await;
        let menu = async |at: &Organization| codes(&resident.get(at.path("/menu")).await.items());
        let common = ["appliance_repair", "errand", "counsel"];
        assert_eq!(menu(&county.center).await, common);
        assert_eq!(menu(&county.other_village).await, common);
        assert_eq!(menu(&county.next_village).await, [&common[..], &["town_fair"]].concat());
        assert_eq!(
            menu(&county.village).await,
            [&common[..], &["town_fair", "village_tea"]].concat()
        );
        assert_eq!(menu(&county.team).await.len(), 5);
        assert_eq!(menu(&county.another_county).await.len(), 0);
        let nowhere = format!("/organizations/{}/menu", practice.repair.id);
        resident.get(nowhere).await.refused(Code::NotFound);
    }

    async fn an_item_is_kept_as_it_was_given(app: TestApp) {
        let county = app.county().await;
        let body = json!({
            "code": "bath", "columnZh": "为老", "columnEn": "For the old", "nameZh": "助浴", "nameEn": "Bathing",
            "category": "0102", "skill": "14", "automatic": false, "riskZh": "防滑", "riskEn": "Slippery",
            "clock": { "respond": { "minutes": 30 }, "handle": { "workingDays": 2 } },
        });
        let kept = app.item(&county.center, body.clone()).await;
        let read = app.resident("王").await.get(kept.path("")).await.ok();
        for (member, value) in body.as_object().unwrap() {
            assert_eq!(&read[member], value, "{member}");
        }
        assert_eq!((&read["status"], &read["version"]), (&json!("active"), &json!(1)));
    }

    async fn only_an_administrator_of_the_place_keeps_the_menu(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let body = item("flowers", None, true);
        let town = app.staff("administrator", &county.town).await;
        let dispatcher = app.staff("dispatcher", &county.center).await;
        let above = county.center.path("/catalog-items");
        town.post(&above, body.clone()).await.refused(Code::Forbidden);
        dispatcher.post(&above, body.clone()).await.refused(Code::Forbidden);
        town.post(county.village.path("/catalog-items"), body.clone()).await.created();
        let read = town.get(practice.repair.path("")).await;
        town.put(practice.repair.path(""), body, read.etag()).await.refused(Code::Forbidden);
        town.command(practice.repair.path("/archive")).await.refused(Code::Forbidden);
    }

    async fn an_item_is_replaced_but_keeps_its_code(app: TestApp) {
        let practice = app.practice().await;
        let administrator = app.administrator().await;
        let path = practice.repair.path("");
        let etag = administrator.get(&path).await.etag();
        let body = changed(&item("appliance_repair", Some("09"), false), "nameZh", "水电维修");
        let call = administrator.call(actix_web::http::Method::PUT, &path).json(&body);
        call.await.refused(Code::PreconditionRequired);
        let renamed = changed(&body, "code", "repair");
        administrator.put(&path, renamed, &etag).await.refused_field("/code", FieldCode::NotHere);
        let replaced = administrator.put(&path, body.clone(), &etag).await.ok();
        assert_eq!((&replaced["nameZh"], &replaced["version"]), (&json!("水电维修"), &json!(2)));
        administrator.put(&path, body, &etag).await.refused(Code::ChangedMeanwhile);
        let order = app.resident("王").await.orders(&practice.repair).await;
        assert_eq!(order.placed["state"], "submitted", "it is no longer automatic");
        assert_eq!(order.placed["itemName"], "水电维修");
    }

    async fn an_archived_item_leaves_the_menu_and_stays_in_the_orders(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let order = resident.orders(&practice.errand).await;
        let administrator = app.administrator().await;
        let archived = administrator.command(practice.errand.path("/archive")).await.ok();
        assert_eq!(archived["status"], "archived");
        administrator.command(practice.errand.path("/archive")).await.refused(Code::NotPossible);
        let menu = resident.get(practice.county.village.path("/menu")).await.items();
        assert!(!codes(&menu).contains(&"errand".to_owned()));
        assert_eq!(order.seen_by(&resident).await["itemName"], "errand");
        let refused = resident.post("/demands", order_of(&practice.errand)).await;
        refused.refused_field("/catalogItemId", FieldCode::NoSuchThing);
    }

    async fn what_an_item_says_has_its_bounds(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let path = county.center.path("/catalog-items");
        let sound = item("flowers", None, true);
        for (member, value, code) in [
            ("code", json!("Flowers"), FieldCode::WrongType),
            ("code", json!("f"), FieldCode::WrongType),
            ("category", json!("12"), FieldCode::WrongType),
            ("nameZh", json!(""), FieldCode::TooShort),
            ("nameEn", json!("x".repeat(81)), FieldCode::TooLong),
            ("skill", json!("77"), FieldCode::NotOneOf),
            ("color", json!("red"), FieldCode::Unknown),
        ] {
            let body = changed(&sound, member, value);
            administrator.post(&path, body).await.refused_field(&format!("/{member}"), code);
        }
        let endless = changed(&sound, "clock", json!({ "respond": { "minutes": 0 } }));
        let refused = administrator.post(&path, endless).await;
        refused.refused_field("/clock/respond", FieldCode::OutOfRange);
        administrator.post(&path, sound.clone()).await.created();
        administrator.post(&path, sound.clone()).await.refused(Code::AlreadyExists);
        administrator.post(county.town.path("/catalog-items"), sound).await.created();
    }

    async fn the_clock_of_an_item_goes_before_that_of_the_area(app: TestApp) {
        let county = app.county().await;
        let clock = json!({ "respond": { "minutes": 30 } });
        let quick = changed(&item("quick", None, false), "clock", clock);
        let quick = app.item(&county.center, quick).await;
        let order = app.resident("王").await.orders(&quick).await;
        let waits = instant(&order.placed["dueAt"]) - instant(&order.placed["placedAt"]);
        assert_eq!(waits.num_minutes(), 30);
    }
}
