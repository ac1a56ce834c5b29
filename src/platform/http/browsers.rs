//! What browsers are told, so that they neither run nor frame what comes from here, and so
//! that the pages of a console of another origin may call the API where the installation
//! names that origin. Mini-programs and apps take no notice of any of it.

use std::str::FromStr as _;

use actix_cors::Cors;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, Uri};

use super::{COORDINATE_SYSTEM, IDEMPOTENCY_KEY, REQUEST_ID};

/// Answers are data: nothing in them is run, and no page frames them.
const FOR_DATA: &str = "default-src 'none'; frame-ancestors 'none'";
/// The pages under `/docs` bring their own scripts, and styles that they set themselves.
const FOR_PAGES: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                         img-src 'self' data:; connect-src 'self'; base-uri 'none'; \
                         form-action 'none'; frame-ancestors 'none'";
/// For how long a browser remembers what it was allowed, in seconds.
const REMEMBERED_SECONDS: usize = 3_600;

/// Sets the headers that every answer has for browsers.
pub fn protect(headers: &mut HeaderMap, path: &str) {
    let policy = if path.starts_with("/docs/") { FOR_PAGES } else { FOR_DATA };
    let resource_policy = HeaderName::from_static("cross-origin-resource-policy");
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (resource_policy, "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

/// Lets pages of these origins call the API. There are no cookies here: whoever calls
/// shows a token, so no origin is trusted with more than to ask.
pub fn allowing(origins: &[String]) -> Cors {
    let methods = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::DELETE];
    let sent = [
        header::AUTHORIZATION,
        header::CONTENT_TYPE,
        header::ACCEPT_LANGUAGE,
        header::IF_MATCH,
        header::IF_NONE_MATCH,
        IDEMPOTENCY_KEY,
        COORDINATE_SYSTEM,
        REQUEST_ID,
    ];
    let read = [
        header::ETAG,
        header::LOCATION,
        header::RETRY_AFTER,
        REQUEST_ID,
        HeaderName::from_static("ratelimit"),
        HeaderName::from_static("ratelimit-policy"),
    ];
    let cors = Cors::default()
        .allowed_methods(methods)
        .allowed_headers(sent)
        .expose_headers(read)
        .max_age(REMEMBERED_SECONDS);
    origins.iter().fold(cors, |cors, origin| cors.allowed_origin(origin))
}

/// Reads an origin as browsers write it: scheme, host and port, nothing behind.
///
/// # Errors
/// A sentence that says what it should look like.
pub fn origin(text: &str) -> Result<String, String> {
    let uri = Uri::from_str(text).ok();
    let is_origin = uri.is_some_and(|uri| {
        let scheme = uri.scheme_str().unwrap_or_default();
        let host = uri.host().unwrap_or_default();
        let port = uri.port_u16().map_or_else(String::new, |port| format!(":{port}"));
        matches!(scheme, "http" | "https") && text == format!("{scheme}://{host}{port}")
    });
    if is_origin {
        Ok(text.to_owned())
    } else {
        Err("an origin looks like https://console.example.org, with nothing behind it".to_owned())
    }
}
