//! The ledger: every word of a person, his own alone; and what staff writes down for somebody
//! without an app.

use redvest::problem::{Code, FieldCode};
use serde_json::{Value, json};

use super::{ledger, notice, published, recorded, says, withdraws};
use crate::support::TestApp;
use crate::support::app::changed;
use crate::support::client::both_at_once;
use crate::support::practice::text;

fn decisions(words: &[Value]) -> Vec<(&str, bool)> {
    words
        .iter()
        .map(|word| (word["decision"].as_str().unwrap(), word["stands"].as_bool().unwrap()))
        .collect()
}

on_both_engines! {
    async fn every_word_stands_in_the_ledger_until_the_next_one(app: TestApp) {
        let county = app.county().await;
        let id = published(&app, &county.center, notice("service", "anew")).await;
        let resident = app.resident("王").await;
        let given = says(&resident, &id, "given").await.created();
        assert_eq!((&given["purpose"], &given["channel"]), (&json!("service"), &json!("mini_program")));
        assert_eq!((&given["onBehalf"], &given["obtained"]), (&json!(false), &Value::Null));
        assert_eq!(given["organizationName"], "平阳县");
        let again = says(&resident, &id, "given").await.created();
        assert_eq!(again["consentId"], given["consentId"], "it is said already");
        let withdrawn = withdraws(&resident, &given).await.created();
        assert_eq!(withdrawn["decision"], "withdrawn");
        let once_more = withdraws(&resident, &given).await.created();
        assert_eq!(once_more["consentId"], withdrawn["consentId"], "it is taken back already");
        says(&resident, &id, "given").await.created();
        let words = ledger(&resident).await;
        assert_eq!(decisions(&words), [("given", true), ("withdrawn", false), ("given", false)]);
        assert_eq!(words[2]["consentId"], given["consentId"]);
        assert!(resident.get("/me/consents?purpose=sensitive").await.items().is_empty());
    }

    async fn of_two_words_at_the_same_moment_one_stands(app: TestApp) {
        let county = app.county().await;
        let id = published(&app, &county.center, notice("service", "anew")).await;
        let resident = app.resident("王").await;
        let (yes, no) = (says(&resident, &id, "given"), says(&resident, &id, "withdrawn"));
        let (yes, no) = both_at_once(yes, no).await;
        assert_eq!([yes.status(), no.status()], [201, 201], "the later one follows the other");
        let words = ledger(&resident).await;
        assert_eq!(words.len(), 2);
        assert_eq!(words.iter().filter(|word| word["stands"] == true).count(), 1, "{words:?}");
    }

    async fn nobody_speaks_for_somebody_else(app: TestApp) {
        let county = app.county().await;
        let id = published(&app, &county.center, notice("service", "anew")).await;
        let (resident, stranger) = (app.resident("王").await, app.resident("李").await);
        let body = json!({ "privacyNoticeId": id, "decision": "given", "channel": "app" });
        let for_him = changed(&body, "accountId", resident.account_id());
        stranger.post("/me/consents", for_him).await.refused_field("/accountId", FieldCode::Unknown);
        let given = says(&resident, &id, "given").await.created();
        withdraws(&stranger, &given).await.refused(Code::NotFound);
        withdraws(&app.administrator().await, &given).await.refused(Code::NotFound);
        assert_eq!(decisions(&ledger(&resident).await), [("given", true)]);
        assert!(ledger(&stranger).await.is_empty());
        let counter = changed(&body, "channel", "counter");
        resident.post("/me/consents", counter).await.refused_field("/channel", FieldCode::NotOneOf);
        let path = format!("/me/consents/{}/withdraw", text(&given["consentId"]));
        let by_staff = resident.post(path, json!({ "channel": "counter" })).await;
        by_staff.refused_field("/channel", FieldCode::NotOneOf);
        assert_eq!(decisions(&ledger(&resident).await), [("given", true)]);
    }

    async fn one_agrees_to_what_is_in_force_and_to_nothing_else(app: TestApp) {
        let county = app.county().await;
        let first = published(&app, &county.center, notice("service", "anew")).await;
        let second = published(&app, &county.center, notice("service", "anew")).await;
        let resident = app.resident("王").await;
        let code = FieldCode::NoSuchThing;
        says(&resident, &first, "given").await.refused_field("/privacyNoticeId", code);
        let nothing = county.center.id.as_str();
        says(&resident, nothing, "given").await.refused_field("/privacyNoticeId", code);
        says(&resident, &second, "given").await.created();
    }

    async fn at_the_counter_staff_writes_down_what_somebody_says(app: TestApp) {
        let county = app.county().await;
        let id = published(&app, &county.center, notice("service", "anew")).await;
        let clerk = app.staff("clerk", &county.village).await;
        let path = county.village.path("/consents");
        let phone = app.next_phone();
        let written = clerk.post(&path, recorded(&phone, &id, "given")).await.created();
        assert_eq!((&written["onBehalf"], &written["channel"]), (&json!(true), &json!("counter")));
        let resident = app.resident_with_phone("王秀英", &phone).await;
        let words = ledger(&resident).await;
        assert_eq!(words[0]["obtained"], "本人到窗口，宣读后口头同意");
        assert_eq!(words[0]["onBehalf"], true);
        app.run_due_jobs().await;
        let told = resident.get("/me/notices?kind=consent_recorded").await.items();
        assert!(text(&told[0]["text"]).contains("本人到窗口"), "{}", told[0]);
        clerk.post(&path, recorded(&phone, &id, "withdrawn")).await.created();
        assert_eq!(decisions(&ledger(&resident).await), [("withdrawn", true), ("given", false)]);
        let nobody = recorded(&app.next_phone(), &id, "withdrawn");
        clerk.post(&path, nobody).await.refused_field("/phone", FieldCode::NoSuchThing);
        let himself = changed(&recorded(&phone, &id, "given"), "channel", "app");
        clerk.post(&path, himself).await.refused_field("/channel", FieldCode::NotOneOf);
        assert!(!app.texts("consents", "obtained").await.contains("窗口"), "it is sealed");
    }

    async fn staff_of_another_county_writes_down_nothing(app: TestApp) {
        let county = app.county().await;
        let id = published(&app, &county.center, notice("service", "anew")).await;
        let path = county.village.path("/consents");
        let body = recorded(&app.next_phone(), &id, "given");
        for stranger in [
            app.resident("王").await,
            app.staff("viewer", &county.village).await,
            app.staff("clerk", &county.other_village).await,
            app.staff("administrator", &county.another_county).await,
        ] {
            stranger.post(&path, body.clone()).await.refused(Code::Forbidden);
        }
        let elsewhere = app.staff("clerk", &county.another_county).await;
        let at_home = county.another_county.path("/consents");
        elsewhere.post(at_home, body).await.refused_field("/privacyNoticeId", FieldCode::NoSuchThing);
    }

    async fn each_word_is_a_fact_of_the_journal(app: TestApp) {
        let county = app.county().await;
        let id = published(&app, &county.center, notice("service", "anew")).await;
        let resident = app.resident("王").await;
        let given = says(&resident, &id, "given").await.created();
        withdraws(&resident, &given).await.created();
        app.run_due_jobs().await;
        let auditor = app.audit_administrator().await;
        for name in ["privacy_notice.published.v1", "consent.given.v1", "consent.withdrawn.v1"] {
            let rows = auditor.get(format!("/audit?name={name}")).await.items();
            assert_eq!(rows.len(), 1, "{name}");
            assert_eq!(rows[0]["data"]["purpose"], "service");
        }
    }
}
