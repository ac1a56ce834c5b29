//! # Problems
//!
//! Everything that can go wrong for a caller, as RFC 9457 `application/problem+json`.
//! One catalogue ([`catalogue`]) feeds the bodies, the contract and the tests: a
//! code that is not there cannot be answered, and a code that is there is documented.
//!
//! A handler returns `Err(Problem)`. The text is written by the outermost
//! middleware (`platform::http::problems`), which knows the caller's language and
//! the request's number; until then a problem is only its code and its facts.

mod body;
mod catalogue;

pub use body::{FieldErrorBody, ProblemBody};
pub use catalogue::{Code, FieldCode};

use std::error::Error as StdError;
use std::fmt;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use sqlx::error::ErrorKind;
use uuid::Uuid;

/// The languages a client can be answered in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Simplified Chinese, the default.
    Chinese,
    /// English.
    English,
}

/// One field of a request that cannot be accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// JSON pointer into the body, or `query:name`, `path:name`, `header:name`.
    pub pointer: String,
    /// What is wrong with it.
    pub code: FieldCode,
    /// The limit or value that the text mentions, if it mentions one.
    pub value: String,
}

/// A refusal or a fault, before it is put into words.
#[derive(Debug)]
pub struct Problem {
    code: Code,
    fields: Vec<FieldError>,
    value: String,
    privacy_notices: Vec<Uuid>,
    cause: Option<Box<dyn StdError + Send + Sync>>,
    again: bool,
}

impl Problem {
    /// A problem of this kind, with nothing to add.
    #[must_use]
    pub const fn of(code: Code) -> Self {
        Self {
            code,
            fields: Vec::new(),
            value: String::new(),
            privacy_notices: Vec::new(),
            cause: None,
            again: false,
        }
    }

    /// A request whose body, query or path has one unacceptable field.
    #[must_use]
    pub fn field(pointer: impl Into<String>, code: FieldCode) -> Self {
        Self::of(Code::InvalidRequest).and_field(pointer, code, "")
    }

    /// Several unacceptable fields at once; `None` when there are none.
    ///
    /// # Errors
    /// The problem that names every field in `fields`.
    pub fn refuse_fields(fields: Vec<FieldError>) -> Result<(), Self> {
        if fields.is_empty() {
            return Ok(());
        }
        Err(Self { fields, ..Self::of(Code::InvalidRequest) })
    }

    /// Names one more field.
    #[must_use]
    pub fn and_field(
        mut self,
        pointer: impl Into<String>,
        code: FieldCode,
        value: impl Into<String>,
    ) -> Self {
        self.fields.push(FieldError { pointer: pointer.into(), code, value: value.into() });
        self
    }

    /// Gives the fact that the text mentions in place of `{value}`.
    #[must_use]
    pub fn about(mut self, value: impl fmt::Display) -> Self {
        self.value = value.to_string();
        self
    }

    /// Names the privacy notices that have to be agreed to first.
    #[must_use]
    pub fn naming_privacy_notices(mut self, notices: impl IntoIterator<Item = Uuid>) -> Self {
        self.privacy_notices.extend(notices);
        self
    }

    /// The same problem with its pointers written otherwise.
    #[must_use]
    pub fn with_pointers(mut self, rewrite: impl Fn(&str) -> String) -> Self {
        for field in &mut self.fields {
            field.pointer = rewrite(&field.pointer);
        }
        self
    }

    /// Remembers what lies behind it: for the log, never for the caller.
    #[must_use]
    pub fn because(mut self, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> Code {
        self.code
    }

    /// How long the caller is to wait, where the problem knows it, in seconds.
    #[must_use]
    pub fn seconds_to_wait(&self) -> Option<u64> {
        let waits = matches!(
            self.code,
            Code::TooManyRequests
                | Code::TooManyTries
                | Code::TooManyOrders
                | Code::WechatUnavailable
                | Code::WechatMisconfigured
                | Code::SmsUnavailable
                | Code::RealNameUnavailable
        );
        if waits { self.value.parse().ok() } else { None }
    }

    /// What lies behind it, for the log.
    #[must_use]
    pub fn cause(&self) -> Option<&(dyn StdError + Send + Sync + 'static)> {
        self.cause.as_deref()
    }

    /// The body in the caller's language.
    #[must_use]
    pub fn body(&self, language: Language, request_id: &str) -> ProblemBody {
        ProblemBody {
            privacy_notice_ids: self.privacy_notices.clone(),
            ..ProblemBody::of(self.code, &self.value, &self.fields, language, request_id)
        }
    }

    /// Whether the same work may succeed if it is simply done again: the
    /// database asked for it (serialization failure, deadlock, busy file), or somebody
    /// else was first where the work had looked and seen nobody (exclusion: the next
    /// look sees him, and says so in our own words).
    #[must_use]
    pub fn is_worth_retrying(&self) -> bool {
        if self.again {
            return true;
        }
        let Some(sqlx::Error::Database(error)) = self.database_error() else { return false };
        matches!(
            error.code().as_deref(),
            Some("40001" | "40P01" | EXCLUSION_VIOLATION | "5" | "6" | "261" | "517")
        )
    }

    /// Whether a unique rule of the database refused the statement.
    #[must_use]
    pub fn is_unique_violation(&self) -> bool {
        matches!(self.database_error(), Some(sqlx::Error::Database(error))
            if matches!(error.kind(), ErrorKind::UniqueViolation))
    }

    fn database_error(&self) -> Option<&sqlx::Error> {
        self.cause.as_deref()?.downcast_ref::<sqlx::Error>()
    }
}

/// PostgreSQL: a rule of exclusion refused.
const EXCLUSION_VIOLATION: &str = "23P01";

/// Turns a unique violation into the problem that it means at this place.
pub trait UniqueMeans<T> {
    /// `Err(code)` when a unique rule refused; any other result is left alone.
    ///
    /// # Errors
    /// The problem of `code`, or whatever else went wrong.
    fn unique_means(self, code: Code) -> Result<T, Problem>;

    /// The work is done again when a unique rule refused: somebody else was faster, whom it sees
    /// then.
    ///
    /// # Errors
    /// One that is worth retrying, or whatever else went wrong.
    fn unique_means_again(self) -> Result<T, Problem>;
}

impl<T> UniqueMeans<T> for Result<T, Problem> {
    fn unique_means(self, code: Code) -> Self {
        self.map_err(|problem| {
            if problem.is_unique_violation() { Problem::of(code).because(problem) } else { problem }
        })
    }

    fn unique_means_again(self) -> Self {
        self.map_err(|problem| {
            let again = problem.is_unique_violation();
            if again {
                Problem { again, ..Problem::of(Code::Unavailable).because(problem) }
            } else {
                problem
            }
        })
    }
}

impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Self {
        let code = match &error {
            sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::Io(_)
            | sqlx::Error::WorkerCrashed => Code::Unavailable,
            sqlx::Error::Database(database) if is_outage(database.code().as_deref()) => {
                Code::Unavailable
            }
            sqlx::Error::Database(database) if is_exclusion(database.code().as_deref()) => {
                Code::TimeConflict
            }
            _ => Code::Internal,
        };
        Self::of(code).because(error)
    }
}

/// The one rule of exclusion that there is says that nobody promises an instant twice
/// (`assignments_promised_once`). Whoever still runs into it after all his tries has
/// promised that time elsewhere, however he looked.
fn is_exclusion(code: Option<&str>) -> bool {
    code == Some(EXCLUSION_VIOLATION)
}

/// Database answers that mean "not now" rather than "never": PostgreSQL is
/// starting, stopping, full or has been told to hurry; SQLite is busy, cannot
/// write, or its disk is full.
fn is_outage(code: Option<&str>) -> bool {
    const POSTGRES: &[&str] = &[
        "40001", "40P01", "53100", "53200", "53300", "55P03", "57014", "57P01", "57P02", "57P03",
        "25006",
    ];
    const SQLITE_PRIMARY: &[u32] = &[5, 6, 8, 10, 13, 14];
    let Some(code) = code else { return false };
    if POSTGRES.contains(&code) || (code.len() == 5 && code.starts_with("08")) {
        return true;
    }
    code.len() <= 4
        && code.parse::<u32>().is_ok_and(|number| SQLITE_PRIMARY.contains(&(number & 0xff)))
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.code)?;
        if !self.value.is_empty() {
            write!(formatter, " ({})", self.value)?;
        }
        for field in &self.fields {
            write!(formatter, " {}={}", field.pointer, field.code)?;
        }
        match &self.cause {
            Some(cause) => write!(formatter, ": {cause}"),
            None => Ok(()),
        }
    }
}

impl StdError for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.code.status()
    }

    /// An empty answer: the middleware finds the problem on it and writes the words.
    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}
