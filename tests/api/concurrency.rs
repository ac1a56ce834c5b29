//! Many at once: somebody wins, nobody is lost, and nothing breaks.

use std::collections::BTreeSet;

use redvest::problem::Code;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::app::changed;
use crate::support::client::at_once;
use crate::support::county::node;

const CROWD: usize = 40;

/// What an organization is replaced by, made from what was read.
pub fn replacement(read: &Value) -> Value {
    json!({ "parentId": read["parentId"], "kind": read["kind"], "name": read["name"] })
}

on_both_engines! {
    async fn of_forty_who_change_the_same_version_one_succeeds(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let read = administrator.get(county.village.path("")).await;
        let etag = read.etag();
        let body = replacement(&read.ok());
        let names: Vec<String> = (0..CROWD).map(|number| format!("解放社区 {number}")).collect();
        let calls = names.iter().map(|name| {
            let renamed = changed(&body, "name", name.as_str());
            administrator.put(county.village.path(""), renamed, &etag)
        });
        let replies = at_once(calls).await;
        let (won, lost): (Vec<_>, Vec<_>) =
            replies.into_iter().partition(|reply| reply.status() == 200);
        assert_eq!(won.len(), 1);
        for reply in lost {
            reply.refused(Code::ChangedMeanwhile);
        }
        let now = administrator.get(county.village.path("")).await.ok();
        assert_eq!(now["version"], 2);
        assert_eq!(Some(&now), won.first().map(|reply| reply.json()).as_ref());
    }

    async fn forty_who_each_create_something_all_succeed(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let calls = (0..CROWD).map(|number| {
            let name = format!("第 {number} 站");
            let body = node("station", &name, Some(&county.town), 27.66, 120.56);
            administrator.post("/organizations", body)
        });
        let created = at_once(calls).await.into_iter().map(|reply| reply.created());
        let ids: BTreeSet<String> = created.map(|node| node["organizationId"].to_string()).collect();
        assert_eq!(ids.len(), CROWD);
        let children = administrator.get(county.town.path("/children")).await.items();
        assert_eq!(children.len(), CROWD + 2);
    }

    async fn of_four_who_want_the_same_user_name_one_gets_it(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let body = json!({
            "name": "陈", "username": "chen", "password": "red vest on a hook",
            "organizationId": county.town.id, "role": "clerk",
        });
        let calls = (0..4).map(|_| administrator.post("/staff", body.clone()));
        let replies = at_once(calls).await;
        let (won, lost): (Vec<_>, Vec<_>) =
            replies.into_iter().partition(|reply| reply.status() == 201);
        assert_eq!(won.len(), 1);
        for reply in lost {
            reply.refused(Code::AlreadyExists);
        }
    }

    async fn a_code_is_tried_five_times_however_fast(app: TestApp) {
        let phone = json!({ "phone": "13900000001" });
        app.anonymous().post("/sign-in/codes", phone).await.status_is(202);
        let guess = |code: &str| {
            app.anonymous().post("/sign-in/phone", json!({ "phone": "13900000001", "code": code }))
        };
        for reply in at_once((0..CROWD).map(|_| guess("000000"))).await {
            reply.refused(Code::WrongCredentials);
        }
        guess("123456").await.refused(Code::WrongCredentials);
    }

    async fn a_change_on_one_instance_holds_on_the_next_request_to_another(app: TestApp) {
        let other = app.another_instance().await;
        let county = app.county().await;
        let here = app.administrator().await;
        let there = other.administrator().await;
        assert_eq!(there.get(county.village.path("")).await.ok()["status"], "active");
        here.command(county.village.path("/suspend")).await.ok();
        assert_eq!(there.get(county.village.path("")).await.ok()["status"], "suspended");
        there.command(county.village.path("/resume")).await.ok();
        assert_eq!(here.get(county.village.path("")).await.ok()["status"], "active");
    }
}
