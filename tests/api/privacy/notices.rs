//! Privacy notices are published by administrators, hold for everything below, and never change.

use chrono::Duration;
use redvest::problem::{Code, FieldCode};
use serde_json::{Value, json};

use super::{in_force, notice, published};
use crate::support::TestApp;
use crate::support::app::changed;
use crate::support::client::at_once;

on_both_engines! {
    async fn everybody_reads_what_is_in_force_before_signing_in(app: TestApp) {
        let county = app.county().await;
        assert!(in_force(&app, &county.village).await.is_empty(), "nothing is published");
        let id = published(&app, &county.center, notice("service", "anew")).await;
        let path = county.village.path("/privacy-notices/current");
        let read = app.anonymous().get(&path).await;
        assert_eq!(read.header("Cache-Control"), Some("public, no-cache"));
        let again = app.anonymous().get(&path).if_none_match(read.etag()).await;
        again.status_is(304);
        let shown = &read.clone().ok()["items"][0];
        assert_eq!(shown["privacyNoticeId"], json!(id));
        assert_eq!((&shown["number"], &shown["consent"]), (&json!(1), &json!("anew")));
        assert_eq!(shown["organizationName"], "平阳县");
        assert_eq!(shown["zh"]["dataKinds"], "姓名、电话、地址");
        assert_eq!(shown["handler"]["contact"], "0577-63700000");
        let next = published(&app, &county.center, notice("service", "as_before")).await;
        let anew = app.anonymous().get(&path).if_none_match(read.etag()).await.ok();
        assert_eq!(anew["items"][0]["privacyNoticeId"], json!(next));
    }

    async fn the_nearest_node_above_decides(app: TestApp) {
        let county = app.county().await;
        let of_center = published(&app, &county.center, notice("service", "anew")).await;
        let of_town = published(&app, &county.town, notice("service", "not_needed")).await;
        let sensitive = published(&app, &county.center, notice("sensitive", "anew")).await;
        assert_eq!(in_force(&app, &county.village).await.len(), 2);
        assert!(in_force(&app, &county.village).await.contains(&of_town));
        assert!(in_force(&app, &county.village).await.contains(&sensitive));
        assert!(in_force(&app, &county.other_village).await.contains(&of_center));
        assert!(in_force(&app, &county.another_county).await.is_empty());
    }

    async fn a_version_stays_readable_and_the_next_takes_effect_on_its_day(app: TestApp) {
        let county = app.county().await;
        let first = published(&app, &county.center, notice("service", "anew")).await;
        let tomorrow = app.clock.now() + Duration::days(1);
        let body = changed(&notice("service", "anew"), "effectiveFrom", json!(tomorrow));
        let second = published(&app, &county.center, body).await;
        assert_eq!(in_force(&app, &county.center).await, [first.as_str()]);
        app.clock.advance(Duration::days(1));
        assert_eq!(in_force(&app, &county.center).await, [second.as_str()]);
        let resident = app.resident("王").await;
        let read = resident.get(format!("/privacy-notices/{first}")).await.ok();
        assert_eq!((&read["number"], &read["purpose"]), (&json!(1), &json!("service")));
        let listed = resident.get(county.center.path("/privacy-notices")).await.items();
        let numbers: Vec<&Value> = listed.iter().map(|one| &one["number"]).collect();
        assert_eq!(numbers, [&json!(2), &json!(1)]);
        let narrowed = county.center.path("/privacy-notices?purpose=sensitive");
        assert!(resident.get(narrowed).await.items().is_empty());
        resident.get("/privacy-notices/019ca3f0-5c00-7000-8000-000000000040").await.refused(Code::NotFound);
    }

    async fn only_an_administrator_of_the_node_publishes(app: TestApp) {
        let county = app.county().await;
        let path = county.center.path("/privacy-notices");
        for stranger in [
            app.resident("王").await,
            app.staff("dispatcher", &county.center).await,
            app.staff("administrator", &county.town).await,
            app.staff("administrator", &county.another_county).await,
        ] {
            stranger.post(&path, notice("service", "anew")).await.refused(Code::Forbidden);
        }
        let own = app.staff("administrator", &county.center).await;
        own.post(path, notice("service", "anew")).await.created();
    }

    async fn what_does_not_fit_together_is_refused_by_name(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let path = county.center.path("/privacy-notices");
        let refused = async |body: Value, pointer: &str, code: FieldCode| {
            administrator.post(&path, body).await.refused_field(pointer, code);
        };
        refused(notice("service", "as_before"), "/consent", FieldCode::NotHere).await;
        refused(notice("automated_matching", "anew"), "/consent", FieldCode::NotHere).await;
        refused(notice("partner_sharing", "anew"), "/partnerId", FieldCode::NeededHere).await;
        let mut silent = notice("sensitive", "anew");
        silent["zh"]["necessity"] = Value::Null;
        refused(silent, "/zh/necessity", FieldCode::NeededHere).await;
        let past = changed(&notice("service", "anew"), "effectiveFrom", "2020-01-01T00:00:00Z");
        refused(past, "/effectiveFrom", FieldCode::InThePast).await;
        let later = app.clock.now() + Duration::days(7);
        published(&app, &county.center, changed(&notice("service", "anew"), "effectiveFrom", json!(later))).await;
        refused(notice("service", "anew"), "/effectiveFrom", FieldCode::InThePast).await;
    }

    async fn of_those_published_at_once_each_has_a_number_of_its_own(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let publish = || {
            administrator.post(county.center.path("/privacy-notices"), notice("service", "anew"))
        };
        let replies = at_once((0..4).map(|_| publish())).await;
        let mut numbers: Vec<i64> =
            replies.into_iter().map(|one| one.created()["number"].as_i64().unwrap()).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, [1, 2, 3, 4]);
    }
}
