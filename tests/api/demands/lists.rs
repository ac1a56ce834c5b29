//! Lists of orders, and the timeline of one.

use chrono::Duration;
use redvest::problem::{Code, FieldCode};
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::app::changed;
use crate::support::client::Client;
use crate::support::county::Organization;
use crate::support::practice::{Order, Practice, instant, order, order_of, text};

/// Three orders in the village, one in the next village, one in the other town: a minute apart.
async fn five_orders(app: &TestApp, practice: &Practice, resident: &Client) -> Vec<Order> {
    let county = &practice.county;
    let mut orders = Vec::new();
    for area in [
        &county.village,
        &county.next_village,
        &county.village,
        &county.other_village,
        &county.village,
    ] {
        orders.push(resident.places(changed(&order(), "organizationId", area.id.as_str())).await);
        app.clock.advance(Duration::minutes(1));
    }
    orders
}

fn ids(items: &[Value]) -> Vec<String> {
    items.iter().map(|item| text(&item["demandId"])).collect()
}

async fn listed(reader: &Client, query: &str) -> Vec<String> {
    ids(&reader.get(format!("/demands?{query}")).await.items())
}

fn within(organization: &Organization, more: &str) -> String {
    format!("within={organization}{more}")
}

/// Everything that a list shows, page by page.
async fn page_by_page(reader: &Client, path: &str, limit: usize) -> Vec<String> {
    let mut all = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = reader.get(format!("{path}&limit={limit}{cursor}")).await.ok();
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= limit);
        all.extend(ids(items));
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return all,
        }
    }
}

fn picked(orders: &[Order], numbers: &[usize]) -> Vec<String> {
    numbers.iter().map(|number| orders[*number].id.clone()).collect()
}

on_both_engines! {
    async fn each_level_sees_what_lies_below_it(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let resident = app.resident("王").await;
        let orders = five_orders(&app, &practice, &resident).await;
        let center = app.staff("viewer", &county.center).await;
        let latest_first = listed(&center, &within(&county.center, "")).await;
        assert_eq!(latest_first, picked(&orders, &[4, 3, 2, 1, 0]));
        assert_eq!(
            listed(&center, &within(&county.town, "")).await,
            picked(&orders, &[4, 2, 1, 0])
        );
        let of_village = within(&county.village, "&order=earliest_first");
        assert_eq!(listed(&center, &of_village).await, picked(&orders, &[0, 2, 4]));
    }

    async fn staff_lists_its_own_area_and_no_other(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let resident = app.resident("王").await;
        let orders = five_orders(&app, &practice, &resident).await;
        let town = app.staff("viewer", &county.town).await;
        assert_eq!(listed(&town, &within(&county.next_village, "")).await, picked(&orders, &[1]));
        for outside in
            [&county.center, &county.other_town, &county.other_village, &county.another_county]
        {
            town.get(format!("/demands?within={outside}")).await.refused(Code::Forbidden);
            town.get(format!("/demands?responsible={outside}")).await.refused(Code::Forbidden);
        }
        resident.get(format!("/demands?within={}", county.town)).await.refused(Code::Forbidden);
        let foreign = app.staff("clerk", &county.another_county).await;
        foreign.get(format!("/demands?within={}", county.village)).await.refused(Code::Forbidden);
    }

    async fn what_has_gone_up_is_listed_where_its_turn_is(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let resident = app.resident("王").await;
        let orders = five_orders(&app, &practice, &resident).await;
        let clerk = app.staff("clerk", &county.village).await;
        clerk.post(orders[2].path("/escalate"), json!({ "reason": "做不了" })).await.ok();
        let town = app.staff("clerk", &county.town).await;
        let turn = |of: &Organization| format!("responsible={of}");
        assert_eq!(listed(&town, &turn(&county.town)).await, picked(&orders, &[2]));
        assert_eq!(listed(&town, &turn(&county.village)).await, picked(&orders, &[4, 0]));
        assert_eq!(listed(&clerk, &within(&county.village, "")).await, picked(&orders, &[4, 2, 0]));
    }

    async fn a_list_is_narrowed_by_state_and_time(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let resident = app.resident("王").await;
        let orders = five_orders(&app, &practice, &resident).await;
        let clerk = app.staff("clerk", &county.center).await;
        clerk.post(orders[0].path("/verify"), json!({})).await.ok();
        clerk.post(orders[4].path("/verify"), json!({})).await.ok();
        for (more, expected) in [
            ("&state=verified", vec![4, 0]),
            ("&state=verified&order=earliest_first", vec![0, 4]),
            ("&state=submitted", vec![3, 2, 1]),
            ("&state=closed", vec![]),
        ] {
            let found = listed(&clerk, &within(&county.center, more)).await;
            assert_eq!(found, picked(&orders, &expected), "{more}");
        }
        let placed = |number: usize| {
            instant(&orders[number].placed["placedAt"]).format("%FT%TZ").to_string()
        };
        let (from, until) = (placed(1), placed(3));
        for order in ["latest_first", "earliest_first"] {
            let more = format!("&placedFrom={from}&placedUntil={until}&order={order}");
            let mut found = listed(&clerk, &within(&county.center, &more)).await;
            if order == "latest_first" {
                found.reverse();
            }
            assert_eq!(found, picked(&orders, &[1, 2]), "from is in it, until is not");
        }
    }

    async fn pages_lose_nothing_and_repeat_nothing(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let mut orders = Vec::new();
        for number in 0..11 {
            orders.push(resident.places(order()).await.id);
            if number % 4 == 3 {
                app.clock.advance(Duration::microseconds(1));
            }
        }
        let clerk = app.staff("viewer", &practice.county.village).await;
        let list = format!("/demands?within={}", practice.county.village);
        for limit in [1, 2, 3, 10, 11, 100] {
            let earliest = format!("{list}&order=earliest_first");
            assert_eq!(page_by_page(&clerk, &earliest, limit).await, orders);
            let mut latest = page_by_page(&clerk, &list, limit).await;
            latest.reverse();
            assert_eq!(latest, orders);
            let own = page_by_page(&resident, "/me/demands?order=earliest_first", limit).await;
            assert_eq!(own, orders);
        }
    }

    async fn what_is_placed_while_somebody_pages_does_not_disturb_him(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let orders = five_orders(&app, &practice, &resident).await;
        let clerk = app.staff("viewer", &practice.county.center).await;
        let list = format!("/demands?within={}&limit=3", practice.county.center);
        let first = clerk.get(&list).await.ok();
        resident.places(order()).await;
        let second = clerk.get(format!("{list}&cursor={}", text(&first["next"]))).await.ok();
        assert_eq!(ids(first["items"].as_array().unwrap()), picked(&orders, &[4, 3, 2]));
        assert_eq!(ids(second["items"].as_array().unwrap()), picked(&orders, &[1, 0]));
        assert_eq!(second["next"], Value::Null);
    }

    async fn everybody_lists_his_own_orders(app: TestApp) {
        let practice = app.practice().await;
        let (wang, lin) = (app.resident("王").await, app.resident("林").await);
        let free = wang.places(order()).await;
        let automatic = wang.orders(&practice.repair).await;
        let other = lin.places(order()).await;
        assert_eq!(ids(&wang.get("/me/demands").await.items()), [automatic.id.clone(), free.id]);
        let dispatched = wang.get("/me/demands?state=dispatched").await.items();
        assert_eq!(ids(&dispatched), [automatic.id]);
        assert_eq!(ids(&lin.get("/me/demands").await.items()), [other.id]);
        let clerk = app.staff("clerk", &practice.county.village).await;
        clerk.places(changed(&order(), "channel", "hotline")).await;
        assert_eq!(clerk.get("/me/demands").await.items().len(), 0, "he ordered for somebody else");
    }

    async fn a_list_says_what_it_needs(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let administrator = app.administrator().await;
        let list = |query: String| administrator.get(format!("/demands?{query}"));
        list(String::new()).await.refused_field("query:within", FieldCode::NeededHere);
        let both = format!("within={0}&responsible={0}", county.town);
        list(both).await.refused_field("query:responsible", FieldCode::NotHere);
        let nowhere = format!("within={}", practice.repair.id);
        list(nowhere).await.refused_field("query:within", FieldCode::NoSuchThing);
        for (more, pointer, code) in [
            ("&limit=0", "query:limit", FieldCode::OutOfRange),
            ("&limit=101", "query:limit", FieldCode::OutOfRange),
            ("&state=lost", "query:state", FieldCode::NotOneOf),
            ("&order=random", "query:order", FieldCode::NotOneOf),
            ("&cursor=abc", "query:cursor", FieldCode::BadCursor),
            ("&placedFrom=yesterday", "query:placedFrom", FieldCode::WrongType),
            ("&color=red", "query:color", FieldCode::Unknown),
        ] {
            list(within(&county.center, more)).await.refused_field(pointer, code);
        }
    }

    async fn the_timeline_tells_who_did_what_when_and_why(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let clerk = app.staff("clerk", &practice.county.village).await;
        let dispatcher = app.staff("dispatcher", &practice.county.village).await;
        let order = resident.places(order()).await;
        let begun = app.clock.now();
        app.clock.advance(Duration::minutes(1));
        clerk.post(order.path("/verify"), json!({ "reason": "已核实" })).await.ok();
        app.clock.advance(Duration::minutes(1));
        let dispatch = dispatcher.dispatches(&order, &practice.county.team).await;
        app.clock.advance(Duration::minutes(1));
        let why = json!({ "reason": "队员均在外地" });
        practice.leader.post(dispatch.path("/decline"), why).await.ok();
        app.clock.advance(Duration::minutes(1));
        resident.post(order.path("/cancel"), json!({ "reason": "不等了" })).await.ok();
        let told: Vec<_> = order
            .story(&clerk)
            .await
            .iter()
            .map(|entry| {
                let minutes = (instant(&entry["at"]) - begun).num_minutes();
                (minutes, text(&entry["name"]), text(&entry["actorId"]), entry["reason"].clone())
            })
            .collect();
        let said = |minutes: i64, name: &str, who: &Client, why: Value| {
            (minutes, name.to_owned(), who.account_id(), why)
        };
        assert_eq!(
            told,
            [
                said(0, "demand.placed.v1", &resident, Value::Null),
                said(1, "demand.verified.v1", &clerk, json!("已核实")),
                said(2, "dispatch.offered.v1", &dispatcher, Value::Null),
                said(3, "dispatch.declined.v1", &practice.leader, json!("队员均在外地")),
                said(4, "demand.cancelled.v1", &resident, json!("不等了")),
            ]
        );
        let carried = order.seen_by(&resident).await["timeline"].clone();
        assert_eq!(carried, json!(order.story(&resident).await), "the order carries it with it");
    }

    async fn a_timeline_has_pages(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let order = resident.places(order_of(&practice.repair)).await;
        resident.post(order.path("/cancel"), json!({})).await.ok();
        let whole = order.story(&resident).await;
        let mut pages = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = resident.get(order.path(&format!("/timeline?limit=2{cursor}"))).await.ok();
            pages.extend(page["items"].as_array().unwrap().clone());
            let Some(next) = page["next"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(pages, whole);
        assert_eq!(whole.len(), 5);
    }

    async fn the_system_signs_what_it_does(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let order = resident.orders(&practice.repair).await;
        app.clock.advance(Duration::minutes(6));
        app.run_due_jobs().await;
        let lapsed = order.last("dispatch.lapsed.v1", &resident).await;
        assert_eq!((&lapsed["actorId"], &lapsed["actor"]), (&Value::Null, &json!("系统")));
        let offered = order.last("dispatch.offered.v1", &resident).await;
        assert_eq!(offered["actorId"], resident.account_id(), "it came with his order");
    }
}
