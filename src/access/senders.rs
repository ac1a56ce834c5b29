//! How a one-time code reaches a phone, and what follows when it came back. Outside
//! services come with their own issue; until then a code goes to the log, or in the demo
//! is always the same.

use futures_util::future::LocalBoxFuture;

use super::gate::Work;
use crate::ids::AccountId;
use crate::platform::values::Phone;
use crate::problem::Problem;

/// Something that can bring a code to a phone.
pub trait CodeSender: Send + Sync {
    /// The code to send.
    fn new_code(&self) -> String;

    /// Brings it there.
    fn send<'a>(&'a self, phone: &'a str, code: &'a str)
    -> LocalBoxFuture<'a, Result<(), Problem>>;
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
    fn new_code(&self) -> String {
        crate::platform::crypto::random_digits()
    }

    fn send<'a>(
        &'a self,
        phone: &'a str,
        code: &'a str,
    ) -> LocalBoxFuture<'a, Result<(), Problem>> {
        Box::pin(async move {
            let tail: String =
                phone.chars().skip(phone.chars().count().saturating_sub(4)).collect();
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

    fn send<'a>(&'a self, _: &'a str, _: &'a str) -> LocalBoxFuture<'a, Result<(), Problem>> {
        Box::pin(async { Ok(()) })
    }
}
