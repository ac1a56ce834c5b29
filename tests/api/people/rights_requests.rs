//! Correcting what is kept of oneself, and asking for what one cannot correct.

use chrono::Duration;
use redvest::problem::{Code, FieldCode};
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::client::Client;
use crate::support::county::Organization;
use crate::support::practice::{instant, text};

/// Asks the organization for a correction.
async fn asks(client: &Client, at: &Organization) -> Value {
    let body = json!({
        "organizationId": at.id, "kind": "correction", "content": "我的服务时长少记了一小时",
    });
    client.post("/me/rights-requests", body).await.created()
}

fn path(request: &Value, command: &str) -> String {
    format!("/rights-requests/{}/{command}", text(&request["requestId"]))
}

on_both_engines! {
    async fn a_person_corrects_his_name(app: TestApp) {
        let resident = app.resident("王秀").await;
        let name = |name: &str| json!({ "name": name });
        resident.put("/me", name("王秀英"), "*").await.done();
        assert_eq!(resident.get("/me").await.ok()["name"], "王秀英");
        resident.put("/me", name(""), "*").await.refused(Code::InvalidRequest);
        app.run_due_jobs().await;
        let auditor = app.audit_administrator().await;
        let rows = auditor.get("/audit?name=account.renamed.v1").await.items();
        assert_eq!((rows.len(), &rows[0]["data"]), (1, &json!({})), "no name is written down");
        let county = app.county().await;
        let clerk = app.staff("clerk", &county.village).await;
        clerk.put("/me", name("县长"), "*").await.refused(Code::Forbidden);
    }

    async fn a_request_is_answered_in_time_and_with_a_reason(app: TestApp) {
        let county = app.county().await;
        let resident = app.resident("王秀英").await;
        let administrator = app.staff("administrator", &county.village).await;
        let asked = asks(&resident, &county.village).await;
        assert_eq!(asked["state"], "open");
        // Monday, 2 March 2026: the end of the fifteenth working day after it.
        assert_eq!(asked["dueAt"], "2026-03-23T16:00:00Z");
        let open = format!("{}?state=open", county.village.path("/rights-requests"));
        assert_eq!(administrator.get(&open).await.items()[0]["content"], "我的服务时长少记了一小时");
        let answer = json!({ "answer": "签到记录显示一小时，无误" });
        let refused = administrator.post(path(&asked, "refuse"), answer.clone()).await.ok();
        assert_eq!((&refused["state"], &refused["answer"]), (&json!("refused"), &answer["answer"]));
        assert_eq!(administrator.get(&open).await.items().len(), 0);
        let own = resident.get("/me/rights-requests").await.items();
        assert_eq!((own.len(), &own[0]["answer"]), (1, &answer["answer"]));
        administrator.post(path(&asked, "accept"), answer.clone()).await.refused(Code::NotPossible);
        let without = json!({ "answer": "" });
        let next = asks(&resident, &county.village).await;
        administrator.post(path(&next, "accept"), without).await.refused(Code::InvalidRequest);
        let accepted = administrator.post(path(&next, "accept"), answer).await.ok();
        assert_eq!(accepted["state"], "accepted");
    }

    async fn how_long_an_answer_may_take_is_a_rule(app: TestApp) {
        let county = app.county().await;
        let rule = json!({ "name": "rights", "answerWithin": { "minutes": 90 } });
        app.rule(&county.town, rule).await;
        let asked = asks(&app.resident("王秀英").await, &county.village).await;
        assert_eq!(instant(&asked["dueAt"]), app.clock.now() + Duration::minutes(90));
    }

    async fn nobody_reads_or_answers_what_is_not_for_him(app: TestApp) {
        let county = app.county().await;
        let (resident, neighbor) = (app.resident("王秀英").await, app.resident("李大爷").await);
        let asked = asks(&resident, &county.village).await;
        let answer = json!({ "answer": "好的" });
        let elsewhere = app.staff("administrator", &county.another_county).await;
        let dispatcher = app.staff("dispatcher", &county.village).await;
        for other in [&neighbor, &elsewhere, &dispatcher] {
            other.post(path(&asked, "accept"), answer.clone()).await.refused(Code::NotFound);
            other.get(county.village.path("/rights-requests")).await.refused(Code::Forbidden);
            assert_eq!(other.get("/me/rights-requests").await.items().len(), 0);
        }
        resident.post(path(&asked, "accept"), answer.clone()).await.refused(Code::Forbidden);
        // What is asked of one organization is not shown at another.
        asks(&neighbor, &county.other_village).await;
        for query in ["", "?state=open"] {
            let list = format!("{}{query}", county.village.path("/rights-requests"));
            let listed = app.administrator().await.get(list).await.items();
            assert_eq!(listed.len(), 1, "{query}");
            assert_eq!(listed[0]["requestId"], asked["requestId"]);
        }
        // An administrator does not grant himself what he asks for.
        let administrator = app.staff("administrator", &county.village).await;
        let own = asks(&administrator, &county.village).await;
        administrator.post(path(&own, "accept"), answer).await.refused(Code::Forbidden);
        let nowhere = json!({
            "organizationId": asked["requestId"], "kind": "explanation", "content": "请说明",
        });
        let nowhere = resident.post("/me/rights-requests", nowhere).await;
        nowhere.refused_field("/organizationId", FieldCode::NoSuchThing);
    }

    async fn the_words_go_with_the_account(app: TestApp) {
        let county = app.county().await;
        let resident = app.resident("王秀英").await;
        asks(&resident, &county.village).await;
        let kept = "SELECT COUNT(*) FROM rights_requests WHERE content IS NOT NULL";
        assert_eq!(app.count(kept).await, 1);
        assert!(!app.texts("rights_requests", "content").await.contains("少记"), "it is sealed");
        super::deletion::asks(&resident).await;
        app.clock.advance(Duration::days(7));
        app.run_due_jobs().await;
        assert_eq!(app.count(kept).await, 0);
    }
}
