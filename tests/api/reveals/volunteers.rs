//! The telephone of a volunteer: for the leaders of his teams and for clerks, who have to call.

use redvest::problem::Code;
use serde_json::{Value, json};

use super::{log_of, path};
use crate::support::TestApp;
use crate::support::practice::{Practice, purpose, text};

const PHONE: &str = "13700004321";

/// A plumber with this telephone.
async fn plumber(app: &TestApp, practice: &Practice) -> (crate::support::client::Client, String) {
    let client = app.resident_with_phone("周", PHONE).await;
    let body = json!({ "countyId": practice.county.center.id, "name": "周师傅", "skills": [] });
    let registered = client.post("/volunteers", body).await.created();
    client.command(practice.county.team.path("/join")).await.ok();
    (client, format!("/volunteers/{}/reveal-contact", text(&registered["volunteerId"])))
}

on_both_engines! {
    async fn his_leader_and_the_clerks_of_his_team_and_county_reveal_it(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let (own, reveal) = plumber(&app, &practice).await;
        let callers = [
            (practice.leader.client(), "解放社区水电队"),
            (app.staff("clerk", &county.village).await, "解放社区水电队"),
            (app.staff("clerk", &county.center).await, "平阳县"),
        ];
        for (caller, organization) in &callers {
            let revealed = caller.post(&reveal, purpose()).await.ok();
            let expected = json!({ "name": "周师傅", "phone": PHONE, "address": null });
            assert_eq!(revealed["contact"], expected);
            assert_eq!(revealed["organizationName"], *organization);
            assert_eq!(revealed["kind"], "volunteer_contact");
            assert_eq!(caller.get(path(&revealed, "")).await.ok(), revealed);
        }
        let log = log_of(&own).await;
        let names: Vec<&Value> = log.iter().map(|entry| &entry["organizationName"]).collect();
        assert_eq!(names.len(), 3, "{log:?}");
        app.run_due_jobs().await;
        let told = own.get("/me/notices?kind=own_contact_revealed").await.items();
        assert_eq!(told.len(), 3);
        assert!(text(&told[0]["text"]).contains("电话核实服务时间"), "{}", told[0]);
    }

    async fn nobody_else_does(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let (own, reveal) = plumber(&app, &practice).await;
        // They know him, and have no reason to call.
        own.post(&reveal, purpose()).await.refused(Code::Forbidden);
        app.staff("viewer", &county.village).await.post(&reveal, purpose()).await.refused(Code::Forbidden);
        for stranger in [
            &app.resident("林").await,
            &practice.member.client(),
            &app.staff("clerk", &county.other_town).await,
            &app.staff("administrator", &county.another_county).await,
        ] {
            stranger.post(&reveal, purpose()).await.refused(Code::NotFound);
        }
        app.anonymous().post(&reveal, purpose()).await.refused(Code::Unauthenticated);
        assert!(log_of(&own).await.is_empty());
        // A leader is in the team that he leads, and knows his own number.
        let himself = practice.leader.path("/reveal-contact");
        practice.leader.post(himself, purpose()).await.refused(Code::Forbidden);
    }

    async fn a_leader_reads_it_no_more_when_the_member_has_left_the_team(app: TestApp) {
        let practice = app.practice().await;
        let (own, reveal) = plumber(&app, &practice).await;
        let revealed = practice.leader.post(&reveal, purpose()).await.ok();
        own.command(practice.county.team.path("/leave")).await.status_is(204);
        practice.leader.get(path(&revealed, "")).await.refused(Code::NotFound);
    }
}
