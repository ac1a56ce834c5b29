//! # Reveals
//!
//! Personal data is masked; the whole of it is a separate act: by somebody who has the right,
//! for a purpose and with a reason, and for minutes. While it lasts whoever asked reads it
//! again, and nobody else ever does; then he asks anew.
//!
//! ```text
//!               of a grown-up                        its minutes are over
//!   reveal ──────────────────────▶ visible ────────────────────────────▶ lapsed
//!     │ of a minor                    ▲
//!     └────────────▶ awaiting_approval ┤ approved by another person, an administrator
//!                                      ├──▶ refused
//!                                      └──▶ lapsed: nobody has decided in time
//! ```
//!
//! What has lapsed is said by the clock alone, and nothing has to be done for it.
//!
//! Staff sees name, telephone and address of minors only where a responsible person has approved
//! it (未成年人网络保护条例, article 36). Every reveal is a fact of the journal, and so of the audit, and a
//! line in the *access log* of everybody whose data it is: he reads who looked, when, and
//! what for.
//!
//! What is revealed is not copied: it is read where it is, by [`Revealing`], which also says
//! whether the right to see it still stands.

mod contract;
mod domain;
mod policy;
mod routes;
mod store;

pub use contract::{Contact, RevealContact, RevealView};
pub use domain::{Reveal, RevealPurpose, Revealed, Subject as RevealSubject};
pub use policy::ACTIONS;
pub use routes::configure;
pub use store::{STATEMENTS, forget_lapsed, has_lapsed};

use chrono::{DateTime, Utc};
use futures_util::future::LocalBoxFuture;
use serde_json::json;

use self::domain::Standing;
use super::actor::Actor;
use super::gate::{Caller, Work};
use crate::ids::OrganizationId;
use crate::platform::db::Tx;
use crate::platform::http::answer::Answer;
use crate::problem::Problem;

/// Where the data is that is revealed. `app` wires it in.
pub trait Revealing: Send + Sync {
    /// What this reveal shows; nothing where it is no more, or this actor may not see it.
    fn revealed<'a>(
        &'a self,
        tx: &'a mut Tx,
        subject: RevealSubject,
        actor: &'a Actor,
        now: DateTime<Utc>,
    ) -> LocalBoxFuture<'a, Result<Option<Revealed>, Problem>>;
}

/// A look that is asked for, of somebody who has the right.
pub struct Asking {
    /// At what.
    pub subject: RevealSubject,
    /// What it shows.
    pub revealed: Revealed,
    /// Whether it is of a minor, of whom staff sees nothing without approval.
    pub of_minor: bool,
    /// Where whoever asks has to do with it.
    pub organization_id: OrganizationId,
    /// For how many minutes.
    pub minutes: u32,
    /// For how many hours it waits, where it has to be approved.
    pub approval_hours: u32,
}

/// Grants the look, or lets it wait for somebody who answers for it. The answer that is kept
/// for a repetition of the request does not hold what was shown.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn ask(
    work: &mut Work<'_>,
    caller: &Caller,
    body: &RevealContact,
    asking: Asking,
) -> Result<Answer, Problem> {
    let reveal = Reveal::asked(&caller.actor, work.new_id(), body, &asking, work.now);
    store::insert(work.tx, &reveal).await?;
    let kept = Answer::ok(&RevealView::of(&reveal, caller, None))?;
    if reveal.standing == Standing::AwaitingApproval {
        let nodes = caller.actor.lineage(reveal.organization_id);
        store::let_wait(work.tx, &reveal, &nodes).await?;
        let requested = reveal.fact("reveal.requested.v1", Some(&reveal.reason));
        work.record(requested.with("dueAt", json!(reveal.approve_by)));
        return Ok(kept);
    }
    write_down(work, &reveal, &asking.revealed).await?;
    kept.showing_once(&RevealView::of(&reveal, caller, Some(asking.revealed.contact)))
}

/// Writes into the journal that data became visible, and into the access log of everybody
/// whose data it is.
async fn write_down(
    work: &mut Work<'_>,
    reveal: &Reveal,
    revealed: &Revealed,
) -> Result<(), Problem> {
    store::log(work.tx, reveal, revealed, work.now).await?;
    work.record(reveal.fact(reveal.subject.revealed_fact(), Some(&reveal.reason)));
    Ok(())
}
