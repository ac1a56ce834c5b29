//! What lies below an organization, whoever brings the help: dispatches, assignments, judgments.

use chrono::Duration;
use redvest::problem::{Code, FieldCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::TestApp;
use crate::support::app::changed;
use crate::support::client::Client;
use crate::support::county::Organization;
use crate::support::practice::{Dispatch, Order, Practice, order, text};

/// The lists of an area.
const LISTS: [&str; 3] = ["dispatches", "assignments", "evaluations"];

/// An order of the resident in this village, verified.
async fn verified(resident: &Client, staff: &Client, village: &Organization) -> Order {
    let order = resident.places(changed(&order(), "organizationId", village.id.as_str())).await;
    staff.post(order.path("/verify"), json!({})).await.ok();
    order
}

/// One order in the village, one in the next and one in the other town, a minute apart: all given
/// to the one team by hand.
async fn three_dispatches(
    app: &TestApp,
    practice: &Practice,
    resident: &Client,
) -> Vec<(Order, Dispatch)> {
    let county = &practice.county;
    let staff = app.staff("dispatcher", &county.center).await;
    let mut made = Vec::new();
    for village in [&county.village, &county.next_village, &county.other_village] {
        app.clock.advance(Duration::minutes(1));
        let order = verified(resident, &staff, village).await;
        let dispatch = staff.dispatches(&order, &county.team).await;
        made.push((order, dispatch));
    }
    made
}

/// One member of each item of a list of this area.
async fn listed(
    reader: &Client,
    noun: &str,
    area: &Organization,
    more: &str,
    member: &str,
) -> Vec<Value> {
    let items = reader.get(format!("/{noun}?within={area}{more}")).await.items();
    items.iter().map(|item| item[member].clone()).collect()
}

fn picked(made: &[(Order, Dispatch)], numbers: &[usize]) -> Vec<Value> {
    numbers.iter().map(|number| json!(made[*number].1.id)).collect()
}

on_both_engines! {
    async fn dispatches_are_listed_where_the_demands_lie(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let resident = app.resident("王").await;
        let made = three_dispatches(&app, &practice, &resident).await;
        let why = json!({ "reason": "没空" });
        practice.leader.post(made[1].1.path("/decline"), why).await.ok();
        let center = app.staff("viewer", &county.center).await;
        for (area, more, expected) in [
            (&county.center, "", vec![2, 1, 0]),
            (&county.town, "", vec![1, 0]),
            (&county.village, "", vec![0]),
            (&county.other_town, "", vec![2]),
            (&county.town, "&order=earliest_first", vec![0, 1]),
            (&county.center, "&state=offered", vec![2, 0]),
            (&county.center, "&state=offered&order=earliest_first", vec![0, 2]),
            (&county.town, "&state=declined", vec![1]),
            (&county.other_town, "&state=declined", vec![]),
            (&county.team, "", vec![]),
        ] {
            let found = listed(&center, "dispatches", area, more, "dispatchId").await;
            assert_eq!(found, picked(&made, &expected), "{more}");
        }
        let cards = listed(&center, "dispatches", &county.center, "", "demand").await;
        assert!(cards.iter().all(|card| card["destination"].is_null()), "not in a list: {cards:?}");
    }

    async fn staff_sees_who_is_on_the_spot_in_its_town(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let resident = app.resident("王").await;
        let made = three_dispatches(&app, &practice, &resident).await;
        let (other, third) =
            (app.member(&county.team, "林师傅").await, app.member(&county.team, "吴师傅").await);
        let here = practice.member.takes_a_place(&made[0].1).await;
        practice.member.checks_in(&here).await;
        app.clock.advance(Duration::minutes(1));
        let gone = other.takes_a_place(&made[1].1).await;
        other.post(gone.path("/drop-out"), json!({ "reason": "生病" })).await.ok();
        app.clock.advance(Duration::minutes(1));
        practice.leader.names(&third, &made[2].1).await;
        let center = app.staff("viewer", &county.center).await;
        for (area, more, expected) in [
            (&county.center, "", vec!["吴师傅", "林师傅", "陈师傅"]),
            (&county.town, "&order=earliest_first", vec!["陈师傅", "林师傅"]),
            (&county.town, "&state=on_site", vec!["陈师傅"]),
            (&county.town, "&state=dropped_out", vec!["林师傅"]),
            (&county.other_town, "&state=on_site", vec![]),
            (&county.other_village, "&state=offered", vec!["吴师傅"]),
        ] {
            let found = listed(&center, "assignments", area, more, "volunteerName").await;
            assert_eq!(found, expected, "{more}");
        }
        let cards = listed(&center, "assignments", &county.center, "", "demand").await;
        assert!(cards.iter().all(|card| card["destination"].is_null()), "not in a list: {cards:?}");
        let own = practice.member.get("/me/assignments?state=on_site").await.items();
        assert_eq!(own[0]["demand"]["destination"]["recipientName"], "王秀英");
    }

    async fn what_residents_say_is_listed_for_the_area_it_was_brought_to(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let resident = app.resident("王").await;
        let made = three_dispatches(&app, &practice, &resident).await;
        for ((order, dispatch), (score, solved)) in
            made.iter().zip([(5, true), (4, false), (2, true)])
        {
            app.serve(&practice.member, dispatch, 1).await;
            resident.judges(order, solved, score).await;
        }
        let center = app.staff("viewer", &county.center).await;
        for (area, more, expected) in [
            (&county.center, "", vec![2, 4, 5]),
            (&county.town, "&order=earliest_first", vec![5, 4]),
            (&county.other_village, "", vec![2]),
            (&county.center, "&solved=false", vec![4]),
            (&county.center, "&solved=true", vec![2, 5]),
            (&county.center, "&maximumScore=3", vec![2]),
            (&county.center, "&minimumScore=4", vec![4, 5]),
            (&county.center, "&minimumScore=4&maximumScore=4", vec![4]),
            (&county.center, "&solved=false&minimumScore=5", vec![]),
            (&county.center, "&solved=true&maximumScore=4&order=earliest_first", vec![2]),
            (&county.town, "&solved=false", vec![4]),
            (&county.other_town, "&solved=false", vec![]),
        ] {
            let found = listed(&center, "evaluations", area, more, "score").await;
            assert_eq!(found, expected, "{more}");
        }
        let of_team = practice.leader.get(county.team.path("/evaluations?solved=false")).await;
        assert_eq!(of_team.items().len(), 1);
        let of_station = center.get(county.village.path("/evaluations?maximumScore=4")).await;
        assert_eq!(of_station.items().len(), 0);
    }

    async fn another_area_is_nobodys_business(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let resident = app.resident("王").await;
        three_dispatches(&app, &practice, &resident).await;
        let town = app.staff("administrator", &county.town).await;
        let foreign = app.staff("administrator", &county.another_county).await;
        for noun in LISTS {
            let get = |who: &Client, area: &Organization| who.get(format!("/{noun}?within={area}"));
            get(&town, &county.next_village).await.ok();
            for above_or_beside in [&county.center, &county.other_town, &county.another_county] {
                get(&town, above_or_beside).await.refused(Code::Forbidden);
            }
            for own in [&county.center, &county.town, &county.village, &county.team] {
                get(&foreign, own).await.refused(Code::Forbidden);
                get(&resident, own).await.refused(Code::Forbidden);
            }
            for helper in [&practice.leader, &practice.member] {
                get(helper, &county.village).await.refused(Code::Forbidden);
            }
        }
    }

    async fn a_list_of_an_area_says_what_it_needs(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let nowhere: Uuid = app.clock.new_id();
        for noun in LISTS {
            let get = |query: String| administrator.get(format!("/{noun}?{query}"));
            get(String::new()).await.refused_field("query:within", FieldCode::Missing);
            get(format!("within={nowhere}"))
                .await
                .refused_field("query:within", FieldCode::NoSuchThing);
            get("within=town".to_owned())
                .await
                .refused_field("query:within", FieldCode::WrongType);
        }
        for (query, pointer, code) in [
            ("dispatches?state=lost", "query:state", FieldCode::NotOneOf),
            ("assignments?state=lost", "query:state", FieldCode::NotOneOf),
            ("evaluations?solved=perhaps", "query:solved", FieldCode::WrongType),
            ("evaluations?minimumScore=0", "query:minimumScore", FieldCode::OutOfRange),
            ("evaluations?maximumScore=6", "query:maximumScore", FieldCode::OutOfRange),
        ] {
            let path = format!("/{query}&within={}", county.center);
            administrator.get(path).await.refused_field(pointer, code);
        }
    }

    async fn what_follows_from_an_order_lies_where_the_order_lay(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let resident = app.resident("王").await;
        let staff = app.staff("administrator", &county.center).await;
        let before = verified(&resident, &staff, &county.next_village).await;
        let elsewhere = json!({ "parentId": county.other_town.id });
        staff.post(county.next_village.path("/move"), elsewhere).await.ok();
        let after = verified(&resident, &staff, &county.next_village).await;
        for (order, town) in [(&before, &county.town), (&after, &county.other_town)] {
            let dispatch = staff.dispatches(order, &county.team).await;
            app.serve(&practice.member, &dispatch, 30).await;
            resident.judges(order, true, 5).await;
            for noun in ["demands", "dispatches", "assignments", "evaluations"] {
                let found = staff.get(format!("/{noun}?within={town}")).await.items();
                let demands: Vec<String> = found
                    .iter()
                    .map(|item| text(item.get("demandId").unwrap_or(&item["demand"]["demandId"])))
                    .collect();
                assert_eq!(demands, [order.id.as_str()], "{noun}");
            }
        }
    }
}
