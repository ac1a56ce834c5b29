//! Somebody outside, and what becomes of asking him.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder};
use serde::de::DeserializeOwned;

use super::breaker::Breaker;
use crate::platform::clock::Clock;
use crate::problem::{Code, Problem};

/// The largest answer that is read, in bytes.
const MAXIMUM_ANSWER: usize = 64 * 1024;
/// How long a caller is asked to wait after a fault, in seconds.
const WAIT_AFTER_FAULT: i64 = 5;

/// How long somebody outside is waited for.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Until there is a connection.
    pub connect: Duration,
    /// Until the whole answer is there.
    pub whole: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { connect: Duration::from_secs(2), whole: Duration::from_secs(5) }
    }
}

/// What somebody outside has answered.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status: never a redirect, never a fault of the server.
    pub status: u16,
    body: Vec<u8>,
}

impl Answer {
    /// The body, read as `T`.
    ///
    /// # Errors
    /// [`Fault::Unreadable`]. Why is not said: it might repeat what stands there.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        serde_json::from_slice(&self.body).map_err(|_| Fault::Unreadable)
    }
}

/// Why there is no answer to go on with.
#[derive(Debug)]
pub enum Fault {
    /// It took too long.
    Slow,
    /// There was no connection, or it broke.
    Unreachable(String),
    /// It answered with this status.
    Status(u16),
    /// It answered something else than was agreed.
    Unreadable,
    /// It says itself that it cannot answer now.
    Busy,
}

impl Fault {
    /// Its kind, for the figures.
    const fn kind(&self) -> &'static str {
        match self {
            Self::Slow => "slow",
            Self::Unreachable(_) => "unreachable",
            Self::Status(_) => "status",
            Self::Unreadable => "unreadable",
            Self::Busy => "busy",
        }
    }

    /// What the library says, without the address, which may hold secrets.
    fn of(error: reqwest::Error) -> Self {
        if error.is_timeout() {
            return Self::Slow;
        }
        let error = error.without_url();
        let mut words = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            words = format!("{words}: {cause}");
            source = cause.source();
        }
        Self::Unreachable(words)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Slow => formatter.write_str("it did not answer in time"),
            Self::Unreachable(why) => write!(formatter, "it cannot be reached: {why}"),
            Self::Status(status) => write!(formatter, "it answered {status}"),
            Self::Unreadable => formatter.write_str("it answered something else than was agreed"),
            Self::Busy => formatter.write_str("it says that it is busy"),
        }
    }
}

impl StdError for Fault {}

/// Somebody outside.
#[derive(Debug)]
pub struct Peer {
    name: &'static str,
    unavailable: Code,
    client: Client,
    clock: Clock,
    breaker: Breaker,
}

impl Peer {
    /// Somebody of this name, whose faults are answered as `unavailable`.
    ///
    /// # Errors
    /// When there is no TLS to be had on this machine.
    pub fn new(
        name: &'static str,
        unavailable: Code,
        patience: Patience,
        clock: Clock,
    ) -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .user_agent(concat!("redvest/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .connect_timeout(patience.connect)
            .timeout(patience.whole)
            .build()?;
        Ok(Self { name, unavailable, client, clock, breaker: Breaker::default() })
    }

    /// What requests to it are made with.
    #[must_use]
    pub const fn client(&self) -> &Client {
        &self.client
    }

    /// Asks, once; `read` makes something of the answer, or says that it is none.
    ///
    /// # Errors
    /// The peer's own code, with the seconds to wait.
    pub async fn ask<T>(
        &self,
        request: RequestBuilder,
        read: impl FnOnce(&Answer) -> Result<T, Fault>,
    ) -> Result<T, Problem> {
        if let Err(seconds) = self.breaker.admit(self.clock.now()) {
            self.count("left_alone");
            return Err(self.unavailable(seconds).because("it is left alone for a while"));
        }
        match exchange(request).await.and_then(|answer| read(&answer)) {
            Ok(value) => {
                self.breaker.answered();
                self.count("answered");
                Ok(value)
            }
            Err(fault) => Err(self.failed(fault)),
        }
    }

    /// Asks what changes nothing, and once more if there was no answer.
    ///
    /// # Errors
    /// As [`Peer::ask`].
    pub async fn ask_again<T>(
        &self,
        request: impl Fn() -> RequestBuilder,
        read: impl Fn(&Answer) -> Result<T, Fault>,
    ) -> Result<T, Problem> {
        match self.ask(request(), &read).await {
            Err(problem) if problem.code() == self.unavailable => {
                log::warn!(peer = self.name; "asked once more: {problem}");
                self.ask(request(), read).await
            }
            answered => answered,
        }
    }

    /// The peer does not answer: to be tried again in so many seconds.
    #[must_use]
    pub fn unavailable(&self, seconds: i64) -> Problem {
        Problem::of(self.unavailable).about(seconds)
    }

    fn failed(&self, fault: Fault) -> Problem {
        self.count(fault.kind());
        if self.breaker.failed(self.clock.now()) {
            log::error!(peer = self.name; "left alone for a while: {fault}");
        }
        self.unavailable(WAIT_AFTER_FAULT).because(fault)
    }

    fn count(&self, outcome: &'static str) {
        let labels = [("peer", self.name), ("outcome", outcome)];
        metrics::counter!("redvest_outside_requests_total", &labels).increment(1);
    }
}

async fn exchange(request: RequestBuilder) -> Result<Answer, Fault> {
    let mut response = request.send().await.map_err(Fault::of)?;
    let status = response.status();
    if status.is_redirection() || status.is_server_error() {
        return Err(Fault::Status(status.as_u16()));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(Fault::of)? {
        if body.len() + chunk.len() > MAXIMUM_ANSWER {
            return Err(Fault::Unreadable);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status: status.as_u16(), body })
}
