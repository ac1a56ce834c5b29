//! Requests that read.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::IF_NONE_MATCH;
use actix_web::{FromRequest, HttpRequest, HttpResponse};

use super::{Action, Caller, Subject, gate_of, permitted, tell};
use crate::platform::db::Tx;
use crate::platform::http::answer::Answer;
use crate::platform::http::{self, Reply};
use crate::problem::Problem;

/// A request that reads.
pub struct Reader {
    /// The caller.
    pub caller: Caller,
    tx: Tx,
    remembered: bool,
    if_none_match: Option<String>,
    tells_statements: bool,
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
                remembered,
                if_none_match: (!known.is_empty()).then(|| known.join(",")),
                tells_statements: gate.parts.tells_statements,
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
        let subject = permitted::<A>(&self.caller.actor, subject)?;
        let answer = read(&mut self.tx, &self.caller, subject).await?;
        Ok(self.finish(answer))
    }

    /// Lets `read` work on a subject that is at hand, if the caller may.
    ///
    /// # Errors
    /// `not_found`, `forbidden`, or whatever `read` refuses with.
    pub async fn about<A: Action>(
        mut self,
        subject: A::Subject,
        read: impl AsyncFnOnce(&mut Tx, &Caller, A::Subject) -> Result<Answer, Problem>,
    ) -> Reply {
        let subject = permitted::<A>(&self.caller.actor, Some(subject))?;
        let answer = read(&mut self.tx, &self.caller, subject).await?;
        Ok(self.finish(answer))
    }

    fn finish(self, answer: Answer) -> HttpResponse {
        let statements = self.tells_statements.then(|| self.tx.statements());
        self.tx.finish();
        let mut response = answer.into_reading(self.if_none_match.as_deref());
        tell(&mut response, statements, self.remembered);
        response
    }
}
