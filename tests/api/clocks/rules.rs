//! Deadlines come from rules, are stored with the version that made them, and stay as they are.

use chrono::Duration;
use redvest::problem::{Code, FieldCode};
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::app::changed;
use crate::support::client::Client;
use crate::support::practice::{Order, instant, item, order, text, wanted};

/// Ten minutes to respond, the same day to handle: what the two towns of Pingyang promise.
fn ten_minutes() -> Value {
    json!({ "name": "clocks", "respond": { "minutes": 10 }, "handle": { "localDays": 0 } })
}

async fn clocks(order: &Order, reader: &Client) -> Value {
    order.seen_by(reader).await["clocks"].clone()
}

on_both_engines! {
    async fn ten_minutes_in_one_town_and_the_same_day_elsewhere(app: TestApp) {
        let county = app.county().await;
        let version = app.rule(&county.town, ten_minutes()).await;
        let resident = app.resident("王").await;
        let place = async |at: &crate::support::county::Organization| {
            resident.places(changed(&order(), "organizationId", at.id.as_str())).await
        };
        for in_town in [&county.village, &county.next_village, &county.town] {
            let own = clocks(&place(in_town).await, &resident).await;
            assert_eq!(instant(&own["respondBy"]) - app.clock.now(), Duration::minutes(10));
            assert_eq!(own["handleBy"], "2026-03-02T16:00:00Z", "midnight in Shanghai");
            assert_eq!(own["ruleId"], version);
        }
        let elsewhere = clocks(&place(&county.other_village).await, &resident).await;
        assert_eq!(elsewhere["respondBy"], "2026-03-02T16:00:00Z");
        assert_eq!(elsewhere["ruleId"], Value::Null, "nobody has set a rule there");
    }

    async fn a_rule_that_changes_does_not_change_what_was_placed(app: TestApp) {
        let county = app.county().await;
        let first = app.rule(&county.town, ten_minutes()).await;
        let resident = app.resident("王").await;
        let early = resident.places(order()).await;
        let before = clocks(&early, &resident).await;
        let hour = json!({ "name": "clocks", "respond": { "minutes": 60 }, "handle": { "workingDays": 3 } });
        let second = app.rule(&county.town, hour).await;
        assert_ne!(first, second);
        assert_eq!(clocks(&early, &resident).await, before);
        let late = resident.places(order()).await;
        let own = clocks(&late, &resident).await;
        assert_eq!(instant(&own["respondBy"]) - app.clock.now(), Duration::minutes(60));
        assert_eq!((&before["ruleId"], &own["ruleId"]), (&json!(first), &json!(second)));
        app.clock.advance(Duration::minutes(10));
        app.run_due_jobs().await;
        assert_eq!(early.seen_by(&resident).await["escalations"], 1, "ten minutes were promised");
        assert_eq!(late.seen_by(&resident).await["escalations"], 0);
    }

    async fn a_rule_can_begin_later(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let path = county.town.path("/rules");
        let begins = app.clock.now() + Duration::hours(1);
        let past = json!({ "value": ten_minutes(), "effectiveFrom": app.clock.now() - Duration::seconds(1) });
        administrator.post(&path, past).await.refused_field("/effectiveFrom", FieldCode::InThePast);
        let later = json!({ "value": ten_minutes(), "effectiveFrom": begins });
        administrator.post(&path, later).await.created();
        let resident = app.resident("王").await;
        let before = resident.places(order()).await;
        app.clock.advance(Duration::hours(1));
        let after = resident.places(order()).await;
        assert_eq!(clocks(&before, &resident).await["ruleId"], Value::Null);
        let own = clocks(&after, &resident).await;
        assert_eq!(instant(&own["respondBy"]) - app.clock.now(), Duration::minutes(10));
    }

    async fn the_closest_rule_yields_to_the_item_and_both_to_urgency(app: TestApp) {
        let county = app.county().await;
        let resident = app.resident("王").await;
        let minutes = |respond: i64, urgent: i64| {
            let mut rule = ten_minutes();
            rule["respond"] = json!({ "minutes": respond });
            rule["urgentRespond"] = json!({ "minutes": urgent });
            rule
        };
        app.rule(&county.center, minutes(60, 30)).await;
        app.rule(&county.village, minutes(20, 3)).await;
        let clock = json!({ "respond": { "minutes": 45 } });
        let quick = changed(&item("quick", None, false), "clock", clock);
        let quick = app.item(&county.center, quick).await;
        let waits = async |mut body: Value, urgency: &str, area: &str| {
            body["urgency"] = json!(urgency);
            body["organizationId"] = json!(area);
            let order = resident.places(body).await;
            let due = instant(&clocks(&order, &resident).await["respondBy"]);
            (due - app.clock.now()).num_minutes()
        };
        let (village, next) = (&county.village.id, &county.next_village.id);
        let from_menu = || crate::support::practice::order_of(&quick);
        assert_eq!(waits(order(), "normal", village).await, 20);
        assert_eq!(waits(order(), "normal", next).await, 60);
        assert_eq!(waits(from_menu(), "normal", village).await, 45);
        assert_eq!(waits(from_menu(), "urgent", village).await, 3);
        assert_eq!(waits(order(), "urgent", next).await, 30);
    }

    async fn help_that_is_wanted_later_is_not_late_before(app: TestApp) {
        let county = app.county().await;
        app.rule(&county.town, ten_minutes()).await;
        let resident = app.resident("王").await;
        let from = app.clock.now() + Duration::days(3);
        let order = resident.places(wanted(order(), from, 120)).await;
        let own = clocks(&order, &resident).await;
        assert_eq!(instant(&own["respondBy"]) - app.clock.now(), Duration::minutes(10));
        assert_eq!(instant(&own["handleBy"]), from + Duration::minutes(120));
    }

    async fn working_days_leave_out_the_weekend(app: TestApp) {
        let county = app.county().await;
        let rule = json!({ "name": "clocks", "respond": { "workingDays": 1 }, "handle": { "workingDays": 5 } });
        app.rule(&county.center, rule).await;
        let resident = app.resident("王").await;
        app.clock.advance(Duration::days(4));
        let friday = resident.places(order()).await;
        let own = clocks(&friday, &resident).await;
        assert_eq!(text(&own["respondBy"]), "2026-03-09T16:00:00Z", "Monday evening");
        assert_eq!(text(&own["handleBy"]), "2026-03-13T16:00:00Z", "Friday evening");
    }

    async fn a_day_ends_by_the_zone_of_the_root(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        app.rule(&county.center, json!({ "name": "calendar", "zone": "Asia/Urumqi" })).await;
        let resident = app.resident("王").await;
        let repair = resident.orders(&practice.repair).await;
        assert_eq!(text(&clocks(&repair, &resident).await["handleBy"]), "2026-03-02T18:00:00Z");
        let place = practice.member.takes_a_place(&repair.dispatch(&resident).await).await;
        let accepted = place.seen_by(&practice.member).await;
        assert_eq!(text(&accepted["comeBy"]), "2026-03-02T18:00:00Z");
        practice.member.checks_in(&place).await;
        app.clock.advance(Duration::hours(16) - Duration::minutes(1));
        app.run_due_jobs().await;
        practice.member.checks_out(&place).await;
        let late = resident.places(order()).await;
        assert!(text(&late.placed["number"]).starts_with("20260302-"), "no Tuesday there yet");
    }

    async fn another_tree_keeps_its_own_calendar(app: TestApp) {
        let county = app.county().await;
        app.rule(&county.another_county, json!({ "name": "calendar", "zone": "Asia/Tokyo" })).await;
        let resident = app.resident("王").await;
        let due = async |area: &str| {
            let mut body = order();
            body["organizationId"] = json!(area);
            let order = resident.places(body).await;
            text(&clocks(&order, &resident).await["respondBy"])
        };
        assert_eq!(due(&county.village.id).await, "2026-03-02T16:00:00Z");
        assert_eq!(due(&county.another_county.id).await, "2026-03-02T15:00:00Z");
    }

    async fn a_holiday_moves_what_is_due_in_working_days(app: TestApp) {
        let county = app.county().await;
        let rule = json!({ "name": "clocks", "respond": { "workingDays": 1 }, "handle": { "workingDays": 5 } });
        app.rule(&county.center, rule).await;
        let resident = app.resident("王").await;
        let before = resident.places(order()).await;
        let calendar = json!({
            "name": "calendar", "zone": "Asia/Shanghai",
            "holidays": ["2026-03-03", "2026-03-04"], "makeupDays": ["2026-03-08"],
        });
        app.rule(&county.center, calendar).await;
        let after = resident.places(order()).await;
        let (first, second) = (clocks(&before, &resident).await, clocks(&after, &resident).await);
        assert_eq!(text(&first["respondBy"]), "2026-03-03T16:00:00Z", "what was promised stays");
        assert_eq!(text(&first["handleBy"]), "2026-03-09T16:00:00Z");
        assert_eq!(text(&second["respondBy"]), "2026-03-05T16:00:00Z", "the first day at work");
        assert_eq!(text(&second["handleBy"]), "2026-03-10T16:00:00Z", "with a Sunday at work");
    }

    async fn a_calendar_can_begin_later(app: TestApp) {
        let county = app.county().await;
        let begins = app.clock.now() + Duration::hours(1);
        let tokyo = json!({ "name": "calendar", "zone": "Asia/Tokyo" });
        let body = json!({ "value": tokyo, "effectiveFrom": begins });
        app.administrator().await.post(county.center.path("/rules"), body).await.created();
        let resident = app.resident("王").await;
        let early = resident.places(order()).await;
        app.clock.advance(Duration::hours(1));
        let late = resident.places(order()).await;
        assert_eq!(text(&clocks(&early, &resident).await["respondBy"]), "2026-03-02T16:00:00Z");
        assert_eq!(text(&clocks(&late, &resident).await["respondBy"]), "2026-03-02T15:00:00Z");
    }

    async fn a_span_is_exactly_one_of_three(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let path = county.town.path("/rules");
        for span in [
            json!({}),
            json!({ "minutes": 5, "localDays": 0 }),
            json!({ "hours": 2 }),
            json!({ "minutes": 0 }),
            json!(5),
        ] {
            let rule = changed(&ten_minutes(), "respond", span);
            let reply = administrator.post(&path, json!({ "value": rule })).await;
            reply.refused(Code::InvalidRequest);
        }
    }
}
