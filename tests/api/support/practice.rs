//! A county at work: a menu, teams with people in them, and the words in which stories tell what
//! they do.
//!
//! ```text
//! let practice = app.practice().await;
//! let resident = app.resident("王").await;
//! let order = resident.orders(&practice.repair).await;
//! let dispatch = order.dispatch(&resident).await;
//! let place = practice.member.takes_a_place(&dispatch).await;
//! practice.member.checks_in(&place).await;
//! ```

use std::ops::Deref;

use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};

use super::app::TestApp;
use super::client::Client;
use super::county::{County, Organization, node};

/// Where orders come from unless a story says otherwise, a few steps from the village station.
pub const HOME: (f64, f64) = (27.6652, 120.5612);
/// The telephone of whoever needs help.
pub const RECIPIENT_PHONE: &str = "13800001234";

/// The county of `county.rs` with a menu and with people in its one team.
pub struct Practice {
    /// The organizations.
    pub county: County,
    /// 家电维修: skill 09, dispatched by the system.
    pub repair: Item,
    /// 代买代办: no skill, dispatched by the system.
    pub errand: Item,
    /// 心理疏导: skill 14, which nobody has; a person has to find somebody.
    pub counsel: Item,
    /// Who leads the plumbers.
    pub leader: Volunteer,
    /// A plumber.
    pub member: Volunteer,
}

impl TestApp {
    /// A county at work.
    pub async fn practice(&self) -> Practice {
        let county = self.county().await;
        let center = &county.center;
        Practice {
            repair: self.item(center, item("appliance_repair", Some("09"), true)).await,
            errand: self.item(center, item("errand", None, true)).await,
            counsel: self.item(center, item("counsel", Some("14"), false)).await,
            leader: self.leader(&county.team, "李队长").await,
            member: self.member(&county.team, "陈师傅").await,
            county,
        }
    }

    /// Puts an item on the menu of an organization.
    pub async fn item(&self, at: &Organization, body: Value) -> Item {
        let created =
            self.administrator().await.post(at.path("/catalog-items"), body).await.created();
        Item { id: text(&created["catalogItemId"]) }
    }

    /// Sets a rule, at once; gives the id of the version.
    pub async fn rule(&self, at: &Organization, value: Value) -> String {
        let body = json!({ "value": value });
        let set = self.administrator().await.post(at.path("/rules"), body).await.created();
        text(&set["ruleId"])
    }

    /// Lets one person below order as much as a story needs in a day.
    pub async fn lets_order(&self, at: &Organization) {
        self.rule(at, json!({ "name": "ordering", "perPersonAndDay": 1_000 })).await;
    }

    /// Lets the teams below have as much on their hands as they like.
    pub async fn spares_nobody(&self, at: &Organization) {
        let rule = json!({
            "name": "matching", "offerMinutes": 5, "radiusMeters": 15_000, "levelsUp": 1,
            "maximumOpen": 1_000, "bandMeters": 500, "retryMinutes": 30,
        });
        self.rule(at, rule).await;
    }

    /// A team with these skills that the system may dispatch to.
    pub async fn team(
        &self,
        parent: &Organization,
        name: &str,
        (latitude, longitude): (f64, f64),
        skills: &[&str],
    ) -> Organization {
        self.organization(team(parent, name, (latitude, longitude), skills)).await
    }

    /// A volunteer who belongs to no team.
    pub async fn volunteer(&self, county: &Organization, name: &str, skills: &[&str]) -> Volunteer {
        let client = self.resident(name).await;
        let body = json!({ "countyId": county.id, "name": name, "skills": skills });
        client.registers(body).await
    }

    /// A volunteer who has joined a team.
    pub async fn member(&self, team: &Organization, name: &str) -> Volunteer {
        let volunteer = self.volunteer(team, name, &[]).await;
        volunteer.command(team.path("/join")).await.ok();
        volunteer
    }

    /// A volunteer who leads a team.
    pub async fn leader(&self, team: &Organization, name: &str) -> Volunteer {
        let volunteer = self.member(team, name).await;
        let body = json!({ "volunteerId": volunteer.id, "role": "leader" });
        self.administrator().await.post(team.path("/members"), body).await.ok();
        volunteer
    }

    /// Gives somebody who has an account a role besides.
    pub async fn grant(&self, role: &str, at: &Organization, to: &Client) {
        let body = json!({ "accountId": to.account_id(), "role": role });
        self.administrator().await.post(at.path("/grants"), body).await.created();
    }

    /// A service from check-in to check-out, so many minutes long.
    pub async fn serve(&self, volunteer: &Volunteer, dispatch: &Dispatch, minutes: i64) {
        let place = volunteer.takes_a_place(dispatch).await;
        volunteer.checks_in(&place).await;
        self.clock.advance(Duration::minutes(minutes));
        volunteer.checks_out(&place).await;
    }
}

/// An item of the menu.
pub struct Item {
    /// Its id.
    pub id: String,
}

impl Item {
    /// The address of the item, or of something under it.
    pub fn path(&self, rest: &str) -> String {
        format!("/catalog-items/{}{rest}", self.id)
    }
}

/// The body that puts an item on the menu.
pub fn item(code: &str, skill: Option<&str>, automatic: bool) -> Value {
    json!({
        "code": code, "columnZh": "便民", "columnEn": "Daily life", "nameZh": code, "nameEn": code,
        "category": "0001", "skill": skill, "automatic": automatic,
    })
}

/// The body that creates a team which the system may dispatch to.
pub fn team(
    parent: &Organization,
    name: &str,
    (latitude, longitude): (f64, f64),
    skills: &[&str],
) -> Value {
    let mut team = node("team", name, Some(parent), latitude, longitude);
    team["skills"] = json!(skills);
    team["acceptsDispatch"] = json!(true);
    team
}

/// The body of an order in words, from somebody who needs help himself.
pub fn order() -> Value {
    json!({
        "content": "水管漏水，请帮忙检修",
        "risk": "无",
        "place": at(HOME),
        "address": "解放街道 1 号",
        "channel": "mini_program",
        "relation": "oneself",
        "recipient": { "name": "王秀英", "phone": RECIPIENT_PHONE },
    })
}

/// The body of an order from the menu.
pub fn order_of(item: &Item) -> Value {
    let mut body = order();
    body["catalogItemId"] = json!(item.id);
    body
}

/// The same order for a time of its own.
pub fn wanted(mut body: Value, from: DateTime<Utc>, minutes: i64) -> Value {
    body["wanted"] = json!({ "from": from, "until": from + Duration::minutes(minutes) });
    body
}

/// The body that asks for a telephone.
pub fn purpose() -> Value {
    json!({ "purpose": "arrange_service", "reason": "电话核实服务时间" })
}

/// A position in WGS-84.
pub fn at((latitude, longitude): (f64, f64)) -> Value {
    json!({ "latitude": latitude, "longitude": longitude, "coordinateSystem": "wgs84" })
}

/// A text that must be there.
#[track_caller]
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// An instant that must be there.
#[track_caller]
pub fn instant(value: &Value) -> DateTime<Utc> {
    text(value).parse().unwrap_or_else(|_| panic!("no instant: {value}"))
}

impl Client {
    /// Orders an item of the menu.
    pub async fn orders(&self, item: &Item) -> Order {
        self.places(order_of(item)).await
    }

    /// Registers himself as a volunteer.
    pub async fn registers(self, body: Value) -> Volunteer {
        let registered = self.post("/volunteers", body).await.created();
        Volunteer { id: text(&registered["volunteerId"]), client: self }
    }

    /// Places any order.
    pub async fn places(&self, body: Value) -> Order {
        let placed = self.post("/demands", body).await.created();
        Order { id: text(&placed["demandId"]), placed }
    }

    /// Judges what was brought.
    pub async fn judges(&self, order: &Order, solved: bool, score: i64) -> Value {
        let body = json!({ "solved": solved, "score": score });
        self.post(order.path("/evaluations"), body).await.created()
    }

    /// Gives an order that is verified to a team.
    pub async fn dispatches(&self, order: &Order, team: &Organization) -> Dispatch {
        let body = json!({ "kind": "offer", "organizationId": team.id });
        let made = self.post(order.path("/dispatches"), body).await.created();
        Dispatch { id: text(&made["dispatchId"]) }
    }

    /// Opens an order that is verified to everybody who fits.
    pub async fn calls_for(&self, order: &Order) -> Dispatch {
        let made = self.post(order.path("/dispatches"), json!({ "kind": "call" })).await.created();
        Dispatch { id: text(&made["dispatchId"]) }
    }
}

/// An order that somebody placed.
#[derive(Clone)]
pub struct Order {
    /// Its id.
    pub id: String,
    /// What was answered when it was placed.
    pub placed: Value,
}

impl Order {
    /// The address of the order, or of something under it.
    pub fn path(&self, rest: &str) -> String {
        format!("/demands/{}{rest}", self.id)
    }

    /// The whole order as somebody sees it.
    pub async fn seen_by(&self, client: &Client) -> Value {
        client.get(self.path("")).await.ok()
    }

    /// Where it stands.
    pub async fn state(&self, client: &Client) -> String {
        text(&self.seen_by(client).await["state"])
    }

    /// The dispatch that it is on.
    pub async fn dispatch(&self, client: &Client) -> Dispatch {
        Dispatch { id: text(&self.seen_by(client).await["dispatchId"]) }
    }

    /// What has happened to it, in order.
    pub async fn story(&self, client: &Client) -> Vec<Value> {
        client.get(self.path("/timeline?limit=100")).await.items()
    }

    /// The names of what has happened to it, in order.
    pub async fn chapters(&self, client: &Client) -> Vec<String> {
        self.story(client).await.iter().map(|entry| text(&entry["name"])).collect()
    }

    /// The last thing of this name that happened to it.
    pub async fn last(&self, name: &str, client: &Client) -> Value {
        let mut story = self.story(client).await.into_iter().rev();
        story.find(|entry| entry["name"] == name).unwrap_or_else(|| panic!("there was no {name}"))
    }
}

/// An order handed to a responder.
#[derive(Clone)]
pub struct Dispatch {
    /// Its id.
    pub id: String,
}

impl Dispatch {
    /// The address of the dispatch, or of something under it.
    pub fn path(&self, rest: &str) -> String {
        format!("/dispatches/{}{rest}", self.id)
    }

    /// The dispatch as somebody sees it.
    pub async fn seen_by(&self, client: &Client) -> Value {
        client.get(self.path("")).await.ok()
    }
}

/// One volunteer on one dispatch.
#[derive(Clone)]
pub struct Assignment {
    /// Its id.
    pub id: String,
}

impl Assignment {
    /// The address of the assignment, or of something under it.
    pub fn path(&self, rest: &str) -> String {
        format!("/assignments/{}{rest}", self.id)
    }

    /// The assignment as somebody sees it.
    pub async fn seen_by(&self, client: &Client) -> Value {
        client.get(self.path("")).await.ok()
    }
}

/// Somebody who helps: a client like everybody else, and a volunteer.
#[derive(Clone)]
pub struct Volunteer {
    /// His id as a volunteer.
    pub id: String,
    client: Client,
}

impl Deref for Volunteer {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Volunteer {
    /// The address of his registration, or of something under it.
    pub fn path(&self, rest: &str) -> String {
        format!("/volunteers/{}{rest}", self.id)
    }

    /// The same person as a client.
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// Takes a free place himself.
    pub async fn takes_a_place(&self, dispatch: &Dispatch) -> Assignment {
        let taken = self.command(dispatch.path("/take-place")).await.created();
        Assignment { id: text(&taken["assignmentId"]) }
    }

    /// Names a member as the leader of the team.
    pub async fn names(&self, member: &Self, dispatch: &Dispatch) -> Assignment {
        let body = json!({ "volunteerIds": [member.id] });
        let named = self.post(dispatch.path("/assignments"), body).await.items();
        let own = named.iter().find(|one| one["volunteerId"] == member.id);
        Assignment { id: text(&own.expect("the nomination")["assignmentId"]) }
    }

    /// Checks in where help is needed.
    pub async fn checks_in(&self, place: &Assignment) -> Value {
        self.post(place.path("/check-in"), json!({ "position": at(HOME) })).await.ok()
    }

    /// Checks out where help was needed.
    pub async fn checks_out(&self, place: &Assignment) -> Value {
        self.post(place.path("/check-out"), json!({ "position": at(HOME) })).await.ok()
    }
}
