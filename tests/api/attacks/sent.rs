//! What clients may send, part by part, as the contract says it.

use actix_web::http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::contract::operations::Operation;
use crate::support::TestApp;
use crate::support::client::{Call, Client};

/// A parameter, a body, or a part of one.
pub struct Part<'a> {
    /// Where it is, as in `demandPlace/recipient/phone` or `demandList?limit`.
    pub place: String,
    /// What it is called; nothing where it is a body.
    pub name: &'a str,
    /// What may stand there, with its reference followed.
    pub schema: &'a Value,
}

impl Part<'_> {
    /// Whether a value of this type may stand there.
    pub fn may_be(&self, kind: &str) -> bool {
        match &self.schema["type"] {
            Value::Array(kinds) => kinds.iter().any(|known| known == kind),
            single => single == kind,
        }
    }

    /// Whether the contract says this of it.
    pub fn says(&self, keyword: &str) -> bool {
        self.schema.get(keyword).is_some()
    }
}

/// Everything that an operation takes in its path, its query and its body of JSON.
pub fn parts<'a>(document: &'a Value, operation: &Operation) -> Vec<Part<'a>> {
    let at = |rest: &str| document.pointer(&format!("{}{rest}", operation.pointer));
    let mut parts = Vec::new();
    let parameters = at("/parameters").and_then(Value::as_array).into_iter().flatten();
    for parameter in parameters.filter(|parameter| parameter["in"] != "header") {
        let name = parameter["name"].as_str().expect("a name");
        let place = format!("{}?{name}", operation.id);
        grow(document, &parameter["schema"], place, name, &mut parts);
    }
    if let Some(body) = at("/requestBody/content/application~1json/schema") {
        grow(document, body, operation.id.clone(), "", &mut parts);
    }
    parts
}

fn grow<'a>(
    document: &'a Value,
    schema: &'a Value,
    place: String,
    name: &'a str,
    parts: &mut Vec<Part<'a>>,
) {
    if let Some(target) = schema["$ref"].as_str() {
        let pointer = target.strip_prefix('#').expect("a reference into the document");
        let schema = document.pointer(pointer).expect("a target");
        return grow(document, schema, place, name, parts);
    }
    for (member, below) in schema["properties"].as_object().into_iter().flatten() {
        grow(document, below, format!("{place}/{member}"), member, parts);
    }
    if let Some(element) = schema.get("items") {
        grow(document, element, format!("{place}/…"), name, parts);
    }
    for choice in ["oneOf", "anyOf", "allOf"] {
        for below in schema[choice].as_array().into_iter().flatten() {
            grow(document, below, place.clone(), name, parts);
        }
    }
    parts.push(Part { place, name, schema });
}

/// The operation, given to what nobody has created.
pub fn call(app: &TestApp, by: &Client, operation: &Operation, body: &Value) -> Call {
    let path = operation.path_with(|_| app.clock.new_id::<Uuid>().to_string());
    let method = Method::from_bytes(operation.method.as_bytes()).expect("a method");
    by.call(method, &path).json(body).if_match("*")
}

/// The example of the body of an operation; an empty one where it takes none.
pub fn example(document: &Value, operation: &Operation) -> Value {
    let at = format!("{}/requestBody/content/application~1json/schema/$ref", operation.pointer);
    let Some(target) = document.pointer(&at).and_then(Value::as_str) else { return json!({}) };
    document.pointer(&format!("{}/examples/0", &target[1..])).expect("an example").clone()
}
