//! Every list there is, read from either end, page by page, and within a window of time.

use chrono::Duration;
use redvest::problem::FieldCode;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::app::changed;
use crate::support::client::Client;
use crate::support::county::node;
use crate::support::practice::{Dispatch, Order, Practice, Volunteer, instant, order, text};

/// A list, who reads it, and by which time it runs.
struct List {
    reader: Client,
    path: String,
    time: &'static str,
    window: Option<(&'static str, &'static str)>,
    latest_first: bool,
}

impl List {
    fn latest(reader: &Client, path: impl Into<String>, time: &'static str) -> Self {
        Self { reader: reader.clone(), path: path.into(), time, window: None, latest_first: true }
    }

    fn earliest(reader: &Client, path: impl Into<String>, time: &'static str) -> Self {
        Self { latest_first: false, ..Self::latest(reader, path, time) }
    }

    fn within(self, from: &'static str, until: &'static str) -> Self {
        Self { window: Some((from, until)), ..self }
    }

    fn with(&self, query: &str) -> String {
        let sign = if self.path.contains('?') { '&' } else { '?' };
        format!("{}{sign}{query}", self.path)
    }

    async fn whole(&self, query: &str) -> Vec<Value> {
        self.reader.get(self.with(&format!("limit=100{query}"))).await.items()
    }

    /// Everything, so many at a time.
    async fn paged(&self, limit: usize, query: &str) -> Vec<Value> {
        let mut all = Vec::new();
        let mut cursor = String::new();
        loop {
            let path = self.with(&format!("limit={limit}{query}{cursor}"));
            let page = self.reader.get(path).await.ok();
            let items = page["items"].as_array().unwrap().clone();
            assert!(!items.is_empty() && items.len() <= limit, "{}", self.path);
            all.extend(items);
            let Some(next) = page["next"].as_str() else { return all };
            cursor = format!("&cursor={next}");
        }
    }

    /// The whole list, the earliest first, after having been read in every way.
    async fn read_in_every_way(&self) {
        let path = &self.path;
        let earliest = self.whole("&order=earliest_first").await;
        assert!(earliest.len() >= 3, "{path} shows too little: {earliest:?}");
        assert!(earliest.is_sorted_by_key(|item| instant(&item[self.time])), "{path}");
        let mut latest = self.whole("&order=latest_first").await;
        let usual = self.whole("").await;
        assert_eq!(&usual, if self.latest_first { &latest } else { &earliest }, "{path}");
        latest.reverse();
        assert_eq!(latest, earliest, "{path}");
        for limit in [1, 2] {
            assert_eq!(self.paged(limit, "&order=earliest_first").await, earliest, "{path}");
            let mut latest = self.paged(limit, "&order=latest_first").await;
            latest.reverse();
            assert_eq!(latest, earliest, "{path}");
        }
        if let Some((from, until)) = self.window {
            self.read_through_a_window(&earliest, from, until).await;
        }
    }

    /// From the second instant to the last one: that one is not in it any more.
    async fn read_through_a_window(&self, all: &[Value], from: &str, until: &str) {
        let mut times: Vec<String> = all.iter().map(|item| text(&item[self.time])).collect();
        times.dedup();
        assert!(times.len() >= 3, "{} runs by too few instants: {times:?}", self.path);
        let (second, last) = (&times[1], &times[times.len() - 1]);
        let inside = |item: &&Value| {
            let at = instant(&item[self.time]);
            (instant(&json!(second))..instant(&json!(last))).contains(&at)
        };
        let expected: Vec<Value> = all.iter().filter(inside).cloned().collect();
        assert!(!expected.is_empty() && expected.len() < all.len(), "{}", self.path);
        let ages = format!("&{from}=-200000-01-01T00:00:00Z&{until}=%2B200000-01-01T00:00:00Z");
        for order in ["earliest_first", "latest_first"] {
            let found = self.whole(&format!("{ages}&order={order}")).await;
            assert_eq!(found.len(), all.len(), "{}", self.path);
        }
        let window = format!("&{from}={second}&{until}={last}");
        let earliest = format!("{window}&order=earliest_first");
        assert_eq!(self.whole(&earliest).await, expected, "{}", self.path);
        assert_eq!(self.paged(1, &earliest).await, expected, "{}", self.path);
        let mut latest = self.paged(1, &format!("{window}&order=latest_first")).await;
        latest.reverse();
        assert_eq!(latest, expected, "{}", self.path);
    }

    async fn refuses_what_it_does_not_know(&self) {
        let get = |query: &str| self.reader.get(self.with(query));
        get("order=random").await.refused_field("query:order", FieldCode::NotOneOf);
        get("limit=0").await.refused_field("query:limit", FieldCode::OutOfRange);
        get("cursor=abc").await.refused_field("query:cursor", FieldCode::BadCursor);
        get("color=red").await.refused_field("query:color", FieldCode::Unknown);
        if let Some((from, _)) = self.window {
            let pointer = format!("query:{from}");
            get(&format!("{from}=noon")).await.refused_field(&pointer, FieldCode::WrongType);
        }
    }
}

/// A village in which each minute brings one more of everything.
struct World {
    practice: Practice,
    resident: Client,
    staff: Client,
    volunteers: Vec<Volunteer>,
}

impl World {
    async fn new(app: &TestApp) -> Self {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let staff = app.staff("administrator", &practice.county.center).await;
        let mut world = Self { practice, resident, staff, volunteers: Vec::new() };
        for number in 0..3 {
            app.clock.advance(Duration::minutes(1));
            world.grows(app, number).await;
        }
        world
    }

    async fn grows(&mut self, app: &TestApp, number: usize) {
        let county = &self.practice.county;
        let post = node("post", &format!("{number} 岗"), Some(&county.village), 27.66, 120.56);
        app.organization(post).await;
        let rule = json!({ "name": "hours", "stepMinutes": number + 1, "maximumMinutes": 480 });
        app.rule(&county.town, rule).await;
        app.grant("viewer", &county.town, &app.resident("张").await).await;
        self.volunteers.push(app.member(&county.team, &format!("队员{number}")).await);
        let (order, dispatch) = self.dispatched(1).await;
        app.serve(&self.practice.member, &dispatch, 1).await;
        self.resident.judges(&order, true, 5).await;
    }

    /// An order that was given to the team by hand.
    async fn dispatched(&self, people: i64) -> (Order, Dispatch) {
        let order = self.resident.places(changed(&order(), "people", people)).await;
        self.staff.post(order.path("/verify"), json!({})).await.ok();
        let dispatch = self.staff.dispatches(&order, &self.practice.county.team).await;
        (order, dispatch)
    }

    /// An order that the team has declined again and again.
    async fn declined(&self, app: &TestApp) -> Order {
        let (order, mut dispatch) = self.dispatched(1).await;
        for _ in 0..3 {
            app.clock.advance(Duration::minutes(1));
            let why = json!({ "reason": "没空" });
            self.practice.leader.post(dispatch.path("/decline"), why).await.ok();
            dispatch = self.staff.dispatches(&order, &self.practice.county.team).await;
        }
        order
    }

    /// A dispatch on which one after the other has taken a place.
    async fn crowded(&self, app: &TestApp) -> Dispatch {
        let (_, dispatch) = self.dispatched(3).await;
        for volunteer in &self.volunteers {
            app.clock.advance(Duration::minutes(1));
            volunteer.takes_a_place(&dispatch).await;
        }
        dispatch
    }

    async fn lists(&self, app: &TestApp) -> Vec<List> {
        let (declined, crowded) = (self.declined(app).await, self.crowded(app).await);
        self.resident.places(order()).await;
        let county = &self.practice.county;
        let (center, village, team) = (&county.center, &county.village, &county.team);
        let (staff, leader, member) =
            (&self.staff, &self.practice.leader.client(), &self.practice.member.client());
        let placed = |list: List| list.within("placedFrom", "placedUntil");
        let made = |list: List| list.within("createdFrom", "createdUntil");
        let within = |noun: &str| format!("/{noun}?within={center}");
        vec![
            placed(List::latest(staff, within("demands"), "placedAt")),
            placed(List::latest(staff, format!("/demands?responsible={village}"), "placedAt")),
            placed(List::latest(&self.resident, "/me/demands", "placedAt")),
            List::earliest(staff, village.path("/open-demands"), "dueAt"),
            List::earliest(staff, declined.path("/timeline"), "at"),
            made(List::latest(staff, within("dispatches"), "createdAt")),
            made(List::latest(leader, team.path("/dispatches"), "createdAt")),
            List::earliest(staff, declined.path("/dispatches"), "createdAt"),
            made(List::latest(staff, within("assignments"), "createdAt")),
            made(List::latest(member, "/me/assignments", "createdAt")),
            List::earliest(leader, crowded.path("/assignments"), "createdAt"),
            made(List::latest(staff, within("evaluations"), "createdAt")),
            made(List::latest(leader, team.path("/evaluations"), "createdAt")),
            made(List::latest(staff, village.path("/evaluations"), "createdAt")),
            made(List::earliest(staff, within("organizations"), "createdAt")),
            made(List::earliest(staff, within("volunteers"), "createdAt")),
            List::earliest(staff, format!("/volunteers?team={team}"), "createdAt"),
            List::earliest(leader, team.path("/members"), "joinedAt")
                .within("joinedFrom", "joinedUntil"),
            List::latest(member, self.practice.member.path("/service-records"), "startedAt")
                .within("startedFrom", "startedUntil"),
            List::latest(leader, team.path("/service-records"), "startedAt")
                .within("startedFrom", "startedUntil"),
            List::latest(staff, village.path("/service-records"), "startedAt")
                .within("startedFrom", "startedUntil"),
            List::earliest(staff, county.town.path("/grants"), "validFrom"),
            List::latest(staff, county.town.path("/rules"), "effectiveFrom")
                .within("effectiveFrom", "effectiveUntil"),
        ]
    }
}

on_both_engines! {
    async fn a_list_is_read_from_either_end_and_within_a_window(app: TestApp) {
        let world = World::new(&app).await;
        for list in world.lists(&app).await {
            list.read_in_every_way().await;
            list.refuses_what_it_does_not_know().await;
        }
    }

    async fn a_list_is_narrowed_to_what_is_asked_for(app: TestApp) {
        let world = World::new(&app).await;
        let (declined, crowded) = (world.declined(&app).await, world.crowded(&app).await);
        let county = &world.practice.county;
        app.administrator().await.command(world.volunteers[1].path("/suspend")).await.ok();
        let own = world.volunteers[2].get("/me/assignments?state=accepted").await.items();
        let drop_out = format!("/assignments/{}/drop-out", text(&own[0]["assignmentId"]));
        world.volunteers[2].post(drop_out, json!({})).await.ok();
        app.grant("clerk", &county.town, &app.resident("赵").await).await;
        let attendance = json!({ "name": "attendance", "radiusMeters": 500, "codeSeconds": 120 });
        app.rule(&county.town, attendance).await;
        let within = |noun: &str, more: &str| format!("/{noun}?within={}{more}", county.center);
        let of_team = |more: &str| format!("/volunteers?team={}{more}", county.team);
        for (path, expected) in [
            (declined.path("/dispatches?state=declined"), 3),
            (declined.path("/dispatches?state=offered"), 1),
            (crowded.path("/assignments?state=accepted"), 2),
            (crowded.path("/assignments?state=dropped_out"), 1),
            (within("volunteers", "&status=suspended"), 1),
            (within("volunteers", "&status=active"), 4),
            (within("volunteers", "&status=left"), 0),
            (within("volunteers", "&status=suspended&name=%E9%98%9F%E5%91%981"), 1),
            (within("volunteers", "&status=active&name=%E9%98%9F%E5%91%981"), 0),
            (of_team("&status=suspended"), 1),
            (county.team.path("/members?role=leader"), 1),
            (county.team.path("/members?role=member"), 4),
            (county.team.path("/members?role=member&status=suspended"), 1),
            (county.team.path("/members?skill=09"), 0),
            (county.town.path("/grants?role=clerk"), 1),
            (county.town.path("/grants?role=viewer"), 3),
            (county.town.path("/rules?name=attendance"), 1),
            (county.town.path("/rules?name=hours"), 3),
            (county.village.path("/children?kind=post"), 3),
            (county.village.path("/children?kind=team"), 1),
            (county.center.path("/subtree?kind=station"), 3),
            (county.center.path("/subtree?status=suspended"), 0),
        ] {
            assert_eq!(world.staff.get(&path).await.items().len(), expected, "{path}");
        }
        for (path, pointer, code) in [
            (county.town.path("/rules?name=luck"), "query:name", FieldCode::NotOneOf),
            (county.town.path("/grants?role=king"), "query:role", FieldCode::NotOneOf),
            (county.town.path("/children?kind=moon"), "query:kind", FieldCode::NotOneOf),
            (
                of_team("&createdFrom=2026-03-02T00:00:00Z"),
                "query:createdFrom",
                FieldCode::NotHere,
            ),
            (
                of_team("&createdUntil=2026-03-02T00:00:00Z"),
                "query:createdUntil",
                FieldCode::NotHere,
            ),
        ] {
            world.staff.get(&path).await.refused_field(pointer, code);
        }
    }
}
