//! # Phone codes
//!
//! Whoever reads out the six digits that were sent to a phone has it in his hand. A code is
//! good once, for five minutes and five tries, and the next one takes its place. What is
//! stored is a keyed digest: a million codes are soon tried out, but not without the key.
//!
//! Messages cost money and are a nuisance to whoever did not ask for them, so they are
//! counted ([`counts`]): by phone and by address, in the database, for all instances. Nobody
//! learns from an answer whether a phone is known: it is the same for every phone.

mod store;

pub use store::{STATEMENTS, forget_lapsed, has_lapsed, meet};

use std::net::IpAddr;

use actix_web::HttpRequest;
use chrono::{DateTime, Duration, Utc};

use super::counts::{self, Limit};
use super::failures;
use super::gate::{Gate, Work};
use super::senders::{CodeMessage, CodePurpose};
use crate::platform::crypto;
use crate::platform::values::Phone;
use crate::problem::{Code, Problem};

/// How long a code can be used, in minutes.
const MINUTES: i64 = 5;
/// How often a code may be tried.
const TRIES: i64 = 5;
/// How long a phone waits for its next code.
const PAUSE: Duration = Duration::seconds(60);

/// A code that is on its way.
#[derive(Clone, Copy)]
pub struct Sent {
    /// Until when it can be used.
    pub expires_at: DateTime<Utc>,
    /// From when another one can be asked for.
    pub next_at: DateTime<Utc>,
}

/// Makes a code for signing in and sends it.
///
/// # Errors
/// `too_many_requests` with the seconds to wait, `sms_unavailable`, or that of the field
/// `/phone` where no message reaches it.
pub async fn send(gate: &Gate, phone: &Phone, address: Option<IpAddr>) -> Result<Sent, Problem> {
    let code = gate.sender().new_code();
    let digest = digest_of(gate, phone, &code);
    let limits = limits_of(gate, phone, address);
    let now = gate.clock().now();
    let expires_at = now + Duration::minutes(MINUTES);
    gate.without_permit("sign-in code", async |work| {
        counts::spend(work, &limits).await?;
        store::save(work.tx, phone, &digest, expires_at).await
    })
    .await?;
    let message = CodeMessage {
        id: gate.clock().new_id(),
        phone,
        code: &code,
        purpose: CodePurpose::SignIn,
        minutes: MINUTES,
    };
    match gate.sender().send(message).await {
        Ok(()) => Ok(Sent { expires_at, next_at: now + PAUSE }),
        // The code stays good, for the message may arrive yet; but nobody waits for that.
        Err(problem) if problem.code() == Code::SmsUnavailable => {
            gate.without_permit("sign-in code not sent", async |work| {
                counts::give_back(work, &limits).await
            })
            .await?;
            Err(problem)
        }
        Err(problem) => Err(problem),
    }
}

/// Compares what is shown with the code that was sent to a phone. It counts as a try, right
/// or wrong, in a transaction of its own.
///
/// # Errors
/// `wrong_credentials`.
pub async fn prove(
    gate: &Gate,
    request: &HttpRequest,
    phone: &Phone,
    shown: &str,
) -> Result<(), Problem> {
    let shown = digest_of(gate, phone, shown.trim());
    let expected = gate
        .without_permit("sign-in try", async |work| {
            store::count_try(work.tx, phone, TRIES, work.now).await
        })
        .await?;
    if expected.as_ref().is_some_and(|expected| crypto::same(expected, &shown)) {
        return Ok(());
    }
    // Where no code was sent there is nothing to guess.
    if expected.is_some() {
        failures::write_down_phone(gate, request, phone).await?;
    }
    Err(Problem::of(Code::WrongCredentials))
}

/// Uses the code up, in the transaction of the sign-in: of two who show it at once, one is
/// signed in. Whoever has signed in need not wait for his next code.
///
/// # Errors
/// `wrong_credentials` when somebody else was faster.
pub async fn use_up(gate: &Gate, work: &mut Work<'_>, phone: &Phone) -> Result<(), Problem> {
    if store::use_up(work.tx, phone).await? {
        return counts::give_back(work, &[pause_of(gate, phone)]).await;
    }
    Err(Problem::of(Code::WrongCredentials))
}

fn digest_of(gate: &Gate, phone: &Phone, code: &str) -> String {
    gate.tokens().keyed_digest(format!("phone code {}:{code}", phone.as_str()).as_bytes())
}

/// How many codes a phone gets, and how many may be asked for from one address.
fn limits_of(gate: &Gate, phone: &Phone, address: Option<IpAddr>) -> Vec<Limit> {
    let most = gate.code_limits();
    let (hour, day) = (Duration::hours(1), Duration::hours(24));
    let of_phone = limit(gate, &format!("day {}", phone.as_str()), most.codes_per_phone_day, day);
    let mut limits = vec![pause_of(gate, phone), of_phone];
    if let Some(address) = address {
        limits.extend([
            limit(gate, &format!("hour {address}"), most.codes_per_address_hour, hour),
            limit(gate, &format!("day {address}"), most.codes_per_address_day, day),
        ]);
    }
    limits
}

fn pause_of(gate: &Gate, phone: &Phone) -> Limit {
    limit(gate, &format!("pause {}", phone.as_str()), 1, PAUSE)
}

fn limit(gate: &Gate, subject: &str, most: u32, within: Duration) -> Limit {
    let subject = gate.tokens().keyed_digest(format!("codes {subject}").as_bytes());
    Limit { subject, most, within }
}
