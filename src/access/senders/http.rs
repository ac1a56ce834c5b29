//! Codes go to a gateway over HTTP: a small program of the installation, which hands them
//! on to whichever provider of text messages it has a contract with.
//!
//! The request is signed ([`SigningKey`]), so that the gateway can verify it. A message is never
//! sent a second time by itself: when the gateway was slow, it may be on its way.

use futures_util::future::LocalBoxFuture;
use reqwest::Url;
use serde::Serialize;

use super::{CodeMessage, CodePurpose, CodeSender};
use crate::platform::clock::Clock;
use crate::platform::outside::{Answer, Fault, Patience, Peer, Secret, SigningKey};
use crate::problem::{Code, FieldCode, Problem};

/// How long a caller waits where the provider wants no more messages to his number, in seconds.
const WAIT_FOR_NUMBER: i64 = 60;

/// Where and how text messages are sent.
#[derive(Clone, Debug)]
pub struct SmsSettings {
    /// The address of the gateway.
    pub url: Url,
    /// What requests are signed with: base64 of 24 to 64 bytes, with or without `whsec_`.
    pub secret: Secret,
    /// The template of the provider, if the gateway wants to be told.
    pub template: Option<String>,
    /// How long the gateway is waited for.
    pub patience: Patience,
}

/// Hands codes to a gateway.
pub struct HttpSender {
    peer: Peer,
    url: Url,
    key: SigningKey,
    template: Option<String>,
    clock: Clock,
}

/// What the gateway is sent.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    phone: &'a str,
    code: &'a str,
    purpose: CodePurpose,
    valid_minutes: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    template: Option<&'a str>,
}

/// What the gateway makes of it.
enum Taken {
    Sent,
    NoSuchNumber,
    TooOften,
}

impl HttpSender {
    /// A sender to this gateway.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the settings.
    pub fn new(settings: SmsSettings, clock: Clock) -> Result<Self, String> {
        let SmsSettings { url, secret, template, patience } = settings;
        let peer = Peer::new("sms", Code::SmsUnavailable, patience, clock.clone())
            .map_err(|error| format!("text messages cannot be sent: {error}"))?;
        let key = SigningKey::of(&secret).ok_or(
            "the secret for text messages must be 24 to 64 bytes in base64: make one with `openssl rand -base64 32`",
        )?;
        Ok(Self { peer, url, key, template, clock })
    }

    async fn hand_over(&self, message: CodeMessage<'_>) -> Result<(), Problem> {
        let request = self.peer.client().post(self.url.clone());
        let body = self.body(message);
        let request = self.key.signed(request, message.id, self.clock.now(), &body)?;
        match self.peer.ask(request, taken).await? {
            Taken::Sent => Ok(()),
            Taken::NoSuchNumber => Err(Problem::field("/phone", FieldCode::Unreachable)),
            Taken::TooOften => Err(Problem::of(Code::TooManyRequests).about(WAIT_FOR_NUMBER)),
        }
    }

    fn body<'a>(&'a self, message: CodeMessage<'a>) -> Body<'a> {
        Body {
            phone: message.phone.as_str(),
            code: message.code,
            purpose: message.purpose,
            valid_minutes: message.minutes,
            template: self.template.as_deref(),
        }
    }
}

/// What concerns this number only is no fault of the gateway: otherwise whoever asks for codes
/// to numbers that there are not would cut everybody else off.
const fn taken(answer: &Answer) -> Result<Taken, Fault> {
    match answer.status {
        200..=299 => Ok(Taken::Sent),
        400 | 422 => Ok(Taken::NoSuchNumber),
        429 => Ok(Taken::TooOften),
        status => Err(Fault::Status(status)),
    }
}

impl CodeSender for HttpSender {
    fn send<'a>(&'a self, message: CodeMessage<'a>) -> LocalBoxFuture<'a, Result<(), Problem>> {
        Box::pin(self.hand_over(message))
    }
}
