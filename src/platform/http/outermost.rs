//! The outermost middleware: gives the request its number, puts problems into
//! the caller's words, sets the headers that every answer has, and writes one
//! line of log. A `HEAD` goes through the program as the `GET` that it asks about;
//! the connection leaves the content out and keeps its length.

use std::rc::Rc;
use std::time::{Duration, Instant};

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{HttpMessage, HttpResponse};
use uuid::Uuid;

use super::limits::Limits;
use super::{REQUEST_ID, RequestId, browsers, language};
use crate::platform::clock::Clock;
use crate::problem::{Code, Problem};

/// How long a caller is asked to wait when the service is not available, in seconds.
const RETRY_AFTER: u64 = 2;
/// The methods that figures and log name. Anybody can make up others, without end.
const NAMED_METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"];

/// See the module.
///
/// # Errors
/// None: every error becomes an answer here.
pub async fn outermost<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, actix_web::Error> {
    let started = Instant::now();
    let id = request_id(&request);
    request.extensions_mut().insert(RequestId(Rc::clone(&id)));
    let (method, path) = (name_of(request.method()), request.path().to_owned());
    if request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
    let left = request.app_data::<Data<Limits>>().and_then(|limits| limits.count(&request));
    let response = if left.is_some_and(|left| !left.allowed) {
        let problem = Problem::of(Code::TooManyRequests);
        let refused = words(&problem, request.headers(), &id);
        request.into_response(refused).map_into_right_body()
    } else {
        in_words(next.call(request).await?, &id)
    };
    let mut response = response;
    set_headers(response.headers_mut(), &path, &id);
    if let Some(left) = left {
        left.tell(response.headers_mut());
    }
    let route = response.request().match_pattern().unwrap_or_default();
    measure(method, &route, response.status().as_u16(), started.elapsed());
    log::info!(
        method = method,
        route = route.as_str(),
        status = response.status().as_u16(),
        microseconds = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX),
        request_id = &*id;
        "request"
    );
    Ok(response)
}

/// Counts and times the answer, by route: never by address, which may name people.
fn measure(method: &'static str, route: &str, status: u16, took: Duration) {
    let labels = [
        ("method", method.to_owned()),
        ("route", route.to_owned()),
        ("status", status.to_string()),
    ];
    metrics::counter!("redvest_http_requests_total", &labels).increment(1);
    metrics::histogram!("redvest_http_request_seconds", "route" => route.to_owned()).record(took);
}

/// How figures and log name a method.
fn name_of(method: &Method) -> &'static str {
    NAMED_METHODS.into_iter().find(|named| *named == method.as_str()).unwrap_or("other")
}

/// The caller's own number if it is a harmless one, else a new one.
fn request_id(request: &ServiceRequest) -> Rc<str> {
    let given = request.headers().get(REQUEST_ID).and_then(|value| value.to_str().ok());
    let harmless = |text: &&str| {
        (8..=64).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    match given.filter(harmless) {
        Some(text) => Rc::from(text),
        None => Rc::from(Clock::System.new_id::<Uuid>().to_string()),
    }
}

/// Marks an error that is said in the form of another standard, and is left as it is.
pub struct InOwnWords;

fn in_words<B: MessageBody + 'static>(
    response: ServiceResponse<B>,
    id: &str,
) -> ServiceResponse<EitherBody<B, BoxBody>> {
    let is_said = response.response().extensions().contains::<InOwnWords>();
    if response.status().as_u16() < 400 || is_said {
        return response.map_into_left_body();
    }
    let known = response.response().error().and_then(|error| error.as_error::<Problem>());
    if known.is_none()
        && response.headers().contains_key(header::CONTENT_TYPE)
        && is_problem(&response)
    {
        return response.map_into_left_body();
    }
    let stand_in = Problem::of(code_of(response.status().as_u16()));
    let problem = known.unwrap_or(&stand_in);
    log_cause(problem, id);
    let words = words(problem, response.request().headers(), id);
    let said_already = response.headers().clone();
    let mut response = response.into_response(words).map_into_right_body();
    // Which methods there are, which origins may read it: only the words are other ones.
    let headers = response.headers_mut();
    for (name, value) in said_already {
        if name != header::CONTENT_LENGTH && !headers.contains_key(&name) {
            headers.append(name, value);
        }
    }
    response
}

fn is_problem<B>(response: &ServiceResponse<B>) -> bool {
    response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value == "application/problem+json")
}

/// The whole answer to a problem.
#[must_use]
pub fn words(problem: &Problem, headers: &HeaderMap, id: &str) -> HttpResponse {
    let status = problem.code().status();
    let mut response = HttpResponse::build(status);
    response.insert_header((header::CONTENT_TYPE, "application/problem+json"));
    if matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
        let wait = problem.seconds_to_wait().unwrap_or(RETRY_AFTER);
        response.insert_header((header::RETRY_AFTER, wait));
    }
    if status == StatusCode::REQUEST_TIMEOUT {
        // The rest of the body may still be on its way.
        response.force_close();
    }
    if matches!(problem.code(), Code::Unauthenticated) {
        response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
    }
    if matches!(problem.code(), Code::ScopeMissing) {
        let why = "Bearer error=\"insufficient_scope\"";
        response.insert_header((header::WWW_AUTHENTICATE, why));
    }
    let body = problem.body(language(headers), id);
    response.body(serde_json::to_string(&body).unwrap_or_default())
}

/// The code for an answer that the framework gave by itself.
fn code_of(status: u16) -> Code {
    match status {
        401 => Code::Unauthenticated,
        403 => Code::Forbidden,
        404 => Code::NotFound,
        405 => Code::MethodNotAllowed,
        406 => Code::NotAcceptable,
        408 => Code::TooSlow,
        413 => Code::TooLarge,
        415 => Code::UnsupportedMediaType,
        400..=499 => Code::InvalidRequest,
        503 => Code::Unavailable,
        _ => Code::Internal,
    }
}

/// A fault is logged once, here, with what lies behind it.
fn log_cause(problem: &Problem, id: &str) {
    if problem.code().status().is_server_error() {
        log::error!(request_id = id; "{problem}");
    }
}

fn set_headers(headers: &mut HeaderMap, path: &str, id: &str) {
    browsers::protect(headers, path);
    if let Ok(value) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, value);
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}
