//! `next` of a dispatch and of an assignment lists exactly what then works.

use std::collections::BTreeSet;

use chrono::Duration;
use serde_json::json;

use crate::support::TestApp;
use crate::support::client::Client;
use crate::support::practice::{
    Assignment, Dispatch, HOME, Order, Practice, Volunteer, at, order, text, wanted,
};
use crate::support::reply::Reply;

const DISPATCH_COMMANDS: &[&str] =
    &["take_place", "accept", "decline", "name_volunteers", "withdraw"];
const DISPATCH_STATES: &[&str] = &[
    "offered",
    "accepted",
    "half taken",
    "fully taken",
    "in service",
    "served",
    "declined",
    "lapsed",
    "withdrawn",
    "completed",
    "cancelled",
];
const ASSIGNMENT_COMMANDS: &[&str] =
    &["accept", "decline", "drop_out", "check_in", "check_out", "enter_presence"];
const ASSIGNMENT_STATES: &[&str] = &[
    "offered",
    "offered and full",
    "accepted",
    "declined",
    "dropped_out",
    "released",
    "on_site",
    "done",
];

/// One order for two, each for an hour of its own, so that nobody is promised twice.
struct Maker<'a> {
    app: &'a TestApp,
    practice: &'a Practice,
    resident: Client,
    staff: Client,
    second: Volunteer,
    third: Volunteer,
    minutes: i64,
}

impl<'a> Maker<'a> {
    async fn new(app: &'a TestApp, practice: &'a Practice) -> Self {
        Self {
            app,
            practice,
            resident: app.resident("王").await,
            staff: app.staff("dispatcher", &practice.county.village).await,
            second: app.member(&practice.county.team, "孙师傅").await,
            third: app.member(&practice.county.team, "钱师傅").await,
            minutes: 0,
        }
    }

    async fn offered(&mut self) -> (Order, Dispatch) {
        // Minutes of its own today, so that nobody is promised twice.
        self.minutes += 4;
        let from = self.app.clock.now() + Duration::minutes(self.minutes);
        let mut body = wanted(order(), from, 4);
        body["people"] = json!(2);
        let order = self.resident.places(body).await;
        self.staff.post(order.path("/verify"), json!({})).await.ok();
        let dispatch = self.staff.dispatches(&order, &self.practice.county.team).await;
        (order, dispatch)
    }

    async fn dispatch_in(&mut self, state: &str) -> Dispatch {
        let (order, dispatch) = self.offered().await;
        let leader = &self.practice.leader;
        let why = json!({ "reason": "试一试" });
        match state {
            "offered" => {}
            "accepted" => drop(leader.command(dispatch.path("/accept")).await.ok()),
            "half taken" => drop(self.second.takes_a_place(&dispatch).await),
            "fully taken" => {
                self.second.takes_a_place(&dispatch).await;
                self.third.takes_a_place(&dispatch).await;
            }
            "in service" => drop(self.on_site(&dispatch).await),
            "served" | "completed" => {
                let place = self.on_site(&dispatch).await;
                self.second.checks_out(&place).await;
                if state == "completed" {
                    self.resident.judges(&order, true, 5).await;
                }
            }
            "declined" => drop(leader.post(dispatch.path("/decline"), why).await.ok()),
            "withdrawn" => drop(self.staff.post(dispatch.path("/withdraw"), why).await.ok()),
            "cancelled" => drop(self.resident.post(order.path("/cancel"), why).await.ok()),
            _ => {
                self.app.clock.advance(Duration::minutes(5));
                self.app.run_due_jobs().await;
            }
        }
        dispatch
    }

    async fn on_site(&self, dispatch: &Dispatch) -> Assignment {
        let place = self.second.takes_a_place(dispatch).await;
        self.second.checks_in(&place).await;
        place
    }

    /// An assignment of the member of the practice.
    async fn assignment_in(&mut self, state: &str) -> Assignment {
        let (order, dispatch) = self.offered().await;
        let Practice { leader, member, .. } = self.practice;
        let none = json!({});
        match state {
            "offered" => leader.names(member, &dispatch).await,
            "offered and full" => {
                let named = leader.names(member, &dispatch).await;
                self.second.takes_a_place(&dispatch).await;
                self.third.takes_a_place(&dispatch).await;
                named
            }
            "declined" => {
                let named = leader.names(member, &dispatch).await;
                member.post(named.path("/decline"), none).await.ok();
                named
            }
            _ => {
                let place = member.takes_a_place(&dispatch).await;
                self.lead_on(state, &order, &place).await;
                place
            }
        }
    }

    async fn lead_on(&self, state: &str, order: &Order, place: &Assignment) {
        let member = &self.practice.member;
        let none = json!({});
        match state {
            "dropped_out" => drop(member.post(place.path("/drop-out"), none).await.ok()),
            "released" => drop(self.resident.post(order.path("/cancel"), none).await.ok()),
            "on_site" => drop(member.checks_in(place).await),
            "done" => {
                member.checks_in(place).await;
                member.checks_out(place).await;
            }
            _ => {}
        }
    }
}

async fn command_dispatch(
    command: &str,
    dispatch: &Dispatch,
    person: &Client,
    named: &Volunteer,
) -> Reply {
    let why = json!({ "reason": "试一试" });
    let (path, body) = match command {
        "take_place" => ("/take-place", json!({})),
        "accept" => ("/accept", json!({})),
        "decline" => ("/decline", why),
        "withdraw" => ("/withdraw", why),
        _ => ("/assignments", json!({ "volunteerIds": [named.id] })),
    };
    person.post(dispatch.path(path), body).await
}

async fn command_assignment(
    app: &TestApp,
    command: &str,
    place: &Assignment,
    person: &Client,
) -> Reply {
    let now = app.clock.now();
    let here = json!({ "position": at(HOME) });
    let (path, body) = match command {
        "accept" => ("/accept", json!({})),
        "decline" => ("/decline", json!({})),
        "drop_out" => ("/drop-out", json!({})),
        "check_in" => ("/check-in", here),
        "check_out" => ("/check-out", here),
        _ => (
            "/enter-presence",
            json!({
                "served": { "from": now - Duration::minutes(1), "until": now }, "reason": "手机没电",
            }),
        ),
    };
    person.post(place.path(path), body).await
}

async fn told(path: String, person: &Client) -> BTreeSet<String> {
    let seen = person.get(path).await;
    if seen.status() == 404 {
        return BTreeSet::new();
    }
    seen.ok()["next"].as_array().unwrap().iter().map(text).collect()
}

/// Every list that shows the thing to him says the same of it.
async fn lists_say_the_same(
    lists: &[String],
    (name, id): (&str, &str),
    next: &BTreeSet<String>,
    person: &Client,
) {
    for list in lists {
        let seen = person.get(list.as_str()).await;
        if seen.status() >= 400 {
            continue;
        }
        for item in seen.items().iter().filter(|item| item[name] == id) {
            let told: BTreeSet<String> =
                item["next"].as_array().unwrap().iter().map(text).collect();
            assert_eq!(&told, next, "{list}");
        }
    }
}

/// `is_told` and `reply` must agree.
fn check(told: bool, what: &str, reply: &Reply) {
    let expected: &[u16] = if told { &[200, 201] } else { &[403, 404, 409] };
    assert!(expected.contains(&reply.status()), "{what}, told: {told}, but {reply}");
}

async fn try_dispatches(maker: &mut Maker<'_>, name: &str, person: &Client) {
    for state in DISPATCH_STATES {
        let dispatch = maker.dispatch_in(state).await;
        let next = told(dispatch.path(""), person).await;
        let county = &maker.practice.county;
        let demand = text(&dispatch.seen_by(&maker.staff).await["demandId"]);
        let lists = [
            "/me/dispatches?limit=100".to_owned(),
            format!("/demands/{demand}/dispatches"),
            county.team.path("/dispatches?limit=100"),
            format!("/dispatches?limit=100&within={}", county.village),
        ];
        lists_say_the_same(&lists, ("dispatchId", &dispatch.id), &next, person).await;
        for command in DISPATCH_COMMANDS.iter().filter(|command| !next.contains(**command)) {
            let reply = command_dispatch(command, &dispatch, person, &maker.practice.member).await;
            check(false, &format!("{state}: {name}: {command}"), &reply);
        }
        for command in &next {
            let dispatch = maker.dispatch_in(state).await;
            let reply = command_dispatch(command, &dispatch, person, &maker.practice.member).await;
            check(true, &format!("{state}: {name}: {command}"), &reply);
        }
    }
}

async fn try_assignments(maker: &mut Maker<'_>, name: &str, person: &Client) {
    for state in ASSIGNMENT_STATES {
        let place = maker.assignment_in(state).await;
        // So that a leader has a minute which he can enter.
        maker.app.clock.advance(Duration::minutes(1));
        let next = told(place.path(""), person).await;
        let dispatch = text(&place.seen_by(&maker.staff).await["dispatchId"]);
        let lists = [
            "/me/assignments?limit=100".to_owned(),
            format!("/dispatches/{dispatch}/assignments"),
            format!("/assignments?limit=100&within={}", maker.practice.county.village),
        ];
        lists_say_the_same(&lists, ("assignmentId", &place.id), &next, person).await;
        for command in ASSIGNMENT_COMMANDS.iter().filter(|command| !next.contains(**command)) {
            let reply = command_assignment(maker.app, command, &place, person).await;
            check(false, &format!("{state}: {name}: {command}"), &reply);
        }
        for command in &next {
            let place = maker.assignment_in(state).await;
            maker.app.clock.advance(Duration::minutes(1));
            let reply = command_assignment(maker.app, command, &place, person).await;
            check(true, &format!("{state}: {name}: {command}"), &reply);
        }
    }
}

on_both_engines! {
    async fn what_may_be_done_with_a_dispatch(app: TestApp) {
        let practice = app.practice().await;
        app.lets_order(&practice.county.center).await;
        let mut maker = Maker::new(&app, &practice).await;
        let outsider = app.volunteer(&practice.county.center, "外人", &[]).await.client();
        let people = [
            ("a member", practice.member.client()),
            ("the leader", practice.leader.client()),
            ("the dispatcher", maker.staff.clone()),
            ("a clerk", app.staff("clerk", &practice.county.village).await),
            ("the resident", maker.resident.clone()),
            ("an outsider", outsider),
        ];
        for (name, person) in &people {
            try_dispatches(&mut maker, name, person).await;
        }
    }

    async fn what_may_be_done_with_an_assignment(app: TestApp) {
        let practice = app.practice().await;
        app.lets_order(&practice.county.center).await;
        let mut maker = Maker::new(&app, &practice).await;
        let people = [
            ("the volunteer", practice.member.client()),
            ("the leader", practice.leader.client()),
            ("another member", maker.second.client()),
            ("the dispatcher", maker.staff.clone()),
            ("the resident", maker.resident.clone()),
        ];
        for (name, person) in &people {
            try_assignments(&mut maker, name, person).await;
        }
    }
}
