//! The program as a process: it ends when it is told to, survives being killed, keeps its SQLite
//! file to itself, says "not now" while its database is gone, and withstands whoever is slow, long
//! or many.
//!
//! These stories start the real binary and speak HTTP with it.

mod attacked;
mod audit;
mod demo;
mod ending;
mod instances;
mod keys;
mod killed;
mod outside;
mod sealed;
mod town;

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection, SqliteConnection};

use self::town::Person;
use crate::support::app::{ADMINISTRATOR, ADMINISTRATOR_PASSWORD, MASTER_KEY};
use crate::support::cluster::Cluster;
use crate::support::databases::{Database, Engine};

/// A running `redvest serve`; killed when the test ends.
struct Process {
    child: Child,
    base: String,
    client: Client,
    /// The lines of its log.
    said: Arc<Mutex<Vec<String>>>,
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn command(database: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_redvest"));
    command
        .args(["serve", "--listen", "127.0.0.1:0", "--workers", "2", "--requests-per-minute", "0"])
        .args(["--database-url", database])
        .env("REDVEST_MASTER_KEY", MASTER_KEY)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    command
}

impl Process {
    /// Starts the program and waits until it says where it listens.
    fn start(database: &str) -> Self {
        Self::of(command(database))
    }

    /// The same by this command.
    fn of(mut command: Command) -> Self {
        let mut child = command.spawn().expect("the program starts");
        let log = child.stderr.take().expect("the program logs");
        let mut lines = BufReader::new(log).lines();
        let address = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| line.split_once("listening on ").map(|(_, rest)| rest.to_owned()))
            .expect("the program says where it listens");
        let said = Arc::<Mutex<Vec<String>>>::default();
        let heard = Arc::clone(&said);
        // Whoever does not read on makes the program wait when the pipe is full.
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                heard.lock().unwrap_or_else(PoisonError::into_inner).push(line);
            }
        });
        let base = address.split('"').next().expect("an address").to_owned();
        Self { child, base, client: Client::new(), said }
    }

    async fn post(
        &self,
        path: &str,
        token: &str,
        key: &str,
        body: &Value,
    ) -> Option<(StatusCode, Value)> {
        let request = self
            .client
            .post(format!("{}/api/v1{path}", self.base))
            .bearer_auth(token)
            .header("idempotency-key", key)
            .json(body);
        read(request.send().await.ok()?).await
    }

    async fn get(&self, path: &str, token: &str) -> (StatusCode, Value) {
        let request = self.client.get(format!("{}{path}", self.base)).bearer_auth(token);
        read(request.send().await.expect("an answer")).await.expect("a body")
    }

    async fn sign_in(&self) -> String {
        let body = json!({ "username": ADMINISTRATOR, "password": ADMINISTRATOR_PASSWORD });
        let answer = self.post("/sign-in/password", "", "none", &body).await;
        let (status, body) = answer.expect("an answer");
        assert_eq!(status, StatusCode::OK, "{body}");
        body["accessToken"].as_str().expect("a token").to_owned()
    }

    /// Somebody who signs in by phone; the code is in the log.
    async fn resident(&self, phone: &str) -> Person {
        let asked = self.post("/sign-in/codes", "", "none", &json!({ "phone": phone })).await;
        assert_eq!(asked.expect("an answer").0, StatusCode::ACCEPTED);
        let code = self.code_sent_to(phone).await;
        let body = json!({ "phone": phone, "code": code, "name": "演示居民" });
        let (status, body) =
            self.post("/sign-in/phone", "", "none", &body).await.expect("an answer");
        assert_eq!(status, StatusCode::OK, "{body}");
        Person { token: body["accessToken"].as_str().expect("a token").to_owned() }
    }

    async fn code_sent_to(&self, phone: &str) -> String {
        let end = format!("ends in {}: ", &phone[phone.len() - 4..]);
        for _ in 0..100 {
            let said = self.said.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let code = said.iter().rev().find_map(|line| line.split_once(&end));
            if let Some((_, rest)) = code {
                return rest.chars().take(6).collect();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("no code was sent to {phone}");
    }

    async fn create_center(&self, token: &str) -> String {
        let body = json!({ "kind": "center", "name": "平阳县" });
        let (_, center) =
            self.post("/organizations", token, "center", &body).await.expect("an answer");
        center["organizationId"].as_str().expect("an id").to_owned()
    }

    /// Asks it to end.
    fn ask_to_end(&self) {
        let asked = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(asked.expect("kill runs").success());
    }

    /// Asks it to end and gives its exit code.
    fn terminate(&mut self) -> Option<i32> {
        self.ask_to_end();
        self.child.wait().expect("it ends").code()
    }
}

/// Status and body. Whoever is told to come back is told when.
async fn read(response: Response) -> Option<(StatusCode, Value)> {
    let status = response.status();
    let is_problem = response
        .headers()
        .get("content-type")
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/problem+json"));
    if status == StatusCode::SERVICE_UNAVAILABLE && is_problem {
        let wait = response.headers().get("retry-after").expect("Retry-After");
        let wait: u64 = wait.to_str().ok()?.parse().expect("seconds");
        assert!((1..=60).contains(&wait), "Retry-After: {wait}");
    }
    Some((status, response.json().await.ok()?))
}

/// Half a minute later nobody keeps the jobs that a killed process had leased.
async fn leases_end(database: &Database) {
    let end = "DELETE FROM job_leases";
    if database.url().starts_with("postgres") {
        let mut connection = PgConnection::connect(database.url()).await.expect("the cluster");
        sqlx::raw_sql(end).execute(&mut connection).await.expect(end);
    } else {
        let mut connection = SqliteConnection::connect(database.url()).await.expect("the file");
        sqlx::raw_sql(end).execute(&mut connection).await.expect(end);
    }
}

/// A figure out of the database, past the program.
async fn count(database: &Database, sql: &'static str) -> i64 {
    let (figure,): (i64,) = if database.url().starts_with("postgres") {
        let mut connection = PgConnection::connect(database.url()).await.expect("the cluster");
        sqlx::query_as(sql).fetch_one(&mut connection).await.expect(sql)
    } else {
        let mut connection = SqliteConnection::connect(database.url()).await.expect("the file");
        sqlx::query_as(sql).fetch_one(&mut connection).await.expect(sql)
    };
    figure
}

async fn ends_when_it_is_told_to(engine: Engine) {
    let database = Database::fresh(engine).await;
    let mut process = Process::start(database.url());
    let token = process.sign_in().await;
    process.create_center(&token).await;
    assert_eq!(process.terminate(), Some(0), "SIGTERM is a clean end");
    let again = Process::start(database.url());
    let (_, list) = again.get("/api/v1/organizations", &token).await;
    assert_eq!(list["items"][0]["name"], "平阳县");
}

/// Asks until the answer is `wanted`, for as long as a recovery may take.
async fn eventually(process: &Process, token: &str, wanted: StatusCode) -> Value {
    for _ in 0..100 {
        let (status, body) = process.get("/api/v1/me", token).await;
        if status == wanted {
            return body;
        }
        assert!(status == StatusCode::OK || status == StatusCode::SERVICE_UNAVAILABLE, "{body}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{wanted} was never answered");
}

mod sqlite {
    use super::*;

    #[actix_web::test]
    async fn it_ends_when_it_is_told_to() {
        ends_when_it_is_told_to(Engine::Sqlite).await;
    }

    #[actix_web::test]
    async fn a_script_pipes_in_the_password_of_an_administrator() {
        let database = Database::fresh(Engine::Sqlite).await;
        let create = |username: &str, password: &str| {
            let mut child = Command::new(env!("CARGO_BIN_EXE_redvest"))
                .args(["admin", "create", "--username", username])
                .args(["--database-url", database.url()])
                .env_remove("REDVEST_ADMIN_PASSWORD")
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .expect("the program starts");
            let mut pipe = child.stdin.take().expect("a pipe");
            writeln!(pipe, "{password}").expect("the pipe takes it");
            drop(pipe);
            child.wait_with_output().expect("it ends")
        };
        assert!(create("second.administrator", "a long enough secret").status.success());
        let weak = create("third.administrator", "short");
        assert!(!weak.status.success());
        let said = String::from_utf8_lossy(&weak.stderr).into_owned();
        assert!(said.contains("/password") && !said.contains("short\""), "{said}");
        let process = Process::start(database.url());
        let body =
            json!({ "username": "second.administrator", "password": "a long enough secret" });
        let answer = process.post("/sign-in/password", "", "none", &body).await;
        assert_eq!(answer.expect("an answer").0, StatusCode::OK);
    }

    /// On the wire a `HEAD` has the headers of the `GET`, and no content.
    #[actix_web::test]
    async fn a_head_has_no_content() {
        let database = Database::fresh(Engine::Sqlite).await;
        let process = Process::start(database.url());
        let token = process.sign_in().await;
        let paths =
            ["/healthz", "/readyz", "/api/v1/me", "/api/v1/nothing", "/api/v1/openapi.json"];
        for path in paths {
            let url = format!("{}{path}", process.base);
            let get = process.client.get(&url).bearer_auth(&token).send().await.expect("an answer");
            let head = process.client.head(&url).bearer_auth(&token);
            let head = head.send().await.expect("an answer");
            assert_eq!(head.status(), get.status(), "{path}");
            let length =
                |answer: &reqwest::Response| answer.headers().get("content-length").cloned();
            assert_eq!(length(&head), length(&get), "{path}");
            assert!(head.bytes().await.expect("an end").is_empty(), "{path}");
        }
        // The connection is still good for the next request.
        assert_eq!(process.get("/api/v1/me", &token).await.0, StatusCode::OK);
    }

    #[actix_web::test]
    async fn a_second_process_on_the_same_file_is_refused() {
        let database = Database::fresh(Engine::Sqlite).await;
        let _first = Process::start(database.url());
        let second = command(database.url()).output().expect("the second one runs");
        assert!(!second.status.success());
        let said = String::from_utf8_lossy(&second.stderr);
        assert!(said.contains("in use by another redvest process"), "{said}");
    }

    /// Somebody else holds the file for writing: writers are told to come back, and are served when
    /// it is free again.
    #[actix_web::test]
    async fn a_locked_file_is_not_now() {
        let database = Database::fresh(Engine::Sqlite).await;
        let process = Process::start(database.url());
        let token = process.sign_in().await;
        let mut other = SqliteConnection::connect(database.url()).await.expect("the file opens");
        sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.expect("the file is locked");
        let center = json!({ "kind": "center", "name": "平阳县" });
        let (status, body) =
            process.post("/organizations", &token, "a", &center).await.expect("an answer");
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{body}");
        assert_eq!(body["code"], "unavailable");
        sqlx::query("ROLLBACK").execute(&mut other).await.expect("the file is free");
        let (status, body) =
            process.post("/organizations", &token, "a", &center).await.expect("an answer");
        assert_eq!(status, StatusCode::CREATED, "{body}");
    }
}

mod postgres {
    use super::*;

    #[actix_web::test]
    async fn it_ends_when_it_is_told_to() {
        ends_when_it_is_told_to(Engine::Postgres).await;
    }

    /// The database lets nobody in: requests are told to come back, `readyz` says so, and when it is
    /// there again redvest serves again by itself.
    #[actix_web::test]
    async fn a_database_that_is_gone_is_not_now() {
        let database = Database::fresh(Engine::Postgres).await;
        let process = Process::start(database.url());
        let token = process.sign_in().await;
        let name = database.url().split(['/', '?']).nth(3).expect("a database").to_owned();
        let mut keeper =
            PgConnection::connect(&Cluster::shared().url("postgres")).await.expect("the cluster");
        let mut order = async |text: String| {
            sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(&mut keeper).await.expect("an order");
        };
        order(format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false")).await;
        order(format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        ))
        .await;
        let gone = eventually(&process, &token, StatusCode::SERVICE_UNAVAILABLE).await;
        assert_eq!(gone["code"], "unavailable");
        // Nor is it later, when every connection of before is known to be lost.
        for _ in 0..12 {
            let (status, body) = process.get("/api/v1/me", &token).await;
            assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{body}");
        }
        assert_eq!(process.get("/readyz", "").await.0, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(process.get("/healthz", "").await.0, StatusCode::OK);
        order(format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true")).await;
        eventually(&process, &token, StatusCode::OK).await;
    }

    /// Two instances on one database serve alike: what one writes the other shows at once.
    #[actix_web::test]
    async fn two_instances_are_one_redvest() {
        let database = Database::fresh(Engine::Postgres).await;
        let (first, second) = (Process::start(database.url()), Process::start(database.url()));
        let token = first.sign_in().await;
        let center = first.create_center(&token).await;
        let path = format!("/api/v1/organizations/{center}");
        let (status, seen) = second.get(&path, &token).await;
        assert_eq!((status, seen["name"].as_str()), (StatusCode::OK, Some("平阳县")));
    }
}
