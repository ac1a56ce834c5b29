//! Reading the query string and the path: an unknown or wrong parameter is
//! refused by name instead of being ignored.

use std::future::{Ready, ready};
use std::str::FromStr as _;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::json::field_refusal;
use crate::platform::contract::camel_case;
use crate::problem::{FieldCode, Problem};

/// The query string as `T`.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse(request.query_string()).map(Self))
    }
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    let pairs = serde_urlencoded::Deserializer::new(form_pairs(text));
    serde_path_to_error::deserialize(pairs).map_err(|error| {
        let path = error.path().to_string();
        let name = if path == "." { String::new() } else { path };
        field_refusal(&format!("query:{name}"), &error.inner().to_string())
            .with_pointers(|pointer| pointer.replacen("query:/", "query:", 1))
    })
}

fn form_pairs(text: &str) -> form_urlencoded::Parse<'_> {
    form_urlencoded::parse(text.as_bytes())
}

/// The one identifier in the path: the last segment that is written in braces.
#[derive(Clone, Copy, Debug)]
pub struct PathId<I>(pub I);

impl<I: From<Uuid>> FromRequest for PathId<I> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(id_in_path(request, 0).map(Self))
    }
}

/// The two identifiers in the path: the last two segments that are written in
/// braces, in the order of the path.
#[derive(Clone, Copy, Debug)]
pub struct PathIds<A, B>(pub A, pub B);

impl<A: From<Uuid>, B: From<Uuid>> FromRequest for PathIds<A, B> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let both = id_in_path(request, 1).and_then(|a| Ok(Self(a, id_in_path(request, 0)?)));
        ready(both)
    }
}

/// The identifier in braces that has so many others behind it.
fn id_in_path<I: From<Uuid>>(request: &HttpRequest, behind: usize) -> Result<I, Problem> {
    let segments: Vec<_> = request.match_info().iter().collect();
    let Some((name, text)) = segments.iter().rev().nth(behind) else {
        return Err(Problem::field("path", FieldCode::Missing));
    };
    Uuid::from_str(text).map(I::from).map_err(|_| {
        Problem::of(crate::problem::Code::InvalidRequest).and_field(
            format!("path:{}", camel_case(name)),
            FieldCode::WrongType,
            "UUID",
        )
    })
}
