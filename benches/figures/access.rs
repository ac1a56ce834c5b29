//! What it costs to know who asks and whether he may, to compare passwords, and to seal what was
//! done: each next to what it is added to, in the same run.

use std::time::{Duration, Instant};

use crate::http::{drive, request};
use crate::load::{Measured, Queue};
use crate::operations::{Figure, Operation, Site};

/// Of a single read, at the most connections.
const ACCESS_OF_READ: f64 = 0.1;
/// Of a command.
const AUDIT_OF_COMMAND: f64 = 0.1;
/// Over how many connections people sign in beside the others.
const SIGNING_IN: usize = 16;
/// How many rows of the journal wait for their seal.
const UNSEALED: &str = "SELECT COUNT(*) FROM journal WHERE sealed_at IS NULL";
/// The latest rows lose their seals: first the mark, then the seal, so that nothing is sealed
/// twice in between.
const UNMARK: &str = "UPDATE journal SET sealed_at = NULL WHERE entry_id IN
    (SELECT entry_id FROM seals WHERE sequence > (SELECT MAX(sequence) FROM seals) - 20000)";
const UNSEAL: &str = "DELETE FROM seals WHERE sequence > (SELECT MAX(sequence) FROM seals) - 20000";
/// How many rows the latest order made that was placed and dispatched in one request.
const ROWS_OF_ORDER: &str = "SELECT COUNT(*) FROM journal WHERE request_id =
    (SELECT request_id FROM journal WHERE name = 'demand.placed.v1' ORDER BY entry_id DESC LIMIT 1)";

/// Prints all of it; `figures` are those of the same number of connections.
pub async fn print(site: &Site<'_>, connections: usize, figures: &[Figure]) {
    let of = |wanted| figures.iter().find(|figure| figure.operation == wanted).unwrap();
    caller(site, connections, of(Operation::Read)).await;
    signing_in(site, connections, of(Operation::Read)).await;
    sealing(site, of(Operation::Place)).await;
}

/// Who asks, over the same answer without it: `GET /me` says nothing but that.
async fn caller(site: &Site<'_>, connections: usize, read: &Figure) {
    let anonymous = site.costs(connections, request("GET", "/healthz", None, None)).await;
    let token = Some(site.people.administrator());
    let known = site.costs(connections, request("GET", "/api/v1/me", token, None)).await;
    let share = share(known.saturating_sub(anonymous), read.processor);
    println!(
        "who asks and may he, at {connections} connections: GET /me {} us of processor time, GET /healthz {} us, \
         one demand {} us: {:.0} % of a read{}",
        known.as_micros(),
        anonymous.as_micros(),
        read.processor.as_micros(),
        share * 100.0,
        missed(share > ACCESS_OF_READ)
    );
}

/// Passwords are compared while others read.
async fn signing_in(site: &Site<'_>, connections: usize, alone: &Figure) {
    let attempts = Queue::around(vec![site.people.password_sign_in()]);
    let reads = Queue::around(site.reads());
    let (signed_in, beside) = tokio::join!(
        drive(site.server.address, SIGNING_IN, &attempts, site.pace),
        drive(site.server.address, connections, &reads, site.pace),
    );
    let times =
        |measured: &Measured| format!("{} / {} us", measured.permille(500), measured.permille(990));
    println!(
        "signing in by password, {SIGNING_IN} at once: {:.0} a second ({} were told to come back); one demand beside it \
         {:.0} a second, p50 / p99 {}, and {:.0} a second, {} without",
        signed_in.rate(),
        signed_in.failed,
        beside.rate(),
        times(&beside),
        alone.measured.rate(),
        times(&alone.measured)
    );
}

/// Rows lose their seals and get them again, while nothing else is done.
async fn sealing(site: &Site<'_>, command: &Figure) {
    let rows_of_order = site.store.number(ROWS_OF_ORDER).await;
    all_sealed(site).await;
    site.store.command(UNMARK).await;
    let unsealed = site.store.number(UNSEALED).await;
    let before = site.server.processor_time();
    site.store.command(UNSEAL).await;
    all_sealed(site).await;
    let used = site.server.processor_time().saturating_sub(before);
    let each = used / u32::try_from(unsealed.max(1)).unwrap_or(u32::MAX);
    let of_command = each * u32::try_from(rows_of_order).unwrap_or(1);
    let share = share(of_command, command.processor);
    println!(
        "the audit: {unsealed} rows sealed, {} us of processor time each; {rows_of_order} of them for an order that is \
         placed and dispatched, which takes {} us: {:.0} % of the command{}",
        each.as_micros(),
        command.processor.as_micros(),
        share * 100.0,
        missed(share > AUDIT_OF_COMMAND)
    );
}

async fn all_sealed(site: &Site<'_>) {
    let begin = Instant::now();
    while site.store.number(UNSEALED).await > 0 {
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert!(begin.elapsed() < Duration::from_mins(10), "rows wait for their seals");
    }
}

fn share(part: Duration, whole: Duration) -> f64 {
    part.as_secs_f64() / whole.as_secs_f64().max(1e-9)
}

const fn missed(is_missed: bool) -> &'static str {
    if is_missed { " !" } else { "" }
}
