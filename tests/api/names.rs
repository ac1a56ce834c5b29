//! No app needs a second call for a name: where an organization, an order or an item is named by its
//! id, what people call it stands beside.

use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::practice::{Dispatch, Practice, order_of, text};

/// What is named by an id, and by which member people read it.
const NAMES: [(&str, &str); 7] = [
    ("organizationId", "organizationName"),
    ("areaId", "areaName"),
    ("responsibleId", "responsibleName"),
    ("teamId", "teamName"),
    ("countyId", "countyName"),
    ("poolId", "poolName"),
    ("catalogItemId", "itemName"),
];

/// Every object that names something by its id, as far as it is not the thing itself.
fn check(path: &str, value: &Value) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| check(path, item)),
        Value::Object(members) => {
            for (id, name) in NAMES {
                if members.get(id).is_some_and(Value::is_string) {
                    let told = members.get(name).or(members.get("name"));
                    let told = told.and_then(Value::as_str).unwrap_or_default();
                    assert!(!told.is_empty(), "{path}: {id} without {name}: {value}");
                }
            }
            // The facts of a timeline are for programs; its titles are for people.
            let others = members.iter().filter(|(member, _)| *member != "data");
            others.for_each(|(_, member)| check(path, member));
        }
        _ => {}
    }
}

/// An order of the resident, served by the member and judged.
async fn served(app: &TestApp, practice: &Practice) -> (String, String, String) {
    let resident = app.resident("王").await;
    let ordered = resident.places(order_of(&practice.repair)).await;
    let dispatch: Dispatch = ordered.dispatch(&resident).await;
    app.serve(&practice.member, &dispatch, 40).await;
    resident.judges(&ordered, true, 5).await;
    (ordered.path(""), dispatch.path(""), text(&ordered.placed["number"]))
}

on_both_engines! {
    async fn what_people_call_it_stands_beside_the_id(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let (ordered, dispatch, number) = served(&app, &practice).await;
        let waiting = app.resident("林").await.orders(&practice.counsel).await;
        let staff = app.staff("dispatcher", &county.center).await;
        let within = format!("within={}", county.center);
        for path in [
            "/me".to_owned(),
            ordered.clone(),
            format!("{ordered}/dispatches"),
            format!("{ordered}/evaluations"),
            waiting.path("/candidates"),
            dispatch.clone(),
            format!("/demands?{within}"),
            format!("/dispatches?{within}"),
            format!("/assignments?{within}"),
            format!("/evaluations?{within}"),
            format!("/volunteers?{within}"),
            practice.member.path(""),
            practice.member.path("/teams"),
            practice.member.path("/service-records"),
            county.team.path("/dispatches"),
            county.team.path("/evaluations"),
        ] {
            check(&path, &staff.get(&path).await.ok());
        }
        let led = practice.leader.get("/me").await.ok()["ledTeams"].clone();
        let team = json!([{ "organizationId": county.team.id, "organizationName": "解放社区水电队" }]);
        assert_eq!(led, team);
        for path in [practice.member.path("/service-records"), format!("/evaluations?{within}")] {
            assert_eq!(staff.get(&path).await.items()[0]["demandNumber"], number.as_str());
        }
        let listed = staff.get(format!("/demands?{within}")).await.items();
        let closed = listed.iter().find(|one| one["number"] == number.as_str()).expect("it");
        assert_eq!(closed["teamName"], "解放社区水电队");
        assert_eq!((&closed["overdue"], &closed["level"]), (&json!(false), &json!("station")));
    }

    async fn items_and_chapters_are_told_in_the_language_of_the_reader(app: TestApp) {
        let practice = app.practice().await;
        let mut body = crate::support::practice::item("cooking", None, true);
        body["nameZh"] = json!("送餐");
        body["nameEn"] = json!("Meals");
        let meals = app.item(&practice.county.center, body).await;
        let resident = app.resident("王").await;
        let ordered = resident.orders(&meals).await;
        let chinese = ordered.seen_by(&resident).await;
        let english = resident.get(ordered.path("")).in_english().await.ok();
        assert_eq!((&chinese["itemName"], &english["itemName"]), (&json!("送餐"), &json!("Meals")));
        assert_eq!(chinese["timeline"][0]["title"], "已下单");
        assert_eq!(english["timeline"][0]["title"], "Order placed");
        let chapters = resident.get(ordered.path("/timeline")).in_english().await.items();
        assert_eq!(chapters[0]["title"], "Order placed");
        let open = practice.member.get("/me/dispatches").in_english().await.items();
        let card = &open[0]["demand"];
        assert_eq!((&card["itemName"], &card["people"]), (&json!("Meals"), &json!(1)));
        let dispatch = Dispatch { id: text(&open[0]["dispatchId"]) };
        app.serve(&practice.member, &dispatch, 40).await;
        let path = practice.member.path("/service-records");
        let records = practice.member.get(path).in_english().await.items();
        assert_eq!(records[0]["itemName"], "Meals");
    }
}
