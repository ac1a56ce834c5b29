//! The operations of the program that are measured, over HTTP, as the stages of one pipeline: the
//! orders that are placed in one are taken, served and judged in the next.

use std::net::SocketAddr;
use std::time::Duration;

use chrono::{DateTime, Utc};
use redvest::platform::clock::Clock;
use serde_json::{Value as Json, json};
use sqlx::FromRow;
use uuid::Uuid;

use crate::county::County;
use crate::history::History;
use crate::http::{Request, command, drive, request, send_all};
use crate::load::{Measured, Pace, Queue};
use crate::order::{CONTENT, RISK, WORDS, minute_wanted};
use crate::people::People;
use crate::store::Store;

/// What is measured, in the order of the pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operation {
    /// Place an order that is dispatched in the same request.
    Place,
    /// Take a place on a dispatch.
    Accept,
    /// Check out, which credits minutes.
    CheckOut,
    /// Judge, which closes.
    Evaluate,
    /// The latest twenty demands of a town.
    List,
    /// What is still to be verified in a town: next to nothing, among all of its past.
    ListOpen,
    /// One demand with its timeline.
    Read,
    /// The teams that could bring the help.
    Candidates,
}

impl Operation {
    /// Whether it changes something.
    pub const fn writes(self) -> bool {
        matches!(self, Self::Place | Self::Accept | Self::CheckOut | Self::Evaluate)
    }

    /// How the table calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Place => "place, dispatched at once",
            Self::Accept => "accept (take a place)",
            Self::CheckOut => "check out",
            Self::Evaluate => "evaluate and close",
            Self::List => "list 20 of a town",
            Self::ListOpen => "list submitted of a town",
            Self::Read => "read one with timeline",
            Self::Candidates => "candidates for one",
        }
    }
}

/// What was measured of one operation.
pub struct Figure {
    /// Which one.
    pub operation: Operation,
    /// Times and counts.
    pub measured: Measured,
    /// The processor time of the server for one.
    pub processor: Duration,
}

/// A running server with people who are signed in.
pub struct Site<'a> {
    /// The server.
    pub server: &'a crate::server::Server,
    /// Its database, reached without it.
    pub store: &'a Store,
    /// The county.
    pub county: &'a County,
    /// Its past.
    pub history: History,
    /// How many past orders there are.
    pub past: usize,
    /// Who is signed in.
    pub people: &'a People,
    /// How long each operation is measured.
    pub pace: Pace,
}

/// An order on its way.
#[derive(Clone, FromRow)]
struct Running {
    demand_id: Uuid,
    dispatch_id: Uuid,
    organization_id: Uuid,
    requester_id: Uuid,
    area_id: Uuid,
    assignment_id: Option<Uuid>,
    volunteer_account: Option<Uuid>,
}

/// What the next stage of the pipeline works on.
const RUNNING: &str = "SELECT d.demand_id, x.dispatch_id, x.organization_id, d.requester_id, d.area_id,
           a.assignment_id, v.account_id AS volunteer_account
      FROM demands d JOIN dispatches x ON x.dispatch_id = d.dispatch_id
      LEFT JOIN assignments a ON a.dispatch_id = x.dispatch_id LEFT JOIN volunteers v ON v.volunteer_id = a.volunteer_id
     WHERE d.ancestor_1 = $1 AND d.placed_at >= $2 AND d.state = $3 ORDER BY d.placed_at";

/// The orders are wanted over many days, so that nobody is promised twice; nobody checks in before
/// the day, so here it has come for all of them.
const TODAY: &str =
    "UPDATE demands SET wanted_from = NULL, wanted_until = NULL WHERE state = 'accepted'";

impl Site<'_> {
    fn address(&self) -> SocketAddr {
        self.server.address
    }

    /// All operations over so many connections. `placed` counts the orders over all calls.
    pub async fn measure(&self, connections: usize, placed: &mut usize) -> Vec<Figure> {
        let since = Clock::System.now();
        let mut figures = Vec::new();
        let rate = self.rate_of_placing(connections, placed).await;
        let wanted = rate * (self.pace.warm_up + self.pace.measured).as_secs_f64() * 1.5;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
        let requests = self.placing(placed, wanted as usize + 500);
        let timed = |operation, requests| self.timed(operation, connections, requests);
        figures.push(timed(Operation::Place, Queue::once(requests)).await);
        let offered = self.running(since, "dispatched").await;
        let requests = offered.iter().map(|order| self.taking(order)).collect();
        figures.push(timed(Operation::Accept, Queue::once(requests)).await);
        let accepted = self.running(since, "accepted").await;
        self.store.command(TODAY).await;
        let requests = accepted.iter().map(|order| self.presence(order, "check-in")).collect();
        send_all(self.address(), requests).await;
        let on_site = self.running(since, "in_service").await;
        let requests = on_site.iter().map(|order| self.presence(order, "check-out")).collect();
        figures.push(timed(Operation::CheckOut, Queue::once(requests)).await);
        let served = self.running(since, "served").await;
        let requests = served.iter().map(|order| self.judging(order)).collect();
        figures.push(timed(Operation::Evaluate, Queue::once(requests)).await);
        figures.push(timed(Operation::List, Queue::around(self.listing(""))).await);
        let open = self.listing("&state=submitted");
        figures.push(timed(Operation::ListOpen, Queue::around(open)).await);
        figures.push(timed(Operation::Read, Queue::around(self.reading(""))).await);
        let candidates = self.reading("/candidates");
        figures.push(timed(Operation::Candidates, Queue::around(candidates)).await);
        figures
    }

    /// The processor time that the server takes for one such request.
    pub async fn costs(&self, connections: usize, request: Request) -> Duration {
        let before = self.server.processor_time();
        let requests = Queue::around(vec![request]);
        let measured = drive(self.address(), connections, &requests, self.pace).await;
        assert_eq!(measured.failed, 0, "refused: {:?}", measured.refusal);
        let used = self.server.processor_time().saturating_sub(before);
        used / u32::try_from(measured.steps).unwrap_or(u32::MAX).max(1)
    }

    /// Past orders, one after the other.
    pub fn reads(&self) -> Vec<Request> {
        self.reading("")
    }

    async fn timed(
        &self,
        operation: Operation,
        connections: usize,
        requests: Queue<Request>,
    ) -> Figure {
        let before = self.server.processor_time();
        let rollbacks = self.store.rollbacks().await;
        let mut measured = drive(self.address(), connections, &requests, self.pace).await;
        measured.again = self.store.rollbacks().await.saturating_sub(rollbacks);
        let used = self.server.processor_time().saturating_sub(before);
        let steps = u32::try_from(measured.steps).unwrap_or(u32::MAX).max(1);
        Figure { operation, measured, processor: used / steps }
    }

    /// How many orders a second can be placed, roughly: so that enough of them are prepared.
    async fn rate_of_placing(&self, connections: usize, placed: &mut usize) -> f64 {
        let some = Queue::once(self.placing(placed, 20 * connections + 80));
        let hour = Duration::from_hours(1);
        let pace = Pace { warm_up: Duration::ZERO, measured: hour };
        drive(self.address(), connections, &some, pace).await.rate()
    }

    async fn running(&self, since: DateTime<Utc>, state: &'static str) -> Vec<Running> {
        self.store.rows(RUNNING, &[self.county.center.into(), since.into(), state.into()]).await
    }

    fn placing(&self, placed: &mut usize, count: usize) -> Vec<Request> {
        let first = *placed;
        *placed += count;
        (first..*placed).map(|number| self.place(number)).collect()
    }

    fn place(&self, number: usize) -> Request {
        let station = self.county.station_of(number);
        let item = &self.county.items[self.county.offer_of(number).item];
        let (from, until) = minute_wanted(number, self.history.until);
        let order = json!({
            "catalogItemId": item.id,
            "content": CONTENT,
            "risk": RISK,
            "place": position(station.point.latitude, station.point.longitude),
            "address": "昆阳镇解放街道 1 号",
            "wanted": { "from": from, "until": until },
            "channel": "mini_program",
            "relation": "oneself",
            "recipient": { "name": "演示居民", "phone": "16999000001" },
            "organizationId": station.id,
        });
        keyed("/demands", self.people.resident(number), &order)
    }

    fn taking(&self, order: &Running) -> Request {
        let team = self.county.teams.iter().find(|team| team.id == order.organization_id).unwrap();
        let token = self.people.token(team.people[0].account_id);
        keyed(&format!("/dispatches/{}/take-place", order.dispatch_id), token, &json!({}))
    }

    fn presence(&self, order: &Running, step: &str) -> Request {
        let token = self.people.token(order.volunteer_account.unwrap());
        let station = self.county.stations.iter().find(|station| station.id == order.area_id);
        let point = station.unwrap().point;
        let body = json!({ "position": position(point.latitude, point.longitude) });
        keyed(&format!("/assignments/{}/{step}", order.assignment_id.unwrap()), token, &body)
    }

    fn judging(&self, order: &Running) -> Request {
        let body =
            json!({ "solved": true, "score": 5, "punctuality": 5, "attitude": 5, "words": WORDS });
        let token = self.people.token(order.requester_id);
        keyed(&format!("/demands/{}/evaluations", order.demand_id), token, &body)
    }

    fn listing(&self, rest: &str) -> Vec<Request> {
        self.county.towns.iter().map(|town| self.get(&format!("?within={town}{rest}"))).collect()
    }

    /// Requests for past orders, spread over the whole of the past.
    fn reading(&self, rest: &str) -> Vec<Request> {
        past_orders(self.past)
            .map(|number| self.history.order(number, self.county).demand)
            .map(|demand| self.get(&format!("/{demand}{rest}")))
            .collect()
    }

    fn get(&self, rest: &str) -> Request {
        request("GET", &format!("/api/v1/demands{rest}"), Some(self.people.administrator()), None)
    }
}

/// A command under a key that nobody has used.
fn keyed(path: &str, token: &str, body: &Json) -> Request {
    let key: Uuid = Clock::System.new_id();
    command(&format!("/api/v1{path}"), token, &key.to_string(), body)
}

/// The numbers of some past orders, near and far.
pub fn past_orders(past: usize) -> impl Iterator<Item = usize> {
    (0..2_000).map(move |number: usize| number.wrapping_mul(1_299_709) % past.max(1))
}

fn position(latitude: f64, longitude: f64) -> Json {
    json!({ "latitude": latitude, "longitude": longitude, "coordinateSystem": "wgs84" })
}
