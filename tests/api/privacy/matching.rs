//! Who does not want to be chosen by the system is not (个人信息保护法 article 24); everybody is told
//! how it chooses, and how to refuse it.

use redvest::problem::Code;
use serde_json::{Value, json};

use super::{ledger, notice, published, recorded, says, withdraws};
use crate::support::TestApp;
use crate::support::app::changed;
use crate::support::client::Client;
use crate::support::county::Organization;
use crate::support::practice::{HOME, at, order, text};

/// Somebody who lives around the corner and can listen.
async fn listener(app: &TestApp, county: &Organization, accepts: bool) -> (Client, String) {
    let client = app.resident("周老师").await;
    let body = json!({ "countyId": county.id, "name": "周老师", "skills": ["14"],
        "place": at(HOME), "acceptsMatching": accepts });
    let location = client.post("/volunteers", body).await.status_is(201).location();
    (client, location)
}

/// What he says of himself, with another word on whether he may be chosen.
async fn chooses(client: &Client, path: &str, accepts: bool) {
    let body = json!({ "name": "周老师", "skills": ["14"], "place": at(HOME),
        "acceptsMatching": accepts });
    let etag = client.get(path).await.etag();
    client.put(path, body, etag).await.ok();
}

/// A call that fits him; says whether he was told of it.
async fn is_called(app: &TestApp, county: &Organization, client: &Client) -> bool {
    let before = called(client).await.len();
    let staff = app.staff("dispatcher", county).await;
    let resident = app.resident("王").await;
    let ordered = resident.places(changed(&order(), "skill", "14")).await;
    staff.post(ordered.path("/verify"), json!({})).await.ok();
    staff.calls_for(&ordered).await;
    app.run_due_jobs().await;
    called(client).await.len() > before
}

async fn called(client: &Client) -> Vec<Value> {
    client.get("/me/notices?kind=call_received").await.items()
}

fn words(ledger: &[Value]) -> Vec<(&str, &str, bool)> {
    let word = |one: &'_ Value, name: &str| one[name].as_str().map(str::to_owned);
    ledger
        .iter()
        .map(|one| {
            assert!(word(one, "purpose").is_some_and(|purpose| purpose == "automated_matching"));
            let (decision, channel) = (&one["decision"], &one["channel"]);
            (decision.as_str().unwrap(), channel.as_str().unwrap(), one["stands"] == true)
        })
        .collect()
}

/// A place so many steps of a hundred meters to the north.
fn north(steps: u32) -> Value {
    at((HOME.0 + f64::from(steps) * 0.001, HOME.1))
}

on_both_engines! {
    async fn whoever_is_called_learns_his_rank_among_those_who_were_chosen(app: TestApp) {
        let county = app.county().await.center;
        let mut volunteers = Vec::new();
        for steps in [3, 1, 2] {
            let client = app.resident("周老师").await;
            let body = json!({ "countyId": county.id, "name": "周老师", "skills": ["14"],
                "place": north(steps) });
            client.post("/volunteers", body).await.created();
            volunteers.push((steps, client));
        }
        is_called(&app, &county, &volunteers[0].1).await;
        for (rank, client) in &volunteers {
            let expected = json!({ "rank": rank, "chosen": 3 });
            assert_eq!(called(client).await[0]["grounds"], expected);
        }
    }

    async fn who_opts_out_is_not_chosen_and_it_stands_in_the_ledger(app: TestApp) {
        let county = app.county().await.center;
        let (client, path) = listener(&app, &county, true).await;
        assert!(ledger(&client).await.is_empty(), "he has said nothing of it");
        assert!(is_called(&app, &county, &client).await);
        chooses(&client, &path, false).await;
        assert!(!is_called(&app, &county, &client).await);
        chooses(&client, &path, false).await;
        chooses(&client, &path, true).await;
        assert!(is_called(&app, &county, &client).await);
        let said = ledger(&client).await;
        assert_eq!(words(&said), [("given", "registration", true), ("withdrawn", "registration", false)]);
        assert_eq!(said[0]["privacyNoticeId"], Value::Null, "none is published");
    }

    async fn who_registers_without_it_is_in_the_ledger_at_once(app: TestApp) {
        let county = app.county().await.center;
        let (client, path) = listener(&app, &county, false).await;
        assert_eq!(words(&ledger(&client).await), [("withdrawn", "registration", true)]);
        assert!(!is_called(&app, &county, &client).await);
        client.command(format!("{path}/leave")).await.ok();
        let again = json!({ "countyId": county.id, "name": "周老师", "skills": ["14"], "place": at(HOME) });
        client.post("/volunteers", again).await.created();
        assert_eq!(words(&ledger(&client).await)[0], ("given", "registration", true));
    }

    async fn the_notice_is_refused_with_one_word_and_the_registration_follows(app: TestApp) {
        let county = app.county().await.center;
        let id = published(&app, &county, notice("automated_matching", "not_needed")).await;
        let (client, path) = listener(&app, &county, true).await;
        let refused = says(&client, &id, "withdrawn").await.created();
        assert_eq!((&refused["decision"], &refused["privacyNoticeId"]), (&json!("withdrawn"), &json!(id)));
        assert_eq!(client.get(&path).await.ok()["acceptsMatching"], false);
        assert!(!is_called(&app, &county, &client).await);
        let given = says(&client, &id, "given").await.created();
        assert_eq!(client.get(&path).await.ok()["acceptsMatching"], true);
        withdraws(&client, &given).await.created();
        assert_eq!(client.get(&path).await.ok()["acceptsMatching"], false);
        chooses(&client, &path, true).await;
        assert_eq!(words(&ledger(&client).await)[0], ("given", "registration", true));
        says(&app.resident("李").await, &id, "withdrawn").await.refused(Code::Forbidden);
    }

    async fn staff_leaves_him_out_and_never_takes_him_in(app: TestApp) {
        let county = app.county().await.center;
        let (client, path) = listener(&app, &county, true).await;
        let administrator = app.staff("administrator", &county).await;
        for accepts in [false, true] {
            chooses(&administrator, &path, accepts).await;
            assert_eq!(client.get(&path).await.ok()["acceptsMatching"], false, "{accepts}");
        }
        assert_eq!(words(&ledger(&client).await), [("withdrawn", "registration", true)]);
    }

    async fn who_has_left_can_refuse_it_and_not_agree(app: TestApp) {
        let county = app.county().await.center;
        let id = published(&app, &county, notice("automated_matching", "not_needed")).await;
        let (client, path) = listener(&app, &county, true).await;
        client.command(format!("{path}/leave")).await.ok();
        says(&client, &id, "given").await.refused(Code::Forbidden);
        says(&client, &id, "withdrawn").await.created();
        assert_eq!(client.get(&path).await.ok()["acceptsMatching"], false);
    }

    async fn at_the_counter_he_is_left_out_as_easily(app: TestApp) {
        let county = app.county().await.center;
        let id = published(&app, &county, notice("automated_matching", "not_needed")).await;
        let phone = app.next_phone();
        let client = app.resident_with_phone("周老师", &phone).await;
        let body = json!({ "countyId": county.id, "name": "周老师" });
        let path = client.post("/volunteers", body).await.status_is(201).location();
        let clerk = app.staff("clerk", &county).await;
        clerk.post(county.path("/consents"), recorded(&phone, &id, "withdrawn")).await.created();
        assert_eq!(client.get(&path).await.ok()["acceptsMatching"], false);
        app.run_due_jobs().await;
        assert_eq!(client.get("/me/notices?kind=withdrawal_recorded").await.items().len(), 1);
    }

    async fn everybody_is_told_how_the_system_chooses_and_how_to_refuse(app: TestApp) {
        let county = app.county().await.center;
        let (client, path) = listener(&app, &county, true).await;
        let told = &client.get(&path).await.ok()["matching"];
        let facts: Vec<String> =
            told["facts"].as_array().unwrap().iter().map(|fact| text(&fact["code"])).collect();
        let known = ["choice", "status", "county", "skill", "time", "promises", "distance"];
        assert_eq!(facts, known);
        assert!(text(&told["howToRefuse"]).contains("acceptsMatching"));
        assert!(text(&told["text"]).contains("由您自己决定"));
        let english = client.get(&path).in_english().await.ok();
        assert!(text(&english["matching"]["text"]).contains("your decision"));
        let staff = app.staff("viewer", &county).await;
        assert_eq!(staff.get(&path).await.ok()["matching"], Value::Null, "it is for himself");
        assert!(is_called(&app, &county, &client).await);
        let told = &called(&client).await[0];
        assert_eq!(told["grounds"], json!({ "rank": 1, "chosen": 1 }));
        let notice = text(&told["text"]);
        assert!(notice.contains("系统根据技能、可服务时间和距离自动选取"), "{notice}");
    }
}
