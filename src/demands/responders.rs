//! What a demand needs done about its responders; `dispatches` does it.

use chrono::Duration;
use futures_util::future::LocalBoxFuture;

use super::domain::Demand;
use crate::access::Work;
use crate::problem::Problem;

/// What became of the dispatch that a demand is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was not answered in time.
    Lapsed,
    /// It is not needed any more.
    Withdrawn,
    /// The service was brought and judged.
    Completed,
}

/// The reactions that `app` wires in: always in the transaction of the step
/// that called for them.
pub trait Responders: Send + Sync {
    /// Finds a responder and offers him the demand; goes up the tree where there
    /// is none, and leaves it unfilled at the top. Gives the demand as stored.
    fn find_responder<'a, 'w: 'a>(
        &'a self,
        work: &'a mut Work<'w>,
        demand: Demand,
    ) -> LocalBoxFuture<'a, Result<Demand, Problem>>;

    /// Gives whoever is asked as much more time as the demand stood still.
    fn postpone<'a, 'w: 'a>(
        &'a self,
        work: &'a mut Work<'w>,
        demand: &'a Demand,
        by: Duration,
    ) -> LocalBoxFuture<'a, Result<(), Problem>>;

    /// Ends the dispatch that the demand is on, with everybody on it.
    fn end_dispatch<'a, 'w: 'a>(
        &'a self,
        work: &'a mut Work<'w>,
        demand: &'a Demand,
        outcome: Outcome,
        reason: Option<&'a str>,
    ) -> LocalBoxFuture<'a, Result<(), Problem>>;
}
