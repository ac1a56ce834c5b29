//! Registering, changing one's details, being suspended, leaving and coming back.

use redvest::problem::{Code, FieldCode};
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::app::changed;
use crate::support::client::Client;
use crate::support::county::Organization;
use crate::support::practice::{HOME, Volunteer, at, text};

fn registration(county: &Organization) -> Value {
    json!({
        "countyId": county.id, "name": "周老师", "place": at(HOME), "radiusMeters": 3_000,
        "skills": ["09", "14"], "slots": ["01", "21"], "acceptsMatching": true,
    })
}

async fn read(volunteer: &Volunteer, reader: &Client) -> Value {
    reader.get(volunteer.path("")).await.ok()
}

on_both_engines! {
    async fn everybody_registers_himself(app: TestApp) {
        let county = app.county().await;
        let client = app.resident("周").await;
        let body = registration(&county.village);
        let registered = client.post("/volunteers", body.clone()).await.created();
        for member in ["name", "place", "radiusMeters", "skills", "slots", "acceptsMatching"] {
            assert_eq!(registered[member], body[member], "{member}");
        }
        assert_eq!(registered["countyId"], county.center.id, "the county of the village");
        assert_eq!(registered["status"], "active");
        assert_eq!(registered["accountId"], client.account_id());
        assert_eq!(client.get("/me").await.ok()["volunteerId"], registered["volunteerId"]);
        client.post("/volunteers", body).await.refused(Code::AlreadyExists);
    }

    async fn what_is_not_said_is_as_usual(app: TestApp) {
        let county = app.county().await;
        let body = json!({ "countyId": county.center.id, "name": "周" });
        let registered = app.resident("周").await.post("/volunteers", body).await.created();
        assert_eq!(
            (&registered["radiusMeters"], &registered["acceptsMatching"]),
            (&json!(5_000), &json!(true))
        );
        assert_eq!((&registered["place"], &registered["skills"]), (&Value::Null, &json!([])));
    }

    async fn a_clerk_of_the_county_registers_somebody_by_phone(app: TestApp) {
        let county = app.county().await;
        let phone = app.next_phone();
        let body = changed(&registration(&county.center), "phone", phone.as_str());
        let village = app.staff("clerk", &county.village).await;
        village.post("/volunteers", body.clone()).await.refused(Code::Forbidden);
        app.resident("林").await.post("/volunteers", body.clone()).await.refused(Code::Forbidden);
        let clerk = app.staff("clerk", &county.center).await;
        let registered = clerk.post("/volunteers", body).await.created();
        let himself = app.resident_with_phone("周老师", &phone).await;
        assert_eq!(himself.get("/me").await.ok()["volunteerId"], registered["volunteerId"]);
    }

    async fn a_registration_has_its_bounds(app: TestApp) {
        let county = app.county().await;
        let client = app.resident("周").await;
        for (member, value, pointer, code) in [
            ("countyId", json!(client.account_id()), "/countyId", FieldCode::NoSuchThing),
            ("name", json!(""), "/name", FieldCode::TooShort),
            ("radiusMeters", json!(0), "/radiusMeters", FieldCode::OutOfRange),
            ("radiusMeters", json!(200_001), "/radiusMeters", FieldCode::OutOfRange),
            ("skills", json!(["09", "88"]), "/skills/1", FieldCode::NotOneOf),
            ("slots", json!(["25"]), "/slots", FieldCode::NotOneOf),
            ("place", at((120.5, 27.6)), "/place", FieldCode::SwappedCoordinates),
            ("stars", json!(5), "/stars", FieldCode::Unknown),
        ] {
            let body = changed(&registration(&county.center), member, value);
            client.post("/volunteers", body).await.refused_field(pointer, code);
        }
    }

    async fn a_volunteer_is_seen_by_those_who_work_with_him(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let center = app.staff("viewer", &county.center).await;
        let village = app.staff("viewer", &county.village).await;
        for reader in [&practice.member, &practice.leader] as [&Client; 2] {
            read(&practice.member, reader).await;
        }
        read(&practice.member, &center).await;
        read(&practice.member, &village).await;
        let outsider = app.resident("林").await;
        let other_town = app.staff("administrator", &county.other_town).await;
        let other_county = app.staff("administrator", &county.another_county).await;
        for stranger in [&outsider, &other_town, &other_county] {
            stranger.get(practice.member.path("")).await.refused(Code::NotFound);
            stranger.get(practice.member.path("/totals")).await.refused(Code::NotFound);
            stranger.get(practice.member.path("/service-records")).await.refused(Code::NotFound);
            stranger.get(practice.member.path("/teams")).await.refused(Code::NotFound);
        }
    }

    async fn where_he_lives_is_for_himself_and_the_county(app: TestApp) {
        let county = app.county().await;
        let client = app.resident("周").await;
        let registered = client.post("/volunteers", registration(&county.center)).await.created();
        client.command(county.team.path("/join")).await.ok();
        let path = format!("/volunteers/{}", text(&registered["volunteerId"]));
        let leader = app.leader(&county.team, "李队长").await;
        assert_eq!(leader.get(&path).await.ok()["place"], Value::Null);
        let village = app.staff("viewer", &county.village).await;
        assert_eq!(village.get(&path).await.ok()["place"], Value::Null);
        let center = app.staff("viewer", &county.center).await;
        assert_eq!(center.get(&path).await.ok()["place"], at(HOME));
        assert_eq!(client.get(&path).await.ok()["place"], at(HOME));
    }

    async fn a_volunteer_changes_what_he_says_of_himself(app: TestApp) {
        let practice = app.practice().await;
        let member = &practice.member;
        let details = json!({ "name": "陈大海", "skills": ["09"], "slots": ["02"], "acceptsMatching": false });
        let etag = member.get(member.path("")).await.etag();
        practice.leader.put(member.path(""), details.clone(), &etag).await.refused(Code::Forbidden);
        let replaced = member.put(member.path(""), details.clone(), &etag).await.ok();
        assert_eq!(
            (&replaced["name"], &replaced["acceptsMatching"]),
            (&json!("陈大海"), &json!(false))
        );
        assert_eq!(replaced["version"], 2);
        member.put(member.path(""), details, &etag).await.refused(Code::ChangedMeanwhile);
    }

    async fn an_administrator_suspends_and_resumes(app: TestApp) {
        let practice = app.practice().await;
        let member = &practice.member;
        let administrator = app.staff("administrator", &practice.county.center).await;
        let village = app.staff("administrator", &practice.county.village).await;
        village.command(member.path("/suspend")).await.refused(Code::Forbidden);
        member.command(member.path("/suspend")).await.refused(Code::Forbidden);
        assert_eq!(
            administrator.command(member.path("/suspend")).await.ok()["status"],
            "suspended"
        );
        administrator.command(member.path("/suspend")).await.refused(Code::NotPossible);
        member.command(member.path("/leave")).await.refused(Code::NotPossible);
        // Nor does he come back by registering anew.
        let anew = member.post("/volunteers", registration(&practice.county.center)).await;
        anew.refused(Code::AlreadyExists);
        assert_eq!(read(member, &administrator).await["status"], "suspended");
        assert_eq!(administrator.command(member.path("/resume")).await.ok()["status"], "active");
        administrator.command(member.path("/resume")).await.refused(Code::NotPossible);
    }

    async fn who_leaves_is_forgotten_where_he_lives_and_comes_back_with_his_hours(app: TestApp) {
        let practice = app.practice().await;
        let member = &practice.member;
        let resident = app.resident("王").await;
        let order = resident.orders(&practice.repair).await;
        let dispatch = order.dispatch(&resident).await;
        let place = member.takes_a_place(&dispatch).await;
        member.command(member.path("/leave")).await.refused(Code::StillInUse);
        member.checks_in(&place).await;
        app.clock.advance(chrono::Duration::minutes(45));
        member.checks_out(&place).await;
        practice.leader.command(member.path("/leave")).await.refused(Code::Forbidden);
        let left = member.command(member.path("/leave")).await.ok();
        assert_eq!((&left["status"], &left["place"]), (&json!("left"), &Value::Null));
        assert_eq!(member.get(member.path("/teams")).await.items().len(), 0);
        let body = json!({ "countyId": practice.county.center.id, "name": "陈师傅" });
        let again = member.post("/volunteers", body).await.created();
        assert_eq!(
            (&again["volunteerId"], &again["status"]),
            (&json!(member.id), &json!("active"))
        );
        assert_eq!(member.get(member.path("/totals")).await.ok()["minutes"], 45);
    }

    async fn a_county_lists_its_volunteers(app: TestApp) {
        let county = app.county().await;
        let mut all = Vec::new();
        for (name, skills) in
            [("甲", vec!["09"]), ("乙", vec![]), ("丙", vec!["09", "14"]), ("甲", vec![])]
        {
            all.push(app.volunteer(&county.village, name, &skills).await);
        }
        app.volunteer(&county.another_county, "丁", &["09"]).await;
        all[1].command(all[1].path("/leave")).await.ok();
        let staff = app.staff("viewer", &county.center).await;
        let found = async |query: &str| -> Vec<String> {
            let items =
                staff.get(format!("/volunteers?within={}{query}", county.center)).await.items();
            items.iter().map(|one| text(&one["volunteerId"])).collect()
        };
        let ids =
            |of: &[usize]| -> Vec<String> { of.iter().map(|one| all[*one].id.clone()).collect() };
        assert_eq!(found("").await, ids(&[0, 2, 3]), "those who have left are not among them");
        assert_eq!(found("&skill=09").await, ids(&[0, 2]));
        assert_eq!(found("&name=%E7%94%B2").await, ids(&[0, 3]));
        assert_eq!(found("&name=%E7%94%B2&skill=09").await, ids(&[0]));
        let village = app.staff("administrator", &county.village).await;
        for below in [&county.village, &county.town] {
            let list = format!("/volunteers?within={below}");
            village.get(list).await.refused_field("query:within", FieldCode::NotACounty);
        }
        let list = format!("/volunteers?within={}", county.center);
        village.get(list).await.refused(Code::Forbidden);
        // A village lists the members of its teams.
        all[0].command(county.team.path("/join")).await.ok();
        for list in [format!("/volunteers?team={}", county.team), county.team.path("/members")] {
            assert_eq!(village.get(list).await.items().len(), 1);
        }
        staff.get("/volunteers").await.refused_field("query:within", FieldCode::NeededHere);
    }
}
