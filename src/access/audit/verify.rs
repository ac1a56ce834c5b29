//! Verifying the whole chain, page by page: what it takes in memory does not grow with the
//! audit, and what it reads may be served meanwhile.

use std::collections::HashMap;
use std::fmt;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::domain::{Finding, Head, Row, Walk};
use super::store;
use crate::ids::EntryId;
use crate::platform::db::{Db, Tx};
use crate::platform::journal;
use crate::problem::Problem;

/// How many rows are read at a time.
const PAGE: i64 = 200;
/// How many findings are told one by one.
const TOLD: usize = 20;

/// What verifying has found.
#[derive(Debug, Default)]
pub struct Report {
    /// The end of the chain.
    pub head: Head,
    /// The first findings, in the order in which they were found.
    pub first: Vec<Finding>,
    /// How many rows all findings are about.
    pub findings: u64,
    /// Whether the link that was noted elsewhere is in the chain; true where none was.
    pub holds_noted: bool,
}

impl Report {
    /// Whether nothing is wrong.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.findings == 0 && self.holds_noted
    }

    fn add(&mut self, findings: impl IntoIterator<Item = Finding>) {
        for finding in findings {
            self.findings = self.findings.saturating_add(finding.rows);
            if self.first.len() < TOLD {
                self.first.push(finding);
            }
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Head { sequence, link } = &self.head;
        writeln!(formatter, "rows sealed: {sequence}")?;
        writeln!(formatter, "head: {link}")?;
        for finding in &self.first {
            writeln!(formatter, "{finding}")?;
        }
        if !self.holds_noted {
            writeln!(formatter, "the link that was expected is not in the chain")?;
        }
        write!(formatter, "rows with something wrong: {}", self.findings)
    }
}

/// Walks along the chain from its beginning to its end of now, and along the journal for
/// rows that are in no chain. `noted` is a link that was noted elsewhere before.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn verify(db: &Db, now: DateTime<Utc>, noted: Option<&str>) -> Result<Report, Problem> {
    let mut tx = db.read().await?;
    let mut report = Report { holds_noted: noted.is_none(), ..Report::default() };
    walk_the_chain(&mut tx, noted, &mut report).await?;
    walk_the_journal(&mut tx, now, &mut report).await?;
    tx.finish();
    Ok(report)
}

async fn walk_the_chain(
    tx: &mut Tx,
    noted: Option<&str>,
    report: &mut Report,
) -> Result<(), Problem> {
    let end = store::head(tx).await?.sequence;
    let mut walk = Walk::default();
    while walk.head().sequence < end {
        let seals = store::behind(tx, walk.head().sequence, PAGE).await?;
        if seals.is_empty() {
            break;
        }
        let entries: Vec<EntryId> = seals.iter().map(|seal| seal.entry_id).collect();
        let rows = store::rows(tx, &entries).await?;
        let rows: HashMap<EntryId, &Row> = rows.iter().map(|row| (row.entry_id, row)).collect();
        for seal in &seals {
            report.add(walk.step(seal, rows.get(&seal.entry_id).copied()));
            report.holds_noted |= noted == Some(seal.link.as_str());
        }
    }
    report.head = walk.head().clone();
    Ok(())
}

async fn walk_the_journal(
    tx: &mut Tx,
    now: DateTime<Utc>,
    report: &mut Report,
) -> Result<(), Problem> {
    let mut behind = EntryId(Uuid::nil());
    loop {
        let rows = store::standing(tx, behind, PAGE).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        behind = last.entry_id;
        let in_the_audit = rows.iter().filter(|row| row.name != journal::ANSWERED);
        report.add(in_the_audit.filter_map(|row| row.finding(now)));
    }
}
