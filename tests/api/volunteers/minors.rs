//! Volunteers who are minors: those who lead one know him by name, and staff reads him masked until
//! somebody who answers for it has approved more (未成年人网络保护条例, article 36).

use chrono::Duration;
use redvest::problem::{Code, FieldCode};
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::app::changed;
use crate::support::client::Client;
use crate::support::practice::{HOME, Practice, Volunteer, at, order, order_of, purpose, text};

const NAME: &str = "周小雨";
const MASKED: &str = "周**";
const PHONE: &str = "13700004321";

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
            "countyId": practice.county.center.id, "name": NAME, "phone": PHONE,
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
        // Nor where he has grown up since it was read.
        app.clock.advance(Duration::days(3 * 366));
        assert_eq!(put(&body).await["name"], NAME);
        assert_eq!(read(&pupil, &staff).await, (json!(NAME), at(HOME)));
        body["name"] = json!("周晓雨");
        body["place"] = Value::Null;
        assert_eq!(put(&body).await["name"], "周晓雨");
        assert_eq!(read(&pupil, &staff).await, (json!("周晓雨"), Value::Null));
    }

    async fn nor_where_it_comes_from_a_list_and_he_leads_him_as_well(app: TestApp) {
        let practice = app.practice().await;
        let pupil = pupil(&app, &practice).await;
        app.grant("administrator", &practice.county.center, &practice.leader).await;
        let of_county = format!("/volunteers?within={}", practice.county.center.id);
        let items = practice.leader.get(of_county).await.items();
        let seen = items.into_iter().find(|one| one["volunteerId"] == pupil.id).expect("he is listed");
        assert_eq!(seen["name"], MASKED, "as staff");
        let body = json!({ "name": seen["name"], "place": seen["place"], "skills": [] });
        let version = format!("\"v{}\"", seen["version"]);
        let answered = practice.leader.put(pupil.path(""), body, version).await.ok();
        assert_eq!(answered["name"], NAME, "as his leader");
        assert_eq!(read(&pupil, &pupil.client()).await, (json!(NAME), at(HOME)));
    }

    async fn who_administers_a_team_does_not_make_himself_its_leader(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let pupil = pupil(&app, &practice).await;
        let staff = app.staff("administrator", &county.village).await;
        let own = staff.clone().registers(json!({ "countyId": county.center.id, "name": "林主任", "skills": [] })).await;
        let set = async |by: &Client, who: &Volunteer, role: &str| {
            by.post(county.team.path("/members"), json!({ "volunteerId": who.id, "role": role })).await
        };
        set(&staff, &own, "leader").await.refused(Code::OwnRequest);
        assert_eq!(listed(&pupil, &staff, county.team.path("/members")).await, MASKED);
        set(&staff, &own, "member").await.ok();
        set(&staff, &practice.member, "leader").await.ok();
        set(&app.administrator().await, &own, "leader").await.ok();
        assert_eq!(listed(&pupil, &staff, county.team.path("/members")).await, NAME);
    }

    async fn nobody_is_entered_from_another_county_but_who_has_joined_himself(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let staff = app.staff("administrator", &county.village).await;
        let stranger = app.volunteer(&county.another_county, "林师傅", &[]).await;
        let body = json!({ "volunteerId": stranger.id, "role": "leader" });
        let enter = || staff.post(county.team.path("/members"), body.clone());
        enter().await.refused_field("/volunteerId", FieldCode::NoSuchThing);
        stranger.command(county.team.path("/join")).await.ok();
        assert_eq!(enter().await.ok()["role"], "leader");
    }

    async fn a_role_is_given_to_him_under_his_masked_name(app: TestApp) {
        let practice = app.practice().await;
        let pupil = pupil(&app, &practice).await;
        let staff = app.staff("administrator", &practice.county.village).await;
        let body = json!({ "accountId": pupil.account_id(), "role": "viewer" });
        let given = staff.post(practice.county.village.path("/grants"), body).await.created();
        assert_eq!(given["name"], MASKED);
        let held = staff.get(practice.county.village.path("/grants?role=viewer")).await.items();
        assert_eq!(held[0]["name"], MASKED);
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
        assert_eq!(place.seen_by(&pupil).await["volunteerName"], NAME);
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
        let auditor = app.audit_administrator().await;
        let did = auditor.get(format!("/audit?account={}&limit=100", pupil.account_id())).await.items();
        assert!(did.iter().any(|row| row["name"] == "sign_in.succeeded.v1" && row["actor"] == MASKED));
        assert!(!json!(did).to_string().contains(NAME), "{did:?}");
    }

    /// People serve first and say or prove later how old they are.
    async fn who_becomes_known_as_a_minor_later_is_masked_in_what_he_did(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let client = app.resident_with_phone(NAME, PHONE).await;
        let own = client.places(order()).await;
        let pupil = client.registers(json!({ "countyId": county.center.id, "name": NAME, "skills": ["09"] })).await;
        pupil.command(county.team.path("/join")).await.ok();
        let resident = app.resident("王").await;
        let order = resident.places(order_of(&practice.repair)).await;
        let place = pupil.takes_a_place(&order.dispatch(&resident).await).await;
        pupil.checks_in(&place).await;
        pupil.checks_out(&place).await;
        let clerk = app.staff("clerk", &county.center).await;
        assert_eq!(place.seen_by(&clerk).await["volunteerName"], NAME);
        assert_eq!(own.seen_by(&clerk).await["recipientName"], "王秀英");
        pupil.command(pupil.path("/leave")).await.ok();
        let again = json!({ "countyId": county.center.id, "name": NAME, "birthDate": "2010-04-05", "skills": [] });
        pupil.client().registers(again).await;
        app.run_due_jobs().await;
        assert_eq!(place.seen_by(&clerk).await["volunteerName"], MASKED);
        let accepted = order.last("assignment.accepted.v1", &resident).await;
        assert_eq!((&accepted["actor"], &accepted["data"]["volunteer"]), (&json!(MASKED), &json!(MASKED)));
        let records = clerk.get(county.team.path("/service-records")).await.items();
        assert_eq!(records[0]["volunteerName"], MASKED);
        for reader in [&resident, &practice.leader.client()] {
            let notices = reader.get("/me/notices?limit=100").await;
            assert!(!notices.to_string().contains(NAME), "{notices}");
        }
        // And so is what he had ordered for himself.
        let seen = own.seen_by(&clerk).await;
        assert_eq!((&seen["recipientName"], &seen["address"]), (&json!("王**"), &Value::Null));
        assert_eq!(own.last("demand.placed.v1", &clerk).await["actor"], MASKED);
        let asked = clerk.post(own.path("/reveal-contact"), purpose()).await.ok();
        assert_eq!(asked["state"], "awaiting_approval");
        // What a clerk takes down for him is his as well, and nobody has to say how old he is.
        let mut call = changed(&crate::support::practice::order(), "channel", "hotline");
        call["organizationId"] = json!(county.village.id);
        call["recipient"] = json!({ "name": NAME, "phone": PHONE });
        let called = clerk.places(call).await;
        let seen = called.seen_by(&app.staff("dispatcher", &county.center).await).await;
        assert_eq!((&seen["recipientName"], &seen["recipientAgeBand"]), (&json!(MASKED), &json!("from_14_to_17")));
    }

    /// Otherwise a child could leave, and come back grown up.
    async fn who_registers_again_does_not_grow_older_by_it(app: TestApp) {
        let practice = app.practice().await;
        let center = &practice.county.center;
        let clerk = app.staff("clerk", center).await;
        let child = app.resident_with_phone(NAME, PHONE).await;
        let mut body = json!({
            "countyId": center.id, "name": NAME, "phone": PHONE, "birthDate": "2013-04-05", "skills": [],
            "guardian": { "name": "周建国", "phone": "13600009876", "relation": "parent", "consent": "in_person" },
        });
        let registered = clerk.post("/volunteers", body.clone()).await.created();
        let path = format!("/volunteers/{}", text(&registered["volunteerId"]));
        child.command(format!("{path}/leave")).await.ok();
        for member in ["phone", "guardian"] {
            body.as_object_mut().unwrap().remove(member);
        }
        for born in [Value::Null, json!("1990-04-05"), json!("2012-01-01")] {
            body["birthDate"] = born;
            child.post("/volunteers", body.clone()).await.refused_field("/guardian", FieldCode::StaffNeeded);
        }
        // From fourteen on he registers himself, and stays as old as he was, with his guardian.
        app.clock.advance(Duration::days(2 * 366));
        body["birthDate"] = json!("1990-04-05");
        child.post("/volunteers", body).await.created();
        assert_eq!(clerk.get(&path).await.ok()["name"], MASKED);
        let kept = child.get("/me/export").await.ok();
        assert_eq!((&kept["age"]["birthDate"], &kept["age"]["guardian"]["name"]), (&json!("2013-04-05"), &json!("周建国")));
        // A clerk who has seen his papers corrects what was said.
        child.command(format!("{path}/leave")).await.ok();
        let seen = json!({ "countyId": center.id, "name": NAME, "phone": PHONE, "birthDate": "2003-04-05", "skills": [] });
        assert_eq!(clerk.post("/volunteers", seen).await.created()["name"], NAME);
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

    /// He may be staff where the team hangs; that he leads others makes him know nobody here.
    async fn who_leads_another_team_reads_him_masked(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let pupil = pupil(&app, &practice).await;
        let other = app.team(&county.next_village, "城东维修队", HOME, &["09"]).await;
        let leader = app.leader(&other, "张队长").await;
        app.grant("viewer", &county.village, &leader).await;
        assert_eq!(read(&pupil, &leader).await.0, MASKED);
        assert_eq!(listed(&pupil, &leader, county.team.path("/members")).await, MASKED);
    }
}
