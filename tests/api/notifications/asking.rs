//! Whoever asks for something is told what became of it, and whoever is to decide that he is asked;
//! never the words of either.

use chrono::Duration;
use redvest::problem::Language;
use serde_json::{Value, json};

use super::notices;
use crate::support::TestApp;
use crate::support::client::Client;
use crate::support::practice::{Order, instant, order, purpose, text};

/// What somebody was told of this kind.
async fn told(of: &Client, kind: &str) -> Vec<Value> {
    notices(of).await.into_iter().filter(|notice| notice["kind"] == kind).collect()
}

/// An order for a child, by somebody of his family.
async fn order_for_child(resident: &Client) -> Order {
    let mut body = order();
    body["relation"] = json!("family");
    body["recipient"]["ageBand"] = json!("under_14");
    resident.places(body).await
}

async fn looks(client: &Client, order: &Order) -> Value {
    client.post(order.path("/reveal-contact"), purpose()).await.ok()
}

on_both_engines! {
    async fn who_asks_for_his_rights_is_told_that_there_is_an_answer(app: TestApp) {
        let county = app.county().await;
        let resident = app.resident("王秀英").await;
        let administrator = app.staff("administrator", &county.village).await;
        let wanted = json!({
            "organizationId": county.village.id, "kind": "correction", "content": "我的服务时长少记了一小时",
        });
        for (command, kind) in [("accept", "rights_request_accepted"), ("refuse", "rights_request_refused")] {
            let asked = resident.post("/me/rights-requests", wanted.clone()).await.created();
            let path = format!("/rights-requests/{}/{command}", text(&asked["requestId"]));
            administrator.post(path, json!({ "answer": "签到记录显示一小时" })).await.ok();
            app.run_due_jobs().await;
            let notice = told(&resident, kind).await.pop().expect("he is told");
            assert_eq!(notice["rightsRequestId"], asked["requestId"]);
            assert_eq!((&notice["revealId"], &notice["dueAt"]), (&Value::Null, &Value::Null));
            let words = text(&notice["text"]);
            assert!(words.contains("解放社区") && !words.contains("一小时"), "{words}");
        }
        let of_his_own = |notice: &Value| notice["kind"] != "rights_request_made";
        assert!(!notices(&administrator).await.iter().any(of_his_own), "it was he who did it");
    }

    async fn who_is_to_answer_what_somebody_wants_of_his_data_is_told_of_it(app: TestApp) {
        let county = app.county().await;
        let own = app.staff("administrator", &county.village).await;
        let above = app.staff("administrator", &county.town).await;
        let clerk = app.staff("clerk", &county.village).await;
        let wanted = json!({
            "organizationId": county.village.id, "kind": "restriction", "content": "请不要再打这个号码",
        });
        let resident = app.resident("王秀英").await;
        let asked = resident.post("/me/rights-requests", wanted.clone()).await.created();
        app.run_due_jobs().await;
        let waiting = told(&own, "rights_request_made").await;
        assert_eq!(waiting.len(), 1);
        assert_eq!((&waiting[0]["rightsRequestId"], &waiting[0]["dueAt"]), (&asked["requestId"], &asked["dueAt"]));
        let words = text(&waiting[0]["text"]);
        assert!(words.contains("解放社区") && !words.contains("号码") && !words.contains("王"), "{words}");
        for other in [&above, &clerk, &resident] {
            assert!(told(other, "rights_request_made").await.is_empty());
        }
        // What he wants himself somebody else answers.
        own.post("/me/rights-requests", wanted).await.created();
        app.run_due_jobs().await;
        assert_eq!((told(&own, "rights_request_made").await.len(), told(&above, "rights_request_made").await.len()), (1, 1));
    }

    async fn who_waits_for_the_end_of_his_account_is_told_once_that_something_is_in_the_way(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王秀英").await;
        resident.post("/me/deletion", json!({ "confirm": "注销账号" })).await.created();
        let order = resident.orders(&practice.repair).await;
        app.clock.advance(Duration::days(7));
        app.run_due_jobs().await;
        app.clock.advance(Duration::days(1));
        app.run_due_jobs().await;
        let held_up = told(&resident, "deletion_held_up").await;
        assert_eq!(held_up.len(), 1, "{held_up:?}");
        let words = text(&held_up[0]["text"]);
        assert!(!words.contains(&text(&order.placed["number"])), "{words}");
        let asked = resident.get("/me/deletion").await.ok();
        let tried_again = instant(&asked["asked"]["dueAt"]);
        assert_eq!(instant(&held_up[0]["dueAt"]) + Duration::days(1), tried_again);
    }

    async fn a_look_at_a_minor_is_told_to_whoever_decides_and_the_decision_to_whoever_asked(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let clerk = app.staff("clerk", &county.village).await;
        let (near, above) =
            (app.staff("administrator", &county.town).await, app.staff("administrator", &county.center).await);
        let mother = app.resident("王").await;
        let order = order_for_child(&mother).await;
        let asked = looks(&clerk, &order).await;
        app.run_due_jobs().await;
        let waiting = told(&near, "reveal_requested").await;
        assert_eq!(waiting.len(), 1);
        assert_eq!((&waiting[0]["revealId"], &waiting[0]["dueAt"]), (&asked["revealId"], &asked["approveBy"]));
        for other in [&above, &clerk, &mother] {
            assert!(told(other, "reveal_requested").await.is_empty());
        }
        near.command(format!("/reveals/{}/approve", text(&asked["revealId"]))).await.ok();
        let again = looks(&clerk, &order).await;
        let refuse = format!("/reveals/{}/refuse", text(&again["revealId"]));
        near.post(refuse, json!({ "reason": "请先联系监护人周建国" })).await.ok();
        app.run_due_jobs().await;
        for (kind, of) in [("reveal_approved", &asked), ("reveal_refused", &again)] {
            let decided = told(&clerk, kind).await;
            assert_eq!(decided.len(), 1);
            assert_eq!(decided[0]["revealId"], of["revealId"]);
        }
        let all = [notices(&near).await, notices(&clerk).await].concat();
        let words = json!(all).to_string();
        let reason = text(&purpose()["reason"]);
        assert!(!words.contains("周建国") && !words.contains(&reason), "{words}");
        let english = clerk.get("/me/notices?kind=reveal_refused").in_english().await.items();
        assert_eq!(english[0]["title"], redvest::notifications::NoticeKind::RevealRefused.title(Language::English));
    }

    async fn neither_who_asks_nor_who_stands_in_for_him_is_told_to_decide(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let own = app.staff("administrator", &county.village).await;
        let stand_in = app.staff("clerk", &county.village).await;
        let above = app.staff("administrator", &county.center).await;
        let held = app.administrator().await.get(county.village.path("/grants")).await.items();
        let grant = held.iter().find(|grant| grant["accountId"] == own.account_id()).expect("a role");
        let until = (app.clock.now() + Duration::days(7)).to_rfc3339();
        let leave = json!({ "accountId": stand_in.account_id(), "validUntil": until, "reason": "年休假" });
        own.post(format!("/grants/{}/delegate", text(&grant["grantId"])), leave).await.created();
        let order = order_for_child(&app.resident("王").await).await;
        looks(&own, &order).await;
        app.run_due_jobs().await;
        for other in [&own, &stand_in] {
            assert!(told(other, "reveal_requested").await.is_empty());
        }
        assert_eq!(told(&above, "reveal_requested").await.len(), 1, "the nearest level that has another");
        // What somebody else asks for is told to whoever stands in as well.
        looks(&app.staff("clerk", &county.village).await, &order).await;
        app.run_due_jobs().await;
        for one in [&own, &stand_in] {
            assert_eq!(told(one, "reveal_requested").await.len(), 1);
        }
        assert_eq!(told(&above, "reveal_requested").await.len(), 1);
    }
}
