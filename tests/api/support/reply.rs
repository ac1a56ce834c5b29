//! What a client sees, with the assertions that stories are made of.

use std::fmt;

use actix_web::body::MessageBody;
use actix_web::dev::ServiceResponse;
use actix_web::test::read_body;
use redvest::problem::{Code, FieldCode};
use serde_json::Value;

use crate::contract::responses::Contract;

/// One answer.
#[derive(Clone)]
pub struct Reply {
    method: String,
    path: String,
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Reply {
    /// Reads a response to its end.
    pub async fn read(
        method: String,
        path: String,
        response: ServiceResponse<impl MessageBody>,
    ) -> Self {
        let status = response.status().as_u16();
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()))
            .collect();
        let body = read_body(response).await.to_vec();
        Self { method, path, status, headers, body }
    }

    /// The method that was called.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The path that was called, without its query.
    pub fn path(&self) -> &str {
        self.path.split_once('?').map_or(&self.path, |(path, _)| path)
    }

    /// The status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The body as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("a body of text")
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {self}"))
    }

    /// The value of a header, if it was sent.
    pub fn header(&self, name: &str) -> Option<&str> {
        let header = self.headers.iter().find(|(sent, _)| sent.eq_ignore_ascii_case(name));
        header.map(|(_, value)| value.as_str())
    }

    /// The version of what was read.
    #[track_caller]
    pub fn etag(&self) -> String {
        self.header("ETag").unwrap_or_else(|| panic!("no ETag: {self}")).to_owned()
    }

    /// Where the new thing is.
    #[track_caller]
    pub fn location(&self) -> String {
        self.header("Location").unwrap_or_else(|| panic!("no Location: {self}")).to_owned()
    }

    /// How many SQL statements the answer takes, where it tells. Where the caller was remembered,
    /// looking him up is counted as well: a figure is that of somebody who comes anew.
    pub fn statements(&self) -> Option<u32> {
        let told = self.header("Server-Timing")?.strip_prefix("database;desc=\"")?;
        let (number, _) = told.split_once(" statements\"")?;
        Some(number.parse::<u32>().ok()? + u32::from(self.caller_was_remembered()))
    }

    /// Whether looking up the caller was spared.
    pub fn caller_was_remembered(&self) -> bool {
        self.header("Server-Timing")
            .is_some_and(|told| told.ends_with("caller;desc=\"remembered\""))
    }

    /// Holds the answer against the contract.
    pub fn kept(&self, contract: &Contract) -> Result<(), String> {
        let content_type = self.header("Content-Type");
        let (method, path) = (&self.method, &self.path);
        contract.check(method, path, self.status, content_type, &self.body, &self.headers)
    }

    /// Any status, but this one.
    #[track_caller]
    pub fn status_is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self}");
        self
    }

    /// `200`, and its body.
    #[track_caller]
    pub fn ok(self) -> Value {
        self.status_is(200).json()
    }

    /// `201`, its body, and a `Location` to find the new thing at.
    #[track_caller]
    pub fn created(self) -> Value {
        let reply = self.status_is(201);
        assert!(reply.location().starts_with("/api/v1/"), "{reply}");
        reply.json()
    }

    /// `204`, and nothing more.
    #[track_caller]
    pub fn done(self) {
        let reply = self.status_is(204);
        assert!(reply.body.is_empty(), "{reply}");
    }

    /// The items of a page or list.
    #[track_caller]
    pub fn items(self) -> Vec<Value> {
        match self.ok()["items"].take() {
            Value::Array(items) => items,
            other => panic!("no list of items: {other}"),
        }
    }

    /// Refused with this code, and its body.
    #[track_caller]
    pub fn refused(self, code: Code) -> Value {
        let reply = self.status_is(code.status().as_u16());
        let body = reply.json();
        assert_eq!(reply.header("Content-Type"), Some("application/problem+json"), "{reply}");
        assert_eq!(body["code"], code.as_str(), "{reply}");
        assert_eq!(body["status"], reply.status, "{reply}");
        assert_eq!(body["type"], format!("/problems/{code}"), "{reply}");
        assert_eq!(body["requestId"].as_str(), reply.header("X-Request-Id"), "{reply}");
        body
    }

    /// Refused because of this field.
    #[track_caller]
    pub fn refused_field(self, pointer: &str, code: FieldCode) -> Value {
        let body = self.refused(Code::InvalidRequest);
        let errors = body["errors"].as_array().cloned().unwrap_or_default();
        let named = errors
            .iter()
            .any(|error| error["pointer"] == pointer && error["code"] == code.as_str());
        assert!(named, "not refused for {pointer} {code}: {body}");
        body
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, path, status, body, .. } = self;
        write!(formatter, "{method} {path} answered {status}: {}", String::from_utf8_lossy(body))
    }
}
