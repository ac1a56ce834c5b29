//! What a volunteer can accept, in one list: what his teams were offered, and the calls that he fits.

use chrono::Duration;
use redvest::problem::Code;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::app::changed;
use crate::support::client::Client;
use crate::support::practice::{Dispatch, Order, Practice, order, text};

/// An order, verified by the county, that takes this skill and so many people.
async fn verified(
    app: &TestApp,
    practice: &Practice,
    (skill, people): (Option<&str>, i64),
) -> (Order, Client) {
    let staff = app.staff("dispatcher", &practice.county.center).await;
    let mut body = changed(&order(), "skill", json!(skill));
    body["people"] = json!(people);
    let order = app.resident("王").await.places(body).await;
    staff.post(order.path("/verify"), json!({})).await.ok();
    (order, staff)
}

/// What is open to somebody: the dispatches by their ids, the latest first.
async fn open_to(person: &Client, more: &str) -> Vec<String> {
    let items = person.get(format!("/me/dispatches?{more}")).await.items();
    items.iter().map(|item| text(&item["dispatchId"])).collect()
}

fn ids(dispatches: &[&Dispatch]) -> Vec<String> {
    dispatches.iter().map(|dispatch| dispatch.id.clone()).collect()
}

on_both_engines! {
    async fn a_member_finds_what_his_team_was_offered_and_takes_a_place(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let ordered = resident.orders(&practice.repair).await;
        let found = practice.member.get("/me/dispatches").await.items();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0]["demandId"], ordered.id);
        assert_eq!(found[0]["next"], json!(["take_place"]));
        assert_eq!(found[0]["demand"]["content"], "水管漏水，请帮忙检修");
        assert_eq!(found[0]["demand"]["destination"], Value::Null, "before he has accepted");
        let led = practice.leader.get("/me/dispatches").await.items();
        assert_eq!(led[0]["next"], json!(["take_place", "accept", "decline", "name_volunteers"]));

        practice.member.takes_a_place(&Dispatch { id: text(&found[0]["dispatchId"]) }).await;
        for full in [&practice.member, &practice.leader] {
            assert_eq!(open_to(full, "").await, [""; 0], "the only place is taken");
        }
    }

    async fn who_has_a_place_finds_it_among_his_assignments_and_who_leads_in_both(app: TestApp) {
        let practice = app.practice().await;
        let (order, staff) = verified(&app, &practice, (None, 2)).await;
        let offer = staff.dispatches(&order, &practice.county.team).await;
        practice.member.takes_a_place(&offer).await;
        assert_eq!(open_to(&practice.member, "").await, [""; 0]);
        assert_eq!(open_to(&practice.leader, "").await, ids(&[&offer]), "one place is free");
        assert_eq!(practice.member.get("/me/assignments").await.items().len(), 1);
        let third = app.member(&practice.county.team, "孙师傅").await;
        assert_eq!(open_to(&third, "").await, ids(&[&offer]));
        third.command(practice.county.team.path("/leave")).await;
        assert_eq!(open_to(&third, "").await, [""; 0], "he is a member no longer");
    }

    async fn a_call_is_found_by_whoever_has_the_skill_in_the_county(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let skilled = app.volunteer(&county.center, "周老师", &["09", "14", "99"]).await;
        let elsewhere = app.volunteer(&county.another_county, "吴老师", &["14", "99"]).await;
        let unskilled = app.volunteer(&county.center, "何师傅", &["13", "15"]).await;
        let mut calls = Vec::new();
        for skill in [Some("14"), Some("99"), None] {
            let (order, staff) = verified(&app, &practice, (skill, 1)).await;
            calls.push(staff.calls_for(&order).await);
            app.clock.advance(Duration::seconds(1));
        }
        let [counsel, other, any] = [&calls[0], &calls[1], &calls[2]];
        assert_eq!(open_to(&skilled, "").await, ids(&[any, other, counsel]));
        assert_eq!(open_to(&skilled, "order=earliest_first").await, ids(&[counsel, other, any]));
        assert_eq!(open_to(&unskilled, "").await, ids(&[any]));
        assert_eq!(open_to(&elsewhere, "").await, [""; 0]);
        // Who is in the list may take a place, and who is not may not even know.
        let next = &unskilled.get("/me/dispatches").await.items()[0]["next"];
        assert_eq!(next, &json!(["take_place"]));
        unskilled.get(counsel.path("")).await.refused(Code::NotFound);
        skilled.takes_a_place(other).await;
        assert_eq!(open_to(&skilled, "").await, ids(&[any, counsel]));
    }

    async fn the_list_is_narrowed_and_read_in_pages(app: TestApp) {
        let practice = app.practice().await;
        let mut made = Vec::new();
        for kind in ["offer", "call", "call"] {
            let (order, staff) = verified(&app, &practice, (None, 1)).await;
            made.push(match kind {
                "offer" => staff.dispatches(&order, &practice.county.team).await,
                _ => staff.calls_for(&order).await,
            });
            app.clock.advance(Duration::seconds(1));
        }
        let [offer, first, second] = [&made[0], &made[1], &made[2]];
        let member = &practice.member;
        assert_eq!(open_to(member, "kind=offer").await, ids(&[offer]));
        assert_eq!(open_to(member, "kind=call").await, ids(&[second, first]));
        for (order, expected) in
            [("latest_first", [second, first, offer]), ("earliest_first", [offer, first, second])]
        {
            let mut cursor = String::new();
            for one in expected {
                let path = format!("/me/dispatches?limit=1&order={order}{cursor}");
                let page = member.get(path).await.ok();
                assert_eq!(page["items"][0]["dispatchId"], one.id);
                cursor = format!("&cursor={}", page["next"].as_str().unwrap_or_default());
            }
            assert_eq!(cursor, "&cursor=", "there is no fourth page");
        }
        let since = (app.clock.now() - Duration::seconds(2)).format("%Y-%m-%dT%H:%M:%SZ");
        assert_eq!(open_to(member, &format!("createdFrom={since}")).await, ids(&[second, first]));
        assert_eq!(open_to(member, &format!("createdUntil={since}")).await, ids(&[offer]));
    }

    async fn who_takes_no_part_finds_nothing(app: TestApp) {
        let practice = app.practice().await;
        let (order, staff) = verified(&app, &practice, (None, 1)).await;
        staff.calls_for(&order).await;
        assert_eq!(open_to(&practice.member, "").await.len(), 1);
        app.administrator().await.command(practice.member.path("/suspend")).await.ok();
        assert_eq!(open_to(&practice.member, "").await, [""; 0]);
        app.resident("王").await.get("/me/dispatches").await.refused(Code::Forbidden);
    }
}
