//! Volunteers who are minors: those who lead one know him by name, and staff reads him masked until
//! somebody who answers for it has approved more (未成年人网络保护条例, article 36).

use chrono::Duration;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::client::Client;
use crate::support::practice::{HOME, Practice, Volunteer, at, order_of};

const NAME: &str = "周小雨";
const MASKED: &str = "周**";

/// Somebody of sixteen in the team of the practice.
async fn pupil(app: &TestApp, practice: &Practice) -> Volunteer {
    let client = app.resident(NAME).await;
    let body = json!({
        "countyId": practice.county.center.id, "name": NAME, "birthDate": "2010-04-05",
        "place": at(HOME), "skills": ["09"],
    });
    let pupil = client.registers(body).await;
    pupil.command(practice.county.team.path("/join")).await.ok();
    pupil
}

/// His name and where he lives, as somebody reads them.
async fn read(pupil: &Volunteer, reader: &Client) -> (Value, Value) {
    let seen = reader.get(pupil.path("")).await.ok();
    (seen["name"].clone(), seen["place"].clone())
}

/// His name among others.
async fn listed(pupil: &Volunteer, reader: &Client, path: String) -> Value {
    let items = reader.get(path).await.items();
    let his = items.iter().find(|one| one["volunteerId"] == pupil.id).expect("he is among them");
    his["name"].clone()
}

on_both_engines! {
    async fn who_leads_him_knows_his_name_and_staff_does_not(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let pupil = pupil(&app, &practice).await;
        let village = app.staff("administrator", &county.village).await;
        let center = app.staff("administrator", &county.center).await;
        let roughly = at((27.7, 120.6));
        for (reader, name, place) in [
            (&pupil.client(), NAME, at(HOME)),
            (&practice.leader.client(), NAME, Value::Null),
            (&village, MASKED, Value::Null),
            (&center, MASKED, roughly.clone()),
        ] {
            assert_eq!(read(&pupil, reader).await, (json!(name), place));
        }
        let members = || county.team.path("/members");
        let of_team = || format!("/volunteers?team={}", county.team.id);
        let of_county = || format!("/volunteers?within={}", county.center.id);
        assert_eq!(listed(&pupil, &practice.leader, members()).await, NAME);
        assert_eq!(listed(&pupil, &village, members()).await, MASKED);
        assert_eq!(listed(&pupil, &village, of_team()).await, MASKED);
        assert_eq!(listed(&pupil, &center, of_county()).await, MASKED);
        assert_eq!(listed(&practice.member, &center, of_county()).await, "陈师傅");
        app.clock.advance(Duration::days(3 * 366));
        for reader in [&village, &center] {
            assert_eq!(read(&pupil, reader).await.0, NAME, "he has grown up");
        }
        assert_eq!(read(&pupil, &center).await.1, at(HOME));
        assert_eq!(listed(&pupil, &village, members()).await, NAME);
    }

    async fn who_registers_him_reads_him_masked_as_well(app: TestApp) {
        let practice = app.practice().await;
        let clerk = app.staff("clerk", &practice.county.center).await;
        let body = json!({
            "countyId": practice.county.center.id, "name": NAME, "phone": "13700004321",
            "birthDate": "2010-04-05", "skills": [],
        });
        assert_eq!(clerk.post("/volunteers", body).await.created()["name"], MASKED);
    }

    /// Whoever corrects something else sends back what he has read, and must not overwrite by it
    /// what he cannot read.
    async fn what_staff_sends_back_as_it_read_it_stays_as_it_was(app: TestApp) {
        let practice = app.practice().await;
        let pupil = pupil(&app, &practice).await;
        let staff = app.staff("administrator", &practice.county.center).await;
        let seen = staff.get(pupil.path("")).await.ok();
        let mut body = json!({
            "name": seen["name"], "place": seen["place"], "radiusMeters": 1_000,
            "skills": seen["skills"], "slots": seen["slots"], "acceptsMatching": true,
        });
        let put = async |body: &Value| {
            let version = staff.get(pupil.path("")).await.etag();
            staff.put(pupil.path(""), body.clone(), version).await.ok()
        };
        assert_eq!(put(&body).await["radiusMeters"], 1_000);
        assert_eq!(read(&pupil, &pupil.client()).await, (json!(NAME), at(HOME)));
        body["name"] = json!("周晓雨");
        body["place"] = Value::Null;
        assert_eq!(put(&body).await["name"], MASKED);
        assert_eq!(read(&pupil, &pupil.client()).await, (json!("周晓雨"), Value::Null));
    }

    async fn what_he_does_names_him_to_nobody_else(app: TestApp) {
        let practice = app.practice().await;
        let pupil = pupil(&app, &practice).await;
        let resident = app.resident("王").await;
        let order = resident.places(order_of(&practice.repair)).await;
        let dispatch = order.dispatch(&resident).await;
        let place = pupil.takes_a_place(&dispatch).await;
        let clerk = app.staff("clerk", &practice.county.village).await;
        for reader in [&resident, &clerk, &practice.leader.client()] {
            assert_eq!(place.seen_by(reader).await["volunteerName"], MASKED);
        }
        for reader in [&resident, &clerk] {
            let accepted = order.last("assignment.accepted.v1", reader).await;
            assert_eq!((&accepted["actor"], &accepted["data"]["volunteer"]), (&json!(MASKED), &json!(MASKED)));
        }
        pupil.checks_in(&place).await;
        app.clock.advance(Duration::minutes(60));
        pupil.checks_out(&place).await;
        let of_team = practice.county.team.path("/service-records");
        let of_him = pupil.path("/service-records");
        for (reader, path, name) in [
            (&pupil.client(), &of_him, NAME),
            (&clerk, &of_him, MASKED),
            (&clerk, &of_team, MASKED),
        ] {
            assert_eq!(reader.get(path).await.items()[0]["volunteerName"], name);
        }
        app.run_due_jobs().await;
        for reader in [&resident, &clerk, &practice.leader.client()] {
            let notices = reader.get("/me/notices?limit=100").await;
            assert!(!notices.to_string().contains(NAME), "{notices}");
        }
    }

    async fn neither_does_whoever_names_him(app: TestApp) {
        let practice = app.practice().await;
        let pupil = pupil(&app, &practice).await;
        let resident = app.resident("王").await;
        let order = resident.places(order_of(&practice.repair)).await;
        let dispatch = order.dispatch(&resident).await;
        let his = practice.leader.names(&pupil, &dispatch).await;
        let another = practice.leader.names(&practice.member, &dispatch).await;
        let clerk = app.staff("clerk", &practice.county.village).await;
        assert_eq!(his.seen_by(&clerk).await["volunteerName"], MASKED);
        assert_eq!(another.seen_by(&clerk).await["volunteerName"], "陈师傅");
    }
}
