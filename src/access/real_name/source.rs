//! Who is asked whether a name and a number belong together.

use futures_util::future::LocalBoxFuture;
use reqwest::Url;
use serde::{Deserialize, Serialize};

use crate::platform::clock::Clock;
use crate::platform::outside::{Answer, Fault, Patience, Peer, Secret, SigningKey};
use crate::platform::values::{IdNumber, PersonName};
use crate::problem::{Code, Problem};

/// Somebody who knows whether a name and a number belong together.
pub trait NameSource: Send + Sync {
    /// What he is called: it is kept with his answer.
    fn name(&self) -> &str;

    /// Whether they belong together.
    fn matches<'a>(
        &'a self,
        name: &'a PersonName,
        number: &'a IdNumber,
    ) -> LocalBoxFuture<'a, Result<bool, Problem>>;
}

/// Where and how real names are verified.
#[derive(Clone, Debug)]
pub struct RealNameSettings {
    /// The address of the gateway.
    pub url: Url,
    /// What requests are signed with: base64 of 24 to 64 bytes, with or without `whsec_`.
    pub secret: Secret,
    /// What the source is called.
    pub source: String,
    /// How long the gateway is waited for.
    pub patience: Patience,
}

/// A gateway over HTTP: a small program of the installation, which hands the question on to
/// whichever source it has a contract with. Asked once: each answer is paid for.
pub struct HttpSource {
    peer: Peer,
    url: Url,
    key: SigningKey,
    name: String,
    clock: Clock,
}

/// What the gateway is sent.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Question<'a> {
    name: &'a str,
    id_number: &'a str,
}

/// What it answers; whatever else it says is not read.
#[derive(Deserialize)]
struct Said {
    matched: bool,
}

impl HttpSource {
    /// The gateway by these settings.
    ///
    /// # Errors
    /// `internal`, with what is wrong with the settings.
    pub fn new(settings: RealNameSettings, clock: Clock) -> Result<Self, Problem> {
        let RealNameSettings { url, secret, source, patience } = settings;
        let peer = Peer::new("real_name", Code::RealNameUnavailable, patience, clock.clone())
            .map_err(|error| Problem::of(Code::Internal).because(error))?;
        let key = SigningKey::of(&secret).ok_or_else(|| {
            Problem::of(Code::Internal).because(
                "the secret for real names must be 24 to 64 bytes in base64: make one with `openssl rand -base64 32`",
            )
        })?;
        Ok(Self { peer, url, key, name: source, clock })
    }

    async fn ask(&self, name: &PersonName, number: &IdNumber) -> Result<bool, Problem> {
        let question = Question { name: name.as_str(), id_number: number.expose() };
        let request = self.peer.client().post(self.url.clone());
        let (id, now) = (self.clock.new_id(), self.clock.now());
        let request = self.key.signed(request, id, now, &question)?;
        self.peer.ask(request, read).await
    }
}

fn read(answer: &Answer) -> Result<bool, Fault> {
    match answer.status {
        200 => Ok(answer.json::<Said>()?.matched),
        status => Err(Fault::Status(status)),
    }
}

impl NameSource for HttpSource {
    fn name(&self) -> &str {
        &self.name
    }

    fn matches<'a>(
        &'a self,
        name: &'a PersonName,
        number: &'a IdNumber,
    ) -> LocalBoxFuture<'a, Result<bool, Problem>> {
        Box::pin(self.ask(name, number))
    }
}
