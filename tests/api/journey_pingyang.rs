//! Pingyang's own practice from end to end: 3+1 tree, a menu that the system dispatches, ten minutes
//! in the two towns and the same day elsewhere, village → town → county, orders by phone, counter
//! and television, and every order closed.

use chrono::Duration;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::app::changed;
use crate::support::client::Client;
use crate::support::county::Organization;
use crate::support::practice::{
    Item, Order, Volunteer, at, instant, item, order, order_of, team, text,
};

/// The county of the journey: two of its towns, their villages, one sub-center, and its teams.
struct Pingyang {
    center: Organization,
    kunyang: Organization,
    jiefang: Organization,
    shunxi: Organization,
    zhichuan: Organization,
    plumbers: Volunteer,
    errands: Volunteer,
    psychologists: Organization,
    psychologist: Volunteer,
    repair: Item,
    errand: Item,
    counsel: Item,
    menu_size: usize,
}

/// In the mountain town, an hour by car from the county seat.
const MOUNTAIN: (f64, f64) = (27.5210, 120.3020);
const MOUNTAIN_HOME: (f64, f64) = (27.5215, 120.3025);
/// In the county seat.
const CITY: (f64, f64) = (27.6650, 120.5610);

async fn tree(app: &TestApp) -> [Organization; 5] {
    let root = crate::support::county::node("center", "平阳县", None, 27.6619, 120.5658);
    let center = app.organization(root).await;
    app.below(&center, "sub_center", "县卫健局分中心", 27.6600, 120.5700).await;
    let kunyang = app.below(&center, "institute", "昆阳镇", 27.6640, 120.5600).await;
    let jiefang = app.below(&kunyang, "station", "解放社区", CITY.0, CITY.1).await;
    let shunxi = app.below(&center, "institute", "顺溪镇", 27.5200, 120.3000).await;
    let zhichuan = app.below(&shunxi, "station", "知川村", MOUNTAIN.0, MOUNTAIN.1).await;
    [center, kunyang, jiefang, shunxi, zhichuan]
}

/// Two columns of ten; what takes a specialist is found by the county.
async fn menu(app: &TestApp, center: &Organization) -> (Item, Item, Item, usize) {
    let repair = app.item(center, item("appliance_repair", Some("09"), true)).await;
    let errand = app.item(center, item("errand", None, true)).await;
    let counsel = app.item(center, item("counsel", Some("14"), false)).await;
    for number in 4..=20 {
        let column = if number <= 10 { "便民服务" } else { "文化服务" };
        let body = changed(&item(&format!("item_{number}"), None, true), "columnZh", column);
        app.item(center, body).await;
    }
    (repair, errand, counsel, 20)
}

async fn pingyang(app: &TestApp) -> Pingyang {
    let [center, kunyang, jiefang, shunxi, zhichuan] = tree(app).await;
    let (repair, errand, counsel, menu_size) = menu(app, &center).await;
    let quick =
        json!({ "name": "clocks", "respond": { "minutes": 10 }, "handle": { "localDays": 0 } });
    app.rule(&kunyang, quick).await;
    let plumbers = app.organization(team(&jiefang, "解放水电队", CITY, &["09"])).await;
    let errands = app.organization(team(&zhichuan, "红色代办点", MOUNTAIN, &[])).await;
    let psychologists =
        app.organization(team(&center, "心理服务队", (27.66, 120.57), &["14"])).await;
    Pingyang {
        plumbers: app.leader(&plumbers, "陈师傅").await,
        errands: app.leader(&errands, "老支书").await,
        psychologist: app.leader(&psychologists, "周老师").await,
        center,
        kunyang,
        jiefang,
        shunxi,
        zhichuan,
        psychologists,
        repair,
        errand,
        counsel,
        menu_size,
    }
}

/// The same order from the mountains.
fn from_the_mountains(mut body: Value) -> Value {
    body["place"] = at(MOUNTAIN_HOME);
    body["address"] = json!("知川村 7 号");
    body
}

async fn bring(
    app: &TestApp,
    volunteer: &Volunteer,
    order: &Order,
    to: (f64, f64),
    reader: &Client,
) {
    let dispatch = order.dispatch(reader).await;
    let place = volunteer.takes_a_place(&dispatch).await;
    let there = json!({ "position": at(to) });
    volunteer.post(place.path("/check-in"), there.clone()).await.ok();
    app.clock.advance(Duration::minutes(40));
    volunteer.post(place.path("/check-out"), there).await.ok();
}

on_both_engines! {
    async fn what_is_on_the_menu_reaches_the_nearest_team_within_ten_minutes(app: TestApp) {
        let county = pingyang(&app).await;
        let resident = app.resident("王秀英").await;
        let shown = resident.get(county.jiefang.path("/menu")).await.items();
        assert_eq!(shown.len(), county.menu_size);
        let order = resident.places(changed(&order_of(&county.repair), "channel", "tv")).await;
        assert_eq!(order.placed["state"], "dispatched");
        assert_eq!(order.placed["areaName"], "解放社区");
        let due = instant(&order.seen_by(&resident).await["clocks"]["respondBy"]);
        assert_eq!(due - app.clock.now(), Duration::minutes(10));
        app.clock.advance(Duration::minutes(2));
        bring(&app, &county.plumbers, &order, crate::support::practice::HOME, &resident).await;
        assert_eq!(resident.judges(&order, true, 5).await["demandState"], "closed");
        let told = [
            "demand.placed.v1",
            "demand.verified.v1",
            "dispatch.offered.v1",
            "dispatch.accepted.v1",
            "assignment.accepted.v1",
            "assignment.checked_in.v1",
            "assignment.checked_out.v1",
            "demand.evaluated.v1",
            "demand.closed.v1",
        ];
        assert_eq!(order.chapters(&resident).await, told);
        let clerk = app.staff("viewer", &county.center).await;
        let totals = clerk.get(county.center.path("/totals")).await.ok();
        assert_eq!((&totals["minutes"], &totals["averageRating"]), (&json!(40), &json!(5.0)));
    }

    async fn a_village_in_the_mountains_delivers_on_the_same_day(app: TestApp) {
        let county = pingyang(&app).await;
        let clerk = app.staff("clerk", &county.zhichuan).await;
        let mut body = from_the_mountains(order_of(&county.errand));
        body["channel"] = json!("counter");
        body["relation"] = json!("staff");
        let order = clerk.places(body).await;
        assert_eq!(order.placed["areaId"], county.zhichuan.id);
        let seen = order.seen_by(&clerk).await;
        assert_eq!(
            seen["clocks"]["handleBy"], "2026-03-02T16:00:00Z",
            "it does not stay overnight"
        );
        bring(&app, &county.errands, &order, MOUNTAIN_HOME, &clerk).await;
        let judged = clerk.judges(&order, true, 4).await;
        assert_eq!(judged["evaluation"]["byCallback"], true);
        assert_eq!(order.state(&clerk).await, "closed");
    }

    async fn what_the_village_and_the_town_cannot_do_the_county_does(app: TestApp) {
        let county = pingyang(&app).await;
        let village = app.staff("clerk", &county.zhichuan).await;
        let town = app.staff("dispatcher", &county.shunxi).await;
        let center = app.staff("dispatcher", &county.center).await;
        let body = changed(&from_the_mountains(order()), "channel", "hotline");
        let order = village.places(body).await;
        let reason = |text: &str| json!({ "reason": text });
        village.post(order.path("/verify"), json!({})).await.ok();
        village.post(order.path("/escalate"), reason("村里没有力量")).await.ok();
        town.post(order.path("/escalate"), reason("镇里没有力量")).await.ok();
        let turn = center.get(format!("/demands?responsible={}", county.center)).await.items();
        assert_eq!(text(&turn[0]["demandId"]), order.id);
        let dispatch = center.dispatches(&order, &county.psychologists).await;
        county.psychologist.command(dispatch.path("/accept")).await.ok();
        bring(&app, &county.psychologist, &order, MOUNTAIN_HOME, &center).await;
        assert_eq!(center.judges(&order, true, 5).await["demandState"], "closed");
        let levels: Vec<_> = order
            .story(&village)
            .await
            .iter()
            .filter(|entry| entry["name"] == "demand.escalated.v1")
            .map(|entry| text(&entry["reason"]))
            .collect();
        assert_eq!(levels, ["村里没有力量", "镇里没有力量"]);
    }

    async fn a_specialist_is_chosen_by_the_administrator_of_the_county(app: TestApp) {
        let county = pingyang(&app).await;
        let resident = app.resident("林").await;
        let mut body = from_the_mountains(order_of(&county.counsel));
        body["relation"] = json!("family");
        let order = resident.places(body).await;
        assert_eq!(
            (&order.placed["state"], &order.placed["responsibleId"]),
            (&json!("submitted"), &json!(county.center.id))
        );
        let center = app.staff("dispatcher", &county.center).await;
        center.post(order.path("/verify"), json!({})).await.ok();
        let list = center.get(order.path("/candidates")).await.items();
        assert!(list.iter().all(|one| one["name"] != "心理服务队"), "too far for the usual radius");
        let dispatch = center.dispatches(&order, &county.psychologists).await;
        assert_eq!(dispatch.seen_by(&center).await["grounds"]["byHand"], true);
        bring(&app, &county.psychologist, &order, MOUNTAIN_HOME, &resident).await;
        assert_eq!(resident.judges(&order, false, 3).await["demandState"], "verified", "once more");
        let again = center.dispatches(&order, &county.psychologists).await;
        app.clock.advance(Duration::minutes(1));
        bring(&app, &county.psychologist, &order, MOUNTAIN_HOME, &resident).await;
        assert_eq!(resident.judges(&order, true, 5).await["demandState"], "closed");
        assert_eq!(again.seen_by(&center).await["state"], "completed");
    }

    async fn an_order_that_nobody_in_town_answers_climbs_by_itself(app: TestApp) {
        let county = pingyang(&app).await;
        let resident = app.resident("王秀英").await;
        let order = resident.orders(&county.repair).await;
        app.clock.advance(Duration::minutes(5));
        app.run_due_jobs().await;
        let seen = order.seen_by(&resident).await;
        assert_eq!(
            (&seen["state"], &seen["responsibleId"]),
            (&json!("unfilled"), &json!(county.center.id))
        );
        let second = team(&county.kunyang, "昆阳义工队", (27.6700, 120.5600), &["09"]);
        app.organization(second).await;
        app.clock.advance(Duration::minutes(30));
        app.run_due_jobs().await;
        assert_eq!(
            order.state(&resident).await,
            "dispatched",
            "found as soon as somebody is there"
        );
    }
}
