//! Accounts that nobody uses are shown, so that they can be closed.

use chrono::Duration;
use redvest::problem::{Code, FieldCode};
use serde_json::Value;

use crate::support::TestApp;
use crate::support::client::Client;
use crate::support::county::Organization;

async fn unused(administrator: &Client, at: &Organization, query: &str) -> Vec<Value> {
    administrator.get(at.path(&format!("/unused-grants{query}"))).await.items()
}

fn accounts(items: &[Value]) -> Vec<&str> {
    items.iter().filter_map(|item| item["grant"]["accountId"].as_str()).collect()
}

on_both_engines! {
    async fn whoever_has_done_nothing_for_a_quarter_is_shown(app: TestApp) {
        let county = app.county().await;
        let idle = app.staff("clerk", &county.village).await;
        let busy = app.staff("dispatcher", &county.town).await;
        app.run_due_jobs().await;
        let signed_in = app.clock.now();
        app.clock.advance(Duration::days(89));
        let administrator = app.administrator().await;
        assert!(unused(&administrator, &county.center, "").await.is_empty());
        // Who comes back signs in, which is written down.
        busy.get(county.town.path("/grants")).await.ok();
        app.run_due_jobs().await;
        app.clock.advance(Duration::days(2));
        let shown = unused(&administrator, &county.center, "").await;
        assert_eq!(accounts(&shown), [idle.account_id()]);
        let last = shown[0]["lastUsedAt"].as_str().expect("an instant");
        let last = chrono::DateTime::parse_from_rfc3339(last).expect("an instant");
        assert!((last.to_utc() - signed_in).abs() < Duration::minutes(1));
        // Below a village there is only the village.
        assert_eq!(accounts(&unused(&administrator, &county.village, "").await), [idle.account_id()]);
        assert!(unused(&administrator, &county.other_town, "").await.is_empty());
    }

    async fn whoever_signs_in_again_is_shown_no_more(app: TestApp) {
        let county = app.county().await;
        let phone = app.next_phone();
        let clerk = app.resident_with_phone("陈", &phone).await;
        app.grant("clerk", &county.village, &clerk).await;
        app.run_due_jobs().await;
        app.clock.advance(Duration::days(100));
        let administrator = app.administrator().await;
        assert_eq!(accounts(&unused(&administrator, &county.center, "").await), [clerk.account_id()]);
        app.resident_with_phone("陈", &phone).await;
        app.run_due_jobs().await;
        assert!(unused(&administrator, &county.center, "").await.is_empty());
        assert!(unused(&administrator, &county.center, "?days=1").await.is_empty());
    }

    async fn a_role_that_was_just_given_is_not_unused(app: TestApp) {
        let county = app.county().await;
        let clerk = app.resident("陈").await;
        app.run_due_jobs().await;
        app.clock.advance(Duration::days(100));
        app.grant("clerk", &county.village, &clerk).await;
        assert!(unused(&app.administrator().await, &county.center, "").await.is_empty());
    }

    async fn it_is_for_administrators(app: TestApp) {
        let county = app.county().await;
        let path = county.town.path("/unused-grants");
        app.staff("dispatcher", &county.town).await.get(&path).await.refused(Code::Forbidden);
        app.staff("administrator", &county.village).await.get(&path).await.refused(Code::Forbidden);
        app.resident("王").await.get(&path).await.refused(Code::NotFound);
        let administrator = app.staff("administrator", &county.town).await;
        administrator.get(&path).await.ok();
        let refused = administrator.get(format!("{path}?days=0")).await;
        refused.refused_field("query:days", FieldCode::OutOfRange);
    }
}
