//! How a one-time code reaches a phone, and what follows when it came back. In service a
//! code goes to whoever sends text messages ([`HttpSender`]); without one it goes to the
//! log, and in the demo it is always the same.

mod http;

pub use http::{HttpSender, SmsSettings};

use futures_util::future::LocalBoxFuture;
use serde::Serialize;
use uuid::Uuid;

use super::gate::Work;
use crate::ids::AccountId;
use crate::platform::crypto;
use crate::platform::values::Phone;
use crate::problem::Problem;

/// A code on its way to a phone.
#[derive(Clone, Copy)]
pub struct CodeMessage<'a> {
    /// The number of the message: under one number it is sent once.
    pub id: Uuid,
    /// Where it goes.
    pub phone: &'a Phone,
    /// The six digits.
    pub code: &'a str,
    /// What they are good for.
    pub purpose: CodePurpose,
    /// For how long they are good, in minutes.
    pub minutes: i64,
}

/// What a code is good for.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CodePurpose {
    /// Signing in.
    SignIn,
}

/// Something that can bring a code to a phone.
pub trait CodeSender: Send + Sync {
    /// The code to send.
    fn new_code(&self) -> String {
        crypto::random_digits()
    }

    /// Brings it there.
    fn send<'a>(&'a self, message: CodeMessage<'a>) -> LocalBoxFuture<'a, Result<(), Problem>>;
}

/// What follows elsewhere when somebody has proven that a phone is his. `app` wires it
/// in; it happens in the transaction of the sign-in.
pub trait PhoneProven: Send + Sync {
    /// The phone is that of the account.
    fn proven<'a, 'w: 'a>(
        &'a self,
        work: &'a mut Work<'w>,
        phone: &'a Phone,
        account: AccountId,
    ) -> LocalBoxFuture<'a, Result<(), Problem>>;
}

/// Writes the code to the log: for development and for a first look.
pub struct LogSender;

impl CodeSender for LogSender {
    fn send<'a>(&'a self, message: CodeMessage<'a>) -> LocalBoxFuture<'a, Result<(), Problem>> {
        Box::pin(async move {
            let CodeMessage { phone, code, .. } = message;
            let digits = phone.as_str().chars();
            let tail: String = digits.clone().skip(digits.count().saturating_sub(4)).collect();
            log::warn!("one-time code for the phone that ends in {tail}: {code}");
            Ok(())
        })
    }
}

/// The same code for everybody: for the demo and for tests only.
pub struct FixedCode(pub &'static str);

impl CodeSender for FixedCode {
    fn new_code(&self) -> String {
        self.0.to_owned()
    }

    fn send<'a>(&'a self, _: CodeMessage<'a>) -> LocalBoxFuture<'a, Result<(), Problem>> {
        Box::pin(async { Ok(()) })
    }
}
