//! Who may change what: at home and below, not beside, not above, not elsewhere. Everybody who has
//! signed in sees the tree, so what is not allowed is forbidden rather than not found.

use redvest::problem::Code;
use serde_json::json;

use crate::support::TestApp;
use crate::support::app::changed;
use crate::support::client::Client;
use crate::support::county::{Organization, node};

/// The statuses of everything that an administrator does to a node itself.
async fn may_change(client: &Client, at: &Organization) -> Vec<u16> {
    let read = client.get(at.path("")).await.ok();
    let body = json!({ "parentId": read["parentId"], "kind": read["kind"], "name": read["name"] });
    let body = changed(&body, "place", read["place"].clone());
    let rule = json!({ "value": { "name": "hours", "stepMinutes": 30, "maximumMinutes": 480 } });
    let team = node("team", "新队", Some(at), 27.66, 120.56);
    vec![
        client.put(at.path(""), body, "*").await.status(),
        client.post("/organizations", team).await.status(),
        client.post(at.path("/rules"), rule).await.status(),
    ]
}

const ALLOWED: [u16; 3] = [200, 201, 201];
const FORBIDDEN: [u16; 3] = [403, 403, 403];

on_both_engines! {
    async fn an_administrator_changes_his_node_and_what_is_below_it(app: TestApp) {
        let county = app.county().await;
        let administrator = app.staff("administrator", &county.town).await;
        for allowed in [&county.town, &county.village, &county.team] {
            assert_eq!(may_change(&administrator, allowed).await, ALLOWED);
        }
        for forbidden in [&county.center, &county.other_town, &county.other_village] {
            assert_eq!(may_change(&administrator, forbidden).await, FORBIDDEN);
        }
        assert_eq!(may_change(&administrator, &county.another_county).await, FORBIDDEN);
    }

    async fn lesser_roles_and_residents_change_nothing(app: TestApp) {
        let county = app.county().await;
        for role in ["viewer", "clerk", "dispatcher"] {
            let colleague = app.staff(role, &county.town).await;
            assert_eq!(may_change(&colleague, &county.town).await, FORBIDDEN);
        }
        assert_eq!(may_change(&app.resident("王").await, &county.town).await, FORBIDDEN);
    }

    async fn whether_a_node_goes_on_is_decided_above_it(app: TestApp) {
        let county = app.county().await;
        let own = app.staff("administrator", &county.village).await;
        own.command(county.village.path("/suspend")).await.refused(Code::Forbidden);
        own.command(county.team.path("/suspend")).await.ok();
        let above = app.staff("administrator", &county.town).await;
        above.command(county.village.path("/suspend")).await.ok();
    }

    async fn a_branch_moves_only_between_nodes_of_ones_own(app: TestApp) {
        let county = app.county().await;
        let body = |parent: &Organization| json!({ "parentId": parent.id });
        let town = app.staff("administrator", &county.town).await;
        let away = town.post(county.village.path("/move"), body(&county.other_town)).await;
        away.refused(Code::Forbidden);
        let taken = town.post(county.other_village.path("/move"), body(&county.town)).await;
        taken.refused(Code::Forbidden);
        town.post(county.team.path("/move"), body(&county.next_village)).await.ok();
        let center = app.staff("administrator", &county.center).await;
        center.post(county.village.path("/move"), body(&county.other_town)).await.ok();
        let abroad = center.post(county.town.path("/move"), body(&county.another_county)).await;
        abroad.refused(Code::Forbidden);
    }

    async fn only_the_platform_administrator_plants_trees(app: TestApp) {
        let county = app.county().await;
        let root = node("center", "新县", None, 27.66, 120.56);
        let administrator = app.staff("administrator", &county.center).await;
        administrator.post("/organizations", root.clone()).await.refused(Code::Forbidden);
        app.resident("王").await.post("/organizations", root.clone()).await
            .refused(Code::Forbidden);
        app.administrator().await.post("/organizations", root).await.created();
    }
}
