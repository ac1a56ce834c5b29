//! What a successful command or read gives back, before it becomes HTTP: kept in
//! the journal, so that a repeated request gets the very same answer. A secret is in
//! the first answer only ([`Answer::showing_once`]): the journal never holds it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::etag::{etag, is_known};
use crate::problem::{Code, Problem};

/// Status, body, ETag and Location of one answer.
#[derive(Debug, Serialize, Deserialize)]
pub struct Answer {
    status: u16,
    body: Option<Box<RawValue>>,
    version: Option<i64>,
    location: Option<String>,
    /// What is sent instead of the body this once, and kept nowhere.
    #[serde(skip)]
    shown_once: Option<Box<RawValue>>,
}

impl Answer {
    /// `200 OK` with `view`.
    ///
    /// # Errors
    /// `internal` when `view` cannot be written as JSON.
    pub fn ok(view: &impl Serialize) -> Result<Self, Problem> {
        Self::of(StatusCode::OK, view)
    }

    /// `201 Created` with `view`, to be found at `location`.
    ///
    /// # Errors
    /// `internal` when `view` cannot be written as JSON.
    pub fn created(view: &impl Serialize, location: String) -> Result<Self, Problem> {
        Ok(Self { location: Some(location), ..Self::of(StatusCode::CREATED, view)? })
    }

    /// `204 No Content`.
    #[must_use]
    pub const fn no_content() -> Self {
        Self { status: 204, body: None, version: None, location: None, shown_once: None }
    }

    /// Sends `view` instead of the body this once: with the secret that the body, which is
    /// kept for a repetition of the request, leaves out.
    ///
    /// # Errors
    /// `internal` when `view` cannot be written as JSON.
    pub fn showing_once(mut self, view: &impl Serialize) -> Result<Self, Problem> {
        self.shown_once = Some(written(view)?);
        Ok(self)
    }

    /// With the ETag of this version.
    #[must_use]
    pub const fn version(mut self, version: i64) -> Self {
        self.version = Some(version);
        self
    }

    /// The HTTP status.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status
    }

    fn of(status: StatusCode, view: &impl Serialize) -> Result<Self, Problem> {
        let body = Some(written(view)?);
        let status = status.as_u16();
        Ok(Self { status, body, version: None, location: None, shown_once: None })
    }

    /// As the HTTP response to a command.
    #[must_use]
    pub fn into_response(self) -> HttpResponse {
        let tag = self.version.and_then(|_| self.etag());
        self.respond(tag)
    }

    /// As the HTTP response to a request that reads: `304 Not Modified` when the caller
    /// has this very answer already.
    #[must_use]
    pub fn into_reading(self, if_none_match: Option<&str>) -> HttpResponse {
        let tag = self.etag();
        let known =
            tag.as_deref().zip(if_none_match).is_some_and(|(tag, tags)| is_known(tags, tag));
        let answer = if known { Self { status: 304, body: None, ..self } } else { self };
        answer.respond(tag)
    }

    fn etag(&self) -> Option<String> {
        self.body.as_ref().map(|body| etag(self.version, body.get()))
    }

    fn respond(self, etag: Option<String>) -> HttpResponse {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        let mut response = HttpResponse::build(status);
        if let Some(etag) = etag {
            response.insert_header((header::ETAG, etag));
        }
        if let Some(location) = self.location {
            response.insert_header((header::LOCATION, location));
        }
        match self.shown_once.or(self.body) {
            Some(body) => {
                response.content_type("application/json").body(String::from(Box::<str>::from(body)))
            }
            None => response.finish(),
        }
    }
}

fn written(view: &impl Serialize) -> Result<Box<RawValue>, Problem> {
    serde_json::value::to_raw_value(view)
        .map_err(|error| Problem::of(Code::Internal).because(error))
}
