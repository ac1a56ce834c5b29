//! Taking with one what is kept of oneself, and nobody else's.

use chrono::Duration;
use redvest::problem::Code;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::client::Client;
use crate::support::practice::{order_of, text};

/// Every item of a section, read three at a time.
async fn section(client: &Client, name: &str) -> Vec<Value> {
    let (mut items, mut cursor) = (Vec::new(), String::new());
    loop {
        let mut page = client.get(format!("/me/export/{name}?limit=3{cursor}")).await.ok();
        let Value::Array(part) = page["items"].take() else { panic!("{name} is no page") };
        assert!(part.len() <= 3, "{name}");
        items.extend(part);
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return items,
        }
    }
}

on_both_engines! {
    async fn a_person_takes_with_him_all_that_is_kept_of_him(app: TestApp) {
        let practice = app.practice().await;
        let phone = app.next_phone();
        let resident = app.resident_with_phone("王秀英", &phone).await;
        let mut numbers = Vec::new();
        for _ in 0..4 {
            let order = resident.orders(&practice.repair).await;
            let dispatch = order.dispatch(&resident).await;
            app.serve(&practice.member, &dispatch, 5).await;
            resident.judges(&order, true, 5).await;
            numbers.push(order.placed["number"].clone());
        }
        app.run_due_jobs().await;
        let export = resident.get("/me/export").await.ok();
        assert_eq!(export["format"], "redvest-export/1");
        assert_eq!(export["account"]["name"], "王秀英");
        assert_eq!(export["account"]["phone"], phone);
        assert_eq!(export["account"]["wechatBound"], false);
        assert_eq!(export["volunteer"], Value::Null);
        for link in export["sections"].as_array().unwrap() {
            resident.get(text(&link["href"])).await.ok();
        }
        let demands = section(&resident, "demands").await;
        let told: Vec<_> = demands.iter().map(|one| one["number"].clone()).collect();
        assert_eq!(told, numbers, "all, the earliest first");
        assert_eq!(demands[0]["recipientPhone"], "13800001234", "as he gave it");
        assert_eq!(demands[0]["address"], "解放街道 1 号");
        let judged = section(&resident, "evaluations").await;
        assert_eq!((judged.len(), &judged[0]["score"]), (4, &json!(5)));
        assert!(section(&resident, "notices").await.len() >= 4);
        let signed_in = section(&resident, "sign-ins").await;
        assert_eq!(signed_in.len(), 1);
        let done = section(&resident, "journal").await;
        let did = |name: &str| done.iter().filter(|entry| entry["name"] == name).count();
        assert_eq!((did("demand.placed.v1"), did("demand.evaluated.v1")), (4, 4));
        assert!(done.iter().all(|entry| entry.get("data").is_none()), "it may name others");
        assert_eq!(section(&resident, "assignments").await, Vec::<Value>::new());
    }

    async fn a_volunteer_takes_his_hours_with_him_and_nothing_of_those_he_helped(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王秀英").await;
        let order = resident.places(order_of(&practice.repair)).await;
        let dispatch = order.dispatch(&resident).await;
        app.serve(&practice.member, &dispatch, 20).await;
        let export = practice.member.get("/me/export").await.ok();
        assert_eq!(export["volunteer"]["volunteerId"], practice.member.id);
        assert_eq!(export["totals"]["minutes"], 20);
        let teams = section(&practice.member, "memberships").await;
        assert_eq!(teams[0]["teamId"], practice.county.team.id);
        let served = section(&practice.member, "assignments").await;
        assert_eq!(served[0]["demandNumber"], order.placed["number"]);
        let hours = section(&practice.member, "service-records").await;
        assert_eq!(hours[0]["minutes"], 20);
        let told = json!([export, served, hours]).to_string();
        for of_others in ["王秀英", "13800001234", "解放街道", "水管漏水"] {
            assert!(!told.contains(of_others), "{of_others}");
        }
        practice.member.command(practice.county.team.path("/leave")).await;
        let teams = section(&practice.member, "memberships").await;
        assert_ne!(teams[0]["leftAt"], Value::Null, "what was is kept as well");
    }

    async fn staff_sees_its_roles_past_and_present(app: TestApp) {
        let county = app.county().await;
        let clerk = app.staff("clerk", &county.village).await;
        let body = json!({ "accountId": clerk.account_id(), "role": "viewer" });
        let administrator = app.administrator().await;
        let given = administrator.post(county.town.path("/grants"), body).await;
        administrator.delete(given.location()).await.done();
        let roles = section(&clerk, "roles").await;
        let of = |name: &str| roles.iter().find(|role| role["role"] == name).unwrap();
        assert_eq!(of("clerk")["revokedAt"], Value::Null);
        assert_ne!(of("viewer")["revokedAt"], Value::Null);
    }

    async fn one_persons_export_holds_nothing_of_another(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王秀英").await;
        let order = resident.orders(&practice.repair).await;
        app.serve(&practice.member, &order.dispatch(&resident).await, 10).await;
        resident.judges(&order, true, 5).await;
        assert_eq!(section(&resident, "evaluations").await.len(), 1);
        let neighbor = app.resident("李大爷").await;
        let name = neighbor.get("/me/export").await.ok()["account"]["name"].clone();
        assert_eq!(name, "李大爷");
        for part in ["demands", "evaluations", "notices", "roles", "memberships", "assignments"] {
            assert_eq!(section(&neighbor, part).await, Vec::<Value>::new(), "{part}");
        }
        let own = neighbor.account_id();
        for part in ["", "/demands", "/journal"] {
            let other = format!("/me/export{part}?accountId={}", resident.account_id());
            let answer = neighbor.get(other).await;
            assert!(answer.status() == 400 || answer.json()["account"]["accountId"] == own.as_str());
        }
        // A cursor of somebody else's list is a place in time, and no key to his list.
        app.clock.advance(Duration::minutes(1));
        for _ in 0..2 {
            resident.orders(&practice.repair).await;
        }
        let page = resident.get("/me/export/demands?limit=1").await.ok();
        let stolen = format!("/me/export/demands?cursor={}", text(&page["next"]));
        assert_eq!(neighbor.get(stolen).await.items(), Vec::<Value>::new());
    }

    async fn an_old_token_takes_nothing_with_it(app: TestApp) {
        let phone = app.next_phone();
        let resident = app.resident_with_phone("王秀英", &phone).await;
        app.clock.advance(Duration::minutes(30));
        resident.get("/me/export").await.ok();
        app.clock.advance(Duration::microseconds(1));
        // Exchanging tokens is no signing in.
        for path in ["/me/export", "/me/export/demands", "/me/export/journal"] {
            resident.get(path).await.refused(Code::FreshSignInNeeded);
        }
        let anew = app.resident_with_phone("王秀英", &phone).await;
        anew.get("/me/export").await.ok();
    }

    async fn what_is_taken_is_written_down_and_bounded(app: TestApp) {
        let resident = app.resident("王秀英").await;
        for _ in 0..10 {
            resident.get("/me/export").await.ok();
        }
        resident.get("/me/export").await.refused(Code::TooManyRequests);
        resident.get("/me/export/roles").await.ok();
        app.run_due_jobs().await;
        let auditor = app.audit_administrator().await;
        let opened = auditor.get("/audit?name=export.opened.v1&limit=100").await.items();
        assert_eq!(opened.len(), 10, "what was refused has taken nothing");
        assert!(opened.iter().all(|row| row["actorId"] == resident.account_id().as_str()));
        let read = auditor.get("/audit?name=export.read.v1").await.items();
        assert_eq!(read[0]["data"]["section"], "roles");
        // Nobody else pays for it.
        app.resident("李大爷").await.get("/me/export").await.ok();
    }
}
