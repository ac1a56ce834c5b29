//! API6: the ways in which the business itself could be farmed, of orders, hours and judgments.

use chrono::Duration;
use redvest::problem::Code;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::app::changed;
use crate::support::client::{Client, at_once};
use crate::support::county::Organization;
use crate::support::practice::{order, order_of};

/// How many connections a story has: so many orders can be on their way at once.
const AT_ONCE: usize = 3;

async fn allow(app: &TestApp, at: &Organization, orders: u32) {
    app.rule(at, json!({ "name": "ordering", "perPersonAndDay": orders })).await;
}

async fn begin_anew(by: &Client, path: &str) -> u16 {
    by.post(format!("{path}/reopen"), json!({ "reason": "还需要" })).await.status()
}

fn judgment(score: i64) -> Value {
    json!({ "solved": true, "score": score })
}

on_both_engines! {
    async fn one_person_orders_twenty_times_a_day(app: TestApp) {
        let practice = app.practice().await;
        app.spares_nobody(&practice.county.center).await;
        let resident = app.resident("王").await;
        for number in 0..20 {
            let body = if number % 2 == 0 { order() } else { order_of(&practice.errand) };
            resident.post("/demands", body).key(&format!("{number}")).await.created();
        }
        for body in [order(), order_of(&practice.errand)] {
            let refused = resident.post("/demands", body).await;
            // It is ten o'clock in Shanghai.
            assert_eq!(refused.header("Retry-After"), Some("50400"), "{refused}");
            refused.refused(Code::TooManyOrders);
        }
        // What was answered is answered again, and costs others nothing.
        let again = resident.post("/demands", order_of(&practice.errand)).key("19").await;
        again.created();
        app.resident("李").await.places(order()).await;
        assert_eq!(resident.get("/me/demands?limit=100").await.items().len(), 20);
        app.clock.advance(Duration::hours(14) - Duration::seconds(1));
        resident.post("/demands", order()).await.refused(Code::TooManyOrders);
        app.clock.advance(Duration::seconds(1));
        resident.places(order()).await;
    }

    /// Whoever is refused leaves no trace: no team was asked, nobody is told.
    async fn an_order_too_many_has_not_happened(app: TestApp) {
        let practice = app.practice().await;
        allow(&app, &practice.county.center, 1).await;
        let resident = app.resident("王").await;
        resident.orders(&practice.errand).await;
        let traces = "SELECT (SELECT COUNT(*) FROM demands) + (SELECT COUNT(*) FROM dispatches)
                           + (SELECT COUNT(*) FROM journal WHERE demand_id IS NOT NULL)";
        let before = app.count(traces).await;
        let body = order_of(&practice.errand);
        resident.post("/demands", body).await.refused(Code::TooManyOrders);
        assert_eq!(app.count(traces).await, before);
        let open = practice.leader.get("/me/dispatches").await.items();
        assert_eq!(open.len(), 1);
    }

    async fn how_many_is_a_rule_of_the_place(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        allow(&app, &county.center, 3).await;
        allow(&app, &county.village, 1).await;
        let resident = app.resident("王").await;
        let at = |area: &Organization| changed(&order(), "organizationId", area.id.as_str());
        resident.places(at(&county.village)).await;
        resident.post("/demands", at(&county.village)).await.refused(Code::TooManyOrders);
        // Elsewhere there is room for more, and what was ordered here counts there.
        resident.places(at(&county.next_village)).await;
        resident.places(at(&county.other_village)).await;
        resident.post("/demands", at(&county.other_village)).await.refused(Code::TooManyOrders);
    }

    async fn what_staff_takes_down_is_not_bound(app: TestApp) {
        let practice = app.practice().await;
        allow(&app, &practice.county.center, 1).await;
        let phone = app.next_phone();
        let resident = app.resident_with_phone("王", &phone).await;
        let clerk = app.staff("clerk", &practice.county.village).await;
        let mut by_phone = changed(&order(), "channel", "hotline");
        by_phone["recipient"]["phone"] = json!(phone);
        for _ in 0..3 {
            clerk.places(by_phone.clone()).await;
        }
        assert_eq!(resident.get("/me/demands").await.items().len(), 3);
        // They are his all the same: by himself he has ordered enough.
        resident.post("/demands", order()).await.refused(Code::TooManyOrders);
        let nobodys = changed(&by_phone, "relation", "neighbor");
        clerk.places(nobodys).await;
    }

    async fn orders_sent_at_once_gain_next_to_nothing(app: TestApp) {
        let practice = app.practice().await;
        allow(&app, &practice.county.center, 3).await;
        let resident = app.resident("王").await;
        resident.get("/me").await.ok();
        let replies = at_once((0..20).map(|_| resident.post("/demands", order()))).await;
        let placed = replies.iter().filter(|reply| reply.status() == 201).count();
        assert!((3..3 + AT_ONCE).contains(&placed), "{placed} were placed");
        let refused = replies.into_iter().filter(|reply| reply.status() != 201);
        refused.for_each(|reply| drop(reply.refused(Code::TooManyOrders)));
        resident.post("/demands", order()).await.refused(Code::TooManyOrders);
    }

    /// Each time the teams are asked anew.
    async fn one_person_does_not_begin_the_same_order_anew_for_ever(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let staff = app.staff("dispatcher", &practice.county.center).await;
        let order = resident.orders(&practice.errand).await;
        let path = order.path("");
        for _ in 0..4 {
            resident.post(order.path("/cancel"), json!({})).await.ok();
            assert_eq!(begin_anew(&resident, &path).await, 200);
        }
        resident.post(order.path("/cancel"), json!({})).await.ok();
        assert_eq!(order.seen_by(&resident).await["next"], json!([]));
        assert_eq!(begin_anew(&resident, &path).await, 403);
        assert_eq!(begin_anew(&staff, &path).await, 200);
    }

    async fn nobody_writes_down_how_his_own_service_was_judged(app: TestApp) {
        let practice = app.practice().await;
        let (village, member) = (&practice.county.village, &practice.member);
        app.grant("clerk", village, member).await;
        let resident = app.resident("王").await;
        let order = resident.orders(&practice.repair).await;
        app.serve(member, &order.dispatch(&resident).await, 60).await;
        let path = order.path("/evaluations");
        member.post(&path, judgment(5)).await.refused(Code::OwnService);
        assert_eq!(order.state(&resident).await, "served");
        let colleague = app.member(&practice.county.team, "孙师傅").await;
        app.grant("clerk", village, &colleague).await;
        let judged = colleague.post(&path, judgment(3)).await.created();
        assert_eq!(judged["evaluation"]["byCallback"], true);
    }

    /// What was served stays served: it cannot be taken back, and nobody closes it unjudged.
    async fn hours_are_neither_undone_nor_waved_through(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let staff = app.staff("administrator", &practice.county.center).await;
        let order = resident.orders(&practice.repair).await;
        staff.command(order.path("/close")).await.refused(Code::NotPossible);
        app.serve(&practice.member, &order.dispatch(&resident).await, 60).await;
        for client in [&resident, &staff] {
            client.post(order.path("/cancel"), json!({})).await.refused(Code::NotPossible);
        }
        staff.command(order.path("/close")).await.refused(Code::NotPossible);
        let totals = practice.member.get(practice.member.path("/totals")).await.ok();
        assert_eq!((&totals["minutes"], &totals["services"]), (&json!(60), &json!(1)));
    }

    async fn a_code_is_worth_nothing_for_the_order_of_another(app: TestApp) {
        let practice = app.practice().await;
        let (one, other) = (app.resident("王").await, app.resident("李").await);
        let first = one.orders(&practice.repair).await;
        let place = practice.member.takes_a_place(&first.dispatch(&one).await).await;
        let second = other.orders(&practice.errand).await;
        let code = other.get(second.path("/check-in-code")).await.ok()["code"].clone();
        let passed_on = practice.member.post(place.path("/check-in"), json!({ "code": code })).await;
        passed_on.refused(Code::WrongCheckInCode);
    }
}
