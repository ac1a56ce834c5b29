//! An instant that a caller sends is cut to microseconds where it is read: neither a cursor nor
//! PostgreSQL can say anything finer.

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, Utc};
use redvest::app::generated_contract;
use serde_json::{Value, json};

use crate::privacy::notice;
use crate::support::TestApp;
use crate::support::app::changed;
use crate::support::client::Client;
use crate::support::partner::{SCOPES, new_partner};
use crate::support::practice::{instant, order_of};

/// Every instant that a body can carry: a new one has to be cut, and comes into the stories below.
const IN_BODIES: [&str; 13] = [
    "assignmentEnterPresence /served/from",
    "assignmentEnterPresence /served/until",
    "demandPlace /wanted/from",
    "demandPlace /wanted/until",
    "demandReopen /wanted/from",
    "demandReopen /wanted/until",
    "grantCreate /validFrom",
    "grantCreate /validUntil",
    "grantDelegate /validFrom",
    "grantDelegate /validUntil",
    "partnerRegister /expiresAt",
    "privacyNoticePublish /effectiveFrom",
    "ruleSet /effectiveFrom",
];

/// Where below a schema there are instants.
fn instants_in(document: &Value, schema: &Value, pointer: &str, found: &mut Vec<String>) {
    let target = schema["$ref"].as_str().and_then(|target| target.strip_prefix('#'));
    let schema = target.and_then(|target| document.pointer(target)).unwrap_or(schema);
    if schema["format"] == "date-time" {
        found.push(pointer.to_owned());
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        instants_in(document, property, &format!("{pointer}/{name}"), found);
    }
    for kind in ["oneOf", "anyOf", "allOf"] {
        for alternative in schema[kind].as_array().into_iter().flatten() {
            instants_in(document, alternative, pointer, found);
        }
    }
    if schema["items"].is_object() {
        instants_in(document, &schema["items"], &format!("{pointer}/0"), found);
    }
}

#[test]
fn every_instant_that_a_body_can_carry_is_known() {
    let document = generated_contract();
    let mut all = BTreeSet::new();
    let operations = document["paths"].as_object().into_iter().flatten();
    for operation in
        operations.filter_map(|(_, methods)| methods.as_object()).flat_map(|m| m.values())
    {
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        let mut found = Vec::new();
        instants_in(&document, schema, "", &mut found);
        let id = operation["operationId"].as_str().unwrap_or_default();
        all.extend(found.into_iter().map(|pointer| format!("{id} {pointer}")));
    }
    assert_eq!(all, BTreeSet::from(IN_BODIES.map(str::to_owned)));
}

/// An instant with nine digits, and what is to be left of it.
fn fine(at: DateTime<Utc>) -> (String, DateTime<Utc>) {
    let cut = at + Duration::microseconds(123_456);
    (format!("{}.123456789Z", at.format("%Y-%m-%dT%H:%M:%S")), cut)
}

/// How many pages of one item each a list has, from its beginning.
async fn pages(client: &Client, path: &str) -> usize {
    let mut page = client.get(format!("{path}?order=earliest_first&limit=1")).await.ok();
    let mut count = 1;
    while let Some(next) = page["next"].as_str() {
        let rest = format!("{path}?order=earliest_first&limit=1&cursor={next}");
        page = client.get(rest).await.ok();
        count += 1;
        assert!(count < 20, "the same page again and again");
    }
    count
}

on_both_engines! {
    async fn standing_in_begins_and_ends_at_a_microsecond(app: TestApp) {
        let county = app.county().await;
        let dispatcher = app.staff("dispatcher", &county.town).await;
        let clerk = app.staff("clerk", &county.town).await;
        let held = dispatcher.get(county.town.path("/grants?role=dispatcher")).await.items();
        let (from, begins) = fine(app.clock.now() + Duration::hours(1));
        let (until, ends) = fine(app.clock.now() + Duration::hours(2));
        let body = json!({
            "accountId": clerk.account_id(), "validFrom": from, "validUntil": until, "reason": "休假",
        });
        let path = format!("/grants/{}/delegate", held[0]["grantId"].as_str().expect("an id"));
        let given = dispatcher.post(path, body).await.created();
        assert_eq!(instant(&given["validFrom"]), begins);
        assert_eq!(instant(&given["validUntil"]), ends);
    }

    async fn a_role_begins_and_ends_at_a_microsecond(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let resident = app.resident("王").await;
        let (from, begins) = fine(app.clock.now() + Duration::hours(1));
        let (until, ends) = fine(app.clock.now() + Duration::hours(2));
        for _ in 0..2 {
            let body = json!({
                "accountId": resident.account_id(), "role": "viewer",
                "validFrom": from, "validUntil": until,
            });
            let given = administrator.post(county.town.path("/grants"), body).await.created();
            assert_eq!(instant(&given["validFrom"]), begins);
            assert_eq!(instant(&given["validUntil"]), ends);
        }
        assert_eq!(pages(&administrator, &county.town.path("/grants")).await, 2);
    }

    async fn a_partner_expires_at_a_microsecond(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let (until, expires) = fine(app.clock.now() + Duration::hours(1));
        for _ in 0..2 {
            let body = changed(&new_partner(&SCOPES), "expiresAt", until.as_str());
            let registered = administrator.post(county.town.path("/partners"), body).await;
            assert_eq!(instant(&registered.created()["expiresAt"]), expires);
        }
        assert_eq!(pages(&administrator, &county.town.path("/partners")).await, 2);
    }

    async fn a_rule_holds_from_a_microsecond_on(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let (from, begins) = fine(app.clock.now() + Duration::hours(1));
        for step in [10, 15] {
            let value = json!({ "name": "hours", "stepMinutes": step, "maximumMinutes": 480 });
            let body = json!({ "value": value, "effectiveFrom": from });
            let set = administrator.post(county.town.path("/rules"), body).await.created();
            assert_eq!(instant(&set["effectiveFrom"]), begins);
        }
        assert_eq!(pages(&administrator, &county.town.path("/rules")).await, 2);
    }

    async fn a_privacy_notice_holds_from_a_microsecond_on(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let (from, begins) = fine(app.clock.now() + Duration::hours(1));
        for _ in 0..2 {
            let body = changed(&notice("service", "anew"), "effectiveFrom", from.as_str());
            let path = county.town.path("/privacy-notices");
            let published = administrator.post(path, body).await.created();
            assert_eq!(instant(&published["effectiveFrom"]), begins);
        }
        assert_eq!(pages(&administrator, &county.town.path("/privacy-notices")).await, 2);
    }

    async fn help_is_wanted_and_brought_from_one_microsecond_to_another(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        for _ in 0..2 {
            let (from, begins) = fine(app.clock.now() + Duration::hours(1));
            let (until, ends) = fine(app.clock.now() + Duration::hours(2));
            let window = json!({ "from": from, "until": until });
            let mut body = order_of(&practice.errand);
            body["wanted"] = window.clone();
            let order = resident.places(body).await;
            let wanted = &order.seen_by(&resident).await["wanted"];
            assert_eq!((instant(&wanted["from"]), instant(&wanted["until"])), (begins, ends));
            let place =
                practice.member.takes_a_place(&order.dispatch(&resident).await).await;
            app.clock.advance(Duration::hours(3));
            let entered = json!({ "served": window, "reason": "手机没电" });
            practice.leader.post(place.path("/enter-presence"), entered).await.ok();
            let seen = place.seen_by(&practice.member).await;
            assert_eq!(instant(&seen["checkedInAt"]), begins);
            assert_eq!(instant(&seen["checkedOutAt"]), ends);
        }
        assert_eq!(pages(&practice.member, &practice.member.path("/service-records")).await, 2);
    }
}
