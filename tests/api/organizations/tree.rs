//! Creating, replacing, archiving and moving.

use chrono::Duration;
use redvest::organizations::{self, Kind, Organization as Stored, SkillSet, SlotSet, Status};
use redvest::platform::geography::Point;
use redvest::problem::{Code, FieldCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::TestApp;
use crate::support::app::changed;
use crate::support::client::{Client, both_at_once};
use crate::support::county::{Organization, as_it_is, node};

/// Everything that can be said of a team.
fn whole_team(parent: &Organization) -> Value {
    json!({
        "parentId": parent.id,
        "kind": "team",
        "name": "水电维修队",
        "divisionCode": "330326100",
        "address": "昆阳镇解放街道 1 号",
        "phone": "0577-6372 0000",
        "place": { "latitude": 27.6655, "longitude": 120.5615, "coordinateSystem": "wgs84" },
        "radiusMeters": 6000,
        "skills": ["09", "99", "01"],
        "slots": ["21", "01"],
        "acceptsDispatch": true,
        "openHours": [{ "weekday": 1, "from": "08:30", "until": "17:30" }],
    })
}

async fn move_below(client: &Client, branch: &Organization, parent: &Organization) -> u16 {
    let body = json!({ "parentId": parent.id });
    client.post(branch.path("/move"), body).await.status()
}

async fn ids(client: &Client, path: String) -> Vec<String> {
    let items = client.get(path).await.items();
    items.iter().filter_map(|node| node["organizationId"].as_str().map(str::to_owned)).collect()
}

on_both_engines! {
    async fn what_was_said_of_a_team_is_read_again(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let created = administrator.post("/organizations", whole_team(&county.village)).await;
        let (location, etag) = (created.location(), created.etag());
        let created = created.created();
        assert_eq!(created["phone"], "057763720000");
        assert_eq!(created["skills"], json!(["01", "09", "99"]));
        assert_eq!(created["slots"], json!(["01", "21"]));
        assert_eq!(created["createdAt"], "2026-03-02T02:00:00Z");
        assert_eq!(created["status"], "active");
        assert!(etag.starts_with("\"v1-"), "{etag}");
        let resident = app.resident("王").await;
        let read = resident.get(location).await;
        assert_eq!(read.etag(), etag);
        assert_eq!(read.ok(), created);
    }

    async fn what_was_read_need_not_be_sent_again(app: TestApp) {
        let county = app.county().await;
        let resident = app.resident("王").await;
        let etag = resident.get(county.village.path("")).await.etag();
        let unchanged = resident.get(county.village.path("")).if_none_match(&etag).await;
        assert_eq!(unchanged.status_is(304).text(), "");
        app.administrator().await.command(county.village.path("/suspend")).await.ok();
        resident.get(county.village.path("")).if_none_match(&etag).await.ok();
    }

    async fn a_tree_and_a_list_need_not_be_sent_again_either(app: TestApp) {
        let county = app.county().await;
        let resident = app.resident("王").await;
        let paths = [county.town.path("/subtree"), format!("/organizations?within={}", county.town.id)];
        for path in &paths {
            let etag = resident.get(path).await.etag();
            let other = format!("\"v1-0123456789abcdef\", {etag}");
            resident.get(path).if_none_match(&other).await.status_is(304);
            let elsewhere = resident.get(path).header("Coordinate-System", "gcj02");
            elsewhere.if_none_match(&etag).await.ok();
        }
        let before = [resident.get(&paths[0]).await.etag(), resident.get(&paths[1]).await.etag()];
        app.below(&county.village, "team", "新队", 27.66, 120.56).await;
        for (path, etag) in paths.iter().zip(before) {
            resident.get(path).if_none_match(&etag).await.ok();
        }
    }

    async fn only_centers_are_roots(app: TestApp) {
        let station = node("station", "孤站", None, 27.66, 120.56);
        let created = app.administrator().await.post("/organizations", station).await;
        created.refused_field("/parentId", FieldCode::NeededHere);
    }

    async fn nothing_hangs_on_what_is_not_there(app: TestApp) {
        let nowhere = Organization { id: app.clock.new_id::<Uuid>().to_string() };
        let station = node("station", "新站", Some(&nowhere), 27.66, 120.56);
        let created = app.administrator().await.post("/organizations", station).await;
        created.refused_field("/parentId", FieldCode::NoSuchThing);
    }

    async fn nothing_new_hangs_on_what_has_ended(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        administrator.command(county.next_village.path("/archive")).await.ok();
        let team = node("team", "新队", Some(&county.next_village), 27.66, 120.56);
        let created = administrator.post("/organizations", team).await;
        created.refused_field("/parentId", FieldCode::NoSuchThing);
    }

    async fn the_tree_is_five_levels_deep_for_what_holds_demands(app: TestApp) {
        let county = app.county().await;
        let four = app.below(&county.village, "base", "四级", 27.66, 120.56).await;
        let five = app.below(&four, "base", "五级", 27.66, 120.56).await;
        let administrator = app.administrator().await;
        let six = node("base", "六级", Some(&five), 27.66, 120.56);
        administrator.post("/organizations", six).await.refused(Code::TreeWouldBreak);
        app.below(&five, "team", "队伍", 27.66, 120.56).await;
    }

    async fn replacing_wants_the_version_that_was_read(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let read = administrator.get(county.team.path("")).await;
        let (etag, body) = (read.etag(), changed(&as_it_is(&read.ok()), "name", "水电队"));
        let blind = administrator.call(actix_web::http::Method::PUT, &county.team.path(""));
        blind.json(&body).await.refused(Code::PreconditionRequired);
        app.clock.advance(Duration::minutes(1));
        let replaced = administrator.put(county.team.path(""), body.clone(), &etag).await;
        assert!(replaced.etag().starts_with("\"v2-"));
        let replaced = replaced.ok();
        assert_eq!(replaced["name"], "水电队");
        assert_eq!(replaced["updatedAt"], "2026-03-02T02:01:00Z");
        assert_eq!(replaced["createdAt"], "2026-03-02T02:00:00Z");
        assert_eq!(replaced, administrator.get(county.team.path("")).await.ok());
        let late = administrator.put(county.team.path(""), body.clone(), &etag).await;
        late.refused(Code::ChangedMeanwhile);
        administrator.put(county.team.path(""), body.clone(), "\"nonsense\"").await
            .refused_field("header:If-Match", FieldCode::WrongType);
        administrator.put(county.team.path(""), body, "*").await.ok();
    }

    async fn a_command_may_name_the_version_too(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let suspend = || administrator.command(county.team.path("/suspend"));
        suspend().if_match("\"v7\"").await.refused(Code::ChangedMeanwhile);
        suspend().if_match("\"v1\"").await.ok();
    }

    async fn replacing_neither_moves_nor_changes_the_kind(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let body = as_it_is(&administrator.get(county.team.path("")).await.ok());
        let elsewhere = changed(&body, "parentId", county.next_village.id.as_str());
        let moved = administrator.put(county.team.path(""), elsewhere, "*").await;
        moved.refused_field("/parentId", FieldCode::NotHere);
        let other = administrator.put(county.team.path(""), changed(&body, "kind", "unit"), "*");
        other.await.refused_field("/kind", FieldCode::NotHere);
    }

    async fn what_is_left_out_when_replacing_is_gone(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let created = administrator.post("/organizations", whole_team(&county.village)).await;
        let location = created.location();
        let bare = json!({ "parentId": county.village.id, "kind": "team", "name": "水电维修队" });
        let replaced = administrator.put(&location, bare, created.etag()).await.ok();
        for gone in ["address", "phone", "place", "radiusMeters", "divisionCode"] {
            assert_eq!(replaced[gone], Value::Null, "{gone}");
        }
        assert_eq!(replaced["skills"], json!([]));
        assert_eq!(replaced, administrator.get(&location).await.ok());
    }

    async fn a_place_that_somebody_gave_is_no_longer_made_up(app: TestApp) {
        let county = app.county().await;
        let demo = Organization { id: app.clock.new_id::<Uuid>().to_string() };
        let stored = [made_up(&app, &demo, &county.town)];
        app.db.write(async |tx| organizations::load(tx, &stored).await).await.expect("loaded");
        let administrator = app.administrator().await;
        let read = administrator.get(demo.path("")).await;
        let (etag, read) = (read.etag(), read.ok());
        assert_eq!(read["placeSynthetic"], true);
        let replaced = administrator.put(demo.path(""), as_it_is(&read), etag).await.ok();
        assert_eq!(replaced["placeSynthetic"], false);
        assert_eq!(replaced, administrator.get(demo.path("")).await.ok());
    }

    async fn an_organization_pauses_and_goes_on(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let village = &county.village;
        administrator.command(village.path("/resume")).await.refused(Code::NotPossible);
        let paused = administrator.command(village.path("/suspend")).await.ok();
        assert_eq!(paused["status"], "suspended");
        administrator.command(village.path("/suspend")).await.refused(Code::NotPossible);
        assert_eq!(administrator.command(village.path("/resume")).await.ok()["status"], "active");
    }

    async fn an_organization_ends_when_nothing_hangs_on_it(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let archive = |node: &Organization| administrator.command(node.path("/archive"));
        archive(&county.village).await.refused(Code::StillInUse);
        archive(&county.team).await.ok();
        assert_eq!(archive(&county.village).await.ok()["status"], "archived");
        archive(&county.village).await.refused(Code::NotPossible);
        administrator.command(county.village.path("/resume")).await.refused(Code::NotPossible);
        let children = ids(&administrator, county.town.path("/children")).await;
        assert_eq!(children, [county.next_village.id.as_str()]);
        administrator.get(county.village.path("")).await.ok();
    }

    async fn a_branch_hangs_elsewhere_with_everything_below_it(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let body = json!({ "parentId": county.other_town.id });
        let moved = administrator.post(county.village.path("/move"), body).await.ok();
        assert_eq!(moved["parentId"], county.other_town.id.as_str());
        let above = ids(&administrator, county.team.path("/ancestors")).await;
        let expected = [&county.village, &county.other_town, &county.center];
        assert_eq!(above, expected.map(|node| node.id.clone()));
        let left = ids(&administrator, county.town.path("/subtree")).await;
        assert_eq!(left, [&county.town, &county.next_village].map(|node| node.id.clone()));
    }

    async fn rights_follow_a_branch_to_its_new_place(app: TestApp) {
        let county = app.county().await;
        let old = app.staff("administrator", &county.town).await;
        let new = app.staff("administrator", &county.other_town).await;
        new.command(county.team.path("/suspend")).await.refused(Code::Forbidden);
        old.command(county.team.path("/suspend")).await.ok();
        let administrator = app.administrator().await;
        assert_eq!(move_below(&administrator, &county.village, &county.other_town).await, 200);
        old.command(county.team.path("/resume")).await.refused(Code::Forbidden);
        new.command(county.team.path("/resume")).await.ok();
    }

    async fn a_branch_hangs_neither_below_itself_nor_too_deep(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let moved = |branch: &Organization, parent: &Organization| {
            administrator.post(branch.path("/move"), json!({ "parentId": parent.id }))
        };
        moved(&county.town, &county.town).await.refused(Code::TreeWouldBreak);
        moved(&county.town, &county.village).await.refused(Code::TreeWouldBreak);
        moved(&county.center, &county.team).await.refused(Code::TreeWouldBreak);
        let four = app.below(&county.village, "base", "四级", 27.66, 120.56).await;
        moved(&county.other_town, &four).await.refused(Code::TreeWouldBreak);
        moved(&county.other_village, &four).await.ok();
    }

    async fn of_two_branches_that_go_below_each_other_at_once_one_does(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        for number in 0..4 {
            let one =
                app.below(&county.center, "institute", &format!("甲{number}"), 27.66, 120.56).await;
            let other =
                app.below(&county.center, "institute", &format!("乙{number}"), 27.66, 120.56).await;
            let below = |branch: &Organization, parent: &Organization| {
                administrator.post(branch.path("/move"), json!({ "parentId": parent.id }))
            };
            let (first, second) = both_at_once(below(&one, &other), below(&other, &one)).await;
            let mut answers = [first.status(), second.status()];
            answers.sort_unstable();
            assert_eq!(answers, [200, 409], "{first}\n{second}");
            let all = ids(&administrator, county.center.path("/subtree")).await;
            for branch in [&one, &other] {
                assert!(all.contains(&branch.id), "{branch} hangs on nothing");
                assert!(ids(&administrator, branch.path("/subtree")).await.len() <= 2);
            }
        }
    }

    async fn a_branch_needs_a_living_parent(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        administrator.command(county.next_village.path("/archive")).await.ok();
        let nowhere = app.clock.new_id::<Uuid>().to_string();
        for parent in [county.next_village.id.as_str(), nowhere.as_str()] {
            let body = json!({ "parentId": parent });
            let moved = administrator.post(county.team.path("/move"), body).await;
            moved.refused_field("/parentId", FieldCode::NoSuchThing);
        }
    }

    async fn the_tree_is_read_down_and_up(app: TestApp) {
        let county = app.county().await;
        let resident = app.resident("王").await;
        let children = ids(&resident, county.center.path("/children")).await;
        assert_eq!(children, [&county.town, &county.other_town].map(|node| node.id.clone()));
        let subtree = ids(&resident, county.town.path("/subtree")).await;
        let expected = [&county.town, &county.village, &county.next_village, &county.team];
        assert_eq!(subtree, expected.map(|node| node.id.clone()), "parents before children");
        let above = ids(&resident, county.team.path("/ancestors")).await;
        let expected = [&county.village, &county.town, &county.center];
        assert_eq!(above, expected.map(|node| node.id.clone()), "nearest first");
        assert!(ids(&resident, county.center.path("/ancestors")).await.is_empty());
    }

    async fn nothing_is_read_of_what_is_not_there(app: TestApp) {
        let resident = app.resident("王").await;
        let nowhere = Organization { id: app.clock.new_id::<Uuid>().to_string() };
        for part in ["", "/children", "/subtree", "/ancestors", "/rules", "/rules/effective"] {
            resident.get(nowhere.path(part)).await.refused(Code::NotFound);
        }
    }
}

fn made_up(app: &TestApp, own: &Organization, parent: &Organization) -> Stored {
    let id = |node: &Organization| node.id.parse::<Uuid>().expect("an id").into();
    Stored {
        organization_id: id(own),
        parent_id: Some(id(parent)),
        kind: Kind::Station,
        name: "演示社区".to_owned(),
        status: Status::Active,
        division_code: None,
        address: None,
        phone: None,
        place: Some(Point { latitude: 27.66, longitude: 120.56 }),
        place_synthetic: true,
        radius_meters: None,
        skills: SkillSet::default(),
        slots: SlotSet::default(),
        accepts_dispatch: false,
        open_hours: Vec::new(),
        created_at: app.clock.now(),
        updated_at: app.clock.now(),
        version: 1,
    }
}
