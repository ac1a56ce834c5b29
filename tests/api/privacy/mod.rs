//! What people are told of their data, what they agree to, and what waits for it.

mod consents;
mod enforced;
mod matching;
mod notices;
mod partners;

use redvest::problem::Code;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::client::{Call, Client};
use crate::support::county::Organization;
use crate::support::practice::text;

/// The body of a notice, with all that article 17 asks for.
pub fn notice(purpose: &str, consent: &str) -> Value {
    let words = |language: &str| {
        json!({
            "title": format!("个人信息处理告知 {language}"), "purpose": "安排志愿服务",
            "method": "由平台收集并交给接单队伍使用", "dataKinds": "姓名、电话、地址",
            "retention": "办结后三年", "rights": "可查阅、更正、删除，可随时撤回同意",
            "necessity": (purpose == "sensitive").then_some("不提供精确位置，志愿者无法上门"),
        })
    };
    json!({
        "purpose": purpose, "consent": consent, "zh": words("中文"), "en": words("English"),
        "handler": { "name": "平阳县志愿服务指导中心", "contact": "0577-63700000" },
    })
}

/// Publishes a notice; gives its id.
async fn published(app: &TestApp, at: &Organization, body: Value) -> String {
    let created = app.administrator().await.post(at.path("/privacy-notices"), body).await.created();
    text(&created["privacyNoticeId"])
}

/// The notices in force at a node, as somebody reads them who has not signed in.
async fn in_force(app: &TestApp, at: &Organization) -> Vec<String> {
    let path = at.path("/privacy-notices/current");
    let items = app.anonymous().get(path).await.ok()["items"].clone();
    items.as_array().unwrap().iter().map(|one| text(&one["privacyNoticeId"])).collect()
}

/// Says yes or no to a notice, for oneself.
fn says(client: &Client, notice: &str, decision: &str) -> Call {
    let body =
        json!({ "privacyNoticeId": notice, "decision": decision, "channel": "mini_program" });
    client.post("/me/consents", body)
}

/// Takes a consent back, for oneself.
fn withdraws(client: &Client, consent: &Value) -> Call {
    let path = format!("/me/consents/{}/withdraw", text(&consent["consentId"]));
    client.post(path, json!({ "channel": "app" }))
}

/// What staff writes down at the counter.
fn recorded(phone: &str, notice: &str, decision: &str) -> Value {
    json!({
        "phone": phone, "name": "王秀英", "privacyNoticeId": notice, "decision": decision,
        "channel": "counter", "obtained": "本人到窗口，宣读后口头同意",
    })
}

/// Everything that somebody has said, the latest first.
async fn ledger(client: &Client) -> Vec<Value> {
    client.get("/me/consents").await.items()
}

/// The call waits for consent to exactly these notices.
async fn waits_for(call: Call, notices: &[&str]) {
    let problem = call.await.refused(Code::ConsentRequired);
    assert_eq!(problem["privacyNoticeIds"], json!(notices));
    let remedy = text(&problem["remedy"]);
    assert!(remedy.contains("POST /api/v1/me/consents"), "{remedy}");
    for id in notices {
        assert!(remedy.contains(&format!("/api/v1/privacy-notices/{id}")), "{remedy}");
    }
}
