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
//!
//! Who is refused is written down as well ([`refusals`]), when everything else is undone.

mod command;
mod reader;
mod refusals;
mod sweep;
mod work;

pub use command::{BodyLimit, Command};
pub use reader::Reader;
pub use work::Work;

use std::future::Future;
use std::net::IpAddr;
use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::header::HeaderMap;
use actix_web::web::Data;
use chrono::{DateTime, Utc};
use futures_util::future::LocalBoxFuture;
use uuid::Uuid;

use self::refusals::Refusal;
use super::actor::{Actor, Bounds, Tree};
use super::identities::Identities;
use super::partners::{self, Rates, Scope};
use super::real_name::NameSource;
use super::senders::CodeSender;
use super::store;
use super::tokens::{Bearer, PartnerToken, Person, Tokens};
use super::wechat::WeChat;
use crate::platform::clock::Clock;
use crate::platform::config::{CodeLimits, SignInTimes};
use crate::platform::crypto::Digest;
use crate::platform::db::{Db, Tx};
use crate::platform::geography::CoordinateSystem;
use crate::platform::http::RequestId;
use crate::platform::http::limits::Known;
use crate::platform::http::origin::Proxies;
use crate::platform::jobs::{self, Host};
use crate::platform::journal::{self, Author, Fact, Origin};
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
    /// The scope by which a partner may; without one, none may.
    const SCOPE: Option<Scope> = None;
    /// Whether it may be done before the account is ready: with a password that somebody else
    /// has set, or without the second factor that is demanded.
    const BEFORE_READY: bool = false;
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
    pub tokens: Arc<Tokens>,
    /// How one-time codes reach a phone.
    pub sender: Arc<dyn CodeSender>,
    /// How many of them are sent.
    pub code_limits: CodeLimits,
    /// WeChat, where the installation has a mini-program.
    pub wechat: Option<WeChat>,
    /// Who is asked whether a name and a number belong together, if anybody is.
    pub name_source: Option<Arc<dyn NameSource>>,
    /// How many proxies stand before it.
    pub proxies: Proxies,
    /// Whether the duties of administrators are kept apart.
    pub duties_apart: bool,
    /// How long sign-ins last.
    pub sign_in_times: SignInTimes,
    /// By which digest rows of the audit are sealed.
    pub audit_digest: Digest,
    /// Whether answers tell how many statements they took (`Server-Timing`).
    pub tells_statements: bool,
}

/// The one holder of the database.
pub struct Gate {
    parts: GateParts,
    identities: Identities,
    rates: Rates,
}

impl Gate {
    /// A gate made of these parts.
    #[must_use]
    pub fn new(parts: GateParts) -> Self {
        Self { parts, identities: Identities::default(), rates: Rates::default() }
    }

    /// Who sends a request, if its token was verified before, and how fast he may be.
    #[must_use]
    pub fn known_caller(&self, headers: &HeaderMap) -> Option<Known> {
        Some(match self.parts.tokens.known_bearer(headers)? {
            Bearer::Person(person) => Known { caller: person.account.0, most: None },
            Bearer::Partner(token) => {
                Known { caller: token.partner_id.0, most: self.rates.of(token.partner_id) }
            }
        })
    }

    /// The clock of this process.
    #[must_use]
    pub const fn clock(&self) -> &Clock {
        &self.parts.clock
    }

    /// The tree of organizations.
    #[must_use]
    pub fn tree(&self) -> &dyn Tree {
        self.parts.tree.as_ref()
    }

    /// How one-time codes reach a phone.
    #[must_use]
    pub fn sender(&self) -> &dyn CodeSender {
        self.parts.sender.as_ref()
    }

    /// How many one-time codes are sent.
    #[must_use]
    pub const fn code_limits(&self) -> &CodeLimits {
        &self.parts.code_limits
    }

    /// WeChat, as this installation's mini-program knows it.
    ///
    /// # Errors
    /// `wechat_not_set_up` where it has none.
    pub fn wechat(&self) -> Result<&WeChat, Problem> {
        self.parts.wechat.as_ref().ok_or_else(|| Problem::of(Code::WechatNotSetUp))
    }

    /// Who is asked whether a name and a number belong together.
    ///
    /// # Errors
    /// `real_name_not_set_up` where nobody is.
    pub fn name_source(&self) -> Result<&dyn NameSource, Problem> {
        let source = self.parts.name_source.as_deref();
        source.ok_or_else(|| Problem::of(Code::RealNameNotSetUp))
    }

    /// Signing and verifying of access tokens.
    #[must_use]
    pub fn tokens(&self) -> &Tokens {
        &self.parts.tokens
    }

    /// By which digest rows of the audit are sealed.
    #[must_use]
    pub const fn audit_digest(&self) -> Digest {
        self.parts.audit_digest
    }

    /// How long sign-ins last.
    #[must_use]
    pub const fn sign_in_times(&self) -> &SignInTimes {
        &self.parts.sign_in_times
    }

    /// The address that a request comes from.
    #[must_use]
    pub fn address_of(&self, request: &HttpRequest) -> Option<IpAddr> {
        self.parts.proxies.address_of(request.headers(), request.peer_addr())
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
        self.write_as(&Author::system(), &mut work).await
    }

    /// The same for somebody who has not signed in (yet): what happens says where his
    /// request came from.
    ///
    /// # Errors
    /// Whatever `work` refuses with.
    pub async fn request_without_permit<T>(
        &self,
        who: &'static str,
        request: &HttpRequest,
        mut work: impl AsyncFnMut(&mut Work<'_>) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        log::trace!("request without permit: {who}");
        let author = Author { origin: self.origin_of(request), ..Author::system() };
        self.write_as(&author, &mut work).await
    }

    async fn write_as<T>(
        &self,
        author: &Author,
        work: &mut impl AsyncFnMut(&mut Work<'_>) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let now = self.parts.clock.now();
        self.parts
            .db
            .write(async |tx| {
                let mut unit = Work::new(tx, &self.parts.clock, now, author.clone());
                let value = work(&mut unit).await?;
                unit.write_down(None).await?;
                Ok(value)
            })
            .await
    }

    /// Where a request comes from, whoever sent it.
    #[must_use]
    pub fn origin_of(&self, request: &HttpRequest) -> Origin {
        Origin {
            request_id: Some(RequestId::of(request).to_string()),
            address: self.address_of(request).map(|address| address.to_string()),
            ..Origin::default()
        }
    }

    /// Writes down what has happened without anything having changed.
    async fn write_down(&self, author: &Author, fact: Fact) -> Result<(), Problem> {
        let now = self.parts.clock.now();
        let facts = [fact];
        self.parts
            .db
            .write(async |tx| {
                journal::record(tx, &self.parts.clock, now, author, &facts, None).await
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

    /// Whom the request's token names.
    async fn bearer(&self, request: &HttpRequest) -> Result<Bearer, Problem> {
        let (tokens, now) = (&self.parts.tokens, self.parts.clock.now());
        let verified = tokens.verify(request, now);
        if verified.is_ok() || !tokens.may_be_of_a_new_key(request, now) {
            return verified;
        }
        self.catch_up().await?;
        tokens.verify(request, now)
    }

    /// The caller of a command, with the answer to an earlier request under his key.
    async fn identify(
        &self,
        request: &HttpRequest,
        person: Person,
        key: Option<&str>,
    ) -> Result<Identified, Problem> {
        let found = self.look_up(person, key).await;
        self.welcome(request, &Bearer::Person(person), found).await
    }

    /// The person who sends a request, by his token alone; no scope reaches what only
    /// people do.
    async fn person(&self, request: &HttpRequest) -> Result<Person, Problem> {
        let bearer = self.bearer(request).await?;
        self.welcome(request, &bearer, bearer.clone().person()).await
    }

    /// The caller of a read, a connection to read on, and whether he was remembered.
    async fn recognize(&self, request: &HttpRequest) -> Result<(Actor, Tx, bool), Problem> {
        let person = match self.bearer(request).await? {
            Bearer::Person(person) => person,
            Bearer::Partner(token) => {
                let bearer = Bearer::Partner(token.clone());
                let known = self.look_up_partner(token).await;
                let (actor, tx) = self.welcome(request, &bearer, known).await?;
                return Ok((actor, tx, false));
            }
        };
        let version = self.parts.db.identities_version();
        if let Some(actor) = self.identities.recall(person, version) {
            let actor = self.held_to_rules(actor, self.parts.clock.now());
            return Ok((actor, self.parts.db.read().await?, true));
        }
        let found = self.look_up(person, None).await;
        let Identified { found, tx } =
            self.welcome(request, &Bearer::Person(person), found).await?;
        if found.lasting {
            self.identities.remember(&found.actor, version);
        }
        Ok((found.actor, tx, false))
    }

    /// A partner as it stands at this moment, with what its token asked for of what it has.
    async fn look_up_partner(&self, token: PartnerToken) -> Result<(Actor, Tx), Problem> {
        let mut tx = self.parts.db.read().await?;
        let known = partners::who_is(&mut tx, token.partner_id, self.parts.clock.now()).await?;
        let known = known.ok_or_else(|| Problem::of(Code::Unauthenticated))?;
        if !self.parts.reference.has_seen(known.reference_version) {
            self.parts.reference.catch_up(&mut tx).await?;
        }
        self.rates.remember(token.partner_id, known.requests_per_minute);
        let own = known.scopes();
        let scopes = token.scopes.into_iter().filter(|scope| own.contains(scope)).collect();
        let bounds = Bounds { node: known.organization_id, scopes };
        let tree = Arc::clone(&self.parts.tree);
        Ok((Actor::partner(token.partner_id, known.name, bounds, tree), tx))
    }

    /// The same person under the rules of the installation and of the nodes that he works at.
    fn held_to_rules(&self, actor: Actor, now: DateTime<Utc>) -> Actor {
        actor.with_duties_apart(self.parts.duties_apart).held_to_second_factor(now)
    }

    /// A person as he stands at this moment, with the answer to an earlier request under his key.
    async fn look_up(&self, person: Person, key: Option<&str>) -> Result<Identified, Problem> {
        let (mut tx, now) = (self.parts.db.read().await?, self.parts.clock.now());
        let found = store::who_is(&mut tx, person, key, now, &self.parts.tree).await?;
        if !self.parts.reference.has_seen(found.reference_version) {
            self.parts.reference.catch_up(&mut tx).await?;
        }
        let actor = self.held_to_rules(found.actor, now);
        Ok(Identified { found: store::Found { actor, ..found }, tx })
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

/// 404 or 403, decided once: what may not be done is refused, and what may not
/// even be known does not exist. A partner whose scopes do not reach the action is told
/// so, whatever it is done to; beyond its node nothing exists for it.
fn permitted<A: Action>(actor: &Actor, subject: Option<A::Subject>) -> Result<A::Subject, Problem> {
    let refused = |code: Code| Err(Problem::of(code).because(Refusal { action: A::NAME }));
    if !actor.has_scope(A::SCOPE) {
        return refused(Code::ScopeMissing);
    }
    if !A::BEFORE_READY {
        let refusal = |problem: Problem| problem.because(Refusal { action: A::NAME });
        actor.require_ready().map_err(refusal)?;
    }
    let Some(subject) = subject else { return refused(Code::NotFound) };
    if A::allows(actor, &subject) {
        return Ok(subject);
    }
    if actor.with_withheld().is_some_and(|whole| A::allows(&whole, &subject)) {
        return refused(Code::PasswordSignInNeeded);
    }
    let visible = subject.visible_to(actor) && !actor.is_partner();
    refused(if visible { Code::Forbidden } else { Code::NotFound })
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
