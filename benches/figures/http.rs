//! As little of HTTP/1.1 as a load generator needs: a client that costs more would take its time
//! from the server beside it.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use serde_json::Value as Json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::runtime::Handle;

use crate::load::{Measured, Pace, Queue, Step, Worker, measure};

/// The bytes of one request.
pub type Request = Arc<[u8]>;

/// A request, ready to be sent.
pub fn request(method: &str, path: &str, token: Option<&str>, body: Option<&Json>) -> Request {
    written(method, path, &token.map(bearer).unwrap_or_default(), body)
}

/// A command under a key of its own, as apps send it.
pub fn command(path: &str, token: &str, key: &str, body: &Json) -> Request {
    let headers = format!("{}Idempotency-Key: {key}\r\n", bearer(token));
    written("POST", path, &headers, Some(body))
}

fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}\r\n")
}

fn written(method: &str, path: &str, headers: &str, body: Option<&Json>) -> Request {
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n{headers}");
    match body.map(Json::to_string) {
        Some(body) => {
            let length = body.len();
            text += "Content-Type: application/json\r\n";
            write!(text, "Content-Length: {length}\r\n\r\n{body}").unwrap();
        }
        None => text += "\r\n",
    }
    Arc::from(text.into_bytes())
}

/// One connection.
pub struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer.
pub struct Answer<'a> {
    /// Its status.
    pub status: u16,
    /// How many statements it took.
    pub statements: Option<u32>,
    /// Its body.
    pub body: &'a [u8],
}

impl Client {
    /// Connects.
    pub async fn connect(address: SocketAddr) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(64 * 1024) })
    }

    /// Sends a request and reads the answer.
    pub async fn send(&mut self, request: &[u8]) -> std::io::Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let head = loop {
            self.read_more().await?;
            let end = self.buffer.windows(4).position(|four| four == b"\r\n\r\n");
            if let Some(end) = end {
                break end + 4;
            }
        };
        let text = std::str::from_utf8(&self.buffer[..head]).map_err(std::io::Error::other)?;
        let status = text.get(9..12).and_then(|digits| digits.parse().ok()).unwrap_or_default();
        let length = header(text, "content-length").and_then(|value| value.parse().ok());
        let end = head + length.unwrap_or(0);
        let statements = header(text, "server-timing").and_then(statements);
        while self.buffer.len() < end {
            self.read_more().await?;
        }
        Ok(Answer { status, statements, body: &self.buffer[head..end] })
    }

    async fn read_more(&mut self) -> std::io::Result<()> {
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err(std::io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

fn header<'a>(head: &'a str, wanted: &str) -> Option<&'a str> {
    let lines = head.split("\r\n").filter_map(|line| line.split_once(": "));
    lines.filter(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value).next()
}

/// The number in `database;desc="7 statements"`.
fn statements(value: &str) -> Option<u32> {
    value.split('"').nth(1)?.split(' ').next()?.parse().ok()
}

struct Sender {
    client: Client,
    queue: Queue<Request>,
    bodies: Option<Arc<Mutex<Vec<Vec<u8>>>>>,
}

impl Worker for Sender {
    async fn step(&mut self) -> Step {
        let Some((index, request)) = self.queue.next() else { return Step::Exhausted };
        let answer = match self.client.send(request).await {
            Ok(answer) => answer,
            Err(error) => panic!("the server hung up: {error}"),
        };
        if answer.status >= 400 {
            return Step::Failed(String::from_utf8_lossy(answer.body).into_owned());
        }
        if let Some(bodies) = &self.bodies {
            bodies.lock().unwrap()[index] = answer.body.to_vec();
        }
        Step::Done(answer.statements)
    }
}

/// Sends the requests over so many connections, as long as the pace says or until all are sent.
pub async fn drive(
    address: SocketAddr,
    connections: usize,
    queue: &Queue<Request>,
    pace: Pace,
) -> Measured {
    let workers = senders(address, connections, queue, None).await;
    measure(workers, &[Handle::current()], pace).await
}

/// Sends all requests and gives the bodies of the answers; each must succeed.
pub async fn send_all(address: SocketAddr, requests: Vec<Request>) -> Vec<Vec<u8>> {
    let count = requests.len();
    let bodies = Arc::new(Mutex::new(vec![Vec::new(); count]));
    let workers = senders(address, 16, &Queue::once(requests), Some(&bodies)).await;
    let hour = std::time::Duration::from_hours(1);
    let pace = Pace { warm_up: hour, measured: hour };
    let done = measure(workers, &[Handle::current()], pace).await;
    assert_eq!(done.failed, 0, "a preparation was refused: {:?}", done.refusal);
    std::mem::take(&mut *bodies.lock().unwrap())
}

async fn senders(
    address: SocketAddr,
    connections: usize,
    queue: &Queue<Request>,
    bodies: Option<&Arc<Mutex<Vec<Vec<u8>>>>>,
) -> Vec<Sender> {
    let mut senders = Vec::with_capacity(connections);
    for _ in 0..connections {
        senders.push(Sender {
            client: Client::connect(address).await.unwrap(),
            queue: queue.clone(),
            bodies: bodies.map(Arc::clone),
        });
    }
    senders
}
