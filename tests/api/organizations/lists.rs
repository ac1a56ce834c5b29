//! Lists: page by page, without loss or repetition, and only what was asked for.

use redvest::problem::FieldCode;
use uuid::Uuid;

use crate::support::TestApp;
use crate::support::app::changed;
use crate::support::client::Client;
use crate::support::county::node;

/// The names on every page of a list, in order.
async fn all_names(client: &Client, filter: &str, limit: usize) -> Vec<String> {
    let mut names = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/organizations?limit={limit}{filter}{cursor}");
        let page = client.get(path).await.ok();
        let items = page["items"].as_array().cloned().unwrap_or_default();
        assert!(items.len() <= limit);
        names.extend(items.iter().filter_map(|node| node["name"].as_str().map(str::to_owned)));
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return names,
        }
    }
}

async fn names(client: &Client, filter: &str) -> Vec<String> {
    all_names(client, filter, 100).await
}

on_both_engines! {
    async fn pages_lose_nothing_and_repeat_nothing(app: TestApp) {
        let county = app.county().await;
        let mut expected = Vec::new();
        for number in 0..25 {
            let name = format!("第 {number} 队");
            app.below(&county.other_village, "team", &name, 27.6, 120.56).await;
            expected.push(name);
        }
        let resident = app.resident("王").await;
        let filter = format!("&kind=team&within={}", county.other_town);
        for limit in [1, 7, 24, 25, 26, 100] {
            assert_eq!(all_names(&resident, &filter, limit).await, expected, "limit {limit}");
        }
    }

    async fn what_comes_meanwhile_disturbs_no_page(app: TestApp) {
        let county = app.county().await;
        let resident = app.resident("王").await;
        let first = resident.get("/organizations?limit=4").await.ok();
        app.below(&county.town, "station", "新站", 27.66, 120.56).await;
        let next = first["next"].as_str().expect("a second page");
        let second = resident.get(format!("/organizations?limit=4&cursor={next}")).await.items();
        assert_eq!(second.len(), 4);
        let third = resident.get(format!("/organizations?limit=100&cursor={next}")).await.items();
        assert_eq!(third.last().expect("the last")["name"], "新站");
    }

    async fn a_list_has_twenty_items_unless_it_is_asked_for_more(app: TestApp) {
        let county = app.county().await;
        for number in 0..20 {
            app.below(&county.town, "team", &format!("第 {number} 队"), 27.6, 120.56).await;
        }
        let resident = app.resident("王").await;
        assert_eq!(resident.get("/organizations").await.items().len(), 20);
        assert_eq!(resident.get("/organizations?limit=100").await.items().len(), 28);
        for wrong in ["0", "101", "-1"] {
            let refused = resident.get(format!("/organizations?limit={wrong}")).await;
            refused.refused_field("query:limit", FieldCode::OutOfRange);
        }
        let refused = resident.get("/organizations?limit=many").await;
        refused.refused_field("query:limit", FieldCode::WrongType);
    }

    async fn a_list_is_narrowed_by_subtree_kind_and_name(app: TestApp) {
        let county = app.county().await;
        let resident = app.resident("王").await;
        let within = |node: &str| format!("&within={node}");
        assert_eq!(
            names(&resident, &within(&county.town.id)).await,
            ["昆阳镇", "解放社区", "解放社区水电队", "城东社区"]
        );
        assert_eq!(names(&resident, "&kind=center").await, ["平阳县", "苍南县"]);
        assert_eq!(
            names(&resident, &format!("&kind=station{}", within(&county.center.id))).await,
            ["解放社区", "城东社区", "塘川社区"]
        );
        // 解放
        assert_eq!(names(&resident, "&name=%E8%A7%A3%E6%94%BE").await, ["解放社区", "解放社区水电队"]);
        assert!(names(&resident, &within(&app.clock.new_id::<Uuid>().to_string())).await.is_empty());
    }

    async fn a_list_is_narrowed_by_division(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        for (code, name) in [("330326100", "甲"), ("330326100201", "乙"), ("330327", "丙")] {
            let body = node("station", name, Some(&county.town), 27.66, 120.56);
            administrator.post("/organizations", changed(&body, "divisionCode", code)).await.created();
        }
        assert_eq!(names(&administrator, "&divisionCode=330326").await, ["甲", "乙"]);
        assert_eq!(names(&administrator, "&divisionCode=330326100201").await, ["乙"]);
    }

    async fn what_has_ended_is_listed_only_when_asked_for(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        administrator.command(county.team.path("/archive")).await.ok();
        administrator.command(county.next_village.path("/suspend")).await.ok();
        let within = format!("&within={}", county.town);
        assert_eq!(names(&administrator, &within).await, ["昆阳镇", "解放社区", "城东社区"]);
        let archived = format!("{within}&status=archived");
        assert_eq!(names(&administrator, &archived).await, ["解放社区水电队"]);
        let suspended = format!("{within}&status=suspended");
        assert_eq!(names(&administrator, &suspended).await, ["城东社区"]);
    }

    async fn a_cursor_is_one_that_the_list_gave(app: TestApp) {
        let resident = app.resident("王").await;
        for wrong in ["x", "AAAA", "%00", "bm90IGEgY3Vyc29y"] {
            let refused = resident.get(format!("/organizations?cursor={wrong}")).await;
            refused.refused_field("query:cursor", FieldCode::BadCursor);
        }
    }
}
