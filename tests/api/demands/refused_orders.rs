//! Orders that cannot be taken, each with its code and field.

use chrono::Duration;
use redvest::problem::{Code, FieldCode};
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::app::changed;
use crate::support::client::Client;
use crate::support::practice::{at, item, order, order_of, wanted};

/// Sends the usual order with one member changed, and expects the refusal of a field.
async fn refused_with(
    resident: &Client,
    member: &str,
    value: Value,
    pointer: &str,
    code: FieldCode,
) {
    let body = changed(&order(), member, value);
    resident.post("/demands", body).await.refused_field(pointer, code);
}

on_both_engines! {
    async fn what_is_not_on_the_menu_of_the_place_cannot_be_ordered(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let foreign = app.item(&practice.county.another_county, item("ferry", None, true)).await;
        let sibling = app.item(&practice.county.other_town, item("fishing", None, true)).await;
        let archived = app.item(&practice.county.center, item("fax", None, true)).await;
        let administrator = app.administrator().await;
        administrator.command(archived.path("/archive")).await.ok();
        for id in [&foreign.id, &sibling.id, &archived.id, &practice.county.center.id] {
            let body = changed(&order(), "catalogItemId", id.as_str());
            resident.post("/demands", body).await.refused_field("/catalogItemId", FieldCode::NoSuchThing);
        }
    }

    async fn a_place_must_be_in_china_and_near_somebody(app: TestApp) {
        app.practice().await;
        let resident = app.resident("王").await;
        let desert = changed(&order(), "place", at((40.0, 95.0)));
        resident.post("/demands", desert).await.refused(Code::NoServiceHere);
        let paris = at((48.8566, 2.3522));
        refused_with(&resident, "place", paris, "/place", FieldCode::OutsideChina).await;
        let swapped = at((120.5612, 27.6652));
        refused_with(&resident, "place", swapped, "/place", FieldCode::SwappedCoordinates).await;
        let nameless = json!({ "latitude": 27.6652, "longitude": 120.5612 });
        let missing = "/place/coordinateSystem";
        refused_with(&resident, "place", nameless, missing, FieldCode::Missing).await;
        let own = json!({ "latitude": 27.6, "longitude": 120.5, "coordinateSystem": "bd09" });
        let system = "/place/coordinateSystem";
        refused_with(&resident, "place", own, system, FieldCode::NotOneOf).await;
    }

    async fn the_area_must_be_one_that_takes_orders(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let closed = app.below(&practice.county.town, "station", "旧站", 27.66, 120.56).await;
        app.administrator().await.command(closed.path("/archive")).await.ok();
        for id in [&practice.county.team.id, &closed.id, &practice.repair.id] {
            let (area, code) = (json!(id), FieldCode::NoSuchThing);
            refused_with(&resident, "organizationId", area, "/organizationId", code).await;
        }
    }

    async fn help_is_wanted_within_the_next_ninety_days(app: TestApp) {
        app.practice().await;
        let resident = app.resident("王").await;
        let now = app.clock.now();
        for (from, minutes, pointer, code) in [
            (now - Duration::minutes(1), 60, "/wanted/from", FieldCode::InThePast),
            (now + Duration::hours(1), -60, "/wanted", FieldCode::Reversed),
            (now + Duration::hours(1), 0, "/wanted", FieldCode::Reversed),
            (now + Duration::days(90), 60, "/wanted/until", FieldCode::TooFarAhead),
        ] {
            let body = wanted(order(), from, minutes);
            resident.post("/demands", body).await.refused_field(pointer, code);
        }
        resident.places(wanted(order(), now, 60)).await;
        resident.places(wanted(order(), now + Duration::days(89), 24 * 60)).await;
    }

    async fn every_field_has_its_bounds(app: TestApp) {
        app.practice().await;
        let resident = app.resident("王").await;
        for (member, value, pointer, code) in [
            ("people", json!(0), "/people", FieldCode::OutOfRange),
            ("people", json!(201), "/people", FieldCode::OutOfRange),
            ("people", json!("2"), "/people", FieldCode::WrongType),
            ("content", json!(""), "/content", FieldCode::TooShort),
            ("content", json!(" \n "), "/content", FieldCode::TooShort),
            ("content", json!("水".repeat(2_001)), "/content", FieldCode::TooLong),
            ("content", json!("水\u{7}"), "/content", FieldCode::ControlCharacters),
            ("risk", json!(""), "/risk", FieldCode::TooShort),
            ("address", json!("路".repeat(201)), "/address", FieldCode::TooLong),
            ("skill", json!("24"), "/skill", FieldCode::NotOneOf),
            ("channel", json!("fax"), "/channel", FieldCode::NotOneOf),
            ("relation", json!("landlord"), "/relation", FieldCode::NotOneOf),
            ("urgency", json!("whenever"), "/urgency", FieldCode::NotOneOf),
            ("catalogItemId", json!("7"), "/catalogItemId", FieldCode::WrongType),
            ("priority", json!(1), "/priority", FieldCode::Unknown),
        ] {
            refused_with(&resident, member, value, pointer, code).await;
        }
        for people in [1, 200] {
            resident.places(changed(&order(), "people", people)).await;
        }
    }

    async fn the_person_who_needs_help_must_be_reachable(app: TestApp) {
        app.practice().await;
        let resident = app.resident("王").await;
        let recipient = |name: &str, phone: &str| json!({ "name": name, "phone": phone });
        let member = "recipient";
        let wrong = recipient("王", "12345");
        refused_with(&resident, member, wrong, "/recipient/phone", FieldCode::NotAPhone).await;
        let nameless = recipient("", "13800001234");
        refused_with(&resident, member, nameless, "/recipient/name", FieldCode::TooShort).await;
        let mut missing = order();
        missing.as_object_mut().unwrap().remove("recipient");
        resident.post("/demands", missing).await.refused_field("/recipient", FieldCode::Missing);
    }

    async fn fields_must_fit_each_other(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let skilled = changed(&order_of(&practice.repair), "skill", "10");
        resident.post("/demands", skilled).await.refused_field("/skill", FieldCode::NotHere);
        let staff = json!("staff");
        refused_with(&resident, "relation", staff, "/relation", FieldCode::NotHere).await;
    }
}
