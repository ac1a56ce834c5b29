//! Requests that read.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::IF_NONE_MATCH;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, HttpResponse};

use super::{Action, Caller, Gate, Subject, Work, gate_of, permitted, tell};
use crate::access::accounts;
use crate::access::counts::{self, Limit};
use crate::platform::crypto;
use crate::platform::db::Tx;
use crate::platform::http::answer::Answer;
use crate::platform::http::{self, Reply};
use crate::platform::journal::{Author, Fact};
use crate::problem::Problem;

/// A request that reads.
pub struct Reader {
    /// The caller.
    pub caller: Caller,
    tx: Tx,
    /// How many statements ran before, on another connection.
    before: u32,
    remembered: bool,
    if_none_match: Option<String>,
    gate: Data<Gate>,
    request: HttpRequest,
}

impl FromRequest for Reader {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let gate = gate_of(&request)?;
            let (actor, tx, remembered) = gate.recognize(&request).await?;
            let known =
                request.headers().get_all(IF_NONE_MATCH).filter_map(|tags| tags.to_str().ok());
            let known: Vec<&str> = known.collect();
            Ok(Self {
                caller: Caller {
                    actor,
                    now: gate.parts.clock.now(),
                    coordinates: http::coordinate_system(request.headers())?,
                    language: http::language(request.headers()),
                },
                tx,
                before: 0,
                remembered,
                if_none_match: (!known.is_empty()).then(|| known.join(",")),
                gate,
                request,
            })
        })
    }
}

impl Reader {
    /// Finds a subject and lets `read` work on it, if the caller may.
    ///
    /// # Errors
    /// `not_found`, `forbidden`, or whatever `read` refuses with.
    pub async fn on<A: Action>(
        mut self,
        id: <A::Subject as Subject>::Id,
        read: impl AsyncFnOnce(&mut Tx, &Caller, A::Subject) -> Result<Answer, Problem>,
    ) -> Reply {
        let subject = A::Subject::find(&mut self.tx, id).await?;
        match permitted::<A>(&self.caller.actor, subject) {
            Ok(subject) => self.answer(subject, read).await,
            Err(problem) => Err(self.refuse(problem).await),
        }
    }

    /// Lets `read` work on a subject that is at hand, if the caller may.
    ///
    /// # Errors
    /// `not_found`, `forbidden`, or whatever `read` refuses with.
    pub async fn about<A: Action>(
        self,
        subject: A::Subject,
        read: impl AsyncFnOnce(&mut Tx, &Caller, A::Subject) -> Result<Answer, Problem>,
    ) -> Reply {
        match permitted::<A>(&self.caller.actor, Some(subject)) {
            Ok(subject) => self.answer(subject, read).await,
            Err(problem) => Err(self.refuse(problem).await),
        }
    }

    /// The same where reading is itself worth a row: `fact` is written down before
    /// anything is read.
    ///
    /// # Errors
    /// `not_found`, `forbidden`, or whatever `read` refuses with; `unavailable` when the
    /// fact cannot be written down.
    pub async fn on_record<A: Action>(
        mut self,
        subject: A::Subject,
        fact: Fact,
        read: impl AsyncFnOnce(&mut Tx, &Caller, A::Subject) -> Result<Answer, Problem>,
    ) -> Reply {
        let subject = match permitted::<A>(&self.caller.actor, Some(subject)) {
            Ok(subject) => subject,
            Err(problem) => return Err(self.refuse(problem).await),
        };
        let delegated_by = self.caller.actor.stands_in_for(|actor| A::allows(actor, &subject));
        let author = Author { delegated_by, ..self.author() };
        self.before = self.tx.statements() + 1;
        // Nobody holds one connection while he waits for another.
        self.tx.finish();
        self.gate.write_down(&author, fact).await?;
        self.tx = self.gate.parts.db.read().await?;
        self.answer(subject, read).await
    }

    /// The same where all that is kept of a person is read: he has to have signed in a short
    /// while ago, and does it so often a day at most.
    ///
    /// # Errors
    /// As [`Reader::on_record`]; `fresh_sign_in_needed`, `too_many_requests`.
    pub async fn on_record_freshly<A: Action>(
        mut self,
        subject: A::Subject,
        fact: Fact,
        most_in_a_day: u32,
        read: impl AsyncFnOnce(&mut Tx, &Caller, A::Subject) -> Result<Answer, Problem>,
    ) -> Reply {
        let subject = match permitted::<A>(&self.caller.actor, Some(subject)) {
            Ok(subject) => subject,
            Err(problem) => return Err(self.refuse(problem).await),
        };
        accounts::require_fresh_sign_in(&mut self.tx, &self.caller).await?;
        let author = self.author();
        let looked_up = self.tx.statements();
        self.tx.finish();
        let who = format!("{} {}", A::NAME, self.caller.actor.account_id);
        let (subject_of_count, most) = (crypto::digest(who.as_bytes()), most_in_a_day);
        let limits = [Limit { subject: subject_of_count, most, within: counts::KEPT }];
        let mut written = 0;
        self.gate
            .write_as(&author, &mut async |work: &mut Work<'_>| {
                counts::spend(work, &limits).await?;
                work.record(fact.clone());
                // The fact itself is written when this is done.
                written = work.tx.statements() + 1;
                Ok(())
            })
            .await?;
        self.before = looked_up + written;
        self.tx = self.gate.parts.db.read().await?;
        self.answer(subject, read).await
    }

    async fn answer<S>(
        mut self,
        subject: S,
        read: impl AsyncFnOnce(&mut Tx, &Caller, S) -> Result<Answer, Problem>,
    ) -> Reply {
        let answer = read(&mut self.tx, &self.caller, subject).await?;
        Ok(self.finish(answer))
    }

    /// Writes down a refusal, on no connection but the one for that.
    async fn refuse(self, problem: Problem) -> Problem {
        let author = self.author();
        self.tx.finish();
        self.gate.refused(&self.request, &author, problem).await
    }

    fn author(&self) -> Author {
        self.caller.actor.author(self.gate.origin_of(&self.request))
    }

    fn finish(self, answer: Answer) -> HttpResponse {
        let statements = self.before + self.tx.statements();
        let statements = self.gate.parts.tells_statements.then_some(statements);
        self.tx.finish();
        let mut response = answer.into_reading(self.if_none_match.as_deref());
        tell(&mut response, statements, self.remembered);
        response
    }
}
