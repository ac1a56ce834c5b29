//! Where and to whom the help goes is shown to whoever brings it, and not before he has agreed.

use redvest::problem::Code;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::practice::{HOME, RECIPIENT_PHONE};

on_both_engines! {
    async fn a_volunteer_learns_the_address_when_he_has_accepted(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let order = resident.orders(&practice.repair).await;
        let dispatch = order.dispatch(&resident).await;
        for curious in [&practice.member, &practice.leader] {
            let seen = dispatch.seen_by(curious).await;
            assert_eq!(seen["demand"]["content"], "水管漏水，请帮忙检修");
            assert_eq!(seen["demand"]["areaName"], "解放社区");
            assert_eq!(seen["demand"]["destination"], Value::Null);
            curious.get(order.path("")).await.refused(Code::NotFound);
        }
        let place = practice.member.takes_a_place(&dispatch).await;
        let expected = json!({
            "recipientName": "王秀英", "recipientPhone": RECIPIENT_PHONE, "address": "解放街道 1 号",
            "place": { "latitude": HOME.0, "longitude": HOME.1, "coordinateSystem": "wgs84" },
        });
        for seen in
            [dispatch.seen_by(&practice.member).await, place.seen_by(&practice.member).await]
        {
            assert_eq!(seen["demand"]["destination"], expected);
        }
        let own = practice.member.get("/me/assignments").await.items();
        assert_eq!(own[0]["demand"]["destination"], expected);
        assert_eq!(dispatch.seen_by(&practice.leader).await["demand"]["destination"], expected);
    }

    async fn another_member_sees_neither_the_address_nor_who_comes(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let dispatch = resident.orders(&practice.repair).await.dispatch(&resident).await;
        let other = app.member(&practice.county.team, "孙师傅").await;
        let place = practice.member.takes_a_place(&dispatch).await;
        assert_eq!(dispatch.seen_by(&other).await["demand"]["destination"], Value::Null);
        other.get(place.path("")).await.refused(Code::NotFound);
        assert_eq!(other.get(dispatch.path("/assignments")).await.items().len(), 0);
        assert_eq!(practice.member.get(dispatch.path("/assignments")).await.items().len(), 1);
        assert_eq!(resident.get(dispatch.path("/assignments")).await.items().len(), 1);
    }

    async fn being_named_is_not_yet_having_accepted(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let dispatch = resident.orders(&practice.repair).await.dispatch(&resident).await;
        let named = practice.leader.names(&practice.member, &dispatch).await;
        for curious in [&practice.member, &practice.leader] {
            let seen = named.seen_by(curious).await;
            assert_eq!(seen["demand"]["destination"], Value::Null, "nobody has accepted yet");
        }
        let declined = practice.member.post(named.path("/decline"), json!({})).await.ok();
        assert_eq!(declined["demand"]["destination"], Value::Null);
    }

    async fn who_drops_out_does_not_see_the_address_any_more(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let dispatch = resident.orders(&practice.repair).await.dispatch(&resident).await;
        let place = practice.member.takes_a_place(&dispatch).await;
        let gone = practice.member.post(place.path("/drop-out"), json!({})).await.ok();
        assert_eq!(gone["demand"]["destination"], Value::Null);
        assert_eq!(place.seen_by(&practice.member).await["demand"]["destination"], Value::Null);
        assert_eq!(dispatch.seen_by(&practice.member).await["demand"]["destination"], Value::Null);
        let own = practice.member.get("/me/assignments").await.items();
        assert_eq!(own[0]["demand"]["destination"], Value::Null);
    }

    async fn a_destination_comes_in_the_coordinates_that_the_phone_speaks(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let dispatch = resident.orders(&practice.repair).await.dispatch(&resident).await;
        let place = practice.member.takes_a_place(&dispatch).await;
        let seen = practice.member.get(place.path("")).in_gcj02().await.ok();
        let there = &seen["demand"]["destination"]["place"];
        assert_eq!(there["coordinateSystem"], "gcj02");
        let moved = there["longitude"].as_f64().unwrap() - HOME.1;
        assert!((0.003..0.008).contains(&moved), "a Chinese map lies some 500 meters off: {moved}");
    }
}
