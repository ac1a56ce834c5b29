//! The sweep that does what was asked for: closes accounts when their time has come, and puts
//! out what is personal, piece by piece. Every piece is a transaction that also says how far it
//! has come, so that a restart goes on from there, and a piece that is done again does nothing. A
//! piece that fails is tried again after minutes, and each time later, at the latest after a day.

mod retention;

pub use retention::ForgetOrders;

use chrono::{DateTime, Duration, Utc};
use futures_util::future::LocalBoxFuture;
use uuid::Uuid;

use crate::access::accounts::{self, CLOSED_NAME};
use crate::access::{Gate, Work};
use crate::people::domain::{Deletion, DeletionState, Phase};
use crate::people::matters::matters;
use crate::people::store;
use crate::platform::db::Tx;
use crate::platform::jobs::{Job, Settled, settled};
use crate::problem::Problem;
use crate::{demands, dispatches, evaluations, notifications, volunteers};

/// How many deletions one sweep goes on with.
const SWEEP: i64 = 20;
/// How many rows a piece has.
const PIECE: i64 = 50;
/// How long a deletion waits when something stands in its way.
const HELD_UP: Duration = Duration::days(1);
/// How long it waits for an order that was placed at the very moment of closing.
const AWAITED: Duration = Duration::hours(1);

/// Closes accounts and erases what is personal.
pub struct EraseAccounts;

impl Job<Gate> for EraseAccounts {
    fn name(&self) -> &'static str {
        "people.erase_accounts"
    }

    fn run<'a>(&'a self, gate: &'a Gate) -> LocalBoxFuture<'a, Result<usize, Problem>> {
        Box::pin(async move {
            let due = async |tx: &mut Tx, now| store::due(tx, now, SWEEP).await;
            let swept = gate.sweep(self.name(), due, go_on).await?;
            let mut done = swept.done;
            for id in swept.failed {
                let postponed =
                    gate.without_permit(self.name(), async |work| postpone(work, id).await).await;
                done += usize::from(settled(self.name(), id, postponed)? == Settled::Done);
            }
            Ok(done)
        })
    }
}

/// Puts one off whose step has failed: what fails for good stands in nobody's way.
async fn postpone(work: &mut Work<'_>, id: Uuid) -> Result<(), Problem> {
    let Some(failed) = store::find(work.tx, id).await? else { return Ok(()) };
    store::save(work.tx, failed.postponed(work.now)).await
}

/// Takes the next step of a deletion that is due.
async fn go_on(work: &mut Work<'_>, id: Uuid) -> Result<(), Problem> {
    let Some(asked) = store::find(work.tx, id).await? else { return Ok(()) };
    let next = match asked.state {
        DeletionState::Waiting if asked.due_at <= work.now => close(work, asked).await?,
        DeletionState::Erasing if asked.due_at <= work.now => erase(work, asked).await?,
        _ => return Ok(()),
    };
    store::save(work.tx, Deletion { failures: 0, ..next }).await
}

/// Closes the account, unless something has come up meanwhile for which it is needed.
async fn close(work: &mut Work<'_>, asked: Deletion) -> Result<Deletion, Problem> {
    let (account, now) = (asked.account_id, work.now);
    let volunteer_id = volunteers::id_of(work.tx, account).await?;
    if !matters(work.tx, account, volunteer_id, now).await?.are_none() {
        let held_up = Deletion { held_up: true, due_at: now + HELD_UP, ..asked };
        // He is told once.
        if !asked.held_up {
            work.record(held_up.fact("deletion.held_up.v1"));
        }
        return Ok(held_up);
    }
    if let Some(id) = volunteer_id {
        volunteers::erase(work, id, CLOSED_NAME).await?;
    }
    accounts::close(work, account).await?;
    let state = DeletionState::Erasing;
    Ok(Deletion { state, volunteer_id, held_up: false, closed_at: Some(now), ..asked })
}

/// Puts out the next piece of what is personal.
async fn erase(work: &mut Work<'_>, asked: Deletion) -> Result<Deletion, Problem> {
    match asked.phase {
        Phase::Assignments => erase_name(work, asked).await,
        Phase::Notices => erase_notices(work, asked).await,
        Phase::Demands => erase_orders(work, asked).await,
    }
}

async fn erase_name(work: &mut Work<'_>, asked: Deletion) -> Result<Deletion, Problem> {
    let next = match asked.volunteer_id {
        Some(id) => {
            dispatches::rename_on_page(work.tx, id, CLOSED_NAME, asked.after(), PIECE).await?
        }
        None => None,
    };
    Ok(asked.at_or_in(next, Phase::Notices))
}

async fn erase_notices(work: &mut Work<'_>, asked: Deletion) -> Result<Deletion, Problem> {
    let forgotten = notifications::forget_of(work.tx, asked.account_id, PIECE).await?;
    let is_full = i64::try_from(forgotten).is_ok_and(|count| count >= PIECE);
    if is_full { Ok(asked) } else { Ok(asked.at_or_in(None, Phase::Demands)) }
}

async fn erase_orders(work: &mut Work<'_>, asked: Deletion) -> Result<Deletion, Problem> {
    let (account, now) = (asked.account_id, work.now);
    let page = demands::erase_page(work.tx, account, asked.after(), PIECE, now).await?;
    dispatches::erase_words(work.tx, &page.erased).await?;
    evaluations::erase_words(work.tx, &page.erased).await?;
    let found_open = asked.found_open || page.open;
    if page.next.is_some() {
        return Ok(Deletion { found_open, ..asked.at_or_in(page.next, Phase::Demands) });
    }
    if found_open {
        // He has ordered at the very moment at which he was closed: it comes to its end.
        let due_at = now + AWAITED;
        return Ok(Deletion { due_at, found_open: false, ..asked.at_or_in(None, Phase::Demands) });
    }
    // What a request wrote that was under way while the account was closed.
    accounts::forget_late(work, account).await?;
    if let Some(id) = volunteers::id_of(work.tx, account).await? {
        volunteers::erase(work, id, CLOSED_NAME).await?;
    }
    store::requests::erase_of(work.tx, account).await?;
    Ok(finished(work, asked, now))
}

fn finished(work: &mut Work<'_>, asked: Deletion, now: DateTime<Utc>) -> Deletion {
    work.record(asked.fact("deletion.finished.v1"));
    Deletion { state: DeletionState::Done, finished_at: Some(now), ..asked }
}
