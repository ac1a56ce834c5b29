//! Requests that change something.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use serde::de::DeserializeOwned;

use super::{Action, Caller, Gate, Subject, Work, gate_of, permitted, tell};
use crate::access::store;
use crate::platform::crypto;
use crate::platform::db::Tx;
use crate::platform::http::answer::Answer;
use crate::platform::http::json::{self, Empty};
use crate::platform::http::{self, Expected, Reply};
use crate::platform::journal::{Author, KeptAnswer};
use crate::problem::{Code, Problem};

/// A request that changes something. `B` is its body.
pub struct Command<B = Empty> {
    /// The caller.
    pub caller: Caller,
    /// What he sent.
    pub body: B,
    gate: Data<Gate>,
    key: Option<String>,
    digest: String,
    expected: Expected,
    earlier: Option<store::EarlierAnswer>,
    statements: u32,
    request: HttpRequest,
}

impl<B: DeserializeOwned + 'static> FromRequest for Command<B> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let mut payload = payload.take();
        Box::pin(async move {
            let gate = gate_of(&request)?;
            // Known before read: an anonymous caller learns nothing about bodies.
            let person = gate.person(&request).await?;
            let key = http::idempotency_key(request.headers())?;
            let expected = http::version_matched(request.headers())?;
            let coordinates = http::coordinate_system(request.headers())?;
            let maximum = request.app_data::<Data<BodyLimit>>().map_or(json::MAXIMUM_BODY, |l| l.0);
            let bytes = json::read_payload(&mut payload, maximum).await?;
            let identified = gate.identify(&request, person, key.as_deref()).await?;
            let statements = identified.tx.statements();
            identified.tx.finish();
            let body = json::parse(&request, &bytes)?;
            Ok(Self {
                caller: Caller {
                    actor: identified.found.actor,
                    now: gate.parts.clock.now(),
                    coordinates,
                    language: http::language(request.headers()),
                },
                body,
                digest: digest_of(request.method(), request.path(), &bytes),
                earlier: identified.found.earlier_answer,
                statements,
                gate,
                key,
                expected,
                request,
            })
        })
    }
}

/// The largest body that a scope accepts, where it is not the usual one.
pub struct BodyLimit(pub usize);

impl<B> Command<B> {
    /// Whether it was answered before, and will be answered the same again.
    #[must_use]
    pub const fn is_repeated(&self) -> bool {
        self.earlier.is_some()
    }

    /// Loads a subject and lets `work` change it, if the caller may.
    ///
    /// # Errors
    /// `not_found`, `forbidden`, `precondition_required`, `changed_meanwhile`,
    /// `key_reused`, or whatever `work` refuses with.
    pub async fn on<A: Action>(
        self,
        id: <A::Subject as Subject>::Id,
        work: impl AsyncFnMut(&mut Work<'_>, A::Subject, &Caller, &B) -> Result<Answer, Problem>,
    ) -> Reply {
        self.run::<A>(async |tx: &mut Tx| A::Subject::find(tx, id).await, work).await
    }

    /// Lets `work` change something under a subject that is at hand, if the caller may.
    ///
    /// # Errors
    /// As [`Command::on`].
    pub async fn about<A: Action>(
        self,
        subject: A::Subject,
        work: impl AsyncFnMut(&mut Work<'_>, A::Subject, &Caller, &B) -> Result<Answer, Problem>,
    ) -> Reply
    where
        A::Subject: Clone,
    {
        self.run::<A>(async |_: &mut Tx| Ok(Some(subject.clone())), work).await
    }

    async fn run<A: Action>(
        mut self,
        mut find: impl AsyncFnMut(&mut Tx) -> Result<Option<A::Subject>, Problem>,
        mut work: impl AsyncFnMut(&mut Work<'_>, A::Subject, &Caller, &B) -> Result<Answer, Problem>,
    ) -> Reply {
        if let Some(earlier) = self.earlier.take() {
            return earlier.again(&self.digest);
        }
        let parts = &self.gate.parts;
        let author = self.caller.actor.author(self.gate.origin_of(&self.request));
        let mut statements = 0;
        let result = parts
            .db
            .write(async |tx| {
                let actor = &self.caller.actor;
                let subject = permitted::<A>(actor, find(tx).await?)?;
                check_version::<A>(self.expected, &subject)?;
                let delegated_by = actor.stands_in_for(|actor| A::allows(actor, &subject));
                let author = Author { delegated_by, ..author.clone() };
                let mut unit = Work::new(tx, &parts.clock, self.caller.now, author);
                let answer = work(&mut unit, subject, &self.caller, &self.body).await?;
                let kept = self.key.as_ref().map(|key| keep(key, &self.digest, &answer));
                unit.write_down(kept.as_ref()).await?;
                statements = tx.statements();
                Ok(answer)
            })
            .await;
        match result {
            Ok(answer) => {
                let mut response = answer.into_response();
                let told = parts.tells_statements.then_some(self.statements + statements);
                tell(&mut response, told, false);
                Ok(response)
            }
            Err(problem) => {
                // The same request a moment ago may be what stands in the way: it took the key,
                // the name, the state or the version. Then this is its answer.
                if let Some(earlier) = self.answered_meanwhile().await? {
                    return earlier.again(&self.digest);
                }
                Err(self.gate.refused(&self.request, &author, problem).await)
            }
        }
    }

    async fn answered_meanwhile(&self) -> Result<Option<store::EarlierAnswer>, Problem> {
        let Some(key) = &self.key else { return Ok(None) };
        let mut tx = self.gate.parts.db.read().await?;
        store::earlier_answer(&mut tx, self.caller.actor.account_id, key).await
    }
}

fn check_version<A: Action>(expected: Expected, subject: &A::Subject) -> Result<(), Problem> {
    match expected {
        Expected::NotSaid if A::NEEDS_VERSION => Err(Problem::of(Code::PreconditionRequired)),
        Expected::Version(version)
            if subject.version().is_some_and(|present| present != version) =>
        {
            Err(Problem::of(Code::ChangedMeanwhile))
        }
        _ => Ok(()),
    }
}

fn keep(key: &str, digest: &str, answer: &Answer) -> KeptAnswer {
    KeptAnswer {
        key: key.to_owned(),
        request_digest: digest.to_owned(),
        status: answer.status(),
        answer: serde_json::to_string(answer).unwrap_or_default(),
    }
}

/// What makes two requests the same request.
fn digest_of(method: &Method, path: &str, body: &[u8]) -> String {
    let mut text = format!("{method} {path}\n").into_bytes();
    text.extend_from_slice(body);
    crypto::digest(&text)
}
