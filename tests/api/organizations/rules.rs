//! What differs from place to place is data: inherited down the tree, effective from a date, never
//! changed afterwards.

use chrono::{Duration, SecondsFormat};
use redvest::problem::{Code, FieldCode};
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::client::{Call, Client};
use crate::support::county::Organization;

fn hours(step: u32) -> Value {
    json!({ "name": "hours", "stepMinutes": step, "maximumMinutes": 480 })
}

fn set(client: &Client, at: &Organization, value: &Value) -> Call {
    client.post(at.path("/rules"), json!({ "value": value }))
}

fn set_from(app: &TestApp, client: &Client, at: &Organization, from_now: Duration) -> Call {
    let from = (app.clock.now() + from_now).to_rfc3339_opts(SecondsFormat::Secs, true);
    client.post(at.path("/rules"), json!({ "value": hours(15), "effectiveFrom": from }))
}

async fn effective(client: &Client, at: &Organization, name: &str) -> Value {
    let rules = client.get(at.path("/rules/effective")).await.items();
    rules.into_iter().find(|rule| rule["value"]["name"] == name).expect("every rule has a value")
}

async fn step(client: &Client, at: &Organization) -> u64 {
    effective(client, at, "hours").await["value"]["stepMinutes"].as_u64().expect("a number")
}

on_both_engines! {
    async fn where_nobody_set_a_rule_the_usual_one_holds(app: TestApp) {
        let county = app.county().await;
        let resident = app.resident("王").await;
        let rules = resident.get(county.village.path("/rules/effective")).await.items();
        let names: Vec<&str> = rules.iter().filter_map(|rule| rule["value"]["name"].as_str()).collect();
        assert_eq!(
            names,
            [
                "clocks", "matching", "attendance", "hours", "evaluation", "ordering", "retention",
                "rights", "reveals", "sign_in", "calendar"
            ]
        );
        for rule in rules {
            assert_eq!((&rule["ruleId"], &rule["organizationId"]), (&Value::Null, &Value::Null));
        }
    }

    async fn a_rule_holds_below_until_something_closer_says_otherwise(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let own = set(&administrator, &county.center, &hours(30)).await.created();
        assert_eq!(effective(&administrator, &county.team, "hours").await, own);
        set(&administrator, &county.town, &hours(10)).await.created();
        assert_eq!(step(&administrator, &county.center).await, 30);
        assert_eq!(step(&administrator, &county.town).await, 10);
        assert_eq!(step(&administrator, &county.village).await, 10);
        assert_eq!(step(&administrator, &county.other_village).await, 30);
        assert_eq!(step(&administrator, &county.another_county).await, 1);
        let clocks = effective(&administrator, &county.village, "clocks").await;
        assert_eq!(clocks["ruleId"], Value::Null, "another rule is left alone");
    }

    async fn a_rule_holds_from_its_day_on(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        set(&administrator, &county.center, &hours(30)).await.created();
        set_from(&app, &administrator, &county.center, Duration::days(1)).await.created();
        assert_eq!(step(&administrator, &county.village).await, 30);
        app.clock.advance(Duration::days(1) - Duration::seconds(1));
        assert_eq!(step(&administrator, &county.village).await, 30);
        app.clock.advance(Duration::seconds(1));
        assert_eq!(step(&administrator, &county.village).await, 15);
    }

    async fn the_past_is_never_changed(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let late = set_from(&app, &administrator, &county.center, -Duration::seconds(1)).await;
        late.refused_field("/effectiveFrom", FieldCode::InThePast);
    }

    async fn every_version_stays_readable_the_latest_first(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        for number in [30, 20, 10] {
            set(&administrator, &county.town, &hours(number)).await.created();
            app.clock.advance(Duration::days(1));
        }
        set(&administrator, &county.center, &hours(60)).await.created();
        let first = administrator.get(county.town.path("/rules?limit=2")).await.ok();
        let next = first["next"].as_str().expect("a second page").to_owned();
        let second =
            administrator.get(county.town.path(&format!("/rules?limit=2&cursor={next}"))).await.ok();
        assert_eq!(second["next"], Value::Null);
        let versions = [&first["items"][0], &first["items"][1], &second["items"][0]];
        assert_eq!(versions.map(|rule| rule["value"]["stepMinutes"].as_u64()), [Some(10), Some(20), Some(30)]);
    }

    async fn of_two_versions_for_one_instant_the_later_holds(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        set(&administrator, &county.town, &hours(30)).await.created();
        set(&administrator, &county.town, &hours(20)).await.created();
        assert_eq!(step(&administrator, &county.town).await, 20);
        assert_eq!(step(&app.another_instance().await.administrator().await, &county.town).await, 20);
    }

    async fn a_tree_has_one_calendar_that_of_its_root(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let calendar = |zone: &str| json!({ "name": "calendar", "zone": zone });
        set(&administrator, &county.center, &calendar("Asia/Urumqi")).await.created();
        let own = effective(&administrator, &county.village, "calendar").await;
        assert_eq!(own["organizationId"], county.center.id.as_str());
        let below = json!({ "parentId": county.another_county.id });
        administrator.post(county.center.path("/move"), below).await.ok();
        let usual = effective(&administrator, &county.village, "calendar").await;
        assert_eq!(usual["organizationId"], Value::Null, "the center is no root any more");
        set(&administrator, &county.another_county, &calendar("Asia/Shanghai")).await.created();
        for node in [&county.center, &county.village, &county.another_county] {
            let now = effective(&administrator, node, "calendar").await;
            assert_eq!(now["organizationId"], county.another_county.id.as_str());
        }
    }

    async fn every_kind_of_rule_is_kept_as_it_was_said(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let rules = [
            json!({
                "name": "clocks", "respond": { "minutes": 10 }, "handle": { "localDays": 0 },
                "urgentRespond": { "minutes": 5 }, "urgentHandle": { "workingDays": 3 },
            }),
            json!({
                "name": "matching", "offerMinutes": 5, "radiusMeters": 6000, "levelsUp": 2,
                "maximumOpen": 3, "bandMeters": 500, "retryMinutes": 30,
            }),
            json!({ "name": "attendance", "radiusMeters": 0, "codeSeconds": 120 }),
            hours(30),
            json!({ "name": "evaluation", "window": { "localDays": 7 }, "closesWhenSolved": false }),
            json!({ "name": "ordering", "perPersonAndDay": 3 }),
            json!({ "name": "reveals", "minutes": 5, "approvalHours": 48 }),
            json!({
                "name": "calendar", "zone": "Asia/Urumqi", "holidays": ["2026-04-06", "2026-05-01"],
                "makeupDays": ["2026-05-09"],
            }),
        ];
        for value in rules {
            let created = set(&administrator, &county.center, &value).await.created();
            assert_eq!(created["value"], value);
            let name = value["name"].as_str().expect("a name");
            assert_eq!(effective(&administrator, &county.village, name).await, created);
        }
    }

    async fn a_value_out_of_its_bounds_is_refused(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let wrong = [
            json!({ "name": "hours", "stepMinutes": 0, "maximumMinutes": 480 }),
            json!({ "name": "hours", "stepMinutes": 30, "maximumMinutes": 1441 }),
            json!({ "name": "ordering", "perPersonAndDay": 0 }),
            json!({ "name": "reveals", "minutes": 0 }),
            json!({ "name": "reveals", "minutes": 121 }),
            json!({ "name": "reveals", "minutes": 10, "approvalHours": 0 }),
            json!({ "name": "reveals", "minutes": 10, "approvalHours": 169 }),
            json!({ "name": "ordering", "perPersonAndDay": 1_001 }),
            json!({ "name": "attendance", "radiusMeters": 10_000, "codeSeconds": 120 }),
            json!({ "name": "attendance", "radiusMeters": 300, "codeSeconds": 29 }),
            json!({ "name": "evaluation", "window": { "minutes": 0 }, "closesWhenSolved": true }),
            json!({ "name": "evaluation", "window": { "localDays": 367 }, "closesWhenSolved": true }),
            json!({
                "name": "matching", "offerMinutes": 0, "radiusMeters": 6000, "levelsUp": 2,
                "maximumOpen": 3, "bandMeters": 500, "retryMinutes": 30,
            }),
            json!({
                "name": "matching", "offerMinutes": 5, "radiusMeters": 6000, "levelsUp": 5,
                "maximumOpen": 3, "bandMeters": 500, "retryMinutes": 30,
            }),
        ];
        for value in wrong {
            let refused = set(&administrator, &county.center, &value).await;
            let body = refused.refused(Code::InvalidRequest);
            assert_eq!(body["errors"][0]["code"], "out_of_range", "{value}");
        }
    }

    async fn what_is_wrong_inside_a_rule_is_named(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let calendar = |zone: &str, holidays: Value| {
            json!({ "name": "calendar", "zone": zone, "holidays": holidays })
        };
        let many: Vec<String> = (0..1_001).map(|_| "2026-05-01".to_owned()).collect();
        let wrong = [
            (calendar("Asia/Pingyang", json!([])), "/value/zone", FieldCode::NotOneOf),
            (calendar("", json!([])), "/value/zone", FieldCode::NotOneOf),
            (json!({ "name": "calendar" }), "/value/zone", FieldCode::Missing),
            (
                calendar("Asia/Shanghai", json!(["2026-05-01", "2026-02-30"])),
                "/value/holidays/1",
                FieldCode::WrongType,
            ),
            (calendar("Asia/Shanghai", json!(["2026-5-1"])), "/value/holidays/0", FieldCode::WrongType),
            (calendar("Asia/Shanghai", json!(["20260501"])), "/value/holidays/0", FieldCode::WrongType),
            (calendar("Asia/Shanghai", json!("2026-05-01")), "/value/holidays", FieldCode::WrongType),
            (calendar("Asia/Shanghai", json!(many)), "/value/holidays", FieldCode::OutOfRange),
            (
                json!({ "name": "calendar", "zone": "Asia/Shanghai", "makeupDays": ["x"] }),
                "/value/makeupDays/0",
                FieldCode::WrongType,
            ),
            (
                json!({ "name": "calendar", "zone": "Asia/Shanghai", "moon": 1 }),
                "/value/moon",
                FieldCode::Unknown,
            ),
            (json!({ "name": "weather" }), "/value/name", FieldCode::NotOneOf),
            (json!({ "zone": "Asia/Shanghai" }), "/value/name", FieldCode::Missing),
            (
                json!({ "name": "hours", "stepMinutes": 0, "maximumMinutes": 480 }),
                "/value/stepMinutes",
                FieldCode::OutOfRange,
            ),
            (
                json!({ "name": "evaluation", "window": { "minutes": 0 }, "closesWhenSolved": true }),
                "/value/window",
                FieldCode::OutOfRange,
            ),
        ];
        for (value, pointer, code) in wrong {
            set(&administrator, &county.center, &value).await.refused_field(pointer, code);
        }
    }

    async fn a_calendar_is_set_at_the_root_of_a_tree_and_read_everywhere(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let usual = effective(&administrator, &county.village, "calendar").await;
        let plain = json!({
            "name": "calendar", "zone": "Asia/Shanghai", "holidays": [], "makeupDays": [],
        });
        assert_eq!((&usual["value"], &usual["ruleId"]), (&plain, &Value::Null));
        let zone = json!({ "name": "calendar", "zone": "Asia/Tokyo" });
        for below in [&county.town, &county.village, &county.team] {
            let refused = set(&administrator, below, &zone).await;
            refused.refused_field("/value/name", FieldCode::NotHere);
        }
        let own = set(&administrator, &county.center, &zone).await.created();
        assert_eq!(own["value"]["holidays"], json!([]));
        assert_eq!(effective(&administrator, &county.team, "calendar").await, own);
        let other = effective(&administrator, &county.another_county, "calendar").await;
        assert_eq!(other["value"], plain);
    }

    async fn an_unknown_rule_or_span_is_refused(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let wrong = [
            json!({ "name": "weather", "sun": true }),
            json!({ "stepMinutes": 30, "maximumMinutes": 480 }),
            json!({ "name": "hours", "stepMinutes": 30 }),
            json!({ "name": "hours", "stepMinutes": 30, "maximumMinutes": 480, "bonus": 1 }),
            json!({ "name": "evaluation", "window": { "weeks": 1 }, "closesWhenSolved": true }),
            json!({
                "name": "evaluation", "window": { "minutes": 1, "localDays": 1 }, "closesWhenSolved": true,
            }),
        ];
        for value in wrong {
            set(&administrator, &county.center, &value).await.refused(Code::InvalidRequest);
        }
    }
}
