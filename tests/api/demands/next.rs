//! `next` lists exactly what then works: in every state, for everybody, every command is tried.

use std::collections::BTreeSet;

use chrono::Duration;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::client::Client;
use crate::support::practice::{Item, Order, Practice, item, order, order_of, text, wanted};
use crate::support::reply::Reply;

const COMMANDS: &[&str] = &[
    "verify",
    "refuse",
    "dispatch",
    "escalate",
    "transfer",
    "pause",
    "resume",
    "cancel",
    "evaluate",
    "close",
    "reopen",
    "reveal_contact",
];

/// Every state, and those in which the clock can stand still.
const STATES: &[&str] = &[
    "submitted",
    "refused",
    "verified",
    "dispatched",
    "accepted",
    "in_service",
    "served",
    "evaluated",
    "closed",
    "unfilled",
    "cancelled",
    "transferred",
    "submitted paused",
    "verified paused",
    "dispatched paused",
    "accepted paused",
    "unfilled paused",
];

async fn give(command: &str, order: &Order, by: &Client) -> Reply {
    let reason = json!({ "reason": "试一试" });
    let (path, body) = match command {
        "dispatch" => ("/dispatches".to_owned(), json!({ "kind": "call" })),
        "evaluate" => ("/evaluations".to_owned(), json!({ "solved": true, "score": 4 })),
        "transfer" => ("/transfer".to_owned(), json!({ "to": "other", "note": "试一试" })),
        "reveal_contact" => {
            ("/reveal-contact".to_owned(), json!({ "purpose": "other", "reason": "试一试" }))
        }
        "resume" | "close" => (format!("/{command}"), json!({})),
        _ => (format!("/{command}"), reason),
    };
    by.post(order.path(&path), body).await
}

/// Brings orders into any state, each for minutes of its own today, so that nobody is promised twice.
struct Maker<'a> {
    app: &'a TestApp,
    practice: &'a Practice,
    resident: &'a Client,
    staff: &'a Client,
    rare: Item,
    minutes: i64,
}

impl Maker<'_> {
    fn minutes_of_its_own(&mut self, body: Value) -> Value {
        self.minutes += 4;
        wanted(body, self.app.clock.now() + Duration::minutes(self.minutes), 4)
    }

    async fn order_in(&mut self, state: &str) -> Order {
        if let Some(state) = state.strip_suffix(" paused") {
            let order = self.running_order_in(state).await;
            give("pause", &order, self.staff).await.ok();
            return order;
        }
        self.running_order_in(state).await
    }

    async fn running_order_in(&mut self, state: &str) -> Order {
        let from_menu = if state == "unfilled" { order_of(&self.rare) } else { order() };
        let body = self.minutes_of_its_own(from_menu);
        let order = self.resident.places(body).await;
        for command in way_to(state) {
            self.take(command, &order).await;
        }
        assert_eq!(order.state(self.resident).await, state);
        order
    }

    async fn take(&self, step: &str, order: &Order) {
        let Practice { county, leader, member, .. } = self.practice;
        match step {
            "offer" => drop(self.staff.dispatches(order, &county.team).await),
            "accept" => {
                let dispatch = order.dispatch(self.resident).await;
                leader.command(dispatch.path("/accept")).await.ok();
            }
            "begin" => {
                let dispatch = order.dispatch(self.resident).await;
                let place = member.takes_a_place(&dispatch).await;
                member.checks_in(&place).await;
            }
            "finish" => {
                let own = member.get("/me/assignments?limit=1").await.items();
                let place = format!("/assignments/{}", text(&own[0]["assignmentId"]));
                let here = json!({ "position": crate::support::practice::at(crate::support::practice::HOME) });
                member.post(format!("{place}/check-out"), here).await.ok();
            }
            command => {
                let by = if command == "evaluate" { self.resident } else { self.staff };
                let given = give(command, order, by).await;
                assert!(given.status() < 300, "{given}");
            }
        }
    }
}

fn way_to(state: &str) -> &'static [&'static str] {
    const WAY: &[&str] = &["verify", "offer", "accept", "begin", "finish", "evaluate", "close"];
    match state {
        "refused" => &["refuse"],
        "cancelled" => &["cancel"],
        "transferred" => &["transfer"],
        "verified" => &WAY[..1],
        "dispatched" => &WAY[..2],
        "accepted" => &WAY[..3],
        "in_service" => &WAY[..4],
        "served" => &WAY[..5],
        "evaluated" => &WAY[..6],
        "closed" => WAY,
        _ => &[],
    }
}

/// What the order tells this person that he may do; nothing if he may not see it.
async fn told(order: &Order, person: &Client) -> BTreeSet<String> {
    let seen = person.get(order.path("")).await;
    if seen.status() == 404 {
        return BTreeSet::new();
    }
    seen.ok()["next"].as_array().unwrap().iter().map(text).collect()
}

async fn try_everything(maker: &mut Maker<'_>, state: &str, name: &str, person: &Client) {
    let order = maker.order_in(state).await;
    let next = told(&order, person).await;
    // What is not listed changes nothing, so that one order serves to try all of it.
    for command in COMMANDS.iter().filter(|command| !next.contains(**command)) {
        let refused = give(command, &order, person).await;
        let as_expected = matches!(refused.status(), 403 | 404 | 409);
        assert!(as_expected, "{state}: {name} was not told of {command}, but {refused}");
    }
    for command in &next {
        let order = maker.order_in(state).await;
        let given = give(command, &order, person).await;
        let as_expected = matches!(given.status(), 200 | 201);
        assert!(as_expected, "{state}: {name} was told of {command}, but {given}");
    }
}

async fn try_with(app: &TestApp, of: &str, role: impl AsyncFnOnce(&Practice, &Client) -> Client) {
    let practice = app.practice().await;
    app.lets_order(&practice.county.center).await;
    let center = &practice.county.center;
    let manual =
        json!({ "name": "evaluation", "window": { "localDays": 7 }, "closesWhenSolved": false });
    app.rule(center, manual).await;
    let rare = app.item(center, item("sign_language", Some("21"), true)).await;
    let resident = app.resident("王").await;
    let staff = app.staff("dispatcher", center).await;
    let person = role(&practice, &resident).await;
    let (practice, resident, staff) = (&practice, &resident, &staff);
    let mut maker = Maker { app, practice, resident, staff, rare, minutes: 0 };
    for state in STATES {
        try_everything(&mut maker, state, of, &person).await;
    }
}

on_both_engines! {
    async fn the_person_who_ordered(app: TestApp) {
        try_with(&app, "the person who ordered", async |_, resident| resident.clone()).await;
    }

    async fn somebody_else(app: TestApp) {
        try_with(&app, "somebody else", async |_, _| app.resident("林").await).await;
    }

    async fn a_viewer_of_the_village(app: TestApp) {
        let viewer = async |practice: &Practice, _: &Client| {
            app.staff("viewer", &practice.county.village).await
        };
        try_with(&app, "a viewer of the village", viewer).await;
    }

    async fn a_clerk_of_the_village(app: TestApp) {
        let clerk = async |practice: &Practice, _: &Client| {
            app.staff("clerk", &practice.county.village).await
        };
        try_with(&app, "a clerk of the village", clerk).await;
    }

    async fn a_dispatcher_of_the_village(app: TestApp) {
        let dispatcher = async |practice: &Practice, _: &Client| {
            app.staff("dispatcher", &practice.county.village).await
        };
        try_with(&app, "a dispatcher of the village", dispatcher).await;
    }

    async fn a_dispatcher_of_another_town(app: TestApp) {
        let dispatcher = async |practice: &Practice, _: &Client| {
            app.staff("dispatcher", &practice.county.other_town).await
        };
        try_with(&app, "a dispatcher of another town", dispatcher).await;
    }

    async fn an_administrator_of_the_county(app: TestApp) {
        let administrator = async |practice: &Practice, _: &Client| {
            app.staff("administrator", &practice.county.center).await
        };
        try_with(&app, "an administrator of the county", administrator).await;
    }

    async fn the_leader_of_the_team(app: TestApp) {
        let leader = async |practice: &Practice, _: &Client| practice.leader.client();
        try_with(&app, "the leader of the team", leader).await;
    }

    async fn a_leader_who_is_a_clerk_as_well(app: TestApp) {
        let both = async |practice: &Practice, _: &Client| {
            app.grant("clerk", &practice.county.village, &practice.leader).await;
            practice.leader.client()
        };
        try_with(&app, "a leader who is a clerk as well", both).await;
    }
}
