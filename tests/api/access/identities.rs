//! Who was looked up a moment ago is remembered where one process writes everything (SQLite), and
//! never a moment longer than it is true.

use std::future::{IntoFuture, poll_fn};
use std::pin::pin;
use std::task::Poll;

use chrono::{Duration, SecondsFormat};
use serde_json::json;

use crate::support::TestApp;
use crate::support::client::{Call, Client};
use redvest::problem::Code;

async fn is_remembered(client: &Client) -> bool {
    let reply = client.get("/me").await;
    assert_eq!(reply.status(), 200, "{reply}");
    reply.caller_was_remembered()
}

fn can_be_remembered(app: &TestApp) -> bool {
    app.db.engine_name() == "sqlite"
}

/// Makes a call and goes away after so many steps of it; whether it had ended by then.
async fn goes_away_after(steps: usize, call: Call) -> bool {
    let mut call = pin!(call.into_future());
    let mut left = steps;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(false);
        }
        left -= 1;
        call.as_mut().poll(context).map(|_| true)
    })
    .await
}

on_both_engines! {
    async fn who_comes_again_is_remembered_where_nobody_else_writes(app: TestApp) {
        let resident = app.resident("王").await;
        assert!(!is_remembered(&resident).await, "the first time");
        assert_eq!(is_remembered(&resident).await, can_be_remembered(&app));
        app.resident("李").await;
        assert_eq!(is_remembered(&resident).await, can_be_remembered(&app), "others do not matter");
    }

    async fn a_role_taken_away_is_taken_from_who_is_remembered(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let clerk = app.resident("王").await;
        let body = json!({ "accountId": clerk.account_id(), "role": "viewer" });
        let list = format!("/demands?within={}", county.town.id);
        clerk.get(&list).await.refused(Code::Forbidden);
        let grant = administrator.post(county.town.path("/grants"), body).await.created();
        clerk.get(&list).await.ok();
        clerk.get(&list).await.ok();
        let path = format!("/grants/{}", grant["grantId"].as_str().expect("an id"));
        administrator.delete(path).await.done();
        clerk.get(&list).await.refused(Code::Forbidden);
    }

    async fn a_role_taken_away_is_gone_even_if_nobody_waits_for_the_answer(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let clerk = app.resident("王").await;
        let list = format!("/demands?within={}", county.town.id);
        let mut steps = 0;
        let mut ended = false;
        while !ended {
            steps += 1;
            let body = json!({ "accountId": clerk.account_id(), "role": "viewer" });
            let grant = administrator.post(county.town.path("/grants"), body).await.created();
            clerk.get(&list).await.ok();
            clerk.get(&list).await.ok();
            let path = format!("/grants/{}", grant["grantId"].as_str().expect("an id"));
            ended = goes_away_after(steps, administrator.delete(&path)).await;
            // Whoever writes next waits for what is still being written.
            app.db.write(async |_| Ok(())).await.expect("written");
            if administrator.get(county.town.path("/grants")).await.items().is_empty() {
                clerk.get(&list).await.refused(Code::Forbidden);
            }
            administrator.delete(&path).await;
        }
    }

    async fn who_signs_out_is_forgotten(app: TestApp) {
        let resident = app.resident("王").await;
        is_remembered(&resident).await;
        is_remembered(&resident).await;
        resident.command("/sign-out").await.done();
        resident.get("/me").await.refused(Code::Unauthenticated);
    }

    async fn a_leader_no_longer_in_the_team_leads_it_no_more(app: TestApp) {
        let practice = app.practice().await;
        let team = &practice.county.team;
        let seen = |volunteer: &Client| volunteer.get(team.path("/members"));
        seen(&practice.leader).await.ok();
        seen(&practice.leader).await.ok();
        practice.leader.command(team.path("/leave")).await.done();
        let refused = seen(&practice.leader).await;
        assert!([403, 404].contains(&refused.status()), "{refused}");
    }

    async fn a_leader_who_is_suspended_leads_nobody(app: TestApp) {
        let practice = app.practice().await;
        let team = &practice.county.team;
        let seen = |volunteer: &Client| volunteer.get(team.path("/members"));
        seen(&practice.leader).await.ok();
        seen(&practice.leader).await.ok();
        let administrator = app.administrator().await;
        administrator.command(practice.leader.path("/suspend")).await.ok();
        seen(&practice.leader).await.refused(Code::Forbidden);
        assert_eq!(practice.leader.get("/me").await.ok()["leads"], json!([]));
        administrator.command(practice.leader.path("/resume")).await.ok();
        seen(&practice.leader).await.ok();
    }

    async fn a_change_of_the_tree_is_seen_by_who_is_remembered(app: TestApp) {
        let county = app.county().await;
        let resident = app.resident("王").await;
        is_remembered(&resident).await;
        is_remembered(&resident).await;
        app.administrator().await.command(county.village.path("/suspend")).await.ok();
        assert_eq!(resident.get(county.village.path("")).await.ok()["status"], "suspended");
    }

    async fn whose_role_the_calendar_ends_is_looked_up_every_time(app: TestApp) {
        let county = app.county().await;
        let clerk = app.resident("王").await;
        let until = (app.clock.now() + Duration::hours(1)).to_rfc3339_opts(SecondsFormat::Secs, true);
        let body = json!({ "accountId": clerk.account_id(), "role": "viewer", "validUntil": until });
        app.administrator().await.post(county.town.path("/grants"), body).await.created();
        assert!(!is_remembered(&clerk).await);
        assert!(!is_remembered(&clerk).await);
    }
}
