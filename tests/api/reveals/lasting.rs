//! A reveal lasts minutes, and is nobody's but of whoever asked.

use chrono::Duration;
use redvest::problem::Code;
use serde_json::{Value, json};

use super::{path, reveal};
use crate::support::TestApp;
use crate::support::practice::{RECIPIENT_PHONE, instant, order, purpose, text};

on_both_engines! {
    async fn it_is_read_again_for_ten_minutes_and_not_a_moment_longer(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let clerk = app.staff("clerk", &practice.county.village).await;
        let order = resident.places(order()).await;
        let revealed = reveal(&clerk, &order).await;
        assert_eq!((&revealed["state"], &revealed["kind"]), (&json!("visible"), &json!("demand_contact")));
        assert_eq!((&revealed["demandId"], &revealed["volunteerId"]), (&json!(order.id), &Value::Null));
        assert_eq!(instant(&revealed["visibleUntil"]), app.clock.now() + Duration::minutes(10));
        assert_eq!(clerk.get(path(&revealed, "")).await.ok(), revealed);
        app.clock.advance(Duration::seconds(599));
        let again = clerk.get(path(&revealed, "")).await.ok();
        assert_eq!(again["contact"]["phone"], RECIPIENT_PHONE);
        app.clock.advance(Duration::seconds(1));
        let lapsed = clerk.get(path(&revealed, "")).await;
        assert!(!lapsed.to_string().contains(RECIPIENT_PHONE), "{lapsed}");
        lapsed.refused(Code::RevealLapsed);
        let anew = reveal(&clerk, &order).await;
        assert_ne!(anew["revealId"], revealed["revealId"]);
        assert_eq!(clerk.get(path(&anew, "")).await.ok()["contact"]["phone"], RECIPIENT_PHONE);
    }

    async fn how_long_is_a_rule_of_the_place(app: TestApp) {
        let practice = app.practice().await;
        app.rule(&practice.county.town, json!({ "name": "reveals", "minutes": 2 })).await;
        let order = app.resident("王").await.places(order()).await;
        let clerk = app.staff("clerk", &practice.county.village).await;
        let revealed = reveal(&clerk, &order).await;
        app.rule(&practice.county.town, json!({ "name": "reveals", "minutes": 60 })).await;
        app.clock.advance(Duration::minutes(2));
        clerk.get(path(&revealed, "")).await.refused(Code::RevealLapsed);
    }

    async fn nobody_else_ever_reads_it(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let resident = app.resident("王").await;
        let clerk = app.staff("clerk", &county.village).await;
        let order = resident.places(order()).await;
        let revealed = reveal(&clerk, &order).await;
        for stranger in [
            &resident,
            &app.resident("林").await,
            &practice.member.client(),
            &practice.leader.client(),
            &app.staff("clerk", &county.village).await,
            &app.staff("dispatcher", &county.town).await,
            &app.staff("clerk", &county.next_village).await,
            &app.staff("administrator", &county.another_county).await,
            &app.audit_administrator().await,
        ] {
            stranger.get(path(&revealed, "")).await.refused(Code::NotFound);
        }
        // Whoever answers for the clerk sees that he asked, and what for, not what he saw.
        for above in [&app.staff("administrator", &county.town).await, &app.administrator().await] {
            let seen = above.get(path(&revealed, "")).await.ok();
            assert_eq!((&seen["contact"], &seen["reason"]), (&Value::Null, &json!("电话核实服务时间")));
            assert!(!seen.to_string().contains(RECIPIENT_PHONE), "{seen}");
        }
        app.anonymous().get(path(&revealed, "")).await.refused(Code::Unauthenticated);
    }

    async fn who_has_lost_his_role_reads_no_more(app: TestApp) {
        let practice = app.practice().await;
        let village = &practice.county.village;
        let order = app.resident("王").await.places(order()).await;
        let clerk = app.staff("clerk", village).await;
        let revealed = reveal(&clerk, &order).await;
        let administrator = app.administrator().await;
        let grants = administrator.get(village.path("/grants")).await.items();
        let own = grants.iter().find(|grant| grant["accountId"] == clerk.account_id()).unwrap();
        administrator.delete(format!("/grants/{}", text(&own["grantId"]))).await.status_is(204);
        clerk.get(path(&revealed, "")).await.refused(Code::NotFound);
    }

    async fn a_repeated_request_does_not_bring_it_back(app: TestApp) {
        let practice = app.practice().await;
        let order = app.resident("王").await.places(order()).await;
        let clerk = app.staff("clerk", &practice.county.village).await;
        let asked = || clerk.post(order.path("/reveal-contact"), purpose()).key("once");
        let revealed = asked().await.ok();
        assert_eq!(revealed["contact"]["phone"], RECIPIENT_PHONE);
        let repeated = asked().await.ok();
        assert_eq!((&repeated["revealId"], &repeated["contact"]), (&revealed["revealId"], &Value::Null));
        app.clock.advance(Duration::minutes(11));
        assert_eq!(asked().await.ok()["contact"], Value::Null);
        // A copy of an answer does not say that it is still good.
        let tagged = clerk.get(path(&revealed, "")).if_none_match("*").await;
        tagged.refused(Code::RevealLapsed);
    }

    async fn why_somebody_looked_is_sealed_and_what_he_saw_is_not_kept(app: TestApp) {
        let practice = app.practice().await;
        let order = app.resident("王").await.places(order()).await;
        reveal(&app.staff("clerk", &practice.county.village).await, &order).await;
        let reasons = app.texts("reveals", "reason").await;
        assert!(!reasons.is_empty() && !reasons.contains("核实"), "{reasons}");
    }
}
