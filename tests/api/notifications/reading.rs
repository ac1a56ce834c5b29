//! The notices of one person: listed, counted, read, and his alone.

use chrono::Duration;
use redvest::problem::{Code, FieldCode};
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::client::Client;
use crate::support::practice::{Practice, instant, text};

/// A resident who was told of the way of two orders, a minute between any two notices.
async fn told(app: &TestApp, practice: &Practice) -> Client {
    let resident = app.resident("王").await;
    for item in [&practice.repair, &practice.errand] {
        let ordered = resident.orders(item).await;
        let place = practice.member.takes_a_place(&ordered.dispatch(&resident).await).await;
        app.run_due_jobs().await;
        app.clock.advance(Duration::minutes(1));
        practice.member.checks_in(&place).await;
        app.run_due_jobs().await;
        app.clock.advance(Duration::minutes(1));
        practice.member.checks_out(&place).await;
        app.run_due_jobs().await;
        app.clock.advance(Duration::minutes(1));
    }
    resident
}

async fn unread(of: &Client) -> Value {
    of.get("/me/notice-count").await.ok()["unread"].take()
}

fn kinds(items: &[Value]) -> Vec<&str> {
    items.iter().map(|one| one["kind"].as_str().unwrap()).collect()
}

const WAY: [&str; 6] = [
    "demand_accepted",
    "volunteer_on_site",
    "demand_served",
    "demand_accepted",
    "volunteer_on_site",
    "demand_served",
];

on_both_engines! {
    async fn the_latest_come_first_page_by_page(app: TestApp) {
        let practice = app.practice().await;
        let resident = told(&app, &practice).await;
        let mut expected = WAY;
        expected.reverse();
        let all = resident.get("/me/notices").await.items();
        assert_eq!(kinds(&all), expected);
        let forward = resident.get("/me/notices?order=earliest_first").await.items();
        assert_eq!(kinds(&forward), WAY);
        for order in ["latest_first", "earliest_first"] {
            let mut pages = Vec::new();
            let mut cursor = String::new();
            loop {
                let list = format!("/me/notices?limit=4&order={order}{cursor}");
                let page = resident.get(list).await.ok();
                pages.extend(page["items"].as_array().unwrap().clone());
                let Some(next) = page["next"].as_str() else { break };
                cursor = format!("&cursor={next}");
            }
            assert_eq!(pages, if order == "latest_first" { all.clone() } else { forward.clone() });
        }
    }

    async fn a_list_can_be_narrowed(app: TestApp) {
        let practice = app.practice().await;
        let resident = told(&app, &practice).await;
        let all = resident.get("/me/notices?order=earliest_first").await.items();
        let of_kind = resident.get("/me/notices?kind=volunteer_on_site&order=earliest_first").await;
        assert_eq!(of_kind.items(), [all[1].clone(), all[4].clone()]);
        let (from, until) = (text(&all[1]["toldAt"]), text(&all[4]["toldAt"]));
        for order in ["latest_first", "earliest_first"] {
            let between = format!("/me/notices?toldFrom={from}&toldUntil={until}&order={order}");
            let mut found = resident.get(between).await.items();
            found.sort_by_key(|one| instant(&one["toldAt"]));
            assert_eq!(found, all[1..4]);
        }
        resident.command(format!("/me/notices/{}/read", text(&all[1]["noticeId"]))).await.ok();
        let unread = resident.get("/me/notices?unread=true&order=earliest_first").await.items();
        assert_eq!(kinds(&unread), [WAY[0], WAY[2], WAY[3], WAY[4], WAY[5]]);
        let read = resident.get("/me/notices?unread=false").await.items();
        assert_eq!(kinds(&read), [WAY[1]]);
        let both = "/me/notices?unread=true&kind=volunteer_on_site";
        assert_eq!(resident.get(both).await.items(), [all[4].clone()]);
        let refused = resident.get("/me/notices?kind=gossip").await;
        refused.refused_field("query:kind", FieldCode::NotOneOf);
    }

    async fn what_is_read_stays_read_since_the_first_time(app: TestApp) {
        let practice = app.practice().await;
        let resident = told(&app, &practice).await;
        assert_eq!(unread(&resident).await, 6);
        let latest = resident.get("/me/notices?limit=1").await.items().remove(0);
        assert_eq!(latest["readAt"], Value::Null);
        let read = format!("/me/notices/{}/read", text(&latest["noticeId"]));
        let first = resident.command(&read).await.ok();
        assert_eq!(instant(&first["readAt"]), app.clock.now());
        assert_eq!(unread(&resident).await, 5);
        app.clock.advance(Duration::hours(1));
        assert_eq!(resident.command(&read).key("again").await.ok(), first);
        assert_eq!(resident.command(&read).key("again").await.ok(), first);
        assert_eq!(unread(&resident).await, 5);
    }

    async fn what_came_after_the_last_one_shown_stays_unread(app: TestApp) {
        let practice = app.practice().await;
        let resident = told(&app, &practice).await;
        let shown = resident.get("/me/notices?order=earliest_first&limit=4").await.items();
        let last = json!({ "noticeId": shown[3]["noticeId"] });
        for _ in 0..2 {
            let left = resident.post("/me/notices/read", last.clone()).await.ok();
            assert_eq!(left["unread"], 2);
        }
        let left = resident.get("/me/notices?unread=true&order=earliest_first").await.items();
        assert_eq!(kinds(&left), WAY[4..]);
        // What others were told until then they have not read by that.
        let read = "SELECT COUNT(*) FROM notices WHERE read_at IS NOT NULL";
        assert_eq!(app.count(read).await, 4);
        assert_ne!(unread(&practice.leader).await, 0);
    }

    async fn another_mans_notices_do_not_exist(app: TestApp) {
        let practice = app.practice().await;
        let resident = told(&app, &practice).await;
        let own = text(&resident.get("/me/notices?limit=1").await.items()[0]["noticeId"]);
        let administrator = app.administrator().await;
        for stranger in [&practice.member.client(), &administrator] {
            let seen = stranger.get("/me/notices?limit=100").await.items();
            assert!(seen.iter().all(|one| one["noticeId"] != own.as_str()), "{seen:?}");
            stranger.command(format!("/me/notices/{own}/read")).await.refused(Code::NotFound);
            let up_to = json!({ "noticeId": own });
            stranger.post("/me/notices/read", up_to).await.refused(Code::NotFound);
        }
        assert_eq!(unread(&resident).await, 6);
        let nothing = "/me/notices/01a1fff7-cd38-757d-a408-75d53b009c64/read";
        resident.command(nothing).await.refused(Code::NotFound);
    }
}
