//! The past: closed orders with everything that they left behind, written in bulk.

use std::collections::HashMap;
use std::ops::Range;

use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

use crate::county::County;
use crate::order::{ASSIGNMENTS, DISPATCHES, EVALUATIONS, Order, tally};
use crate::store::{Isolation, Session, Store, Text};
use crate::value::Value;
use redvest::platform::db::statements::with_rows;

/// How many orders one statement writes. SQLite looks every value up by its name, in a list, so a
/// statement with ten times the values takes a hundred times as long.
const CHUNK: usize = 25;
/// How many chunks one transaction writes.
const CHUNKS: usize = 160;
/// How many seconds a year has.
const YEAR: usize = 365 * 24 * 3_600;

/// The past of a county: so many orders a year, the latest of them first in number.
#[derive(Clone, Copy)]
pub struct History {
    /// When it ends.
    pub until: DateTime<Utc>,
    /// How many orders there were in one year.
    pub yearly: usize,
}

impl History {
    /// The n-th order before the present.
    pub fn order(&self, number: usize, county: &County) -> Order {
        let microseconds = (number * 1_000_000) / self.yearly.max(1) * YEAR;
        let ago = Duration::microseconds(i64::try_from(microseconds).unwrap());
        Order::past(number, self.until - Duration::days(1) - ago, county)
    }

    /// Writes these orders, the earliest first, and adds them to the tallies.
    pub async fn write(&self, store: &Store, county: &County, numbers: Range<usize>) {
        let texts = Texts::default();
        let mut tallies = HashMap::new();
        let numbers: Vec<usize> = numbers.rev().collect();
        for transaction in numbers.chunks(CHUNK * CHUNKS) {
            let mut session = store.begin(Isolation::ReadCommitted).await.unwrap();
            for chunk in transaction.chunks(CHUNK) {
                let orders: Vec<Order> =
                    chunk.iter().map(|number| self.order(*number, county)).collect();
                texts.write(&mut session, &orders, county).await;
                for order in &orders {
                    add(&mut tallies, order, county);
                }
            }
            session.commit().await.unwrap();
        }
        write_tallies(store, tallies).await;
    }
}

/// The texts that write a whole chunk.
struct Texts {
    demands: Text,
    dispatches: Text,
    assignments: Text,
    records: Text,
    evaluations: Text,
    journal: Text,
    count: usize,
}

impl Default for Texts {
    fn default() -> Self {
        Self::for_count(CHUNK)
    }
}

impl Texts {
    fn for_count(count: usize) -> Self {
        Self {
            demands: Text::many("demands", "INSERT", count),
            dispatches: Text::written(&with_rows(DISPATCHES, count)),
            assignments: Text::written(&with_rows(ASSIGNMENTS, count)),
            records: Text::many("hours", "INSERT", count),
            evaluations: Text::written(&with_rows(EVALUATIONS, count)),
            journal: Text::with_rows("journal", "INSERT", count * 5),
            count,
        }
    }

    async fn write(&self, session: &mut Session, orders: &[Order], county: &County) {
        if orders.len() != self.count {
            return Box::pin(Self::for_count(orders.len()).write(session, orders, county)).await;
        }
        let rows = |row: &dyn Fn(&Order) -> Vec<Value>| -> Vec<Value> {
            orders.iter().flat_map(row).collect()
        };
        let below = |row: &dyn Fn(&Order) -> Vec<Value>| -> Vec<Value> {
            orders.iter().flat_map(|order| [row(order), order.ancestors(county)].concat()).collect()
        };
        let filled = [
            (&self.demands, rows(&|order| order.demand_row(county, order.closed()))),
            (&self.dispatches, below(&|order| order.dispatch_row(county, "completed", 1))),
            (&self.assignments, below(&|order| order.assignment_row(county))),
            (&self.records, rows(&|order| order.record_row(county, order.served().0, 60))),
            (&self.evaluations, below(&|order| order.evaluation_row(county, order.closed().at))),
            (&self.journal, rows(&|order| order.past_entries(county).concat())),
        ];
        for (text, values) in filled {
            session.execute(text, &values).await.unwrap();
        }
    }
}

fn add(tallies: &mut HashMap<Uuid, [i64; 6]>, order: &Order, county: &County) {
    let served = [60, 1, 0, 0, 0, 0];
    let judged = [60, 1, 1, 5, 1, 0];
    let owners = [
        (order.person(county).volunteer_id, served),
        (order.team(county).id, judged),
        (order.station(county).id, judged),
    ];
    for (owner, more) in owners {
        let sums = tallies.entry(owner).or_default();
        sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
    }
}

async fn write_tallies(store: &Store, tallies: HashMap<Uuid, [i64; 6]>) {
    let tallies: Vec<(Uuid, [i64; 6])> = tallies.into_iter().collect();
    let mut session = store.begin(Isolation::ReadCommitted).await.unwrap();
    for chunk in tallies.chunks(1_000) {
        let text = Text::with_rows("hours", "TALLY", chunk.len());
        let values: Vec<Value> =
            chunk.iter().flat_map(|(owner, sums)| tally(*owner, *sums)).collect();
        session.execute(&text, &values).await.unwrap();
    }
    session.commit().await.unwrap();
}
