//! What can be tried on a connection itself: to be slow, to be long, to be two at once, to be many.
//! Whatever is tried, the process goes on for the others.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures_util::future::{join, join_all};
use reqwest::StatusCode;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{Process, command};
use crate::support::databases::{Database, Engine};

/// Longer than a head or a body may take to arrive.
const GIVEN_UP_WITHIN: Duration = Duration::from_secs(25);
/// How many sign in at once.
const FLOOD: usize = 400;
/// How long somebody else waits meanwhile, at most.
const PATIENCE: Duration = Duration::from_secs(5);

impl Process {
    fn address(&self) -> SocketAddr {
        self.base.trim_start_matches("http://").parse().expect("an address")
    }

    async fn connection(&self) -> TcpStream {
        TcpStream::connect(self.address()).await.expect("a connection")
    }

    /// What is answered to these bytes, until the connection is closed or nothing more comes.
    async fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = self.connection().await;
        // The other side may have enough of it before the end.
        drop(stream.write_all(bytes).await);
        let mut answer = vec![0; 4_096];
        let read = tokio::time::timeout(PATIENCE, stream.read(&mut answer)).await;
        let length = read.expect("an answer, or an end").unwrap_or_default();
        String::from_utf8_lossy(&answer[..length]).into_owned()
    }

    async fn is_well(&self) {
        let (status, _) = self.get("/readyz", "").await;
        assert_eq!(status, StatusCode::OK);
    }
}

/// Sends the beginning, then a byte now and then, until it is answered.
async fn trickle(process: &Process, beginning: &str) -> String {
    let mut stream = process.connection().await;
    stream.write_all(beginning.as_bytes()).await.expect("the beginning is taken");
    let began = Instant::now();
    let mut answer = vec![0; 4_096];
    loop {
        assert!(began.elapsed() < GIVEN_UP_WITHIN, "still waited for");
        let pause = Duration::from_millis(500);
        match tokio::time::timeout(pause, stream.read(&mut answer)).await {
            Ok(read) => {
                let length = read.unwrap_or_default();
                return String::from_utf8_lossy(&answer[..length]).into_owned();
            }
            Err(_) => drop(stream.write_all(b"a").await),
        }
    }
}

#[actix_web::test]
async fn whoever_sends_a_byte_now_and_then_is_not_waited_for() {
    let database = Database::fresh(Engine::Sqlite).await;
    let process = Process::start(database.url());
    let head = "GET /api/v1/me HTTP/1.1\r\nHost: x\r\nX-Slow: ";
    let body = "POST /api/v1/sign-in/codes HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
                Content-Length: 60000\r\n\r\n{\"phone\":\"";
    let (head, body) = join(trickle(&process, head), trickle(&process, body)).await;
    assert!(head.starts_with("HTTP/1.1 408"), "{head}");
    assert!(body.starts_with("HTTP/1.1 408"), "{body}");
    assert!(body.contains("too_slow"), "{body}");
    process.is_well().await;
}

#[actix_web::test]
async fn what_is_too_long_or_says_two_things_is_refused() {
    let database = Database::fresh(Engine::Sqlite).await;
    let process = Process::start(database.url());
    let get =
        |path: &str, headers: &str| format!("GET {path} HTTP/1.1\r\nHost: x\r\n{headers}\r\n");
    let post = |headers: &str, body: &str| {
        let kind = "Content-Type: application/json";
        format!("POST /api/v1/sign-in/codes HTTP/1.1\r\nHost: x\r\n{kind}\r\n{headers}\r\n{body}")
    };
    let many = "X-Many: x\r\n".repeat(500);
    let hidden = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
    let chunked = format!("0\r\n\r\n{hidden}");
    let attacks = [
        ("many headers", get("/healthz", &many)),
        ("a long header", get("/healthz", &format!("X-Long: {}\r\n", "x".repeat(300_000)))),
        ("a long address", get(&format!("/api/v1/{}", "x".repeat(300_000)), "")),
        ("a long query", get(&format!("/api/v1/me?{}", "x=1&".repeat(100_000)), "")),
        ("two lengths", post("Content-Length: 2\r\nContent-Length: 40\r\n", "{}")),
        (
            "a length and chunks",
            post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", &chunked),
        ),
        ("chunks and something else", post("Transfer-Encoding: chunked, gzip\r\n", &chunked)),
        ("no number", post("Content-Length: +2\r\n", "{}")),
        ("a header in two lines", get("/healthz", "X-A: 1\r\n X-B: 2\r\n")),
        ("a space before the colon", get("/healthz", "Content-Length : 5\r\n")),
        ("no HTTP", "\u{16}\u{3}\u{1}\r\n\r\n".to_owned()),
    ];
    for (what, bytes) in attacks {
        let answer = process.raw(bytes.as_bytes()).await;
        let refused = answer.is_empty() || answer.starts_with("HTTP/1.1 4");
        assert!(refused, "{what}: {answer}");
        assert!(!answer.contains("redvest_http_requests_total"), "{what} smuggled a request");
        process.is_well().await;
    }
}

/// Each password takes 19 MiB and a processor for some time. Only so many wait for that; the others
/// are told to come back, and whoever has signed in already notices nothing.
#[actix_web::test]
async fn a_flood_of_passwords_is_turned_away_and_nobody_else() {
    let database = Database::fresh(Engine::Sqlite).await;
    let mut behind_a_proxy = command(database.url());
    behind_a_proxy.args(["--proxies", "1"]);
    let process = Process::of(behind_a_proxy);
    let token = process.sign_in().await;
    let tries = (0..FLOOD).map(|number| {
        let body =
            json!({ "username": format!("nobody{number}"), "password": "a guess like any other" });
        let address = format!("198.51.{}.{}", number / 200, number % 200);
        let url = format!("{}/api/v1/sign-in/password", process.base);
        process.client.post(url).header("X-Forwarded-For", address).json(&body).send()
    });
    let flood = async {
        let answers = join_all(tries).await.into_iter();
        answers.map(|answer| answer.expect("an answer").status()).collect::<Vec<_>>()
    };
    let others = async {
        for _ in 0..10 {
            let began = Instant::now();
            assert_eq!(process.get("/api/v1/me", &token).await.0, StatusCode::OK);
            assert!(began.elapsed() < PATIENCE, "waited {:?}", began.elapsed());
        }
    };
    let (statuses, ()) = join(flood, others).await;
    let with = |status: StatusCode| statuses.iter().filter(|one| **one == status).count();
    let (looked_at, turned_away) =
        (with(StatusCode::UNAUTHORIZED), with(StatusCode::SERVICE_UNAVAILABLE));
    assert_eq!(looked_at + turned_away, FLOOD, "{statuses:?}");
    assert!(looked_at > 0 && turned_away > 0, "{looked_at} looked at, {turned_away} turned away");
    process.sign_in().await;
}
