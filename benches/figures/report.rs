//! The tables, with the aims beside the figures and a mark where an aim is missed.

use std::collections::HashMap;
use std::time::Duration;

use crate::load::Measured;
use crate::operations::{Figure, Operation};
use crate::server::Memory;

/// How much of the floor writes are to reach.
const WRITES_OF_FLOOR: f64 = 0.7;
/// How much of the floor reads are to reach.
const READS_OF_FLOOR: f64 = 0.5;
/// How much longer half of the requests may take with ten times the past.
const GROWTH: f64 = 1.3;
/// How many times the median the slowest hundredth may take.
const TAIL: f64 = 10.0;
/// How much memory the program may hold, in MiB.
const MEMORY: f64 = 100.0;
/// How long the program may take to start.
const START: Duration = Duration::from_millis(500);

/// What was measured of one operation at one number of connections.
pub struct Row {
    /// How many.
    pub connections: usize,
    /// Over HTTP.
    pub figure: Figure,
    /// The same statements without the program.
    pub floor: Option<Measured>,
}

/// What was measured with one size of the past.
pub struct Table {
    /// The engine and the size, in words.
    pub title: String,
    /// The operations.
    pub rows: Vec<Row>,
    /// Memory while idle, and after each number of connections.
    pub memory: Vec<(usize, Memory)>,
    /// How long the program took to start.
    pub started_in: Duration,
}

/// The medians of an earlier table, to compare with.
pub type Medians = HashMap<(Operation, usize), u32>;

impl Table {
    /// The median of each operation.
    pub fn medians(&self) -> Medians {
        let medians = self.rows.iter().map(|row| {
            ((row.figure.operation, row.connections), row.figure.measured.permille(500))
        });
        medians.collect()
    }

    /// Prints it; `smaller` is the table with a tenth of the past.
    pub fn print(&self, smaller: Option<&Medians>) {
        println!("\n{}", self.title);
        println!(
            "{:<26}{:>6}{:>10}{:>9}{:>10}{:>8}{:>11}{:>9}{:>9}{:>9}{:>8}{:>13}{:>11}{:>8}",
            "operation",
            "conn",
            "per s",
            "p50 us",
            "p99 us",
            "tail",
            "floor/s",
            "p50 us",
            "ratio",
            "growth",
            "CPU us",
            "again",
            "statements",
            "failed"
        );
        let mut rows: Vec<&Row> = self.rows.iter().collect();
        rows.sort_by_key(|row| (row.figure.operation, row.connections));
        for row in rows {
            row.print(smaller);
        }
        for (connections, memory) in &self.memory {
            let Memory { resident, own, file } = memory;
            let resident = format!("{resident:.0} MiB{}", mark(*resident >= MEMORY));
            let own = format!("{own:.0}{}", mark(*own >= MEMORY));
            let at = if *connections == 0 {
                "after the start".to_owned()
            } else {
                format!("after {connections} connections")
            };
            println!("memory {at}: {resident} resident = {own} own + {file:.0} pages of files");
        }
        let mark = mark(self.started_in >= START);
        println!("start until ready: {} ms{mark}", self.started_in.as_millis());
        println!(
            "aims: ratio >= {WRITES_OF_FLOOR} (writes), {READS_OF_FLOOR} (reads); tail (p99/p50) <= {TAIL}; growth (p50 with ten times the past) <= {GROWTH}; memory < {MEMORY} MiB; start < {} ms; ! marks a miss",
            START.as_millis()
        );
        for row in &self.rows {
            if let Some(refusal) = &row.figure.measured.refusal {
                println!("refused ({}): {refusal}", row.figure.operation.name());
            }
            if let Some(refusal) = row.floor.as_ref().and_then(|floor| floor.refusal.as_ref()) {
                println!("refused (floor of {}): {refusal}", row.figure.operation.name());
            }
        }
    }
}

impl Row {
    fn print(&self, smaller: Option<&Medians>) {
        let Figure { operation, measured, processor } = &self.figure;
        let (median, slow) = (measured.permille(500), measured.permille(990));
        let tail = f64::from(slow) / f64::from(median.max(1));
        let floor_rate = self.floor.as_ref().map(Measured::rate);
        let ratio = floor_rate.map(|rate| measured.rate() / rate);
        let aim = if operation.writes() { WRITES_OF_FLOOR } else { READS_OF_FLOOR };
        let before = smaller.and_then(|medians| medians.get(&(*operation, self.connections)));
        let growth = before.map(|before| f64::from(median) / f64::from((*before).max(1)));
        println!(
            "{:<26}{:>6}{:>10.0}{:>9}{:>10}{:>8}{:>11}{:>9}{:>9}{:>9}{:>8}{:>13}{:>11}{:>8}",
            operation.name(),
            self.connections,
            measured.rate(),
            median,
            slow,
            format!("{tail:.1}{}", mark(tail > TAIL)),
            shown(floor_rate, |rate| format!("{rate:.0}")),
            shown(self.floor.as_ref(), |floor| floor.permille(500).to_string()),
            shown(ratio, |ratio| format!("{ratio:.2}{}", mark(ratio < aim))),
            shown(growth, |growth| format!("{growth:.2}{}", mark(growth > GROWTH))),
            processor.as_micros(),
            format!(
                "{:.2} / {}",
                measured.again(),
                shown(self.floor.as_ref(), |floor| format!("{:.2}", floor.again()))
            ),
            shown(measured.statements, |count| count.to_string()),
            measured.failed + self.floor.as_ref().map_or(0, |floor| floor.failed),
        );
    }
}

fn shown<T>(value: Option<T>, show: impl Fn(T) -> String) -> String {
    value.map_or_else(|| "-".to_owned(), show)
}

const fn mark(missed: bool) -> &'static str {
    if missed { "!" } else { " " }
}
