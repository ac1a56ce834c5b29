//! Who could bring the help, in which order, and why others cannot.

use chrono::Duration;
use redvest::problem::Code;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::app::changed;
use crate::support::client::Client;
use crate::support::county::Organization;
use crate::support::practice::{HOME, Order, order, team, text, wanted};

/// A point so many meters north of where help is needed.
fn north(meters: f64) -> (f64, f64) {
    (HOME.0 + meters / 111_195.0, HOME.1)
}

async fn candidates(order: &Order, reader: &Client) -> Vec<Value> {
    reader.get(order.path("/candidates")).await.items()
}

fn names(of: &[Value]) -> Vec<String> {
    of.iter().map(|one| text(&one["name"])).collect()
}

fn named<'a>(of: &'a [Value], name: &str) -> &'a Value {
    of.iter().find(|one| one["name"] == name).unwrap_or_else(|| panic!("{name} was not looked at"))
}

/// An order for a plumber, ready to be dispatched by the county.
async fn plumbing(app: &TestApp, staff: &Client) -> Order {
    let mut body = order();
    body["skill"] = json!("09");
    let order = app.resident("王").await.places(body).await;
    staff.post(order.path("/verify"), json!({})).await.ok();
    order
}

async fn dispatches(app: &TestApp, staff: &Client, team: &Organization) {
    let order = app.resident("林").await.places(order()).await;
    staff.post(order.path("/verify"), json!({})).await.ok();
    staff.dispatches(&order, team).await;
}

on_both_engines! {
    async fn each_candidate_comes_with_facts_or_with_reasons(app: TestApp) {
        let practice = app.practice().await;
        let village = &practice.county.village;
        let staff = app.staff("dispatcher", &practice.county.center).await;
        app.team(village, "理发队", north(100.0), &["14"]).await;
        let shy =
            changed(&team(village, "自定队", north(200.0), &["09"]), "acceptsDispatch", false);
        app.organization(shy).await;
        // The story begins on a Monday morning, slot 01; the evening is slot 03.
        let evening =
            changed(&team(village, "夜间队", north(300.0), &["09"]), "slots", json!(["03"]));
        app.organization(evening).await;
        let near_only =
            changed(&team(village, "楼道队", north(900.0), &["09"]), "radiusMeters", 800);
        app.organization(near_only).await;
        app.team(&practice.county.other_town, "鳌江水电队", north(-7_000.0), &["09"]).await;
        app.team(&practice.county.other_town, "远方水电队", north(-15_500.0), &["09"]).await;
        let order = plumbing(&app, &staff).await;
        let list = staff.get(order.path("/candidates")).await.ok();
        assert_eq!(list["poolId"], practice.county.center.id, "a special skill is the county's");
        assert_eq!(
            list["order"],
            json!(["band", "lastAskedAt", "openDispatches", "distanceMeters"])
        );
        let found = list["items"].as_array().unwrap();
        assert_eq!(names(found)[..2], ["解放社区水电队", "鳌江水电队"]);
        let first = &found[0];
        assert_eq!((&first["rank"], &first["out"]), (&json!(1), &json!([])));
        assert_eq!((&first["openDispatches"], &first["lastAskedAt"]), (&json!(0), &Value::Null));
        assert_eq!((&first["band"], &first["skills"]), (&json!(0), &json!(["09"])));
        assert_eq!(named(found, "夜间队")["slots"], json!(["03"]));
        let meters = first["distanceMeters"].as_i64().unwrap();
        assert!((40..50).contains(&meters), "{meters}");
        for (name, out) in [
            ("理发队", "lacks_skill"),
            ("自定队", "opted_out"),
            ("夜间队", "not_available"),
            ("楼道队", "too_far"),
        ] {
            let one = named(found, name);
            assert_eq!((&one["rank"], &one["out"]), (&Value::Null, &json!([out])), "{name}");
        }
        assert!(!names(found).contains(&"远方水电队".to_owned()), "beyond the radius of the rule");
    }

    async fn only_who_may_dispatch_sees_the_candidates(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let order = resident.places(order()).await;
        let path = order.path("/candidates");
        resident.get(&path).await.refused(Code::Forbidden);
        app.staff("clerk", &practice.county.village)
            .await
            .get(&path)
            .await
            .refused(Code::Forbidden);
        let elsewhere = app.staff("dispatcher", &practice.county.other_town).await;
        elsewhere.get(&path).await.refused(Code::NotFound);
        app.staff("dispatcher", &practice.county.village).await.get(&path).await.ok();
    }

    async fn the_time_that_is_wanted_decides_who_is_available(app: TestApp) {
        let practice = app.practice().await;
        let village = &practice.county.village;
        let staff = app.staff("dispatcher", village).await;
        let evening = changed(&team(village, "夜间队", north(100.0), &[]), "slots", json!(["03"]));
        app.organization(evening).await;
        let resident = app.resident("王").await;
        // 19 o'clock in Shanghai, and from 17 to 19, which is afternoon and evening.
        let tonight =
            resident.places(wanted(order(), app.clock.now() + Duration::hours(9), 60)).await;
        let dusk =
            resident.places(wanted(order(), app.clock.now() + Duration::hours(7), 120)).await;
        let out =
            async |order: &Order| named(&candidates(order, &staff).await, "夜间队")["out"].clone();
        assert_eq!(out(&tonight).await, json!([]));
        assert_eq!(out(&dusk).await, json!(["not_available"]));
    }

    async fn a_busy_team_is_spared_until_it_has_done_its_work(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let staff = app.staff("dispatcher", &county.village).await;
        let rule = json!({
            "name": "matching", "offerMinutes": 60, "radiusMeters": 15_000, "levelsUp": 1,
            "maximumOpen": 2, "bandMeters": 500, "retryMinutes": 30,
        });
        app.rule(&county.village, rule).await;
        for _ in 0..2 {
            dispatches(&app, &staff, &county.team).await;
        }
        let waiting = app.resident("王").await.places(order()).await;
        let busy = candidates(&waiting, &staff).await[0].clone();
        assert_eq!((&busy["openDispatches"], &busy["out"]), (&json!(2), &json!(["busy"])));
        let list = staff.get(county.team.path("/dispatches")).await.items();
        let path = format!("/dispatches/{}/withdraw", text(&list[0]["dispatchId"]));
        staff.post(path, json!({ "reason": "另派" })).await.ok();
        let free = candidates(&waiting, &staff).await[0].clone();
        assert_eq!((&free["openDispatches"], &free["out"]), (&json!(1), &json!([])));
    }

    async fn within_a_band_it_is_the_turn_of_whoever_was_asked_longest_ago(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let village = &county.village;
        let staff = app.staff("dispatcher", village).await;
        let second = app.team(village, "二队", north(200.0), &[]).await;
        let third = app.team(village, "三队", north(400.0), &[]).await;
        app.team(village, "远队", north(700.0), &[]).await;
        let order = app.resident("王").await.places(order()).await;
        let in_order = async || names(&candidates(&order, &staff).await);
        let band = ["解放社区水电队", "二队", "三队", "远队"];
        assert_eq!(in_order().await, band, "nobody was asked yet: the nearest goes first");
        dispatches(&app, &staff, &county.team).await;
        app.clock.advance(Duration::seconds(1));
        assert_eq!(in_order().await, ["二队", "三队", "解放社区水电队", "远队"]);
        dispatches(&app, &staff, &third).await;
        dispatches(&app, &staff, &second).await;
        let turn = ["解放社区水电队", "二队", "三队", "远队"];
        assert_eq!(in_order().await, turn, "asked at one instant, with one each: the nearer one");
        dispatches(&app, &staff, &second).await;
        let load = ["解放社区水电队", "三队", "二队", "远队"];
        assert_eq!(in_order().await, load, "the one with less on its hands");
    }

    async fn a_team_that_was_asked_is_not_asked_again_in_the_same_round(app: TestApp) {
        let practice = app.practice().await;
        let staff = app.staff("dispatcher", &practice.county.center).await;
        let order = plumbing(&app, &staff).await;
        let dispatch = staff.dispatches(&order, &practice.county.team).await;
        let why = json!({ "reason": "今天都在外地" });
        practice.leader.post(dispatch.path("/decline"), why).await.ok();
        let asked = candidates(&order, &staff).await[0].clone();
        assert_eq!(asked["out"], json!(["already_asked"]));
        assert_eq!(asked["openDispatches"], 0);
    }

    async fn the_search_begins_where_the_rule_says(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let staff = app.staff("dispatcher", &county.village).await;
        app.team(&county.next_village, "城东队", north(600.0), &[]).await;
        app.team(&county.other_town, "鳌江队", north(-1_000.0), &[]).await;
        let order = app.resident("王").await.places(order()).await;
        let mut rule = json!({
            "name": "matching", "offerMinutes": 5, "radiusMeters": 15_000, "levelsUp": 0,
            "maximumOpen": 5, "bandMeters": 500, "retryMinutes": 30,
        });
        for (levels, expected) in [
            (0, vec!["解放社区水电队"]),
            (1, vec!["解放社区水电队", "城东队"]),
            (2, vec!["解放社区水电队", "城东队", "鳌江队"]),
            (4, vec!["解放社区水电队", "城东队", "鳌江队"]),
        ] {
            rule["levelsUp"] = json!(levels);
            app.rule(&county.village, rule.clone()).await;
            assert_eq!(names(&candidates(&order, &staff).await), expected, "{levels} levels up");
        }
    }

    async fn a_team_is_out_when_too_few_of_its_people_are_left_at_that_time(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let staff = app.staff("dispatcher", &county.village).await;
        let resident = app.resident("王").await;
        let noon = app.clock.now() + Duration::hours(3);
        let first = resident.places(wanted(order(), noon, 60)).await;
        staff.post(first.path("/verify"), json!({})).await.ok();
        let dispatch = staff.dispatches(&first, &county.team).await;
        let for_two = |from, minutes| changed(&wanted(order(), from, minutes), "people", 2);
        let overlapping = resident.places(for_two(noon + Duration::minutes(59), 60)).await;
        let facts = async |order: &Order| {
            let one = candidates(order, &staff).await[0].clone();
            (one["promisedPlaces"].clone(), one["members"].clone(), one["out"].clone())
        };
        let nothing = (json!(0), Value::Null, json!([]));
        assert_eq!(facts(&overlapping).await, nothing, "an offer is no promise");

        practice.leader.command(dispatch.path("/accept")).await.ok();
        let conflict = (json!(1), json!(2), json!(["time_conflict"]));
        assert_eq!(facts(&overlapping).await, conflict, "one of two is promised, two are wanted");
        let after = resident.places(for_two(noon + Duration::hours(1), 60)).await;
        assert_eq!(facts(&after).await, nothing, "times are half open");
        let for_one = resident.places(wanted(order(), noon, 60)).await;
        assert_eq!(facts(&for_one).await, (json!(1), json!(2), json!([])), "one is left");
        let whenever = resident.places(changed(&order(), "people", 2)).await;
        assert_eq!(facts(&whenever).await, nothing, "what can wait is in no conflict");
        app.member(&county.team, "孙师傅").await;
        assert_eq!(facts(&overlapping).await, (json!(1), json!(3), json!([])));
    }
}
