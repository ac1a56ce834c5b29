//! # The index
//!
//! Every operation, job and copy of reference data, wired once. Whatever is not
//! here does not run.

use std::sync::{Arc, LazyLock};

use ::metrics as metrics_facade;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderValue};
use actix_web::middleware::{Condition, from_fn};
use actix_web::web::{self, Data};
use actix_web::{App, Error, HttpRequest, HttpResponse, get};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use serde_json::Value;
use utoipa_actix_web::service_config::ServiceConfig;
use utoipa_actix_web::{AppExt as _, scope};
use utoipa_swagger_ui::{Config as SwaggerConfig, SwaggerUi};

use crate::access::audit::{self, SealRows};
use crate::access::consents::{self, ConsentSaid};
use crate::access::partners::{self, Scope};
use crate::access::privacy_notices::{self, PrivacyNotices};
use crate::access::reveals::{self, Revealing};
use crate::access::{
    self, CodeSender, ForgetAnswers, ForgetAssertions, ForgetCodes, ForgetCounts, ForgetKeys,
    ForgetSessions, ForgetWaits, Gate, GateParts, HttpSource, NameSource, PhoneProven,
    RealNameSettings, SealAnew, ShareCounts, Tokens, WeChat, WeChatSettings,
};
use crate::demands::catalog::{self, Catalog};
use crate::demands::{self, Contacts, FollowClocks, HandOver, Responders};
use crate::dispatches::assignments::{self, ForceOut, LapseNominations, ReleaseAbsent};
use crate::dispatches::{self, AuditClocks, LapseOffers, Responding};
use crate::evaluations;
use crate::notifications::{self, ForgetNotices, NoticeKind, TellThoseConcerned};
use crate::organizations::{self, Directory};
use crate::people::{self, EraseAccounts, ForgetOrders, WithdrawalDays};
use crate::platform::clock::Clock;
use crate::platform::config::{CodeLimits, DELETION_DAYS, SignInTimes};
use crate::platform::contract;
use crate::platform::crypto::Digest;
use crate::platform::db::Db;
use crate::platform::http::browsers;
use crate::platform::http::limits::{self, Limits};
use crate::platform::http::origin::Proxies;
use crate::platform::http::outermost::outermost;
use crate::platform::jobs::{Job, Jobs};
use crate::platform::public_url::PublicUrl;
use crate::platform::reference::{Cache, Reference};
use crate::platform::vault::{self, sealed_columns};
use crate::platform::{jobs, journal, reference};
use crate::problem::{Code, FieldCode, Language, Problem};
use crate::volunteers::{self, HeedConsents, hours};

/// What one process serves with.
#[derive(Clone)]
pub struct Wired {
    /// The door to the database.
    pub gate: Data<Gate>,
    /// The tree.
    pub directory: Data<Directory>,
    /// The menu.
    pub catalog: Data<Catalog>,
    /// What dispatches do for demands.
    pub responders: Data<dyn Responders>,
    /// What demands do for somebody who signs in.
    pub phone_proven: Data<dyn PhoneProven>,
    /// Where the data is that is revealed.
    pub revealing: Data<dyn Revealing>,
    /// Which privacy notices are in force where.
    pub privacy_notices: Data<PrivacyNotices>,
    /// What follows for volunteers from what they say to privacy notices.
    pub consent_said: Data<dyn ConsentSaid>,
    /// How many requests one caller may send.
    pub limits: Data<Limits>,
    /// For how many days a deletion can be taken back.
    pub withdrawal_days: Data<WithdrawalDays>,
    /// From which origins pages may call.
    pub allowed_origins: Arc<[String]>,
    /// The jobs.
    pub jobs: Arc<Jobs<Gate>>,
}

/// How a process answers.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The address under which everybody reaches the installation.
    pub public_url: PublicUrl,
    /// Whether answers tell how many statements they took.
    pub tells_statements: bool,
    /// How many requests one caller may send in a minute; 0 is no limit.
    pub requests_per_minute: u32,
    /// How many proxies stand before it.
    pub proxies: Proxies,
    /// From which origins pages in a browser may call.
    pub allowed_origins: Vec<String>,
    /// For how many days a deletion can be taken back; the usual time where nothing is said.
    pub deletion_days: Option<u32>,
    /// Whether the duties of administrators are kept apart.
    pub duties_apart: bool,
    /// How long sign-ins last.
    pub sign_in_times: SignInTimes,
    /// How many one-time codes are sent.
    pub code_limits: CodeLimits,
    /// By which digest rows of the audit are sealed.
    pub audit_digest: Digest,
    /// The mini-program that people sign in from, if there is one.
    pub wechat: Option<WeChatSettings>,
    /// Who verifies real names, if anybody does.
    pub real_name: Option<RealNameSettings>,
}

/// Wires a process: opens nothing, reads the signing keys and the reference data.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn wire(
    db: Db,
    clock: Clock,
    sender: Arc<dyn CodeSender>,
    settings: Settings,
) -> Result<Wired, Problem> {
    recorder();
    let directory = Arc::new(Directory::default());
    let catalog = Arc::new(Catalog::default());
    let privacy_notices = Arc::new(PrivacyNotices::default());
    let tokens = Arc::new(Tokens::open(&db, &clock, &settings.public_url).await?);
    let caches = vec![
        // First: what the others read may be sealed with a key that is new.
        Arc::clone(db.vault()) as Arc<dyn Cache>,
        Arc::clone(&directory) as Arc<dyn Cache>,
        Arc::clone(&catalog) as Arc<dyn Cache>,
        Arc::clone(&privacy_notices) as Arc<dyn Cache>,
        Arc::clone(&tokens) as Arc<dyn Cache>,
    ];
    let responders: Arc<dyn Responders> =
        Arc::new(Responding { directory: Arc::clone(&directory), catalog: Arc::clone(&catalog) });
    let owner = clock.new_id();
    let is_shared = db.is_shared();
    let wechat = settings.wechat.map(|wechat| WeChat::new(wechat, clock.clone())).transpose()?;
    let name_source = settings.real_name.map(|own| HttpSource::new(own, clock.clone()));
    let name_source = name_source.transpose()?;
    let gate = Gate::new(GateParts {
        db,
        clock: clock.clone(),
        tree: Arc::clone(&directory) as Arc<dyn access::Tree>,
        reference: Arc::new(Reference::new(caches)),
        tokens,
        sender,
        code_limits: settings.code_limits,
        wechat,
        name_source: name_source.map(|source| Arc::new(source) as Arc<dyn NameSource>),
        proxies: settings.proxies,
        duties_apart: settings.duties_apart,
        sign_in_times: settings.sign_in_times,
        audit_digest: settings.audit_digest,
        tells_statements: settings.tells_statements,
    });
    gate.catch_up().await?;
    let gate = Data::new(gate);
    let tokens_known = gate.clone();
    let known_caller = move |headers: &header::HeaderMap| tokens_known.known_caller(headers);
    let Settings { requests_per_minute, proxies, .. } = settings;
    let limits = Arc::new(Limits::new(requests_per_minute, proxies, clock, Box::new(known_caller)));
    let mut jobs = jobs_of(&directory, &catalog, &responders);
    if is_shared {
        jobs.push(Arc::new(ShareCounts::new(Arc::clone(&limits), owner)));
    }
    Ok(Wired {
        gate,
        directory: Data::from(directory),
        catalog: Data::from(catalog),
        responders: Data::from(responders),
        phone_proven: Data::from(Arc::new(HandOver) as Arc<dyn PhoneProven>),
        revealing: Data::from(Arc::new(Contacts) as Arc<dyn Revealing>),
        privacy_notices: Data::from(privacy_notices),
        consent_said: Data::from(Arc::new(HeedConsents) as Arc<dyn ConsentSaid>),
        limits: Data::from(limits),
        withdrawal_days: Data::new(WithdrawalDays(settings.deletion_days.unwrap_or(DELETION_DAYS))),
        allowed_origins: settings.allowed_origins.into(),
        jobs: Arc::new(Jobs::new(jobs, owner)),
    })
}

/// Every job, in the order in which a sweep runs them.
fn jobs_of(
    directory: &Arc<Directory>,
    catalog: &Arc<Catalog>,
    responders: &Arc<dyn Responders>,
) -> Vec<Arc<dyn Job<Gate>>> {
    vec![
        Arc::new(ForceOut { directory: Arc::clone(directory) }),
        Arc::new(ReleaseAbsent { directory: Arc::clone(directory) }),
        Arc::new(LapseNominations),
        Arc::new(LapseOffers { responders: Arc::clone(responders) }),
        Arc::new(FollowClocks {
            directory: Arc::clone(directory),
            catalog: Arc::clone(catalog),
            responders: Arc::clone(responders),
        }),
        Arc::new(TellThoseConcerned { directory: Arc::clone(directory) }),
        Arc::new(SealRows),
        Arc::new(AuditClocks::default()),
        Arc::new(ForgetAnswers),
        Arc::new(ForgetSessions),
        Arc::new(ForgetCounts),
        Arc::new(ForgetCodes),
        Arc::new(ForgetKeys),
        Arc::new(ForgetAssertions),
        Arc::new(ForgetWaits),
        Arc::new(ForgetNotices),
        Arc::new(EraseAccounts),
        Arc::new(ForgetOrders::new(Arc::clone(directory))),
        Arc::new(SealAnew { columns: SEALED_COLUMNS }),
    ]
}

/// Every operation under `/api/v1`.
fn operations(config: &mut ServiceConfig) {
    access::configure(config);
    organizations::configure(config);
    volunteers::configure(config);
    demands::configure(config);
    dispatches::configure(config);
    evaluations::configure(config);
    notifications::configure(config);
    people::configure(config);
}

/// The application that answers requests.
pub fn application(
    wired: Wired,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = Error,
        InitError = (),
    >,
> {
    let origins = wired.allowed_origins;
    let (app, _) = App::new()
        .app_data(wired.gate)
        .app_data(wired.directory)
        .app_data(wired.catalog)
        .app_data(wired.responders)
        .app_data(wired.phone_proven)
        .app_data(wired.revealing)
        .app_data(wired.privacy_notices)
        .app_data(wired.consent_said)
        .app_data(wired.limits)
        .app_data(wired.withdrawal_days)
        .into_utoipa_app()
        // Before the scope: it would take everything under its prefix for itself.
        .map(|app| app.service(published_contract))
        .configure(partners::configure_at_the_root)
        .service(scope("/api/v1").configure(operations))
        .split_for_parts();
    app.service(key_set)
        .service(healthz)
        .service(readyz)
        .service(metrics)
        .service(
            SwaggerUi::new("/docs/{_:.*}")
                .config(SwaggerConfig::from("/api/v1/openapi.json").try_it_out_enabled(true)),
        )
        .service(web::redirect("/docs", "/docs/"))
        .default_service(web::to(nothing_here))
        .wrap(Condition::new(!origins.is_empty(), browsers::allowing(&origins)))
        .wrap(from_fn(outermost))
}

/// The contract as the code makes it: what `openapi/openapi.json` must say.
#[must_use]
pub fn generated_contract() -> Value {
    let (_, collected) = App::new()
        .into_utoipa_app()
        .configure(partners::configure_at_the_root)
        .service(scope("/api/v1").configure(operations))
        .split_for_parts();
    contract::complete(&collected, catalogues())
}

/// The enums whose values have their words in a catalogue.
fn catalogues() -> contract::Meanings {
    let both =
        |english: &str, chinese: &str| format!("{english} {chinese}").replace("{value}", "…");
    let (english, chinese) = (Language::English, Language::Chinese);
    let codes = Code::ALL
        .iter()
        .map(|code| (code.as_str().to_owned(), both(code.title(english), code.title(chinese))));
    let fields = FieldCode::ALL
        .iter()
        .map(|code| (code.as_str().to_owned(), both(code.text(english), code.text(chinese))));
    let kinds = NoticeKind::ALL.iter().map(|kind| {
        let name = serde_json::to_value(kind).unwrap_or_default();
        let name = name.as_str().unwrap_or_default().to_owned();
        (name, both(kind.title(english), kind.title(chinese)))
    });
    let scopes = Scope::ALL
        .iter()
        .map(|scope| (scope.as_str().to_owned(), both(scope.text(english), scope.text(chinese))));
    [
        ("PartnerScope".to_owned(), scopes.collect()),
        ("ProblemCode".to_owned(), codes.collect()),
        ("FieldErrorCode".to_owned(), fields.collect()),
        ("NoticeKind".to_owned(), kinds.collect()),
    ]
    .into()
}

/// Every SQL text of the program, by store, for the test that prepares them all.
pub const STATEMENTS: &[(&str, &[(&str, &str)])] = &[
    ("access", access::STATEMENTS),
    ("grants", access::GRANT_STATEMENTS),
    ("accounts", access::accounts::STATEMENTS),
    ("assignments", assignments::STATEMENTS),
    ("audit", dispatches::audit::STATEMENTS),
    ("catalog", catalog::STATEMENTS),
    ("codes", access::CODE_STATEMENTS),
    ("consents", consents::STATEMENTS),
    ("counts", access::COUNT_STATEMENTS),
    ("demands", demands::STATEMENTS),
    ("demands_erasing", demands::ERASING_STATEMENTS),
    ("demands_timeline", demands::TIMELINE_STATEMENTS),
    ("desk", demands::desk::STATEMENTS),
    ("dispatches", dispatches::STATEMENTS),
    ("dispatches_erasing", dispatches::ERASING_STATEMENTS),
    ("dispatch_lists", dispatches::LIST_STATEMENTS),
    ("evaluations", evaluations::STATEMENTS),
    ("hours", hours::STATEMENTS),
    ("jobs", jobs::store::STATEMENTS),
    ("limits", limits::STATEMENTS),
    ("journal", journal::STATEMENTS),
    ("lockout", access::LOCKOUT_STATEMENTS),
    ("notifications", notifications::STATEMENTS),
    ("organizations", organizations::STATEMENTS),
    ("partners", partners::STATEMENTS),
    ("people", people::STATEMENTS),
    ("rights_requests", people::REQUEST_STATEMENTS),
    ("births", access::births::STATEMENTS),
    ("real_name", access::REAL_NAME_STATEMENTS),
    ("privacy_notices", privacy_notices::STATEMENTS),
    ("reference", reference::STATEMENTS),
    ("reveals", reveals::STATEMENTS),
    ("second_factor", access::SECOND_FACTOR_STATEMENTS),
    ("seals", audit::STATEMENTS),
    ("sessions", access::SESSION_STATEMENTS),
    ("signing_keys", access::KEY_STATEMENTS),
    ("vault", vault::STATEMENTS),
    ("sealing", SEALING_ANEW),
    ("volunteers", volunteers::STATEMENTS),
    ("volunteer_ages", volunteers::AGE_STATEMENTS),
    ("wechat", access::WECHAT_STATEMENTS),
];

// What is personal, by the table that says why. The journal is not among them: what it says
// is never written again.
sealed_columns! {
    "accounts" by "account_id": "phone", "second_factor_secret", "born";
    "volunteers" by "account_id": "place";
    "volunteer_ages" by "account_id": "birth_date", "guardian";
    "consents" by "consent_id": "obtained";
    "demands" by "demand_id":
        "recipient_name", "recipient_phone", "recipient_age", "content", "risk", "address", "place",
        "reason";
    "dispatches" by "dispatch_id": "reason";
    "assignments" by "assignment_id": "reason";
    "evaluations" by "evaluation_id": "words";
    "rights_requests" by "request_id": "content", "answer";
    "real_names" by "account_id": "id_number";
    "reveals" by "reveal_id": "reason", "decision_reason";
}

/// Every action of the program, by noun, for the matrix of rights.
pub const ACTIONS: &[(&str, &[&str])] = &[
    ("access", access::ACTIONS),
    ("grants", access::GRANT_ACTIONS),
    ("audit", audit::ACTIONS),
    ("consents", consents::ACTIONS),
    ("partners", partners::ACTIONS),
    ("real_name", access::REAL_NAME_ACTIONS),
    ("reveals", reveals::ACTIONS),
    ("privacy_notices", privacy_notices::ACTIONS),
    ("second_factor", access::SECOND_FACTOR_ACTIONS),
    ("sessions", access::SESSION_ACTIONS),
    ("signing_keys", access::KEY_ACTIONS),
    ("wechat", access::WECHAT_ACTIONS),
    ("organizations", organizations::ACTIONS),
    ("volunteers", volunteers::ACTIONS),
    ("catalog", catalog::ACTIONS),
    ("demands", demands::ACTIONS),
    ("dispatches", dispatches::ACTIONS),
    ("assignments", assignments::ACTIONS),
    ("evaluations", evaluations::ACTIONS),
    ("notifications", notifications::ACTIONS),
    ("people", people::ACTIONS),
];

/// The contract, byte for byte as it is committed.
#[get("/api/v1/openapi.json")]
async fn published_contract() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, max-age=60"))
        .content_type("application/json")
        .body(contract::COMMITTED)
}

/// The public keys that access tokens are verified with (RFC 7517). Kept for half as long as a
/// key must have been published before it signs.
#[get("/.well-known/jwks.json")]
async fn key_set(gate: Data<Gate>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, max-age=300"))
        .json(gate.tokens().key_set(gate.clock().now()))
}

/// The process lives.
#[get("/healthz")]
async fn healthz() -> HttpResponse {
    HttpResponse::Ok().json(serde_json::json!({ "status": "ok" }))
}

/// The process can serve: the database answers.
#[get("/readyz")]
async fn readyz(gate: Data<Gate>) -> Result<HttpResponse, Problem> {
    gate.catch_up().await.map_err(|problem| Problem::of(Code::Unavailable).because(problem))?;
    Ok(HttpResponse::Ok().json(serde_json::json!({ "status": "ready" })))
}

/// Counters and times of this process, in the text format of Prometheus.
#[get("/metrics")]
async fn metrics() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(recorder().render())
}

/// The one recorder of the process.
fn recorder() -> &'static PrometheusHandle {
    static RECORDER: LazyLock<PrometheusHandle> = LazyLock::new(|| {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        // Only a second recorder in one process would be refused, and there is none.
        drop(metrics_facade::set_global_recorder(recorder));
        handle
    });
    &RECORDER
}

/// An address that is not there, or is there for other methods.
async fn nothing_here(request: HttpRequest) -> HttpResponse {
    static DOCUMENT: LazyLock<Value> =
        LazyLock::new(|| serde_json::from_str(contract::COMMITTED).unwrap_or_default());
    let methods = contract::methods_of(&DOCUMENT, request.path());
    if methods.is_empty() {
        return HttpResponse::NotFound().finish();
    }
    let allow = HeaderValue::from_str(&methods.join(", "));
    let mut response = HttpResponse::MethodNotAllowed();
    if let Ok(allow) = allow {
        response.insert_header((header::ALLOW, allow));
    }
    response.finish()
}
