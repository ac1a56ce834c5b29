//! Presence, judged by the server: by place, by the code on the spot, or both.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::domain::{Proof, ProofKind};
use crate::access::Tokens;
use crate::organizations::rules::Attendance;
use crate::platform::crypto;
use crate::platform::geography::{Point, whole_meters};
use crate::problem::{Code, Problem};

/// What the volunteer shows.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// Where his phone says that he is, WGS-84.
    pub position: Option<Point>,
    /// The code that he read on the spot.
    pub code: Option<&'a str>,
}

/// The code of a demand or station that is good at an instant.
#[must_use]
pub fn code_at(tokens: &Tokens, of: Uuid, rule: Attendance, at: DateTime<Utc>) -> String {
    code_of_period(tokens, of, period(rule, at))
}

/// When the code changes next.
#[must_use]
pub fn next_change(rule: Attendance, at: DateTime<Utc>) -> DateTime<Utc> {
    let seconds = i64::from(rule.code_seconds.max(1));
    DateTime::from_timestamp((period(rule, at) + 1) * seconds, 0).unwrap_or(at)
}

fn period(rule: Attendance, at: DateTime<Utc>) -> i64 {
    at.timestamp().div_euclid(i64::from(rule.code_seconds.max(1)))
}

fn code_of_period(tokens: &Tokens, of: Uuid, period: i64) -> String {
    let mut message = of.as_bytes().to_vec();
    message.extend_from_slice(&period.to_be_bytes());
    tokens.keyed_digits(&message)
}

/// Judges what is shown: every piece that is shown must hold, and one must be.
/// `codes_of` are the things whose code is good here: the demand and its station.
///
/// # Errors
/// `proof_needed`, `too_far`, `wrong_check_in_code`.
pub fn judge(
    tokens: &Tokens,
    shown: Shown<'_>,
    place: Point,
    codes_of: &[Uuid],
    rule: Attendance,
    at: DateTime<Utc>,
) -> Result<Proof, Problem> {
    let distance = shown.position.map(|position| position.distance_meters(&place));
    if distance.is_some_and(|distance| is_too_far(distance, rule)) {
        let meters = distance.map(whole_meters).unwrap_or_default();
        return Err(Problem::of(Code::TooFar).about(meters));
    }
    if let Some(code) = shown.code {
        let now = period(rule, at);
        let good = codes_of.iter().any(|of| {
            [now, now - 1]
                .iter()
                .any(|period| crypto::same(&code_of_period(tokens, *of, *period), code.trim()))
        });
        if !good {
            return Err(Problem::of(Code::WrongCheckInCode));
        }
    }
    let kind = match (shown.position.is_some(), shown.code.is_some()) {
        (true, true) => ProofKind::PositionAndCode,
        (true, false) => ProofKind::Position,
        (false, true) => ProofKind::Code,
        (false, false) => return Err(Problem::of(Code::ProofNeeded)),
    };
    Ok(Proof { kind, distance_meters: distance.map(whole_meters) })
}

fn is_too_far(distance: f64, rule: Attendance) -> bool {
    rule.radius_meters > 0 && distance > f64::from(rule.radius_meters)
}
