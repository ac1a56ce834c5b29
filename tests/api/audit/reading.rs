//! The audit is read by time, by account, by thing and by name; and that it was read stands in it.

use chrono::Duration;
use redvest::problem::FieldCode;
use serde_json::{Value, json};

use super::latest;
use crate::support::TestApp;
use crate::support::practice::text;

on_both_engines! {
    async fn reading_is_a_row_as_well(app: TestApp) {
        let county = app.county().await;
        let auditor = app.audit_administrator().await;
        let query = format!("/audit?subject={}&atFrom=2026-01-01T00:00:00Z", county.town);
        auditor.get(&query).await.ok();
        let row = latest(&app, &auditor, "audit.read.v1").await;
        assert_eq!(row["actorId"], auditor.account_id());
        assert_eq!(row["subjectId"], county.town.id);
        assert_eq!(row["data"]["subject"], county.town.id);
        assert_eq!(row["data"]["atFrom"], "2026-01-01T00:00:00Z");
    }

    async fn it_is_read_from_either_end_page_by_page(app: TestApp) {
        let county = app.county().await;
        let auditor = app.audit_administrator().await;
        for _ in 0..3 {
            app.clock.advance(Duration::minutes(1));
            app.administrator().await.command(county.team.path("/suspend")).await.ok();
            app.clock.advance(Duration::minutes(1));
            app.administrator().await.command(county.team.path("/resume")).await.ok();
        }
        app.run_due_jobs().await;
        let of_team = format!("/audit?subject={}", county.team);
        let all = auditor.get(format!("{of_team}&order=earliest_first")).await.items();
        assert_eq!(all.len(), 7, "created, suspended and resumed thrice");
        assert!(all.is_sorted_by_key(|row| row["sequence"].as_i64()));
        let mut latest_first = auditor.get(&of_team).await.items();
        latest_first.reverse();
        assert_eq!(latest_first, all);
        let mut paged = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = auditor.get(format!("{of_team}&order=earliest_first&limit=2{cursor}")).await.ok();
            paged.extend(page["items"].as_array().unwrap().clone());
            let Some(next) = page["next"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(paged, all);
        let (from, until) = (text(&all[2]["at"]), text(&all[4]["at"]));
        let window = format!("{of_team}&atFrom={from}&atUntil={until}&order=earliest_first");
        assert_eq!(auditor.get(window).await.items(), all[2..4]);
    }

    async fn it_is_narrowed_by_one_thing_at_a_time(app: TestApp) {
        let county = app.county().await;
        let auditor = app.audit_administrator().await;
        let administrator = app.administrator().await;
        app.run_due_jobs().await;
        let by = format!("/audit?account={}&limit=100", administrator.account_id());
        let rows = auditor.get(&by).await.items();
        assert!(rows.len() > 8, "{rows:?}");
        assert!(rows.iter().all(|row| row["actorId"] == administrator.account_id()));
        let everything = auditor.get("/audit?limit=100").await.items();
        assert!(everything.len() > rows.len());
        let numbers: Vec<i64> = everything.iter().filter_map(|row| row["sequence"].as_i64()).collect();
        let most = i64::try_from(everything.len()).unwrap();
        assert!((1..=most).all(|number| numbers.contains(&number)), "{numbers:?}");
        let both = format!("{by}&subject={}", county.town);
        auditor.get(both).await.refused_field("query:subject", FieldCode::NotHere);
        auditor.get("/audit?name=x").await.refused_field("query:name", FieldCode::TooShort);
        let nothing = auditor.get("/audit?name=nothing.happened.v1").await.ok();
        assert_eq!(nothing, json!({ "items": [], "next": Value::Null }));
    }
}
