//! Everybody reads who looked at his own data, and at nobody else's.

use chrono::Duration;
use redvest::problem::Code;
use serde_json::json;

use super::{log_of, path, reveal};
use crate::support::TestApp;
use crate::support::practice::{RECIPIENT_PHONE, instant, order};

on_both_engines! {
    async fn who_ordered_and_whose_telephone_it_is_read_who_looked(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let recipient = app.resident_with_phone("王秀英", RECIPIENT_PHONE).await;
        let clerk = app.staff("clerk", &practice.county.village).await;
        let order = resident.places(order()).await;
        assert!(log_of(&resident).await.is_empty());
        let revealed = reveal(&clerk, &order).await;
        for concerned in [&resident, &recipient] {
            let log = log_of(concerned).await;
            assert_eq!(log.len(), 1, "{log:?}");
            let entry = &log[0];
            assert_eq!(entry["revealId"], revealed["revealId"]);
            assert_eq!((&entry["kind"], &entry["demandId"]), (&json!("demand_contact"), &json!(order.id)));
            assert_eq!((&entry["byName"], &entry["organizationName"]), (&json!("clerk"), &json!("解放社区")));
            assert_eq!((&entry["purpose"], &entry["reason"]), (&json!("arrange_service"), &json!("电话核实服务时间")));
            assert_eq!(instant(&entry["at"]), app.clock.now());
            assert_eq!(entry["visibleUntil"], revealed["visibleUntil"]);
        }
        for other in [&clerk, &app.resident("林").await, &practice.member.client()] {
            assert!(log_of(other).await.is_empty());
        }
        app.anonymous().get("/me/access-log").await.refused(Code::Unauthenticated);
        // That it was in one's log does not open it.
        resident.get(path(&revealed, "")).await.refused(Code::NotFound);
    }

    async fn it_is_read_page_by_page(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let clerk = app.staff("clerk", &practice.county.village).await;
        let order = resident.places(order()).await;
        let mut looked = Vec::new();
        for _ in 0..3 {
            app.clock.advance(Duration::minutes(1));
            looked.push(reveal(&clerk, &order).await["revealId"].clone());
        }
        looked.reverse();
        let first = resident.get("/me/access-log?limit=2").await.ok();
        let next = first["next"].as_str().unwrap();
        let second = resident.get(format!("/me/access-log?limit=2&cursor={next}")).await.ok();
        let both = [&first, &second].map(|page| page["items"].as_array().unwrap().clone()).concat();
        let read: Vec<_> = both.iter().map(|entry| entry["revealId"].clone()).collect();
        assert_eq!(read, looked);
        let earliest = resident.get("/me/access-log?order=earliest_first").await.items();
        assert_eq!(earliest[0]["revealId"], looked[2]);
    }

    async fn the_audit_says_the_same(app: TestApp) {
        let practice = app.practice().await;
        let order = app.resident("王").await.places(order()).await;
        let clerk = app.staff("clerk", &practice.county.village).await;
        let revealed = reveal(&clerk, &order).await;
        app.run_due_jobs().await;
        let auditor = app.audit_administrator().await;
        let rows = auditor.get("/audit?name=demand.contact_revealed.v1").await.items();
        assert_eq!(rows.len(), 1);
        assert_eq!((&rows[0]["actorId"], &rows[0]["subjectId"]), (&json!(clerk.account_id()), &json!(order.id)));
        assert_eq!(rows[0]["data"]["revealId"], revealed["revealId"]);
        assert_eq!(rows[0]["data"]["purpose"], "arrange_service");
        assert!(!rows[0].to_string().contains(RECIPIENT_PHONE));
    }
}
