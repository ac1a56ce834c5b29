//! Hours are what others have received: nobody brings himself the help he ordered, and nobody who
//! ordered it vouches for those who brought it.

use chrono::Duration;
use redvest::problem::Code;
use serde_json::json;

use crate::support::TestApp;

on_both_engines! {
    async fn nobody_takes_a_place_on_his_own_order(app: TestApp) {
        let practice = app.practice().await;
        let order = practice.member.orders(&practice.repair).await;
        let dispatch = order.dispatch(&practice.member).await;
        assert_eq!(dispatch.seen_by(&practice.member).await["next"], json!([]));
        practice.member.command(dispatch.path("/take-place")).await.refused(Code::OwnOrder);
        // Nor when the leader names him.
        let named = practice.leader.names(&practice.member, &dispatch).await;
        assert_eq!(named.seen_by(&practice.member).await["next"], json!(["decline"]));
        practice.member.command(named.path("/accept")).await.refused(Code::OwnOrder);
        let other = app.member(&practice.county.team, "孙师傅").await;
        other.takes_a_place(&dispatch).await;
    }

    async fn a_leader_does_not_vouch_for_those_who_helped_him(app: TestApp) {
        let practice = app.practice().await;
        let order = practice.leader.orders(&practice.repair).await;
        let dispatch = order.dispatch(&practice.leader).await;
        practice.leader.command(dispatch.path("/accept")).await.ok();
        let place = practice.member.takes_a_place(&dispatch).await;
        let from = app.clock.now();
        app.clock.advance(Duration::minutes(30));
        let entered = json!({
            "served": { "from": from, "until": app.clock.now() }, "reason": "忘记签到",
        });
        let commands = place.seen_by(&practice.leader).await["next"].clone();
        assert_eq!(commands, json!(["release"]));
        let path = place.path("/enter-presence");
        practice.leader.post(&path, entered.clone()).await.refused(Code::OwnOrder);
        let second = app.leader(&practice.county.team, "周队长").await;
        second.post(&path, entered).await.ok();
    }
}
