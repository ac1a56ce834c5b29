//! Sweeps do each thing once, whoever runs them, and leave nothing that is due.

use std::sync::Arc;

use actix_web::web::Data;
use chrono::Duration;
use futures_util::future::{join, join_all};
use redvest::access::{FixedCode, Gate};
use redvest::app::{Settings, Wired, wire};
use redvest::demands::FollowClocks;
use redvest::dispatches::LapseOffers;
use redvest::dispatches::assignments::{ForceOut, ReleaseAbsent};
use redvest::platform::jobs::Job;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::app::PHONE_CODE;
use crate::support::client::Client;
use crate::support::practice::{Order, Practice, instant, order, order_of, text, wanted};

/// A second process on the same database, with jobs of its own.
pub async fn instance(app: &TestApp) -> Wired {
    let sender = Arc::new(FixedCode(PHONE_CODE));
    wire(app.db.clone(), app.clock.clone(), sender, Settings::default()).await.unwrap()
}

/// Every sweep of a process, without the lease that keeps others away.
async fn all_sweeps(wired: &Wired) -> usize {
    let directory = Data::clone(&wired.directory).into_inner();
    let catalog = Data::clone(&wired.catalog).into_inner();
    let responders = Data::clone(&wired.responders).into_inner();
    let sweeps: [Box<dyn Job<Gate>>; 4] = [
        Box::new(ForceOut { directory: Arc::clone(&directory) }),
        Box::new(ReleaseAbsent { directory: Arc::clone(&directory) }),
        Box::new(LapseOffers { responders: Arc::clone(&responders) }),
        Box::new(FollowClocks { directory, catalog, responders }),
    ];
    let mut done = 0;
    for sweep in &sweeps {
        done += sweep.run(&wired.gate).await.unwrap();
    }
    done
}

/// Orders that wait for everything that an order can wait for, with people of their own.
async fn all_kinds(app: &TestApp, practice: &Practice, resident: &Client) -> Vec<Order> {
    let team = &practice.county.team;
    let (one, other) = (app.member(team, "甲").await, app.member(team, "乙").await);
    let submitted = resident.places(order()).await;
    let offered = resident.orders(&practice.repair).await;
    practice.leader.names(&one, &offered.dispatch(resident).await).await;
    let accepted = resident.orders(&practice.errand).await;
    one.takes_a_place(&accepted.dispatch(resident).await).await;
    let later = wanted(order_of(&practice.errand), app.clock.now() + Duration::hours(3), 60);
    let on_site = resident.places(later.clone()).await;
    let place = other.takes_a_place(&on_site.dispatch(resident).await).await;
    other.checks_in(&place).await;
    let served = resident.places(later).await;
    app.serve(&one, &served.dispatch(resident).await, 1).await;
    vec![submitted, offered, accepted, on_site, served]
}

/// Nothing that is shown as due lies in the past.
async fn nothing_is_due(app: &TestApp, practice: &Practice, administrator: &Client) {
    let now = app.clock.now();
    let list = format!("/demands?within={}&limit=100", practice.county.center);
    for order in administrator.get(list).await.items() {
        if let Some(due) = order["dueAt"].as_str() {
            assert!(due.parse::<chrono::DateTime<chrono::Utc>>().unwrap() > now, "{order}");
        }
    }
    let offered = practice.county.team.path("/dispatches?state=offered&limit=100");
    for dispatch in administrator.get(offered).await.items() {
        assert!(instant(&dispatch["respondBy"]) > now, "{dispatch}");
        let named = format!("/dispatches/{}/assignments", text(&dispatch["dispatchId"]));
        for one in administrator.get(named).await.items() {
            assert!(one["state"] != "offered" || instant(&one["respondBy"]) > now, "{one}");
            assert!(one["state"] != "accepted" || instant(&one["comeBy"]) > now, "{one}");
        }
    }
}

fn count(story: &[Value], name: &str) -> usize {
    story.iter().filter(|entry| entry["name"] == name).count()
}

on_both_engines! {
    async fn two_instances_that_share_the_work_do_each_thing_once(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let mut orders = Vec::new();
        for _ in 0..6 {
            orders.push(resident.places(order()).await);
        }
        let (one, two) = (instance(&app).await, instance(&app).await);
        app.clock.advance(Duration::hours(14));
        let (one, two) = join(one.jobs.run_once(&one.gate), two.jobs.run_once(&two.gate)).await;
        one.unwrap();
        two.unwrap();
        app.clock.advance(Duration::minutes(1));
        app.run_due_jobs().await;
        for order in orders {
            let seen = order.seen_by(&resident).await;
            assert_eq!(
                (&seen["escalations"], &seen["responsibleId"]),
                (&json!(1), &json!(practice.county.town.id))
            );
            assert_eq!(count(&order.story(&resident).await, "demand.escalated.v1"), 1);
        }
    }

    async fn even_without_a_lease_each_thing_is_done_once(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let mut orders = Vec::new();
        for _ in 0..4 {
            orders.push(resident.places(order()).await);
            orders.push(resident.orders(&practice.repair).await);
        }
        let instances = [instance(&app).await, instance(&app).await, instance(&app).await];
        app.clock.advance(Duration::minutes(5));
        join_all(instances.iter().map(all_sweeps)).await;
        for order in orders.iter().skip(1).step_by(2) {
            let story = order.story(&resident).await;
            assert_eq!(count(&story, "dispatch.lapsed.v1"), 1);
            assert_eq!(count(&story, "demand.unfilled.v1"), 1);
        }
        app.clock.advance(Duration::hours(14));
        join_all(instances.iter().map(all_sweeps)).await;
        for order in orders.iter().step_by(2) {
            let story = order.story(&resident).await;
            assert_eq!(count(&story, "demand.escalated.v1"), 1);
        }
        let team =
            practice.leader.get(practice.county.team.path("/dispatches?limit=100")).await.items();
        let told: Vec<_> = team.iter().filter(|one| one["state"] == "lapsed").collect();
        assert_eq!(told.len(), 4);
    }

    async fn midnight_comes_once_for_each_however_many_look_at_the_clock(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let order = resident.orders(&practice.repair).await;
        let place = practice.member.takes_a_place(&order.dispatch(&resident).await).await;
        practice.member.checks_in(&place).await;
        let instances = [instance(&app).await, instance(&app).await, instance(&app).await];
        app.clock.advance(Duration::hours(15));
        join_all(instances.iter().map(all_sweeps)).await;
        let records = practice.member.get(practice.member.path("/service-records")).await.items();
        assert_eq!(records.len(), 1);
        let story = order.story(&resident).await;
        assert_eq!(count(&story, "assignment.forced_out.v1"), 1);
    }

    async fn whatever_the_clock_does_nothing_that_is_due_is_left(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let administrator = app.administrator().await;
        app.spares_nobody(&practice.county.center).await;
        all_kinds(&app, &practice, &resident).await;
        for step in [
            Duration::minutes(4),
            Duration::minutes(1),
            Duration::minutes(55),
            Duration::hours(13),
            Duration::days(1),
            Duration::days(9),
            Duration::days(400),
        ] {
            app.clock.advance(step);
            app.run_due_jobs().await;
            nothing_is_due(&app, &practice, &administrator).await;
            all_kinds(&app, &practice, &resident).await;
        }
    }

    async fn a_sweep_that_finds_nothing_does_nothing(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let orders = all_kinds(&app, &practice, &resident).await;
        let before = orders[0].seen_by(&resident).await;
        for _ in 0..3 {
            app.run_due_jobs().await;
        }
        assert_eq!(orders[0].seen_by(&resident).await, before);
    }

    async fn more_orders_than_one_sweep_takes_are_all_followed(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        app.lets_order(&practice.county.center).await;
        for _ in 0..105 {
            resident.places(order()).await;
        }
        app.clock.advance(Duration::hours(14));
        app.run_due_jobs().await;
        let town = app.staff("viewer", &practice.county.town).await;
        let mut found = 0;
        let mut cursor = String::new();
        loop {
            let list = format!("/demands?responsible={}&limit=100{cursor}", practice.county.town);
            let page = town.get(list).await.ok();
            found += page["items"].as_array().unwrap().len();
            let Some(next) = page["next"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(found, 105);
    }

    async fn an_order_that_does_not_open_keeps_none_of_the_others(app: TestApp) {
        app.practice().await;
        let resident = app.resident("王").await;
        resident.places(order()).await;
        app.clock.advance(Duration::seconds(1));
        let other = resident.places(order()).await;
        app.execute(
            "UPDATE demands SET place = 'x' || place \
              WHERE placed_at = (SELECT o.placed_at FROM demands o ORDER BY o.placed_at LIMIT 1)",
        )
        .await;
        app.clock.advance(Duration::hours(14));
        app.run_due_jobs().await;
        assert_eq!(other.seen_by(&resident).await["escalations"], 1);
    }
}
