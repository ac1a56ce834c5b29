//! What a desk has on its hands: open work, the one due soonest first.

use chrono::Duration;
use redvest::problem::{Code, FieldCode};
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::app::changed;
use crate::support::practice::{Order, order, order_of, text};

fn ids(orders: &[&Order]) -> Vec<String> {
    orders.iter().map(|order| order.id.clone()).collect()
}

on_both_engines! {
    async fn a_desk_sees_its_open_work_the_one_due_soonest_first(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let rule = json!({ "name": "clocks", "respond": { "minutes": 60 }, "handle": { "localDays": 0 },
            "urgentRespond": { "minutes": 10 } });
        app.rule(&county.center, rule).await;
        let resident = app.resident("王").await;
        let clerk = app.staff("dispatcher", &county.village).await;
        let first = resident.places(order()).await;
        app.clock.advance(Duration::minutes(1));
        let counsel = resident.places(changed(&order_of(&practice.counsel), "organizationId", county.village.id.clone())).await;
        let second = resident.places(changed(&order(), "channel", "app")).await;
        app.clock.advance(Duration::minutes(1));
        let urgent = resident.places(changed(&order(), "urgency", "urgent")).await;
        let paused = resident.places(order()).await;
        clerk.post(paused.path("/pause"), json!({ "reason": "台风" })).await.ok();
        let gone = resident.places(order()).await;
        clerk.post(gone.path("/refuse"), json!({ "reason": "重复" })).await.ok();
        let desk = county.village.path("/open-demands");
        let list = async |query: &str| -> Vec<String> {
            let items = clerk.get(format!("{desk}{query}")).await.items();
            items.iter().map(|one| text(&one["demandId"])).collect()
        };
        assert_eq!(list("").await, ids(&[&urgent, &first, &second]));
        assert_eq!(list("?order=latest_first").await, ids(&[&second, &first, &urgent]));
        assert_eq!(list("?urgency=urgent").await, ids(&[&urgent]));
        assert_eq!(list("?channel=app").await, ids(&[&second]));
        assert_eq!(list("?overdue=false").await, ids(&[&urgent, &first, &second]));
        assert_eq!(list("?overdue=true").await, Vec::<String>::new());
        assert_eq!(list("?urgency=urgent&channel=tv").await, Vec::<String>::new());
        // A specialist is found by the county, whose desk has it.
        let center = app.staff("clerk", &county.center).await;
        let at_center = center.get(county.center.path(&format!("/open-demands?catalogItemId={}", practice.counsel.id))).await.items();
        assert_eq!(text(&at_center[0]["demandId"]), counsel.id);
    }

    async fn what_nobody_saw_to_in_time_stands_at_the_top_of_the_highest_desk(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let resident = app.resident("王").await;
        let old = resident.places(changed(&order(), "organizationId", county.center.id.clone())).await;
        app.clock.advance(Duration::days(3));
        app.run_due_jobs().await;
        let new = resident.places(changed(&order(), "organizationId", county.center.id.clone())).await;
        let clerk = app.staff("clerk", &county.center).await;
        let desk = county.center.path("/open-demands");
        let items = clerk.get(&desk).await.items();
        let found: Vec<_> = items.iter().map(|one| text(&one["demandId"])).collect();
        assert_eq!(found, ids(&[&old, &new]));
        assert_eq!(items[0]["dueAt"], Value::Null);
        let overdue = clerk.get(format!("{desk}?overdue=true")).await.items();
        assert_eq!(overdue.len(), 1);
        assert_eq!(text(&overdue[0]["demandId"]), old.id);
    }

    async fn a_desk_is_for_its_staff_and_for_those_above(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let desk = county.village.path("/open-demands");
        app.staff("viewer", &county.town).await.get(&desk).await.ok();
        for stranger in [
            &app.resident("王").await,
            &practice.leader.client(),
            &app.staff("administrator", &county.next_village).await,
        ] {
            stranger.get(&desk).await.refused(Code::Forbidden);
        }
        let clerk = app.staff("clerk", &county.village).await;
        let unknown = clerk.get(format!("{desk}?urgency=soon")).await;
        unknown.refused_field("query:urgency", FieldCode::NotOneOf);
    }
}
