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
        assert_eq!(names, ["clocks", "matching", "attendance", "hours", "evaluation"]);
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
