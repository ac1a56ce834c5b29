//! # The gate
//!
//! The only door between a request and the database. [`Command`] (writes) and
//! [`Reader`] (reads) are extractors: they know who asks, what he sent and when.
//! Both hand out a connection only together with an allowed [`Action`].
//!
//! A command runs like this: look up the person (and the answer to a repeated
//! key, in the same statement) → begin → load the subject → may he? → does the
//! ETag still match? → the noun's own work → facts and answer into the journal →
//! commit. Nothing is half-written, and a stale decision cannot win.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::http::header::IF_NONE_MATCH;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::actor::{Actor, Tree};
use super::identities::Identities;
use super::senders::CodeSender;
use super::store;
use super::tokens::{Claims, Tokens};
use crate::platform::clock::Clock;
use crate::platform::crypto;
use crate::platform::db::{Db, Tx};
use crate::platform::geography::CoordinateSystem;
use crate::platform::http::answer::Answer;
use crate::platform::http::json::{self, Empty};
use crate::platform::http::{self, Expected, Reply};
use crate::platform::jobs::{self, Host};
use crate::platform::journal::{self, Author, Fact, KeptAnswer};
use crate::platform::reference::Reference;
use crate::problem::{Code, Language, Problem};

/// Something that can be done to a subject, and who may do it.
pub trait Action {
    /// What it is done to.
    type Subject: Subject;
    /// Its name: noun, then verb.
    const NAME: &'static str;
    /// Whether the caller must say which version he changes (`If-Match`).
    const NEEDS_VERSION: bool = false;
    /// Who may.
    fn allows(actor: &Actor, subject: &Self::Subject) -> bool;
}

/// A thing that actions are done to.
pub trait Subject: Sized {
    /// What it is found by.
    type Id: Copy;
    /// Finds it, if it exists.
    fn find(tx: &mut Tx, id: Self::Id) -> impl Future<Output = Result<Option<Self>, Problem>>;
    /// Whether the actor may know that it exists.
    fn visible_to(&self, actor: &Actor) -> bool;
    /// Its version, where it has one.
    fn version(&self) -> Option<i64> {
        None
    }
}

/// The id of a subject that is at hand already and is never looked up.
#[derive(Clone, Copy, Debug)]
pub struct NoId;

/// A subject that is at hand already, and of which everybody may know that it exists:
/// what the request itself names, such as a list.
pub trait AtHand {}

impl<S: AtHand> Subject for S {
    type Id = NoId;

    async fn find(_: &mut Tx, _: NoId) -> Result<Option<Self>, Problem> {
        Ok(None)
    }

    fn visible_to(&self, _: &Actor) -> bool {
        true
    }
}

/// What the gate is made of; wired once, in `app`.
pub struct GateParts {
    /// The database.
    pub db: Db,
    /// The clock.
    pub clock: Clock,
    /// The tree of organizations.
    pub tree: Arc<dyn Tree>,
    /// The copies of reference data.
    pub reference: Arc<Reference>,
    /// Signing and verifying of access tokens.
    pub tokens: Tokens,
    /// How one-time codes reach a phone.
    pub sender: Arc<dyn CodeSender>,
    /// Whether answers tell how many statements they took (`Server-Timing`).
    pub tells_statements: bool,
}

/// The one holder of the database.
pub struct Gate {
    parts: GateParts,
    identities: Identities,
}

impl Gate {
    /// A gate made of these parts.
    #[must_use]
    pub fn new(parts: GateParts) -> Self {
        Self { parts, identities: Identities::default() }
    }

    /// The clock of this process.
    #[must_use]
    pub const fn clock(&self) -> &Clock {
        &self.parts.clock
    }

    /// How one-time codes reach a phone.
    #[must_use]
    pub fn sender(&self) -> &dyn CodeSender {
        self.parts.sender.as_ref()
    }

    /// Signing and verifying of access tokens.
    #[must_use]
    pub const fn tokens(&self) -> &Tokens {
        &self.parts.tokens
    }

    /// A transaction that no permit stands behind: for jobs and for signing in,
    /// each of which says here who it is. The architecture test lists them.
    ///
    /// # Errors
    /// Whatever `work` refuses with.
    pub async fn without_permit<T>(
        &self,
        who: &'static str,
        mut work: impl AsyncFnMut(&mut Work<'_>) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        log::trace!("without permit: {who}");
        let now = self.parts.clock.now();
        self.parts
            .db
            .write(async |tx| {
                let mut unit = Work::new(tx, &self.parts.clock, now, Author::system());
                let value = work(&mut unit).await?;
                unit.write_down(None).await?;
                Ok(value)
            })
            .await
    }

    /// A connection for reading that no permit stands behind.
    ///
    /// # Errors
    /// `unavailable` when no connection can be had in time.
    pub async fn read_without_permit(&self, who: &'static str) -> Result<Tx, Problem> {
        log::trace!("reading without permit: {who}");
        self.parts.db.read().await
    }

    /// Brings the copies of reference data up to date: at start and in jobs.
    ///
    /// # Errors
    /// `unavailable` when the database does not answer.
    pub async fn catch_up(&self) -> Result<(), Problem> {
        let mut tx = self.parts.db.read().await?;
        self.parts.reference.catch_up(&mut tx).await
    }

    /// The caller of a command, with the answer to an earlier request under his key.
    async fn identify(
        &self,
        request: &HttpRequest,
        key: Option<&str>,
    ) -> Result<Identified, Problem> {
        let claims = self.parts.tokens.verify(request, self.parts.clock.now())?;
        self.look_up(&claims, key).await
    }

    /// The caller of a read, a connection to read on, and whether he was remembered.
    async fn recognize(&self, request: &HttpRequest) -> Result<(Actor, Tx, bool), Problem> {
        let claims = self.parts.tokens.verify(request, self.parts.clock.now())?;
        let version = self.parts.db.identities_version();
        if let Some(actor) = self.identities.recall(&claims, version) {
            return Ok((actor, self.parts.db.read().await?, true));
        }
        let Identified { found, tx } = self.look_up(&claims, None).await?;
        if found.lasting {
            self.identities.remember(&found.actor, version);
        }
        Ok((found.actor, tx, false))
    }

    async fn look_up(&self, claims: &Claims, key: Option<&str>) -> Result<Identified, Problem> {
        let mut tx = self.parts.db.read().await?;
        let found =
            store::who_is(&mut tx, claims, key, self.parts.clock.now(), &self.parts.tree).await?;
        if !self.parts.reference.has_seen(found.reference_version) {
            self.parts.reference.catch_up(&mut tx).await?;
        }
        Ok(Identified { found, tx })
    }
}

struct Identified {
    found: store::Found,
    tx: Tx,
}

impl Host for Gate {
    fn now(&self) -> DateTime<Utc> {
        self.parts.clock.now()
    }

    fn catch_up(&self) -> LocalBoxFuture<'_, Result<(), Problem>> {
        Box::pin(Self::catch_up(self))
    }

    fn lease<'a>(
        &'a self,
        job: &'a str,
        owner: Uuid,
        until: DateTime<Utc>,
    ) -> LocalBoxFuture<'a, Result<bool, Problem>> {
        Box::pin(self.without_permit("job lease", async move |work| {
            jobs::store::lease(work.tx, job, owner, work.now, until).await
        }))
    }

    fn hand_back(&self, owner: Uuid) -> LocalBoxFuture<'_, Result<(), Problem>> {
        Box::pin(self.without_permit("job lease", async move |work| {
            jobs::store::hand_back(work.tx, owner).await
        }))
    }
}

/// The caller and his surroundings, common to reads and writes.
pub struct Caller {
    /// Who asks.
    pub actor: Actor,
    /// When the request arrived.
    pub now: DateTime<Utc>,
    /// The coordinates he wants to read.
    pub coordinates: CoordinateSystem,
    /// The language he wants to read.
    pub language: Language,
}

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
            // An ETag is of a version, not of the coordinates it was written in.
            let elsewhere = request.headers().contains_key(http::COORDINATE_SYSTEM);
            let known = request.headers().get(IF_NONE_MATCH).filter(|_| !elsewhere);
            Ok(Self {
                caller: Caller {
                    actor,
                    now: gate.parts.clock.now(),
                    coordinates: http::coordinate_system(request.headers())?,
                    language: http::language(request.headers()),
                },
                tx,
                remembered,
                if_none_match: known.and_then(|v| v.to_str().ok()).map(str::to_owned),
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
        let mut response = answer.unless_known(self.if_none_match.as_deref()).into_response();
        tell(&mut response, statements, self.remembered);
        response
    }
}

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
            gate.parts.tokens.verify(&request, gate.parts.clock.now())?;
            let key = http::idempotency_key(request.headers())?;
            let expected = http::version_matched(request.headers())?;
            let coordinates = http::coordinate_system(request.headers())?;
            let maximum = request.app_data::<Data<BodyLimit>>().map_or(json::MAXIMUM_BODY, |l| l.0);
            let bytes = json::read_payload(&mut payload, maximum).await?;
            let identified = gate.identify(&request, key.as_deref()).await?;
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
                statements: identified.tx.statements(),
                gate,
                key,
                expected,
            })
        })
    }
}

/// The largest body that a scope accepts, where it is not the usual one.
pub struct BodyLimit(pub usize);

impl<B> Command<B> {
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
        self,
        mut find: impl AsyncFnMut(&mut Tx) -> Result<Option<A::Subject>, Problem>,
        mut work: impl AsyncFnMut(&mut Work<'_>, A::Subject, &Caller, &B) -> Result<Answer, Problem>,
    ) -> Reply {
        if let Some(earlier) = self.earlier {
            return earlier.again(&self.digest);
        }
        let parts = &self.gate.parts;
        let mut statements = 0;
        let result = parts
            .db
            .write(async |tx| {
                let subject = permitted::<A>(&self.caller.actor, find(tx).await?)?;
                check_version::<A>(self.expected, &subject)?;
                let author = self.caller.actor.author();
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
            Err(problem) => match &self.key {
                // The same request a moment ago may be what stands in the way: it took the key,
                // the name, the state or the version. Then this is its answer.
                Some(key) => {
                    let mut tx = parts.db.read().await?;
                    let account = self.caller.actor.account_id;
                    let earlier = store::earlier_answer(&mut tx, account, key).await?;
                    earlier.ok_or(problem)?.again(&self.digest)
                }
                None => Err(problem),
            },
        }
    }
}

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
    const fn new(tx: &'a mut Tx, clock: &'a Clock, now: DateTime<Utc>, author: Author) -> Self {
        Self { tx, clock, now, author, facts: Vec::new() }
    }

    /// Notes a fact, to be written with the commit.
    pub fn record(&mut self, fact: Fact) {
        self.facts.push(fact);
    }

    /// A fresh id.
    #[must_use]
    pub fn new_id<I: From<Uuid>>(&self) -> I {
        self.clock.new_id()
    }

    /// An answer is kept with the first fact; where nothing has happened that anybody
    /// would tell, with a fact that says only this.
    async fn write_down(&mut self, kept: Option<&KeptAnswer>) -> Result<(), Problem> {
        let keeper = self.author.account_id.filter(|_| kept.is_some() && self.facts.is_empty());
        self.facts.extend(keeper.map(Fact::answered));
        journal::record(self.tx, self.clock, self.now, &self.author, &self.facts, kept).await
    }
}

/// 404 or 403, decided once: what may not be done is refused, and what may not
/// even be known does not exist.
fn permitted<A: Action>(actor: &Actor, subject: Option<A::Subject>) -> Result<A::Subject, Problem> {
    let Some(subject) = subject else { return Err(Problem::of(Code::NotFound)) };
    if A::allows(actor, &subject) {
        return Ok(subject);
    }
    let code = if subject.visible_to(actor) { Code::Forbidden } else { Code::NotFound };
    Err(Problem::of(code).because(format!("{} refused", A::NAME)))
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

/// Tells how many statements the answer took, and whether looking up the caller was
/// spared (`Server-Timing`).
fn tell(response: &mut actix_web::HttpResponse, statements: Option<u32>, remembered: bool) {
    let Some(statements) = statements else { return };
    let caller = if remembered { ", caller;desc=\"remembered\"" } else { "" };
    let text = format!("database;desc=\"{statements} statements\"{caller}");
    if let Ok(value) = actix_web::http::header::HeaderValue::from_str(&text) {
        let name = actix_web::http::header::HeaderName::from_static("server-timing");
        response.headers_mut().insert(name, value);
    }
}

fn gate_of(request: &HttpRequest) -> Result<Data<Gate>, Problem> {
    request.app_data::<Data<Gate>>().cloned().ok_or_else(|| Problem::of(Code::Internal))
}
