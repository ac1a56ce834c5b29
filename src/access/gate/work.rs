//! What is done in one transaction.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::platform::clock::Clock;
use crate::platform::db::Tx;
use crate::platform::journal::{self, Author, Fact, KeptAnswer, Origin};
use crate::problem::Problem;

/// One unit of work: the transaction, the instant, the author and the facts.
pub struct Work<'a> {
    /// The transaction.
    pub tx: &'a mut Tx,
    /// The clock, for new ids.
    pub clock: &'a Clock,
    /// The instant of the command; every row of it bears this time.
    pub now: DateTime<Utc>,
    author: Author,
    facts: Vec<Fact>,
}

impl<'a> Work<'a> {
    pub(super) const fn new(
        tx: &'a mut Tx,
        clock: &'a Clock,
        now: DateTime<Utc>,
        author: Author,
    ) -> Self {
        Self { tx, clock, now, author, facts: Vec::new() }
    }

    /// Notes a fact, to be written with the commit.
    pub fn record(&mut self, fact: Fact) {
        self.facts.push(fact);
    }

    /// Where the request came from that this is done for.
    #[must_use]
    pub const fn origin(&self) -> &Origin {
        &self.author.origin
    }

    /// Writes down at once what somebody else has done than whoever the rest is done by:
    /// he who signs in was nobody when his request began.
    ///
    /// # Errors
    /// `unavailable` when the database does not answer.
    pub async fn record_of(&mut self, author: &Author, fact: Fact) -> Result<(), Problem> {
        journal::record(self.tx, self.clock, self.now, author, &[fact], None).await
    }

    /// A fresh id.
    #[must_use]
    pub fn new_id<I: From<Uuid>>(&self) -> I {
        self.clock.new_id()
    }

    /// An answer is kept with the first fact; where nothing has happened that anybody
    /// would tell, with a fact that says only this.
    pub(super) async fn write_down(&mut self, kept: Option<&KeptAnswer>) -> Result<(), Problem> {
        let keeper = self.author.account_id.filter(|_| kept.is_some() && self.facts.is_empty());
        self.facts.extend(keeper.map(Fact::answered));
        journal::record(self.tx, self.clock, self.now, &self.author, &self.facts, kept).await
    }
}
