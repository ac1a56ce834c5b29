//! Who is near, in whichever coordinates a client speaks.

use redvest::platform::geography::{CoordinateSystem, Point};
use redvest::problem::FieldCode;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::app::changed;
use crate::support::client::Client;
use crate::support::county::node;

/// 解放社区
const VILLAGE: Point = Point { latitude: 27.6650, longitude: 120.5610 };

async fn near(client: &Client, place: Point, system: &str, filter: &str) -> Vec<(String, i64)> {
    let Point { latitude, longitude } = place;
    let path = format!(
        "/nearest-organizations?latitude={latitude}&longitude={longitude}&coordinateSystem={system}{filter}"
    );
    let items = client.get(path).await.items();
    let found = items.iter().map(|item| {
        let name = item["organization"]["name"].as_str().expect("a name");
        (name.to_owned(), item["distanceMeters"].as_i64().expect("a distance"))
    });
    found.collect()
}

async fn names(client: &Client, filter: &str) -> Vec<String> {
    near(client, VILLAGE, "wgs84", filter).await.into_iter().map(|(name, _)| name).collect()
}

#[track_caller]
fn assert_at(place: &Value, expected: Point, system: &str) {
    let off = |name: &str, value: f64| (place[name].as_f64().expect("degrees") - value).abs();
    assert!(off("latitude", expected.latitude) < 1e-6, "{place}");
    assert!(off("longitude", expected.longitude) < 1e-6, "{place}");
    assert_eq!(place["coordinateSystem"], system);
}

on_both_engines! {
    async fn the_nearest_comes_first_with_its_distance(app: TestApp) {
        app.county().await;
        let resident = app.resident("王").await;
        let found = near(&resident, VILLAGE, "wgs84", "&kind=station").await;
        let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["解放社区", "城东社区", "塘川社区"]);
        let distances: Vec<i64> = found.iter().map(|(_, meters)| *meters).collect();
        assert_eq!(distances[0], 0);
        assert!((1_900..2_000).contains(&distances[1]), "{distances:?}");
        assert!((7_600..7_800).contains(&distances[2]), "{distances:?}");
        assert_eq!(near(&resident, VILLAGE, "wgs84", "&kind=station&limit=1").await.len(), 1);
    }

    async fn only_what_is_in_reach_is_near(app: TestApp) {
        app.county().await;
        let resident = app.resident("王").await;
        assert_eq!(names(&resident, "&kind=station&radiusMeters=1900").await, ["解放社区"]);
        assert_eq!(
            names(&resident, "&kind=station&radiusMeters=2100").await,
            ["解放社区", "城东社区"]
        );
        let sea = Point { latitude: 20.0, longitude: 115.0 };
        assert!(near(&resident, sea, "wgs84", "").await.is_empty());
    }

    async fn only_who_has_the_skill_and_belongs_here(app: TestApp) {
        let county = app.county().await;
        let resident = app.resident("王").await;
        assert_eq!(names(&resident, "&skill=09").await, ["解放社区水电队"]);
        assert!(names(&resident, "&skill=10").await.is_empty());
        let within = format!("&kind=station&within={}", county.other_town);
        assert_eq!(names(&resident, &within).await, ["塘川社区"]);
        let abroad = format!("&kind=station&within={}", county.another_county);
        assert!(names(&resident, &abroad).await.is_empty());
    }

    async fn who_pauses_is_not_found(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        administrator.command(county.team.path("/suspend")).await.ok();
        assert!(names(&administrator, "&kind=team").await.is_empty());
        administrator.command(county.team.path("/resume")).await.ok();
        assert_eq!(names(&administrator, "&kind=team").await, ["解放社区水电队"]);
    }

    async fn a_map_that_speaks_gcj02_is_understood(app: TestApp) {
        app.county().await;
        let resident = app.resident("王").await;
        let shown = CoordinateSystem::Gcj02.from_wgs84(VILLAGE);
        assert!(VILLAGE.distance_meters(&shown) > 100.0, "the two systems differ");
        let found = near(&resident, shown, "gcj02", "&kind=station&limit=1").await;
        assert_eq!(found, [("解放社区".to_owned(), 0)]);
    }

    async fn places_are_shown_in_the_coordinates_that_the_client_draws_in(app: TestApp) {
        let county = app.county().await;
        let resident = app.resident("王").await;
        let read = resident.get(county.village.path("")).await.ok();
        assert_at(&read["place"], VILLAGE, "wgs84");
        let shown = CoordinateSystem::Gcj02.from_wgs84(VILLAGE);
        let read = resident.get(county.village.path("")).in_gcj02().await.ok();
        assert_at(&read["place"], shown, "gcj02");
    }

    async fn a_place_given_in_gcj02_is_kept_in_wgs84(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let shown = CoordinateSystem::Gcj02.from_wgs84(VILLAGE);
        let place = json!({
            "latitude": shown.latitude, "longitude": shown.longitude, "coordinateSystem": "gcj02",
        });
        let body = changed(&node("station", "新站", Some(&county.town), 27.66, 120.56), "place", place);
        let created = administrator.post("/organizations", body).await;
        let location = created.location();
        assert_at(&created.created()["place"], VILLAGE, "wgs84");
        assert_at(&administrator.get(&location).await.ok()["place"], VILLAGE, "wgs84");
    }

    async fn a_place_is_in_china_and_the_right_way_round(app: TestApp) {
        let resident = app.resident("王").await;
        let ask = |latitude: f64, longitude: f64| {
            resident.get(format!(
                "/nearest-organizations?latitude={latitude}&longitude={longitude}&coordinateSystem=wgs84"
            ))
        };
        ask(120.5610, 27.6650).await.refused_field("query:latitude", FieldCode::SwappedCoordinates);
        ask(48.8566, 2.3522).await.refused_field("query:latitude", FieldCode::OutsideChina);
        let nowhere = resident.get("/nearest-organizations?latitude=27.6").await;
        nowhere.refused_field("query:longitude", FieldCode::Missing);
    }
}
