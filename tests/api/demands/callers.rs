//! Orders that a clerk took down: whose they are, and whose they are not.

use redvest::problem::Code;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::app::changed;
use crate::support::client::{Client, both_at_once};
use crate::support::practice::{Order, order, text};

const PHONE: &str = "13777000001";

/// An order by telephone, as a clerk writes it down.
fn call(relation: &str, phone: &str) -> Value {
    let mut body = changed(&order(), "channel", "hotline");
    body["relation"] = json!(relation);
    body["recipient"] = json!({ "name": "王秀英", "phone": phone });
    body
}

async fn own(client: &Client) -> Vec<String> {
    let orders = client.get("/me/demands").await.items();
    orders.iter().map(|order| text(&order["demandId"])).collect()
}

/// Whether he may know of the order at all.
async fn knows(client: &Client, order: &Order) -> bool {
    client.get(order.path("")).await.status() == 200
}

on_both_engines! {
    async fn who_has_signed_in_before_finds_the_order_that_he_placed_by_telephone(app: TestApp) {
        let practice = app.practice().await;
        let clerk = app.staff("dispatcher", &practice.county.village).await;
        let caller = app.resident_with_phone("王秀英", PHONE).await;
        let order = clerk.places(call("oneself", PHONE)).await;
        assert_eq!(order.seen_by(&clerk).await["requesterId"], caller.account_id());
        assert_eq!(own(&caller).await, [order.id.as_str()]);
        clerk.post(order.path("/verify"), json!({})).await.ok();
        let dispatch = clerk.dispatches(&order, &practice.county.team).await;
        app.serve(&practice.member, &dispatch, 30).await;
        let judged = caller.judges(&order, true, 5).await;
        assert_eq!(judged["evaluation"]["byCallback"], false, "in his own words");
    }

    async fn who_signs_in_later_finds_the_order_then(app: TestApp) {
        let practice = app.practice().await;
        let clerk = app.staff("clerk", &practice.county.village).await;
        let order = clerk.places(call("oneself", PHONE)).await;
        let before = order.seen_by(&clerk).await;
        assert_eq!(before["requesterId"], Value::Null);
        let caller = app.resident_with_phone("王秀英", PHONE).await;
        assert_eq!(own(&caller).await, [order.id.as_str()]);
        let after = order.seen_by(&clerk).await;
        assert_eq!(after["requesterId"], caller.account_id());
        assert_ne!(after["version"], before["version"], "a copy is known to be old");
        let told = order.last("demand.handed_over.v1", &clerk).await;
        assert_eq!((&told["actor"], &told["data"]["requesterId"]), (&json!("系统"), &json!(caller.account_id())));
        caller.post(order.path("/cancel"), json!({})).await.ok();
    }

    async fn with_another_phone_nobody_sees_anything(app: TestApp) {
        let practice = app.practice().await;
        let clerk = app.staff("clerk", &practice.county.village).await;
        let order = clerk.places(call("oneself", PHONE)).await;
        let stranger = app.resident("李大爷").await;
        assert!(own(&stranger).await.is_empty() && !knows(&stranger, &order).await);
        let wrong = json!({ "phone": PHONE, "code": "000000", "name": "李大爷" });
        app.anonymous().post("/sign-in/codes", json!({ "phone": PHONE })).await.status_is(202);
        let refused = app.anonymous().post("/sign-in/phone", wrong).await;
        refused.refused(Code::WrongCredentials);
        assert_eq!(order.seen_by(&clerk).await["requesterId"], Value::Null);
        stranger.post(order.path("/evaluations"), json!({ "solved": true, "score": 5 })).await.refused(Code::NotFound);
    }

    async fn who_speaks_for_somebody_else_leaves_the_order_without_an_account(app: TestApp) {
        let practice = app.practice().await;
        let clerk = app.staff("clerk", &practice.county.village).await;
        let mut orders = Vec::new();
        for relation in ["family", "neighbor", "staff", "other"] {
            orders.push(clerk.places(call(relation, PHONE)).await);
        }
        let helper = app.resident_with_phone("李大爷", PHONE).await;
        for relation in ["family", "neighbor", "staff", "other"] {
            orders.push(clerk.places(call(relation, PHONE)).await);
        }
        assert!(own(&helper).await.is_empty());
        for order in orders {
            assert!(!knows(&helper, &order).await);
            assert_eq!(order.seen_by(&clerk).await["requesterId"], Value::Null);
        }
    }

    async fn an_order_from_an_app_stays_with_whoever_sent_it(app: TestApp) {
        app.practice().await;
        let sender = app.resident("王").await;
        let mut body = order();
        body["recipient"]["phone"] = json!(PHONE);
        let order = sender.places(body).await;
        let other = app.resident_with_phone("李大爷", PHONE).await;
        assert!(own(&other).await.is_empty() && !knows(&other, &order).await);
        assert_eq!(order.seen_by(&sender).await["requesterId"], sender.account_id());
    }

    async fn what_has_ended_is_not_handed_over(app: TestApp) {
        let practice = app.practice().await;
        let clerk = app.staff("dispatcher", &practice.county.village).await;
        let mut ended = Vec::new();
        for end in ["refuse", "cancel"] {
            let order = clerk.places(call("oneself", PHONE)).await;
            clerk.post(order.path(&format!("/{end}")), json!({ "reason": "重复" })).await.ok();
            ended.push(order);
        }
        let open = clerk.places(call("oneself", PHONE)).await;
        let next_holder = app.resident_with_phone("李大爷", PHONE).await;
        assert_eq!(own(&next_holder).await, [open.id.as_str()]);
        for order in ended {
            assert!(!knows(&next_holder, &order).await, "numbers change hands");
        }
    }

    async fn who_calls_and_signs_in_at_once_has_his_order(app: TestApp) {
        let practice = app.practice().await;
        let clerk = app.staff("clerk", &practice.county.village).await;
        for number in 0..4 {
            let phone = format!("1377700001{number}");
            app.anonymous().post("/sign-in/codes", json!({ "phone": phone })).await.status_is(202);
            let body = json!({ "phone": phone, "code": crate::support::app::PHONE_CODE });
            let nobody = app.anonymous();
            let (placed, signed_in) = both_at_once(
                clerk.post("/demands", call("oneself", &phone)),
                nobody.post("/sign-in/phone", body),
            )
            .await;
            let account = signed_in.ok()["accountId"].clone();
            let id = text(&placed.created()["demandId"]);
            let order = clerk.get(format!("/demands/{id}")).await.ok();
            assert_eq!(order["requesterId"], account);
        }
    }
}
