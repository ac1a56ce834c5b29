//! redvest as a story sees it: a program of its own with a database, a clock and a door.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::{Arc, LazyLock};

use actix_web::dev::Service;
use actix_web::test::{TestRequest, init_service};
use chrono::{DateTime, Utc};
use futures_util::future::LocalBoxFuture;
use redvest::access::{CodeSender, FixedCode, Role, create_administrator};
use redvest::app::{Settings, Wired, application, generated_contract, wire};
use redvest::platform::clock::Clock;
use redvest::platform::db::Db;
use redvest::platform::values::Username;
use redvest::platform::vault::{self, MasterKeySource, Secret, Suite};
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection, SqliteConnection};
use tokio::sync::OnceCell;

use super::client::{Client, Credentials};
use super::county::Organization;
use super::databases::{Database, Engine};
use super::reply::Reply;
use crate::contract::responses::Contract;

/// When every story begins: Monday, 2 March 2026, 10 o'clock in Shanghai.
pub const BEGINNING: DateTime<Utc> =
    DateTime::from_timestamp(1_772_416_800, 0).expect("an instant that exists");

/// The user name of the administrator whom every database has.
pub const ADMINISTRATOR: &str = "administrator";
/// His password.
pub const ADMINISTRATOR_PASSWORD: &str = "correct horse battery";
/// The password of everybody else who has one.
pub const STAFF_PASSWORD: &str = "red vest on a hook";
/// The one-time code that reaches every phone.
pub const PHONE_CODE: &str = "123456";

/// What personal data is sealed under.
pub const MASTER_KEY: &str = "YSBrZXkgdGhhdCBvbmx5IHRoZSB0ZXN0cyBrbm93ISE=";

/// How many connections one test may have: many tests share one cluster.
const CONNECTIONS: u32 = 3;
/// More rounds of jobs than any story needs: then they never come to rest.
const MAXIMUM_ROUNDS: usize = 1_000;

/// The contract that every answer is held against: the one the code makes, so that a committed
/// file that lags behind fails only the test that compares the two.
pub static CONTRACT: LazyLock<Contract> = LazyLock::new(|| Contract::new(generated_contract()));

/// Sends a request through the whole program and brings back what a client would see.
pub type Exchange = Rc<dyn Fn(TestRequest) -> LocalBoxFuture<'static, Reply>>;

/// A running redvest.
#[derive(Clone)]
pub struct TestApp {
    /// Stands still until a story moves it.
    pub clock: Clock,
    /// The same database as the program's.
    pub db: Db,
    wired: Wired,
    exchange: Exchange,
    administrator: Rc<OnceCell<Client>>,
    people: Rc<Cell<u32>>,
    /// The last field: the database goes when nothing uses it any more.
    database: Rc<Database>,
}

impl TestApp {
    /// A new redvest with a database of its own on this engine.
    pub async fn on(engine: Engine) -> Self {
        let database = Rc::new(Database::fresh(engine).await);
        let (clock, sender) = (Clock::standing_at(BEGINNING), Arc::new(FixedCode(PHONE_CODE)));
        let db = open(database.url(), CONNECTIONS, &clock).await;
        Self::over(database, db, clock, Rc::default(), sender, Settings::default()).await
    }

    /// A second process on the same database, with the same clock.
    pub async fn another_instance(&self) -> Self {
        self.another_instance_with(Settings::default()).await
    }

    /// The same, configured otherwise.
    pub async fn another_instance_with(&self, settings: Settings) -> Self {
        self.another_instance_that_sends(Arc::new(FixedCode(PHONE_CODE)), settings).await
    }

    /// The same, whose codes go another way.
    pub async fn another_instance_that_sends(
        &self,
        sender: Arc<dyn CodeSender>,
        settings: Settings,
    ) -> Self {
        let (database, people) = (Rc::clone(&self.database), Rc::clone(&self.people));
        Self::over(database, self.db.clone(), self.clock.clone(), people, sender, settings).await
    }

    async fn over(
        database: Rc<Database>,
        db: Db,
        clock: Clock,
        people: Rc<Cell<u32>>,
        sender: Arc<dyn CodeSender>,
        settings: Settings,
    ) -> Self {
        let wired = wire(
            db.clone(),
            clock.clone(),
            sender,
            Settings { tells_statements: true, ..settings },
        )
        .await
        .expect("redvest is wired");
        let exchange = exchange_with(wired.clone()).await;
        Self { clock, db, wired, exchange, administrator: Rc::default(), people, database }
    }

    /// How sqlx by itself reaches the database, for what no client can see.
    pub fn database_url(&self) -> &str {
        self.database.url()
    }

    /// The number that this text finds in the database, for what no client can see.
    pub async fn count(&self, sql: &'static str) -> i64 {
        if self.db.engine_name() == "sqlite" {
            let mut own =
                SqliteConnection::connect(self.database_url()).await.expect("a connection");
            return sqlx::query_scalar(sql).fetch_one(&mut own).await.expect(sql);
        }
        let mut own = PgConnection::connect(self.database_url()).await.expect("a connection");
        sqlx::query_scalar(sql).fetch_one(&mut own).await.expect(sql)
    }

    /// Every text in a column of a table, for what no client can see.
    pub async fn texts(&self, table: &str, column: &str) -> String {
        let sql = format!("SELECT COALESCE({column}, '') FROM {table}");
        let texts: Vec<String> = if self.db.engine_name() == "sqlite" {
            let mut own =
                SqliteConnection::connect(self.database_url()).await.expect("a connection");
            sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_all(&mut own).await.expect(table)
        } else {
            let mut own = PgConnection::connect(self.database_url()).await.expect("a connection");
            sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_all(&mut own).await.expect(table)
        };
        texts.join("\n")
    }

    /// Changes the database past the program, as something that happens at an awkward moment, or as
    /// somebody could who may write to it.
    pub async fn execute(&self, sql: &'static str) {
        if self.db.engine_name() == "sqlite" {
            let mut own =
                SqliteConnection::connect(self.database_url()).await.expect("a connection");
            sqlx::raw_sql(sql).execute(&mut own).await.expect(sql);
        } else {
            let mut own = PgConnection::connect(self.database_url()).await.expect("a connection");
            sqlx::raw_sql(sql).execute(&mut own).await.expect(sql);
        }
    }

    /// Somebody who has not signed in.
    pub fn anonymous(&self) -> Client {
        Client::anonymous(Rc::clone(&self.exchange), self.clock.clone())
    }

    /// Somebody who shows this token, whatever it is.
    pub fn with_token(&self, token: impl Into<String>) -> Client {
        Client::with_token(Rc::clone(&self.exchange), self.clock.clone(), token.into())
    }

    /// The administrator of the whole installation.
    pub async fn administrator(&self) -> Client {
        let sign_in = || self.sign_in_by_password(ADMINISTRATOR, ADMINISTRATOR_PASSWORD);
        self.administrator.get_or_init(sign_in).await.clone()
    }

    /// A resident with a phone of his own.
    pub async fn resident(&self, name: &str) -> Client {
        let phone = self.next_phone();
        self.resident_with_phone(name, &phone).await
    }

    /// A resident who signs in with this phone.
    pub async fn resident_with_phone(&self, name: &str, phone: &str) -> Client {
        let code = json!({ "phone": phone });
        self.anonymous().post("/sign-in/codes", code).await.status_is(202);
        let body = json!({ "phone": phone, "code": PHONE_CODE, "name": name });
        self.sign_in(Credentials::Phone(body)).await
    }

    /// A staff member with a role at an organization and a sign-in of his own.
    pub async fn staff(&self, role: &str, organization: &Organization) -> Client {
        let username = format!("{role}{}", self.next_person());
        let body = json!({
            "name": role, "username": username, "password": STAFF_PASSWORD,
            "organizationId": organization.id, "role": role, "mustChangePassword": false,
        });
        self.administrator().await.post("/staff", body).await.created();
        self.sign_in_by_password(&username, STAFF_PASSWORD).await
    }

    /// Somebody who reads the audit, made at the machine.
    pub async fn audit_administrator(&self) -> Client {
        self.made_at_the_machine("auditor", Role::AuditAdministrator).await
    }

    /// Somebody who looks after the security of the whole installation, made at the machine.
    pub async fn security_administrator(&self) -> Client {
        self.made_at_the_machine("security", Role::SecurityAdministrator).await
    }

    async fn made_at_the_machine(&self, name: &str, role: Role) -> Client {
        let username = format!("{name}{}", self.next_person());
        let name = Username::parse(&username).expect("a user name");
        self.db
            .write(async |tx| {
                create_administrator(tx, &self.clock, &name, STAFF_PASSWORD, role).await
            })
            .await
            .expect("an account");
        self.sign_in_by_password(&username, STAFF_PASSWORD).await
    }

    /// Whoever has this user name and password.
    pub async fn sign_in_by_password(&self, username: &str, password: &str) -> Client {
        let body = json!({ "username": username, "password": password });
        self.sign_in(Credentials::Password(body)).await
    }

    async fn sign_in(&self, credentials: Credentials) -> Client {
        Client::sign_in(Rc::clone(&self.exchange), self.clock.clone(), credentials).await
    }

    /// A mobile number that nobody else in this story has.
    pub fn next_phone(&self) -> String {
        format!("139{:08}", self.next_person())
    }

    fn next_person(&self) -> u32 {
        self.people.set(self.people.get() + 1);
        self.people.get()
    }

    /// Lets the jobs do everything that is due at this instant.
    pub async fn run_due_jobs(&self) {
        for _ in 0..MAXIMUM_ROUNDS {
            let done = self.wired.jobs.run_once(&self.wired.gate).await.expect("the jobs succeed");
            if done == 0 {
                return;
            }
        }
        panic!("the jobs find work again and again: one of them does not do what it finds");
    }

    /// The end of every story: whatever it left behind, the jobs can deal with and come to rest.
    pub async fn finish(self) {
        self.run_due_jobs().await;
        self.db.close().await;
    }
}

/// A database with its vault opened.
pub async fn open(url: &str, connections: u32, clock: &Clock) -> Db {
    let db = Db::open(url, connections).await.expect("the database can be opened");
    let key = MasterKeySource::Given(Secret::new(MASTER_KEY));
    vault::unlock(&db, &key, Suite::default(), clock)
        .await
        .expect("the master key opens the vault");
    db
}

/// The program as a function. What a client could never see is a failure here.
async fn exchange_with(wired: Wired) -> Exchange {
    let service = Rc::new(init_service(application(wired)).await);
    Rc::new(move |request: TestRequest| {
        let service = Rc::clone(&service);
        Box::pin(async move {
            let request = request.to_request();
            let (method, path) = (request.method().to_string(), request.uri().to_string());
            let response = service
                .call(request)
                .await
                .unwrap_or_else(|error| panic!("{method} {path} gave an error: {error}"));
            let reply = Reply::read(method, path, response).await;
            assert_keeps_contract(&reply);
            reply
        })
    })
}

/// Every answer under `/api/v1` and to OAuth keeps what the contract promises. What the contract does not know
/// can only be refused: the address as unknown, or the method as not allowed. What a browser asks
/// before it calls (`OPTIONS`) is no operation.
fn assert_keeps_contract(reply: &Reply) {
    let path = reply.path();
    let of_oauth =
        path.starts_with("/oauth2/") || path == "/.well-known/oauth-authorization-server";
    let within = path.starts_with("/api/v1") || of_oauth;
    let outside = !within || reply.method() == "OPTIONS" || path == "/api/v1/openapi.json";
    if outside {
        return;
    }
    let known = CONTRACT.operation_of(reply.method(), path).is_some();
    let kept = match (known, reply.status()) {
        (true, _) => reply.kept(&CONTRACT),
        (false, 404 | 405) => Ok(()),
        (false, status) => Err(format!("answered {status}, but the contract does not know it")),
    };
    kept.unwrap_or_else(|violation| panic!("the contract is broken: {violation}\n{reply}"));
}

/// The same body with one member changed, or added.
pub fn changed(body: &Value, member: &str, value: impl Into<Value>) -> Value {
    let mut body = body.clone();
    body[member] = value.into();
    body
}
