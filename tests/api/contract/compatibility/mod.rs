//! Is the current contract a successor that the clients of the published one can live with?
//!
//! Apps in the pockets of residents are not updated with the server, so what they were promised
//! must go on. The two directions of a message are judged differently:
//!
//! - A **request** that was right must stay right: the server may ask for less, never for more.
//! - A **response** must keep what it promised: the server may say more, never less. Enumerations in
//!   responses are open, so a new value is no breach.
//!
//! Schemas are compared by what they admit, not by how they are written: each is brought into a
//! normal form, a list of alternative shapes without `$ref`, `allOf`, `oneOf` and `anyOf`. So
//! an inline schema may become a component, and a `$ref` may be wrapped to become nullable.

mod place;
mod schemas;
mod shape;
mod tests;

use place::Place;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashSet};

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// Says where the current OpenAPI document breaks a promise of the published one, as
/// `<JSON pointer> (request|response): <what>`, or nothing when it is compatible.
pub fn breaking_changes(published: &Value, current: &Value) -> Vec<String> {
    let mut comparison = Comparison::default();
    comparison.documents(&Place::root(published), &Place::root(current));
    comparison.findings
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Direction {
    Request,
    Response,
}

impl Direction {
    fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Response => "response",
        }
    }
}

#[derive(Default)]
struct Comparison {
    findings: Vec<String>,
    /// Pairs of schemas that were compared, or are being compared: a component counts once however
    /// many operations use it, and a schema that contains itself comes to an end.
    visited: HashSet<(Direction, String, String)>,
}

/// Operations and what surrounds their schemas; `schemas` continues with these.
impl Comparison {
    fn report(&mut self, place: &str, what: impl AsRef<str>) {
        let finding = format!("{place}: {}", what.as_ref());
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }

    fn documents(&mut self, published: &Place, current: &Place) {
        for (key, path) in published.members("paths") {
            match current.member("paths").and_then(|paths| paths.member(key)) {
                Some(successor) => self.path_items(published, &path, current, &successor),
                None => self.report(&path.pointer, "the path was removed"),
            }
        }
    }

    fn path_items(
        &mut self,
        published_root: &Place,
        published: &Place,
        current_root: &Place,
        current: &Place,
    ) {
        for method in METHODS {
            match (published.member(method), current.member(method)) {
                (Some(old), Some(new)) => {
                    self.operation_ids(&old, &new);
                    self.security(
                        &old.pointer,
                        &security(published_root, &old),
                        &security(current_root, &new),
                    );
                    self.parameters(&parameters(published, &old), &parameters(current, &new));
                    self.request_bodies(&old, &new);
                    self.responses(&old, &new);
                }
                (Some(old), None) => self.report(&old.pointer, "the method was removed"),
                (None, _) => {}
            }
        }
    }

    fn operation_ids(&mut self, published: &Place, current: &Place) {
        let (old, new) = (published.text("operationId"), current.text("operationId"));
        if old != new {
            self.report(
                &published.pointer,
                format!("the operationId changed from {old:?} to {new:?}"),
            );
        }
    }

    /// Each way of authorizing a call that sufficed must still suffice.
    fn security(&mut self, place: &str, published: &[Schemes], current: &[Schemes]) {
        for old in published {
            if !current.iter().any(|new| new.is_subset(old)) {
                let old = if old.is_empty() {
                    "an anonymous call".to_owned()
                } else {
                    format!("a call with {}", listed(old))
                };
                self.report(place, format!("{old} is no longer authorized"));
            }
        }
    }

    fn parameters(&mut self, published: &Parameters, current: &Parameters) {
        for (key, old) in published {
            match current.get(key) {
                Some(new) => self.parameter(old, new),
                None => self
                    .report(&old.pointer, format!("the {} parameter {} was removed", key.0, key.1)),
            }
        }
        for (key, new) in current {
            if !published.contains_key(key) && new.is_true("required") {
                self.report(
                    &new.pointer,
                    format!("the required {} parameter {} is new", key.0, key.1),
                );
            }
        }
    }

    fn parameter(&mut self, published: &Place, current: &Place) {
        if current.is_true("required") && !published.is_true("required") {
            self.report(&published.pointer, "the parameter became required");
        }
        for keyword in ["style", "explode"] {
            if published.value.get(keyword) != current.value.get(keyword) {
                self.report(&published.pointer, format!("the {keyword} changed"));
            }
        }
        self.member_schemas(Direction::Request, published, current);
    }

    fn request_bodies(&mut self, published: &Place, current: &Place) {
        let (old, new) = (published.member("requestBody"), current.member("requestBody"));
        match (old, new) {
            (Some(old), Some(new)) => {
                if new.is_true("required") && !old.is_true("required") {
                    self.report(&old.pointer, "the request body became required");
                }
                self.media_types(Direction::Request, &old, &new);
            }
            (Some(old), None) => self.report(&old.pointer, "the request body was removed"),
            (None, Some(new)) if new.is_true("required") => {
                self.report(&new.pointer, "the required request body is new");
            }
            (None, _) => {}
        }
    }

    /// Clients must handle every error anyway, so only a success may not go away.
    fn responses(&mut self, published: &Place, current: &Place) {
        let responses = current.member("responses");
        for (status, old) in published.members("responses") {
            let successor = responses.as_ref().and_then(|new| new.member(status));
            match successor {
                Some(new) => {
                    self.media_types(Direction::Response, &old, &new);
                    self.headers(&old, &new);
                }
                None if status.starts_with('2') => {
                    self.report(&old.pointer, format!("the response {status} was removed"));
                }
                None => {}
            }
        }
    }

    fn media_types(&mut self, direction: Direction, published: &Place, current: &Place) {
        let content = current.member("content");
        for (media_type, old) in published.members("content") {
            match content.as_ref().and_then(|new| new.member(media_type)) {
                Some(new) => self.member_schemas(direction, &old, &new),
                None => self.report(
                    &old.pointer,
                    format!("the {} media type was removed", direction.name()),
                ),
            }
        }
    }

    fn headers(&mut self, published: &Place, current: &Place) {
        let headers = current.member("headers");
        for (name, old) in published.members("headers") {
            match headers.as_ref().and_then(|new| new.member(name)) {
                Some(new) => {
                    if old.is_true("required") && !new.is_true("required") {
                        self.report(&old.pointer, "the response header became optional");
                    }
                    self.member_schemas(Direction::Response, &old, &new);
                }
                None => self.report(&old.pointer, "the response header was removed"),
            }
        }
    }

    fn member_schemas(&mut self, direction: Direction, published: &Place, current: &Place) {
        if let (Some(old), Some(new)) = (published.member("schema"), current.member("schema")) {
            self.schemas(direction, &old, &new);
        }
    }
}

/// Scheme names, with the scopes that are asked of them; the empty set is the anonymous caller.
type Schemes = BTreeSet<String>;

/// The alternatives of an operation's security, which inherits the document's.
fn security(root: &Place, operation: &Place) -> Vec<Schemes> {
    let declared = operation.value.get("security");
    let alternatives = declared
        .or(root.value.get("security"))
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    match alternatives {
        [] => vec![Schemes::new()],
        alternatives => alternatives.iter().map(schemes).collect(),
    }
}

fn schemes(alternative: &Value) -> Schemes {
    let named = alternative.as_object();
    named
        .into_iter()
        .flatten()
        .flat_map(|(name, scopes)| {
            let scopes = scopes.as_array().map_or(&[][..], Vec::as_slice);
            let with_scope = scopes.iter().map(move |scope| format!("{name} {scope}"));
            std::iter::once(name.clone()).chain(with_scope)
        })
        .collect()
}

/// Parameters by where they are sent and their name.
type Parameters<'a> = BTreeMap<(&'a str, String), Place<'a>>;

/// The parameters of a path and of its operation, which replace namesakes.
fn parameters<'a>(path: &Place<'a>, operation: &Place<'a>) -> Parameters<'a> {
    let declared = [path.elements("parameters"), operation.elements("parameters")];
    declared
        .into_iter()
        .flatten()
        .map(|parameter| {
            let name = match parameter.text("in") {
                "header" => parameter.text("name").to_ascii_lowercase(),
                _ => parameter.text("name").to_owned(),
            };
            ((parameter.text("in"), name), parameter)
        })
        .collect()
}

fn listed<T: AsRef<str>>(names: &BTreeSet<T>) -> String {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    names.join(", ")
}
