//! What staff and residents do with an order before somebody brings the help.

use redvest::problem::{Code, FieldCode};
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::app::changed;
use crate::support::client::Client;
use crate::support::county::as_it_is;
use crate::support::practice::{Order, order};

fn because(reason: &str) -> Value {
    json!({ "reason": reason })
}

async fn verified(resident: &Client, clerk: &Client) -> Order {
    let order = resident.places(order()).await;
    let verified = clerk.post(order.path("/verify"), json!({})).await.ok();
    assert_eq!(verified["state"], "verified");
    order
}

on_both_engines! {
    async fn a_clerk_verifies_an_order(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let clerk = app.staff("clerk", &practice.county.village).await;
        let order = resident.places(order()).await;
        resident.post(order.path("/verify"), json!({})).await.refused(Code::Forbidden);
        let verified = clerk.post(order.path("/verify"), because("已电话核实")).await.ok();
        assert_eq!(verified["state"], "verified");
        assert_eq!(verified["version"], 2);
        let entry = order.last("demand.verified.v1", &resident).await;
        assert_eq!(entry["reason"], "已电话核实");
        assert_eq!(entry["actorId"], clerk.account_id());
        clerk.post(order.path("/verify"), json!({})).await.refused(Code::NotPossible);
    }

    async fn an_order_is_refused_with_a_reason_and_can_be_begun_anew(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let clerk = app.staff("clerk", &practice.county.village).await;
        let order = resident.places(order()).await;
        let path = order.path("/refuse");
        clerk.post(&path, json!({})).await.refused_field("/reason", FieldCode::Missing);
        clerk.post(&path, because(" ")).await.refused_field("/reason", FieldCode::TooShort);
        let refused = clerk.post(&path, because("不属于志愿服务范围")).await.ok();
        assert_eq!(refused["state"], "refused");
        assert_eq!(refused["dueAt"], Value::Null);
        assert_eq!(
            order.last("demand.refused.v1", &resident).await["reason"],
            "不属于志愿服务范围"
        );
        clerk.post(&path, because("再次")).await.refused(Code::NotPossible);
        let anew = resident.post(order.path("/reopen"), because("情况有变")).await.ok();
        assert_eq!(anew["state"], "submitted");
        assert_eq!(order.seen_by(&resident).await["rounds"], 2);
    }

    async fn what_a_village_cannot_do_goes_to_the_town_and_the_county(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let resident = app.resident("王").await;
        let village = app.staff("clerk", &county.village).await;
        let town = app.staff("clerk", &county.town).await;
        let center = app.staff("clerk", &county.center).await;
        let order = resident.places(order()).await;
        let path = order.path("/escalate");
        village.post(&path, json!({})).await.refused_field("/reason", FieldCode::Missing);
        let up = village.post(&path, because("村里没有这样的队伍")).await.ok();
        assert_eq!(up["responsibleId"], county.town.id);
        assert_eq!(up["state"], "submitted");
        village.post(&path, because("还是不行")).await.refused(Code::Forbidden);
        let top = town.post(&path, because("镇里也没有")).await.ok();
        assert_eq!(top["responsibleId"], county.center.id);
        assert!(!top["next"].as_array().unwrap().contains(&json!("escalate")), "nobody is above");
        center.post(&path, because("县里也没有")).await.refused(Code::NotPossible);
        let seen = order.seen_by(&resident).await;
        assert_eq!((&seen["escalations"], &seen["level"]), (&json!(2), &json!("center")));
        let entry = order.last("demand.escalated.v1", &resident).await;
        assert_eq!(entry["data"]["cause"], "by_hand");
        assert_eq!(entry["data"]["from"], county.town.id);
        assert_eq!(entry["data"]["to"], county.center.id);
        assert_eq!(entry["data"]["level"], 2);
        assert_eq!(entry["data"]["dueAt"], seen["dueAt"]);
        assert_eq!(
            order.seen_by(&village).await["areaId"],
            county.village.id,
            "it still lies there"
        );
    }

    async fn an_order_is_handed_to_another_service_with_a_note(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let clerk = app.staff("clerk", &practice.county.village).await;
        let order = verified(&resident, &clerk).await;
        let path = order.path("/transfer");
        let to = |to: &str| json!({ "to": to, "note": "已告知 12345 工号 7" });
        clerk.post(&path, to("post_office")).await.refused_field("/to", FieldCode::NotOneOf);
        clerk
            .post(&path, json!({ "to": "other" }))
            .await
            .refused_field("/note", FieldCode::Missing);
        resident.post(&path, to("hotline_12345")).await.refused(Code::Forbidden);
        let handed = clerk.post(&path, to("hotline_12345")).await.ok();
        assert_eq!(handed["state"], "transferred");
        assert_eq!(handed["dueAt"], Value::Null);
        let entry = order.last("demand.transferred.v1", &resident).await;
        assert_eq!(entry["data"]["to"], "hotline_12345");
        assert_eq!(entry["reason"], "已告知 12345 工号 7");
    }

    async fn a_cancelled_order_sends_the_team_home(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let order = resident.orders(&practice.repair).await;
        let dispatch = order.dispatch(&resident).await;
        let place = practice.member.takes_a_place(&dispatch).await;
        practice.member.post(order.path("/cancel"), json!({})).await.refused(Code::NotFound);
        let cancelled = resident.post(order.path("/cancel"), because("家人已修好")).await.ok();
        assert_eq!(cancelled["state"], "cancelled");
        assert_eq!(cancelled["next"], json!(["reopen"]));
        assert_eq!(dispatch.seen_by(&practice.leader).await["state"], "withdrawn");
        let released = place.seen_by(&practice.member).await;
        assert_eq!(released["state"], "released");
        assert_eq!(released["next"], json!([]));
        practice.member.command(dispatch.path("/take-place")).await.refused(Code::NotPossible);
        let names = order.chapters(&resident).await;
        assert!(names.ends_with(&["dispatch.withdrawn.v1".into(), "demand.cancelled.v1".into()]));
        resident.post(order.path("/cancel"), json!({})).await.refused(Code::NotPossible);
    }

    async fn whoever_took_the_order_down_may_take_it_back(app: TestApp) {
        let practice = app.practice().await;
        let clerk = app.staff("clerk", &practice.county.village).await;
        let colleague = app.staff("clerk", &practice.county.village).await;
        let mut body = order();
        body["channel"] = json!("hotline");
        let order = clerk.places(body).await;
        colleague.post(order.path("/cancel"), json!({})).await.refused(Code::Forbidden);
        clerk.post(order.path("/cancel"), json!({})).await.ok();
    }

    async fn a_cancelled_order_can_be_begun_anew(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let order = resident.orders(&practice.repair).await;
        resident.post(order.path("/cancel"), json!({})).await.ok();
        let path = order.path("/reopen");
        resident.post(&path, json!({})).await.refused_field("/reason", FieldCode::Missing);
        app.resident("林").await.post(&path, because("好奇")).await.refused(Code::NotFound);
        let anew = resident.post(&path, because("又坏了")).await.ok();
        assert_eq!(anew["state"], "submitted");
        assert_eq!(anew["dueKind"], "respond");
        let clerk = app.staff("clerk", &practice.county.village).await;
        let verified = clerk.post(order.path("/verify"), json!({})).await.ok();
        assert_eq!(verified["state"], "dispatched", "the system goes on where it had begun");
        let dispatch = order.dispatch(&resident).await;
        practice.member.takes_a_place(&dispatch).await;
        assert_eq!(order.state(&resident).await, "accepted");
    }

    async fn an_automatic_order_that_begins_anew_finds_a_team_at_once(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let order = resident.orders(&practice.repair).await;
        let first = order.dispatch(&resident).await;
        app.serve(&practice.member, &first, 30).await;
        resident.judges(&order, true, 5).await;
        let anew = resident.post(order.path("/reopen"), because("三天后又漏")).await.ok();
        assert_eq!(anew["state"], "dispatched");
        let seen = order.seen_by(&resident).await;
        assert_eq!((&seen["rounds"], &seen["closing"]), (&json!(2), &Value::Null));
        assert_ne!(seen["dispatchId"], first.id);
    }

    async fn a_command_can_insist_on_the_version_that_was_read(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let clerk = app.staff("clerk", &practice.county.village).await;
        let order = resident.places(order()).await;
        let read = clerk.get(order.path("")).await.etag();
        clerk.get(order.path("")).if_none_match(&read).await.status_is(304);
        clerk.post(order.path("/verify"), json!({})).if_match(&read).await.ok();
        let late = clerk.post(order.path("/refuse"), because("太迟")).if_match(&read).await;
        late.refused(Code::ChangedMeanwhile);
    }

    async fn what_has_new_names_or_commands_is_sent_again_at_the_same_version(app: TestApp) {
        let practice = app.practice().await;
        let village = &practice.county.village;
        let resident = app.resident("王").await;
        let order = resident.orders(&practice.repair).await;
        let etag = resident.get(order.path("")).await.etag();
        resident.get(order.path("")).if_none_match(&etag).await.status_is(304);
        let administrator = app.administrator().await;
        let read = administrator.get(village.path("")).await;
        let (tag, body) = (read.etag(), changed(&as_it_is(&read.ok()), "name", "新名村站"));
        administrator.put(village.path(""), body, &tag).await.ok();
        let renamed = resident.get(order.path("")).if_none_match(&etag).await;
        let version = |etag: &str| etag.split('-').next().map(str::to_owned);
        assert_eq!(version(&renamed.etag()), version(&etag));
        assert_eq!(renamed.ok()["areaName"], "新名村站");
    }

    async fn strangers_do_not_learn_that_an_order_exists(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let order = resident.places(order()).await;
        let neighbor = app.resident("林").await;
        let elsewhere = app.staff("administrator", &practice.county.other_town).await;
        let other_county = app.staff("administrator", &practice.county.another_county).await;
        for stranger in [&neighbor, &elsewhere, &other_county, &practice.leader] {
            stranger.get(order.path("")).await.refused(Code::NotFound);
            stranger.get(order.path("/timeline")).await.refused(Code::NotFound);
            stranger.get(order.path("/dispatches")).await.refused(Code::NotFound);
            stranger.get(order.path("/evaluations")).await.refused(Code::NotFound);
            stranger.post(order.path("/verify"), json!({})).await.refused(Code::NotFound);
        }
        let nothing = format!("/demands/{}", practice.county.center.id);
        resident.get(nothing).await.refused(Code::NotFound);
    }
}
