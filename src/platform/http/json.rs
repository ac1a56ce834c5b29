//! Reading a JSON body: type, size, time, encoding, form and every field's own rule.

use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::web::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use serde::de::{self, DeserializeOwned};
use serde_json::Value;
use serde_path_to_error::{Path, Segment};
use tokio::time::timeout;

use super::objects::Objects;
use crate::platform::values::{refusal_below, refusal_in};
use crate::problem::{Code, FieldCode, FieldError, Problem};

/// The largest body of an ordinary command, in bytes.
pub const MAXIMUM_BODY: usize = 64 * 1024;

/// A command that has nothing to say beyond its name: no body, or `{}`.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Empty {}

/// How long the largest ordinary body may take to arrive.
const ARRIVES_WITHIN: Duration = Duration::from_secs(15);
/// How many bytes of a larger one are expected in each further second.
const SLOWEST: u64 = 100 * 1024;

/// Reads the whole payload, unless it is larger than `maximum`, or slower than anybody
/// needs to be who is not there to keep connections busy.
///
/// # Errors
/// `too_large`, `too_slow`, or `invalid_request` when the connection broke.
pub async fn read_payload(payload: &mut Payload, maximum: usize) -> Result<Bytes, Problem> {
    let more = Duration::from_secs(u64::try_from(maximum).unwrap_or_default() / SLOWEST);
    let read = timeout(ARRIVES_WITHIN + more, read_to_its_end(payload, maximum)).await;
    read.unwrap_or_else(|_| Err(Problem::of(Code::TooSlow)))
}

async fn read_to_its_end(payload: &mut Payload, maximum: usize) -> Result<Bytes, Problem> {
    let mut bytes = BytesMut::new();
    let mut too_large = false;
    while let Some(chunk) = payload.next().await {
        let chunk = chunk
            .map_err(|error| Problem::field("", FieldCode::Malformed).because(error.to_string()))?;
        if bytes.len() + chunk.len() > maximum {
            // Read on to a bound, so that the client hears the refusal instead of a broken pipe.
            too_large = true;
            if bytes.len() + chunk.len() > maximum + DRAINED {
                break;
            }
        }
        bytes.extend_from_slice(&chunk);
    }
    if too_large {
        return Err(Problem::of(Code::TooLarge).about(maximum));
    }
    Ok(bytes.freeze())
}

/// How much of an oversized body is still read before the answer.
const DRAINED: usize = 1024 * 1024;

/// Reads `bytes` as `T`. An empty body is read as `{}` where `T` allows that.
///
/// # Errors
/// `unsupported_media_type`, or `invalid_request` that names the field.
pub fn parse<T: DeserializeOwned>(request: &HttpRequest, bytes: &[u8]) -> Result<T, Problem> {
    if bytes.is_empty() {
        return serde_json::from_str("{}").map_err(|_| {
            Problem::of(Code::InvalidRequest).and_field("", FieldCode::Missing, "body")
        });
    }
    if !is_json(request) {
        return Err(Problem::of(Code::UnsupportedMediaType).about("application/json"));
    }
    require_plain(request)?;
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(Objects(&mut deserializer))
        .map_err(|error| refusal(&pointer(error.path()), error.inner()))?;
    deserializer.end().map_err(|error| refusal("", &error))?;
    Ok(value)
}

fn is_json(request: &HttpRequest) -> bool {
    let value = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media = value.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    media.eq_ignore_ascii_case("application/json")
        || (media.starts_with("application/") && media.ends_with("+json"))
}

/// Nothing is inflated here: a few packed bytes can be more than any memory holds.
fn require_plain(request: &HttpRequest) -> Result<(), Problem> {
    let mut encodings = request.headers().get_all(header::CONTENT_ENCODING);
    if encodings.all(|encoding| encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Ok(());
    }
    Err(Problem::of(Code::UnsupportedMediaType).about("application/json").and_field(
        "header:Content-Encoding",
        FieldCode::NotOneOf,
        "identity",
    ))
}

fn pointer(path: &Path) -> String {
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => {
                pointer.push('/');
                pointer.push_str(&index.to_string());
            }
            Segment::Map { key } => {
                pointer.push('/');
                pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
            }
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    pointer
}

fn refusal(pointer: &str, error: &serde_json::Error) -> Problem {
    let message = error.to_string();
    if error.is_data() {
        return field_refusal(pointer, &message);
    }
    Problem::of(Code::InvalidRequest).and_field(pointer, FieldCode::Malformed, message)
}

/// Reads a value whose form depends on another member, which serde would read without
/// knowing where it is: a part that is refused is named by its own pointer all the same.
///
/// # Errors
/// A deserialization error that carries the field, its code and its value.
pub fn read_tracked<T: DeserializeOwned, E: de::Error>(value: Value) -> Result<T, E> {
    serde_path_to_error::deserialize(Objects(value)).map_err(|error| {
        let found = field_error(&pointer(error.path()), &error.inner().to_string());
        refusal_below(&found.pointer, found.code, found.value)
    })
}

/// The field and code behind serde's English sentence, as a problem.
#[must_use]
pub fn field_refusal(pointer: &str, message: &str) -> Problem {
    let FieldError { pointer, code, value } = field_error(pointer, message);
    Problem::of(Code::InvalidRequest).and_field(pointer, code, value)
}

fn field_error(pointer: &str, message: &str) -> FieldError {
    let field =
        |pointer: String, code, value: &str| FieldError { pointer, code, value: value.to_owned() };
    if let Some(found) = refusal_in(message) {
        return FieldError { pointer: format!("{pointer}{}", found.pointer), ..found };
    }
    let named = message.split('`').nth(1).unwrap_or_default();
    if message.starts_with("missing field") {
        return field(format!("{pointer}/{named}"), FieldCode::Missing, named);
    }
    if message.starts_with("unknown field") {
        // Some formats name the unknown field in the path as well.
        let known = pointer.strip_suffix(named).unwrap_or(pointer);
        let parent = known.strip_suffix('/').unwrap_or(known);
        return field(format!("{parent}/{named}"), FieldCode::Unknown, named);
    }
    if message.starts_with("duplicate field") {
        return field(format!("{pointer}/{named}"), FieldCode::Duplicate, named);
    }
    if message.starts_with("unknown variant") {
        let known: Vec<&str> = message.split('`').skip(3).step_by(2).collect();
        return field(pointer.to_owned(), FieldCode::NotOneOf, &known.join(", "));
    }
    let words = message.split(" at line ").next().unwrap_or_default();
    field(pointer.to_owned(), FieldCode::WrongType, &without_inner_names(words))
}

/// serde's words without the names that things have in the program.
fn without_inner_names(words: &str) -> String {
    let Some((found, wanted)) = words.split_once("expected ") else { return words.to_owned() };
    let wanted = match wanted {
        named if named.contains("struct ") => "{…}",
        named if named.contains("enum ") => "one of the known values",
        plain => plain,
    };
    format!("{found}expected {wanted}")
}
