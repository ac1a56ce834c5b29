//! The floor: the program's own SQL texts with the same kinds of values, on connections that are
//! set up like the program's, by as many tasks at once; without HTTP, rights and JSON. What the
//! program does in a second is measured against this.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use redvest::platform::clock::Clock;
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::county::County;
use crate::history::History;
use crate::load::{Measured, Pace, Queue, Step as Outcome, Worker, measure};
use crate::operations::{Operation, past_orders};
use crate::order::{Entry, ORDERS_A_DAY, Order, Step, minute_wanted, proof, tally};
use crate::store::{Isolation, Session, Store, Text};
use crate::value::{NO_ID, NO_INSTANT, NO_TEXT, Value, values};

/// How often a transaction that collided is tried again.
const TRIES: u32 = 60;

/// The texts of the program that the measured operations run.
struct Texts {
    place: Text,
    /// By how many teams are looked at.
    standings: Vec<Text>,
    offer: Text,
    /// By how many owners are written.
    tallies: Vec<Text>,
    save_demand: Text,
    /// By how many facts are written.
    journal: Vec<Text>,
    find_offer: Text,
    save_dispatch: Text,
    take: Text,
    find_duty: Text,
    save_assignment: Text,
    record: Text,
    find_demand: Text,
    evaluate: Text,
    end: Text,
    latest: Text,
    latest_in_state: Text,
    timeline: Text,
}

impl Texts {
    fn new() -> Self {
        let counted = |store, name, most: usize| -> Vec<Text> {
            (0..=most).map(|count| Text::with_rows(store, name, count)).collect()
        };
        Self {
            place: Text::of("demands", "INSERT"),
            standings: (0..=30)
                .map(|count| Text::with_list("dispatches", "STANDINGS", count))
                .collect(),
            offer: Text::of("dispatches", "INSERT"),
            tallies: counted("hours", "TALLY", 3),
            save_demand: Text::of("demands", "SAVE"),
            journal: counted("journal", "INSERT", 3),
            find_offer: Text::of("dispatches", "FIND"),
            save_dispatch: Text::of("dispatches", "SAVE"),
            take: Text::of("assignments", "TAKE"),
            find_duty: Text::of("assignments", "FIND"),
            save_assignment: Text::of("assignments", "SAVE"),
            record: Text::of("hours", "INSERT"),
            find_demand: Text::of("demands", "FIND"),
            evaluate: Text::of("evaluations", "INSERT"),
            end: Text::of("dispatches", "END"),
            latest: Text::with_choice("demands", "LATEST", "ancestor_2"),
            latest_in_state: Text::with_choice("demands", "LATEST_IN_STATE", "ancestor_2"),
            timeline: Text::of("demands_timeline", "EARLIEST"),
        }
    }
}

/// What the floor stands on.
pub struct Ground {
    /// The database.
    pub store: Store,
    /// The county.
    pub county: Arc<County>,
    /// Its past.
    pub history: History,
    /// How many past orders there are.
    pub past: usize,
    /// Who orders.
    pub residents: Vec<Uuid>,
    /// How long each operation is measured.
    pub pace: Pace,
    /// How far transactions are kept apart.
    pub isolation: Isolation,
}

/// As many threads as the server has, each with a runtime of its own, as the server's have.
struct Threads {
    handles: Vec<Handle>,
    _running: Vec<oneshot::Sender<()>>,
}

impl Threads {
    fn start(count: usize) -> Self {
        let started = (0..count).map(|_| {
            let runtime = Builder::new_current_thread().enable_all().build().unwrap();
            let handle = runtime.handle().clone();
            let (running, ended) = oneshot::channel();
            std::thread::spawn(move || runtime.block_on(ended));
            (handle, running)
        });
        let (handles, running) = started.unzip();
        Self { handles, _running: running }
    }
}

/// The floor of every operation with so many tasks. `placed` counts the orders over all calls.
pub async fn measure_all(
    ground: Ground,
    tasks: usize,
    placed: &mut usize,
) -> Vec<(Operation, Measured)> {
    let threads = Threads::start(2);
    let floor = Arc::new(Floor {
        ground,
        texts: Texts::new(),
        placed: AtomicUsize::new(*placed),
        again: AtomicUsize::new(0),
    });
    let timed = |operation, orders| floor.timed(operation, orders, tasks, &threads.handles);
    let mut figures = Vec::new();
    let mut orders = Queue::once(Vec::new());
    for operation in [Operation::Place, Operation::Accept, Operation::CheckOut, Operation::Evaluate]
    {
        let (measured, done) = timed(operation, orders).await;
        figures.push((operation, measured));
        if operation == Operation::Accept {
            floor.check_in(&done).await;
        }
        orders = Queue::once(done);
    }
    let past: Vec<Order> = past_orders(floor.ground.past)
        .map(|number| floor.ground.history.order(number, &floor.ground.county))
        .collect();
    for operation in [Operation::List, Operation::ListOpen, Operation::Read, Operation::Candidates]
    {
        let (measured, _) = timed(operation, Queue::around(past.clone())).await;
        figures.push((operation, measured));
    }
    *placed = floor.placed.load(Ordering::Relaxed);
    floor.ground.store.clone().close().await;
    figures
}

struct Floor {
    ground: Ground,
    texts: Texts,
    placed: AtomicUsize,
    again: AtomicUsize,
}

struct Task {
    floor: Arc<Floor>,
    operation: Operation,
    orders: Queue<Order>,
    done: Arc<Mutex<Vec<Order>>>,
}

impl Worker for Task {
    async fn step(&mut self) -> Outcome {
        let order = match self.operation {
            Operation::Place => Some(self.floor.new_order()),
            _ => self.orders.next().map(|(_, order)| order.clone()),
        };
        let Some(mut order) = order else { return Outcome::Exhausted };
        let mut tries = 0;
        while let Err(error) = self.floor.attempt(self.operation, &mut order).await {
            tries += 1;
            self.floor.again.fetch_add(1, Ordering::Relaxed);
            if tries > TRIES || !is_worth_retrying(&error) {
                return Outcome::Failed(error.to_string());
            }
            pause_before(tries).await;
        }
        if self.operation.writes() {
            self.done.lock().unwrap().push(order);
        }
        Outcome::Done(None)
    }
}

fn is_worth_retrying(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(error) = error else { return false };
    matches!(error.code().as_deref(), Some("40001" | "40P01" | "5" | "6" | "261" | "517"))
}

/// The pause that the program makes.
async fn pause_before(tries: u32) {
    let id: Uuid = Clock::System.new_id();
    let unevenness = u64::from(id.as_bytes()[15]);
    tokio::time::sleep(Duration::from_micros(500 + u64::from(tries.min(12)) * 20 * unevenness))
        .await;
}

impl Floor {
    async fn timed(
        self: &Arc<Self>,
        operation: Operation,
        orders: Queue<Order>,
        tasks: usize,
        threads: &[Handle],
    ) -> (Measured, Vec<Order>) {
        let done = Arc::new(Mutex::new(Vec::new()));
        let workers = (0..tasks).map(|_| Task {
            floor: Arc::clone(self),
            operation,
            orders: orders.clone(),
            done: Arc::clone(&done),
        });
        self.again.store(0, Ordering::Relaxed);
        let mut measured = measure(workers.collect(), threads, self.ground.pace).await;
        measured.again = self.again.load(Ordering::Relaxed);
        let done = std::mem::take(&mut *done.lock().unwrap());
        (measured, done)
    }

    fn new_order(&self) -> Order {
        let number = self.placed.fetch_add(1, Ordering::Relaxed);
        let at = Clock::System.now();
        let id = || Clock::System.new_id::<Uuid>();
        Order {
            number,
            at,
            wanted: Some(minute_wanted(number, at)),
            demand: id(),
            dispatch: id(),
            assignment: id(),
            record: id(),
            evaluation: id(),
            requester: self.ground.residents[number % self.ground.residents.len()],
            team: 0,
            person: 0,
        }
    }

    async fn attempt(&self, operation: Operation, order: &mut Order) -> Result<(), sqlx::Error> {
        if !operation.writes() {
            let mut session = self.ground.store.read().await?;
            return self.read(operation, order, &mut session).await;
        }
        let mut session = self.ground.store.begin(self.ground.isolation).await?;
        match operation {
            Operation::Place => self.place(order, &mut session).await?,
            Operation::Accept => self.accept(order, &mut session).await?,
            Operation::CheckOut => self.check_out(order, &mut session).await?,
            _ => self.evaluate(order, &mut session).await?,
        }
        session.commit().await
    }

    async fn place(&self, order: &mut Order, session: &mut Session) -> Result<(), sqlx::Error> {
        let county = &self.ground.county;
        order.team = self.best_team(order, session).await?;
        let offered = Step { dispatched: true, ..step(order, "dispatched", 1) };
        let day_began = order.at - chrono::Duration::hours(12);
        let allowance = values![day_began, ORDERS_A_DAY - 1];
        let demand = [order.demand_row(county, offered), allowance].concat();
        one(session.execute(&self.texts.place, &demand).await?)?;
        session.execute(&self.texts.offer, &order.dispatch_row(county, "offered", 0)).await?;
        let asked = values![order.team(county).id, 0, 0, 0, 0, 0, 1, order.at];
        session.execute(&self.texts.tallies[1], &asked).await?;
        let facts = ["demand.placed.v1", "demand.verified.v1", "dispatch.offered.v1"];
        self.journal(order, offered, &facts, session).await
    }

    /// The team that was asked longest ago among the nearest ones that are suited.
    async fn best_team(&self, order: &Order, session: &mut Session) -> Result<usize, sqlx::Error> {
        let county = &self.ground.county;
        let teams = county.looked_at(order.number);
        let mut values = values![order.demand, 1, NO_INSTANT, NO_INSTANT];
        values.extend(teams.iter().map(|team| Value::from(county.teams[*team].id)));
        let standings: Vec<(Uuid, i64, Option<DateTime<Utc>>, bool)> =
            session.rows(&self.texts.standings[teams.len()], &values).await?;
        let asked = |team: usize| {
            let id = county.teams[team].id;
            standings.iter().find(|(owner, ..)| *owner == id).and_then(|(_, _, at, _)| *at)
        };
        let suited = county.offer_of(order.number).teams.iter();
        let best = suited.min_by_key(|(team, band)| (*band, asked(*team)));
        Ok(best.map(|(team, _)| *team).unwrap())
    }

    async fn accept(&self, order: &Order, session: &mut Session) -> Result<(), sqlx::Error> {
        let county = &self.ground.county;
        let person = order.person(county);
        let now = Clock::System.now();
        let (from, until) = order.wanted.unwrap();
        let subject = values![order.dispatch, person.volunteer_id, from, until];
        session.fetch(&self.texts.find_offer, &subject).await?;
        let respond_by = order.at;
        let saved = values![order.dispatch, 1, "accepted", 1, respond_by, NO_TEXT, now];
        one(session.execute(&self.texts.save_dispatch, &saved).await?)?;
        let accepted = Step { dispatched: true, accepted: true, ..step(order, "accepted", 2) };
        self.save_demand(order, accepted, session).await?;
        let mut taken = values![
            order.assignment,
            order.dispatch,
            order.demand,
            county.center,
            person.volunteer_id,
            person.name.clone(),
            from,
            until,
            now,
            until,
        ];
        taken.extend(order.ancestors(county));
        session.fetch(&self.texts.take, &taken).await?;
        let facts = ["dispatch.accepted.v1", "assignment.accepted.v1"];
        self.journal(order, accepted, &facts, session).await
    }

    /// Not measured: what check-out needs.
    async fn check_in(&self, orders: &[Order]) {
        for chunk in orders.chunks(500) {
            let mut session = self.ground.store.begin(self.ground.isolation).await.unwrap();
            for order in chunk {
                let begun =
                    Step { dispatched: true, accepted: true, ..step(order, "in_service", 3) };
                self.save_demand(order, begun, &mut session).await.unwrap();
                let saved = assignment_save(order, 1, "on_site");
                session.execute(&self.texts.save_assignment, &saved).await.unwrap();
            }
            session.commit().await.unwrap();
        }
    }

    async fn check_out(&self, order: &Order, session: &mut Session) -> Result<(), sqlx::Error> {
        let county = &self.ground.county;
        session.fetch(&self.texts.find_duty, &[order.assignment.into()]).await?;
        let saved = assignment_save(order, 2, "done");
        one(session.execute(&self.texts.save_assignment, &saved).await?)?;
        let record = order.record_row(county, order.at, 1);
        session.execute(&self.texts.record, &record).await?;
        let owners = [
            (order.person(county).volunteer_id, [1, 1, 0, 0, 0, 0]),
            (order.team(county).id, [1, 1, 0, 0, 0, -1]),
            (order.station(county).id, [1, 1, 0, 0, 0, 0]),
        ];
        self.add(&owners, session).await?;
        let served = Step { dispatched: true, accepted: true, ..step(order, "served", 4) };
        self.save_demand(order, served, session).await?;
        self.journal(order, served, &["assignment.checked_out.v1"], session).await
    }

    async fn evaluate(&self, order: &Order, session: &mut Session) -> Result<(), sqlx::Error> {
        let county = &self.ground.county;
        let now = Clock::System.now();
        session.fetch(&self.texts.find_demand, &[order.demand.into()]).await?;
        session.execute(&self.texts.evaluate, &order.evaluation_row(county, now)).await?;
        let judged = [0, 0, 1, 5, 1, 0];
        self.add(&[(order.team(county).id, judged), (order.station(county).id, judged)], session)
            .await?;
        let ended = values![order.dispatch, "completed", NO_TEXT, now];
        session.fetch(&self.texts.end, &ended).await?;
        let closed = Step { dispatched: true, accepted: true, ..step(order, "closed", 5) };
        self.save_demand(order, closed, session).await?;
        self.journal(order, closed, &["demand.evaluated.v1", "demand.closed.v1"], session).await
    }

    async fn read(
        &self,
        operation: Operation,
        order: &Order,
        session: &mut Session,
    ) -> Result<(), sqlx::Error> {
        let county = &self.ground.county;
        if matches!(operation, Operation::List | Operation::ListOpen) {
            let far = chrono::Duration::days(36_500);
            let town = county.towns[order.number % county.towns.len()];
            let mut part = values![town, order.at + far, Uuid::max(), order.at - far, 21];
            if operation == Operation::List {
                return session.fetch(&self.texts.latest, &part).await.map(drop);
            }
            part.push("submitted".into());
            return session.fetch(&self.texts.latest_in_state, &part).await.map(drop);
        }
        session.fetch(&self.texts.find_demand, &[order.demand.into()]).await?;
        if operation == Operation::Read {
            let part = values![order.demand, Uuid::nil(), 100];
            session.fetch(&self.texts.timeline, &part).await?;
            return Ok(());
        }
        self.best_team(order, session).await.map(drop)
    }

    async fn save_demand(
        &self,
        order: &Order,
        step: Step,
        session: &mut Session,
    ) -> Result<(), sqlx::Error> {
        let values = order.demand_save(&self.ground.county, step);
        one(session.execute(&self.texts.save_demand, &values).await?)
    }

    /// Adds to tallies, in the order of owners as the program does.
    async fn add(
        &self,
        owners: &[(Uuid, [i64; 6])],
        session: &mut Session,
    ) -> Result<(), sqlx::Error> {
        let mut owners = owners.to_vec();
        owners.sort_unstable_by_key(|(owner, _)| *owner);
        let rows: Vec<Value> =
            owners.iter().flat_map(|(owner, sums)| tally(*owner, *sums)).collect();
        session.execute(&self.texts.tallies[owners.len()], &rows).await.map(drop)
    }

    /// Writes the facts, the first with an answer of the usual size.
    async fn journal(
        &self,
        order: &Order,
        step: Step,
        facts: &[&'static str],
        session: &mut Session,
    ) -> Result<(), sqlx::Error> {
        let answer = "一份答复".repeat(80);
        let mut rows = Vec::new();
        for (index, name) in facts.iter().enumerate() {
            let fact = Entry {
                id: Clock::System.new_id(),
                at: step.at,
                name,
                author: (order.requester, "演示居民"),
                data: order.facts(&self.ground.county, step.state),
                answer: (index == 0).then_some(answer.as_str()),
            };
            rows.extend(order.entry(&self.ground.county, fact));
        }
        session.execute(&self.texts.journal[facts.len()], &rows).await.map(drop)
    }
}

/// What saves an assignment over the version before.
fn assignment_save(order: &Order, version: i64, state: &'static str) -> Vec<Value> {
    let done = state == "done";
    let now = Clock::System.now();
    let leave_by = (!done).then(|| now + chrono::Duration::hours(12));
    values![
        order.assignment,
        version,
        state,
        now,
        proof(),
        done.then_some(now),
        done.then(proof),
        leave_by,
        NO_TEXT,
        now,
        NO_INSTANT,
    ]
}

/// A step that is done now.
fn step(order: &Order, state: &'static str, version: i64) -> Step {
    let due = match state {
        "verified" | "dispatched" => Some("respond"),
        "accepted" | "in_service" => Some("handle"),
        "served" => Some("evaluate"),
        _ => None,
    };
    let at = if version == 1 { order.at } else { Clock::System.now() };
    Step { state, version, due, dispatched: false, accepted: false, at }
}

fn one(changed: u64) -> Result<(), sqlx::Error> {
    if changed == 1 { Ok(()) } else { Err(sqlx::Error::RowNotFound) }
}

/// What the plans of the hot statements are asked with: the program's texts, and values of a past
/// order.
pub fn hot_statements(order: &Order, county: &County) -> Vec<(&'static str, Text, Vec<Value>)> {
    let texts = Texts::new();
    let far = chrono::Duration::days(36_500);
    let teams = county.looked_at(order.number);
    let mut standings = values![order.demand, 1, order.at, order.at];
    standings.extend(teams.iter().map(|team| Value::from(county.teams[*team].id)));
    let latest = |scope: Uuid| values![scope, order.at + far, Uuid::max(), order.at - far, 21];
    let town = order.station(county).town;
    let in_state = |state: &'static str| [latest(town), values![state]].concat();
    let fits = |lowest: i64, highest: i64| values![true, false, lowest, highest];
    let judged = [latest(town), fits(1, 5)].concat();
    let poor = [latest(town), values![true], fits(1, 2)].concat();
    let person = order.person(county);
    let who = values![NO_ID, person.account_id, order.at, "no such key"];
    let find_offer = values![order.dispatch, person.volunteer_id, order.at, order.at];
    let timeline = values![order.demand, Uuid::nil(), 100];
    // The last of them is the volunteer who asks.
    let of_demand = [latest(order.demand), values!["", person.volunteer_id]].concat();
    let by_staff = |list: Vec<Value>| [list, values![NO_ID]].concat();
    let team = order.team(county).id;
    let save = order.demand_save(county, order.closed());
    let dispatch = values![order.dispatch, 1, "accepted", 1, order.at, NO_TEXT, order.at];
    let end = values![order.dispatch, "completed", NO_TEXT, order.at];
    let of = Text::of;
    let of_town = |store, name| Text::with_choice(store, name, "ancestor_2");
    vec![
        ("access.WHO_IS", of("access", "WHO_IS"), who),
        ("demands.FIND", texts.find_demand, values![order.demand]),
        ("demands_timeline.EARLIEST", texts.timeline, timeline),
        ("demands.LATEST", texts.latest, latest(town)),
        ("demands.LATEST_IN_STATE", texts.latest_in_state, in_state("submitted")),
        ("demands.SAVE", texts.save_demand, save),
        ("demands.DUE", of("demands", "DUE"), values![order.at, 100]),
        ("demands.MISSED", of("demands", "MISSED"), values![order.at, 100]),
        ("dispatches.FIND", texts.find_offer, find_offer),
        ("dispatches.STANDINGS", texts.standings[teams.len()].clone(), standings),
        ("dispatches.SAVE", texts.save_dispatch, dispatch),
        ("dispatches.END", texts.end, end),
        ("dispatches.OF_DEMAND_EARLIEST", of("dispatches", "OF_DEMAND_EARLIEST"), of_demand),
        (
            "dispatches.LATEST of a team",
            Text::with_choice("dispatches", "LATEST", "organization_id"),
            by_staff(latest(team)),
        ),
        ("dispatches.LATEST", of_town("dispatches", "LATEST"), by_staff(latest(town))),
        (
            "dispatches.LATEST_IN_STATE",
            of_town("dispatches", "LATEST_IN_STATE"),
            by_staff(in_state("offered")),
        ),
        (
            "dispatches.OPEN_LATEST",
            of("dispatches", "OPEN_LATEST"),
            values![person.volunteer_id, "", order.at + far, Uuid::max(), order.at - far, 21],
        ),
        ("dispatches.OVERDUE", of("dispatches", "OVERDUE"), values![order.at, 100]),
        ("assignments.FIND", texts.find_duty, values![order.assignment]),
        ("assignments.OF_DISPATCH", of("assignments", "OF_DISPATCH"), values![order.dispatch, 500]),
        (
            "assignments.LATEST of a volunteer",
            Text::with_choice("assignments", "LATEST", "volunteer_id"),
            latest(person.volunteer_id),
        ),
        ("assignments.LATEST", of_town("assignments", "LATEST"), latest(town)),
        (
            "assignments.LATEST_IN_STATE",
            of_town("assignments", "LATEST_IN_STATE"),
            in_state("on_site"),
        ),
        ("assignments.RELEASE", of("assignments", "RELEASE"), values![order.dispatch, order.at]),
        ("assignments.FORGOTTEN", of("assignments", "FORGOTTEN"), values![order.at, 100]),
        ("assignments.LAPSE", of("assignments", "LAPSE"), values![order.at, 100]),
        ("hours.LATEST", of("hours", "LATEST"), latest(person.volunteer_id)),
        ("evaluations.LATEST", of_town("evaluations", "LATEST"), judged),
        ("evaluations.LATEST_POOR", of_town("evaluations", "LATEST_POOR"), poor),
        ("evaluations.OF_DEMAND", of("evaluations", "OF_DEMAND"), values![order.demand]),
        ("journal.FORGET_ANSWERS", of("journal", "FORGET_ANSWERS"), values![NO_INSTANT, 100]),
    ]
}
