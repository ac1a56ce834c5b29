//! Why an order stands where it stands: in people's own words, and in the system's.

use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::client::Client;
use crate::support::practice::{HOME, Order, instant, item, order, order_of};

async fn until_due(app: &TestApp, order: &Order, client: &Client) -> Value {
    let due = instant(&order.seen_by(client).await["dueAt"]);
    app.clock.advance(due - app.clock.now());
    app.run_due_jobs().await;
    order.seen_by(client).await
}

on_both_engines! {
    async fn an_order_says_why_it_was_refused_paused_or_taken_back(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let staff = app.staff("dispatcher", &practice.county.village).await;
        let order = resident.places(order()).await;
        assert_eq!(order.seen_by(&resident).await["reason"], Value::Null);
        for (command, reason) in
            [("/refuse", "不属于服务范围"), ("/reopen", "情况有变"), ("/pause", "台风红色预警")]
        {
            staff.post(order.path(command), json!({ "reason": reason })).await.ok();
            assert_eq!(order.seen_by(&resident).await["reason"], reason);
        }
        staff.command(order.path("/resume")).await.ok();
        assert_eq!(order.seen_by(&resident).await["reason"], Value::Null, "it goes on");
        let up = json!({ "reason": "村里没有这样的队伍" });
        staff.post(order.path("/escalate"), up).await.ok();
        assert_eq!(order.seen_by(&resident).await["reason"], "村里没有这样的队伍");
        resident.post(order.path("/cancel"), json!({})).await.ok();
        assert_eq!(order.seen_by(&resident).await["reason"], Value::Null, "he gave none");
    }

    async fn an_order_that_nobody_can_bring_says_why(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let rare = app.item(&county.center, item("sign_language", Some("21"), true)).await;
        let resident = app.resident("王").await;
        let order = resident.orders(&rare).await;
        let team = json!({ "organizationId": county.team.id, "name": "解放社区水电队" });
        let mut reason = json!({
            "code": "lacks_skill", "text": "队伍不具备所需技能", "count": 1, "organizations": [team],
        });
        assert_eq!(order.seen_by(&resident).await["unfilledReasons"], json!([reason]));
        reason["text"] = json!("Teams without the skill");
        let english = resident.get(order.path("")).in_english().await.ok();
        assert_eq!(english["unfilledReasons"], json!([reason]));
        app.team(&county.village, "手语队", HOME, &["21"]).await;
        let found = until_due(&app, &order, &resident).await;
        assert_eq!(found["state"], "dispatched");
        assert_eq!(found["unfilledReasons"], json!([]));
    }

    async fn the_reasons_are_there_when_the_clock_was_the_cause_and_new_with_every_try(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let clocks = json!({ "name": "clocks", "respond": { "minutes": 3 }, "handle": { "localDays": 0 } });
        app.rule(&county.center, clocks).await;
        let resident = app.resident("王").await;
        let mut body = order_of(&practice.errand);
        body["organizationId"] = json!(county.center.id);
        let order = resident.places(body).await;
        assert_eq!(order.placed["state"], "dispatched");
        let late = until_due(&app, &order, &resident).await;
        assert_eq!(late["state"], "unfilled");
        assert_eq!(late["unfilledReasons"][0]["code"], "respond_overdue");
        assert_eq!(late["unfilledReasons"][0]["organizations"], json!([]));
        let chapters = order.chapters(&resident).await;
        let again = until_due(&app, &order, &resident).await;
        assert_eq!(again["unfilledReasons"][0]["code"], "already_asked");
        assert_eq!(
            again["unfilledReasons"][0]["organizations"][0]["organizationId"],
            county.team.id
        );
        assert_eq!(order.chapters(&resident).await, chapters, "a try that fails is no news");
    }
}
