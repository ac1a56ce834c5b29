//! A call is told to those whom it fits and who let the system choose them; whoever else has the
//! skill finds it himself.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::kinds;
use crate::support::TestApp;
use crate::support::app::changed;
use crate::support::client::Client;
use crate::support::practice::{Order, Practice, at, order, wanted};

/// A few steps from where help is needed, and some six kilometers away.
const NEAR: (f64, f64) = (27.6660, 120.5620);
const FAR: (f64, f64) = (27.7200, 120.5620);
/// A Wednesday afternoon, in slot 08.
const WANTED: &str = "2026-03-04T06:00:00Z";

/// Somebody who can counsel, with what is special about him.
async fn counsellor(app: &TestApp, practice: &Practice, own: Value) -> Client {
    let person = app.resident("周老师").await;
    let mut body = json!({ "countyId": practice.county.center.id, "name": "周老师",
        "skills": ["14"], "place": at(NEAR) });
    for (name, value) in own.as_object().expect("an object") {
        body[name] = value.clone();
    }
    person.post("/volunteers", body).await.created();
    person
}

/// A call for one who can counsel, on Wednesday afternoon.
async fn called(app: &TestApp, practice: &Practice) -> Order {
    let staff = app.staff("dispatcher", &practice.county.center).await;
    let from: DateTime<Utc> = WANTED.parse().expect("an instant");
    let body = wanted(changed(&order(), "skill", "14"), from, 60);
    let order = app.resident("王").await.places(body).await;
    staff.post(order.path("/verify"), json!({})).await.ok();
    staff.calls_for(&order).await;
    order
}

on_both_engines! {
    async fn a_call_is_told_to_those_whom_it_fits(app: TestApp) {
        let practice = app.practice().await;
        let told = [
            json!({}),
            json!({ "slots": ["08"] }),
            json!({ "place": at(FAR), "radiusMeters": 10_000 }),
        ];
        let untold = [
            json!({ "acceptsMatching": false }),
            json!({ "slots": ["07", "11"] }),
            json!({ "place": at(FAR) }),
            json!({ "place": null }),
        ];
        let mut people = Vec::new();
        for own in told.iter().chain(&untold) {
            people.push(counsellor(&app, &practice, own.clone()).await);
        }
        let plumber = counsellor(&app, &practice, json!({ "skills": ["09"] })).await;
        let order = called(&app, &practice).await;
        app.run_due_jobs().await;
        for (person, own) in people.iter().zip(told.iter().chain(&untold)) {
            let expected: &[&str] = if told.contains(own) { &["call_received"] } else { &[] };
            assert_eq!(kinds(person, &order).await, expected, "{own}");
            let open = person.get("/me/dispatches").await.items();
            assert_eq!(open.len(), 1, "whoever has the skill may look and take: {own}");
        }
        assert_eq!(kinds(&plumber, &order).await, [""; 0], "he is near and cannot counsel");
        assert_eq!(plumber.get("/me/dispatches").await.items().len(), 0);
    }

    async fn who_is_promised_elsewhere_then_is_not_called(app: TestApp) {
        let practice = app.practice().await;
        let person = counsellor(&app, &practice, json!({})).await;
        let first = called(&app, &practice).await;
        let dispatch = first.dispatch(&app.staff("viewer", &practice.county.center).await).await;
        person.command(dispatch.path("/take-place")).await.created();
        let second = called(&app, &practice).await;
        app.run_due_jobs().await;
        assert_eq!(kinds(&person, &second).await, [""; 0]);
    }
}
