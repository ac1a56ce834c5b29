//! # HTTP
//!
//! What every operation shares: reading bodies, queries and paths so that a
//! refusal names the field; answering with an ETag; pages; the words of a
//! problem in the caller's language; the number of a request.

pub mod answer;
pub mod browsers;
mod etag;
pub mod json;
pub mod limits;
mod objects;
pub mod origin;
pub mod outermost;
pub mod page;
pub mod query;
pub mod reasons;

use std::rc::Rc;

use actix_web::http::header::{self, HeaderMap, HeaderName};
use actix_web::web::Data;
use actix_web::{HttpMessage, HttpRequest, HttpResponse};

use super::geography::CoordinateSystem;
use crate::problem::{Code, FieldCode, Language, Problem};

/// What a handler gives back.
pub type Reply = Result<HttpResponse, Problem>;

/// The header under which a request can be found in the log.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The header that makes a repeated request safe.
pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The header in which a client says which coordinates it wants to read.
pub const COORDINATE_SYSTEM: HeaderName = HeaderName::from_static("coordinate-system");

/// The number of the request, as the outermost middleware gave it.
#[derive(Clone)]
pub struct RequestId(pub Rc<str>);

impl RequestId {
    /// The number of this request.
    #[must_use]
    pub fn of(request: &HttpRequest) -> Rc<str> {
        request.extensions().get::<Self>().map_or_else(|| Rc::from(""), |id| Rc::clone(&id.0))
    }
}

/// What `app` has wired in for the operations under this type.
///
/// # Errors
/// `internal` when it has not.
pub fn wired<T: ?Sized + 'static>(request: &HttpRequest) -> Result<Data<T>, Problem> {
    request.app_data::<Data<T>>().cloned().ok_or_else(|| Problem::of(Code::Internal))
}

/// The language of the caller: the first of those he understands that is Chinese or
/// English, of whichever region, and else Chinese.
#[must_use]
pub fn language(headers: &HeaderMap) -> Language {
    let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let tags = wanted.map(accept_language::parse).unwrap_or_default();
    let known = tags.iter().find_map(|tag| {
        let primary = tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
        match primary.as_str() {
            "zh" => Some(Language::Chinese),
            "en" => Some(Language::English),
            _ => None,
        }
    });
    known.unwrap_or(Language::Chinese)
}

/// The coordinates that the caller wants to read: WGS-84 unless he says GCJ-02.
///
/// # Errors
/// `invalid_request` when the header names no system that there is.
pub fn coordinate_system(headers: &HeaderMap) -> Result<CoordinateSystem, Problem> {
    match headers.get(COORDINATE_SYSTEM).map(|value| value.as_bytes().to_ascii_lowercase()) {
        None => Ok(CoordinateSystem::Wgs84),
        Some(value) if value == b"wgs84" => Ok(CoordinateSystem::Wgs84),
        Some(value) if value == b"gcj02" => Ok(CoordinateSystem::Gcj02),
        Some(_) => Err(Problem::of(Code::InvalidRequest).and_field(
            "header:Coordinate-System",
            FieldCode::NotOneOf,
            "wgs84, gcj02",
        )),
    }
}

/// The caller's idempotency key, if he sent one: 1 to 100 visible characters.
///
/// # Errors
/// `invalid_request` when it is empty, too long or not plain text.
pub fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get(IDEMPOTENCY_KEY) else { return Ok(None) };
    let refused = |code, wanted| {
        Err(Problem::of(Code::InvalidRequest).and_field("header:Idempotency-Key", code, wanted))
    };
    match value.to_str().map(str::trim) {
        Ok(key) if !(1..=100).contains(&key.len()) => refused(FieldCode::OutOfRange, "1–100"),
        Ok(key) if key.bytes().all(|byte| byte.is_ascii_graphic()) => Ok(Some(key.to_owned())),
        _ => refused(FieldCode::WrongType, "visible characters of ASCII, no spaces"),
    }
}

/// What a caller says of the version that he means to change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Nothing: there is no `If-Match`.
    NotSaid,
    /// Any: `If-Match: *`.
    Any,
    /// This one.
    Version(i64),
}

/// The version that `If-Match` names.
///
/// # Errors
/// `invalid_request` when it is not an ETag that this server could have given.
pub fn version_matched(headers: &HeaderMap) -> Result<Expected, Problem> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(Expected::NotSaid) };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(Expected::Any);
    }
    etag::version_of(text).map(Expected::Version).ok_or_else(|| {
        Problem::of(Code::InvalidRequest).and_field(
            "header:If-Match",
            FieldCode::WrongType,
            "\"v1\"",
        )
    })
}
