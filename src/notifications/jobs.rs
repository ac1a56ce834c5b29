//! The sweeps over facts and notices: those concerned are told, and what is old is
//! forgotten.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::Duration;
use futures_util::future::LocalBoxFuture;

use super::domain::{News, People};
use super::store;
use crate::access::{Gate, Work};
use crate::ids::EntryId;
use crate::organizations::Directory;
use crate::platform::jobs::Job;
use crate::platform::journal;
use crate::problem::Problem;

/// How many facts one sweep takes.
const SWEEP: i64 = 200;
/// How many notices one sweep forgets.
const FORGET: i64 = 500;
/// How long a notice is kept, read or not, in days.
const KEPT_DAYS: i64 = 90;

/// Tells everybody whom the latest facts concern.
///
/// A fact is read until it is marked, and marked in the transaction that writes its
/// notices: however often it is read, everybody is told once.
pub struct TellThoseConcerned {
    /// The tree.
    pub directory: Arc<Directory>,
}

impl Job<Gate> for TellThoseConcerned {
    fn name(&self) -> &'static str {
        "notifications.tell"
    }

    fn run<'a>(&'a self, gate: &'a Gate) -> LocalBoxFuture<'a, Result<usize, Problem>> {
        Box::pin(async move {
            // Read before anything is written: an idle county writes nothing, and whoever
            // is concerned is found out while nobody waits.
            let mut tx = gate.read_without_permit(self.name()).await?;
            let untold = journal::untold(&mut tx, SWEEP).await?;
            if untold.is_empty() {
                return Ok(0);
            }
            let news = store::news(&mut tx, untold).await?;
            let people = store::people(&mut tx, &self.directory, &news, gate.clock().now()).await?;
            drop(tx);
            gate.without_permit(self.name(), async |work| tell(work, &news, &people).await).await
        })
    }
}

/// Marks the facts and writes the notices of those that nobody else has marked.
async fn tell(work: &mut Work<'_>, news: &[News], people: &People) -> Result<usize, Problem> {
    let facts: Vec<EntryId> = news.iter().map(|one| one.entry.entry_id).collect();
    let marked: HashSet<EntryId> =
        journal::mark_told(work.tx, &facts, work.now).await?.into_iter().collect();
    let mut told = Vec::new();
    // In the order of the facts, and so of the ids: the list of a reader is in this order.
    for own in news.iter().filter(|one| marked.contains(&one.entry.entry_id)) {
        let addressees = own.addressees(people).into_iter();
        told.extend(addressees.map(|to| (work.new_id(), own, to)));
    }
    store::insert(work.tx, &told, work.now).await?;
    Ok(marked.len())
}

/// Forgets notices, read or not, after their time: what they tell of stays in the
/// timeline.
pub struct ForgetNotices;

impl Job<Gate> for ForgetNotices {
    fn name(&self) -> &'static str {
        "notifications.forget"
    }

    fn run<'a>(&'a self, gate: &'a Gate) -> LocalBoxFuture<'a, Result<usize, Problem>> {
        Box::pin(async move {
            let before = gate.clock().now() - Duration::days(KEPT_DAYS);
            let mut tx = gate.read_without_permit(self.name()).await?;
            if !store::has_old(&mut tx, before).await? {
                return Ok(0);
            }
            drop(tx);
            let forgotten = gate
                .without_permit(self.name(), async |work| {
                    store::forget(work.tx, before, FORGET).await
                })
                .await?;
            Ok(usize::try_from(forgotten).unwrap_or(usize::MAX))
        })
    }
}
