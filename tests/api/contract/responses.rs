//! Does an answer keep what the contract promises? Every response that any test sees passes
//! `Contract::check`: its status, content type, headers and body must be documented for the
//! operation that gave it.
//!
//! Since that happens thousands of times, each schema is compiled once. The whole document is
//! registered under one name, and a schema is compiled as a reference to its place in the document:
//! so all operations that answer with the same component share one validator.

use super::operations::{Operation, child, operations, sole_reference};
use jsonschema::{Draft, Registry, Validator};
use redvest::platform::contract::KNOWN_VALUES;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError};

const DOCUMENT: &str = "urn:redvest:openapi";

/// More violations, or longer ones, would bury the first.
const MAXIMUM_VIOLATIONS: usize = 5;
const MAXIMUM_VIOLATION_LENGTH: usize = 300;

/// References that point at references; a longer chain is a circle.
const MAXIMUM_REFERENCES: usize = 16;

/// An OpenAPI 3.1 document, ready to be held against responses.
pub struct Contract {
    document: Arc<Value>,
    registry: Registry<'static>,
    operations: Vec<Operation>,
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

impl Contract {
    /// Panics, naming the reason, when the document is no OpenAPI document.
    pub fn new(mut document: Value) -> Self {
        close_known_values(&mut document);
        let document = Arc::new(document);
        let registry = Registry::new()
            .draft(Draft::Draft202012)
            .add(DOCUMENT, Arc::clone(&document))
            .and_then(jsonschema::RegistryBuilder::prepare)
            .unwrap_or_else(|error| panic!("the contract cannot be registered: {error}"));
        let operations = operations(&document);
        assert!(!operations.is_empty(), "the contract has no operation");
        Self { document, registry, operations, validators: Mutex::default() }
    }

    pub fn operations(&self) -> impl Iterator<Item = &Operation> {
        self.operations.iter()
    }

    /// The operation that a request to this concrete path reaches; a query string is ignored. Where
    /// several templates match, the one with the earlier literal segment wins.
    pub fn operation_of(&self, method: &str, path: &str) -> Option<&Operation> {
        let path = path.split_once('?').map_or(path, |(path, _query)| path);
        // A HEAD is answered as the GET that it asks about.
        let method = if method.eq_ignore_ascii_case("HEAD") { "GET" } else { method };
        self.operations()
            .filter(|operation| operation.method.eq_ignore_ascii_case(method))
            .filter(|operation| operation.serves(path))
            .min_by(|left, right| left.by_literal_segments(right))
    }

    /// `Err` says which operation broke its promise, with which status, where and how.
    pub fn check(
        &self,
        method: &str,
        path: &str,
        status: u16,
        content_type: Option<&str>,
        body: &[u8],
        headers: &[(String, String)],
    ) -> Result<(), String> {
        let Some(operation) = self.operation_of(method, path) else {
            return Err(format!("{method} {path}: the contract has no such operation"));
        };
        self.documented_response(operation, status)
            .and_then(|response| {
                self.check_headers(&response, headers)?;
                self.check_content(&response, content_type, body)
            })
            .map_err(|violation| {
                let Operation { id, method, path, .. } = operation;
                format!("{id} ({method} {path}) answered {status}: {violation}")
            })
    }

    /// The pointer of the response that is documented for this status: exactly, by its range, or as
    /// the default.
    fn documented_response(&self, operation: &Operation, status: u16) -> Result<String, String> {
        let responses = child(&operation.pointer, "responses");
        [status.to_string(), format!("{}XX", status / 100), "default".to_owned()]
            .iter()
            .map(|key| child(&responses, key))
            .find(|pointer| self.document.pointer(pointer).is_some())
            .map(|pointer| self.followed(pointer))
            .ok_or_else(|| {
                let documented = keys(self.document.pointer(&responses));
                format!("undocumented status; documented are {documented}")
            })
    }

    fn check_headers(&self, response: &str, headers: &[(String, String)]) -> Result<(), String> {
        let container = child(response, "headers");
        let documented = self.document.pointer(&container).and_then(Value::as_object);
        for name in documented.into_iter().flat_map(|headers| headers.keys()) {
            let header = self.followed(child(&container, name));
            let required = self.document.pointer(&child(&header, "required"));
            let present = headers.iter().any(|(sent, _value)| sent.eq_ignore_ascii_case(name));
            if required == Some(&Value::Bool(true)) && !present {
                return Err(format!("the required header {name} is missing"));
            }
        }
        Ok(())
    }

    fn check_content(
        &self,
        response: &str,
        content_type: Option<&str>,
        body: &[u8],
    ) -> Result<(), String> {
        let container = child(response, "content");
        let content = self.document.pointer(&container).and_then(Value::as_object);
        let Some(content) = content.filter(|content| !content.is_empty()) else {
            return match body {
                [] => Ok(()),
                _ => Err(format!("no body is documented, but {} bytes were sent", body.len())),
            };
        };
        let Some(content_type) = content_type else {
            return Err("the content type is missing".to_owned());
        };
        let sent = essence(content_type);
        let documented = content
            .keys()
            .filter(|range| covers(&essence(range), &sent))
            .max_by_key(|range| essence(range) == sent)
            .ok_or_else(|| {
                let documented = keys(self.document.pointer(&container));
                format!("undocumented content type {content_type}; documented are {documented}")
            })?;
        if sent == "application/json" || sent.ends_with("+json") {
            self.check_json(&child(&child(&container, documented), "schema"), body)
        } else {
            Ok(())
        }
    }

    fn check_json(&self, schema: &str, body: &[u8]) -> Result<(), String> {
        let instance: Value = serde_json::from_slice(body)
            .map_err(|error| format!("the body is no JSON document: {error}"))?;
        if self.document.pointer(schema).is_none() {
            return Ok(());
        }
        self.check_value(schema, &instance)
    }

    /// Whether a value keeps the schema that stands at this place of the document.
    pub fn check_value(&self, schema: &str, instance: &Value) -> Result<(), String> {
        let validator = self.validator(schema)?;
        let violations: Vec<String> = validator
            .iter_errors(instance)
            .take(MAXIMUM_VIOLATIONS)
            .map(|error| violation(error.instance_path().as_str(), &error.to_string()))
            .collect();
        if violations.is_empty() { Ok(()) } else { Err(violations.join("; ")) }
    }

    fn validator(&self, schema: &str) -> Result<Arc<Validator>, String> {
        let schema = self.followed(schema.to_owned());
        let mut validators = self.validators.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(validator) = validators.get(&schema) {
            return Ok(Arc::clone(validator));
        }
        let validator = Arc::new(self.compile(&schema)?);
        validators.insert(schema, Arc::clone(&validator));
        Ok(validator)
    }

    fn compile(&self, schema: &str) -> Result<Validator, String> {
        let reference = format!("{DOCUMENT}#{}", percent_encoded(schema));
        jsonschema::options()
            .with_draft(Draft::Draft202012)
            .should_validate_formats(true)
            .with_registry(&self.registry)
            .build(&json!({ "$ref": reference }))
            .map_err(|error| format!("the schema at {schema} cannot be compiled: {error}"))
    }

    /// Where a chain of references that begins at this place ends. A reference with companions is
    /// an end, because the companions count too.
    fn followed(&self, pointer: String) -> String {
        let mut pointer = pointer;
        for _ in 0..MAXIMUM_REFERENCES {
            match self.document.pointer(&pointer).and_then(sole_reference) {
                Some(target) => pointer = target.to_owned(),
                None => break,
            }
        }
        pointer
    }
}

/// Clients must expect values that they do not know; the program must answer none that the contract
/// does not list.
fn close_known_values(value: &mut Value) {
    match value {
        Value::Object(object) => {
            if let Some(known) = object.get(KNOWN_VALUES).cloned() {
                object.insert("enum".to_owned(), known);
            }
            object.iter_mut().for_each(|(_, value)| close_known_values(value));
        }
        Value::Array(items) => items.iter_mut().for_each(close_known_values),
        _ => {}
    }
}

/// A media type without its parameters.
fn essence(content_type: &str) -> String {
    let essence = content_type.split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

/// Whether a documented media type, which may be a range such as `image/*`, includes a sent one.
fn covers(range: &str, sent: &str) -> bool {
    range == sent
        || range == "*/*"
        || range
            .strip_suffix('*')
            .is_some_and(|family| family.ends_with('/') && sent.starts_with(family))
}

fn violation(instance_path: &str, message: &str) -> String {
    let place = match instance_path {
        "" => "the body",
        path => path,
    };
    let message: String = message.chars().take(MAXIMUM_VIOLATION_LENGTH).collect();
    format!("at {place}: {message}")
}

fn keys(object: Option<&Value>) -> String {
    let object = object.and_then(Value::as_object);
    let keys: Vec<&str> =
        object.into_iter().flat_map(|object| object.keys().map(String::as_str)).collect();
    keys.join(", ")
}

/// A JSON pointer as the fragment of a URI, where the braces of path templates may not stand.
fn percent_encoded(pointer: &str) -> String {
    let mut encoded = String::with_capacity(pointer.len());
    for byte in pointer.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").expect("writing to a String cannot fail");
        }
    }
    encoded
}

mod tests {
    use super::*;

    const DEMAND: &str =
        r#"{"id":"0190a1b2-0000-7000-8000-000000000000","at":"2026-01-02T03:04:05Z","part":null}"#;

    fn contract() -> Contract {
        Contract::new(json!({
            "openapi": "3.1.0",
            "security": [{"bearer": []}],
            "paths": {
                "/demands": {
                    "get": {
                        "operationId": "demands.list",
                        "security": [],
                        "parameters": [{"$ref": "#/components/parameters/Limit"}],
                        "responses": {
                            "200": {"description": "", "content": {"application/json": {"schema": {
                                "type": "array",
                                "items": {"$ref": "#/components/schemas/Demand"}
                            }}}}
                        }
                    },
                    "post": {
                        "operationId": "demands.order",
                        "security": [{"bearer": []}, {}],
                        "responses": {
                            "201": {
                                "description": "",
                                "headers": {
                                    "ETag": {"required": true, "schema": {"type": "string"}},
                                    "X-Hint": {"schema": {"type": "string"}}
                                },
                                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Demand"}}}
                            }
                        }
                    }
                },
                "/demands/{id}": {
                    "parameters": [
                        {"name": "id", "in": "path", "required": true, "schema": {"type": "string", "format": "uuid"}}
                    ],
                    "get": {
                        "operationId": "demands.read",
                        "responses": {
                            "200": {"description": "", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Demand"}}}},
                            "4XX": {"$ref": "#/components/responses/Problem"}
                        }
                    },
                    "delete": {
                        "operationId": "demands.withdraw",
                        "responses": {"204": {"description": ""}, "default": {"$ref": "#/components/responses/Problem"}}
                    }
                },
                "/demands/report": {
                    "get": {
                        "operationId": "demands.report",
                        "responses": {"200": {"description": "", "content": {"text/*": {}}}}
                    }
                },
                "/demands/{id}.pdf": {
                    "get": {
                        "operationId": "demands.print",
                        "responses": {"200": {"description": "", "content": {"application/pdf": {}}}}
                    }
                }
            },
            "components": {
                "parameters": {
                    "Limit": {"name": "limit", "in": "query", "schema": {"type": "integer"}}
                },
                "responses": {
                    "Problem": {"description": "", "content": {"application/problem+json": {"schema": {
                        "type": "object",
                        "required": ["code"],
                        "properties": {"code": {"type": "string"}}
                    }}}}
                },
                "schemas": {
                    "Demand": {
                        "type": "object",
                        "required": ["id", "at"],
                        "properties": {
                            "id": {"type": "string", "format": "uuid"},
                            "at": {"type": "string", "format": "date-time"},
                            "part": {"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Demand"}]}
                        }
                    }
                }
            }
        }))
    }

    /// Checks a JSON response without headers.
    fn check(method: &str, path: &str, status: u16, body: &str) -> Result<(), String> {
        let content_type = match status {
            400.. => "application/problem+json",
            _ => "application/json; charset=utf-8",
        };
        contract().check(method, path, status, Some(content_type), body.as_bytes(), &[])
    }

    #[track_caller]
    fn expect_violation(result: Result<(), String>, expected: &str) {
        let violation = result.expect_err("the response breaks the contract");
        assert!(violation.contains(expected), "{violation}");
    }

    #[test]
    fn literal_segments_win_over_parameters() {
        let contract = contract();
        let operation = |method, path| {
            contract.operation_of(method, path).map(|operation| operation.id.as_str())
        };
        assert_eq!(operation("GET", "/demands"), Some("demands.list"));
        assert_eq!(operation("get", "/demands?limit=3"), Some("demands.list"));
        assert_eq!(operation("GET", "/demands/report"), Some("demands.report"));
        assert_eq!(operation("GET", "/demands/17"), Some("demands.read"));
        assert_eq!(operation("GET", "/demands/17.pdf"), Some("demands.print"));
        assert_eq!(operation("GET", "/demands/"), None);
        assert_eq!(operation("GET", "/demands/17/part"), None);
        assert_eq!(operation("PUT", "/demands"), None);
    }

    #[test]
    fn a_documented_response_passes() {
        assert_eq!(check("GET", "/demands/17", 200, DEMAND), Ok(()));
        assert_eq!(check("GET", "/demands", 200, &format!("[{DEMAND}]")), Ok(()));
        assert_eq!(check("GET", "/demands/17", 404, r#"{"code":"x"}"#), Ok(()));
        assert_eq!(check("DELETE", "/demands/17", 500, r#"{"code":"x"}"#), Ok(()));
    }

    #[test]
    fn an_unknown_operation_is_a_violation() {
        expect_violation(
            check("GET", "/wishes", 200, "[]"),
            "GET /wishes: the contract has no such operation",
        );
    }

    #[test]
    fn an_undocumented_status_is_a_violation() {
        expect_violation(
            check("GET", "/demands/17", 302, ""),
            "demands.read (GET /demands/{id}) answered 302: undocumented status; documented are 200, 4XX",
        );
    }

    #[test]
    fn a_body_is_held_against_its_schema() {
        let at = |path, body: &str, expected: &str| {
            expect_violation(check("GET", path, 200, body), expected);
        };
        at("/demands/17", "{}", r#"at the body: "id" is a required property"#);
        at("/demands", &format!("[{DEMAND},7]"), "at /1: 7 is not of type");
        at("/demands/17", "not JSON", "the body is no JSON document");
        at("/demands/17", "", "the body is no JSON document");
        at("/demands/17", &DEMAND.replace("null", "{}"), "at /part: ");
    }

    #[test]
    fn the_program_answers_only_values_that_are_listed() {
        let answer = json!({"content": {"application/json": {"schema": {
            "type": "string", KNOWN_VALUES: ["placed", "closed"]
        }}}});
        let contract = Contract::new(json!({"paths": {"/state": {"get": {
            "operationId": "states.read", "responses": {"200": answer}
        }}}}));
        let check =
            |body: &[u8]| contract.check("GET", "/state", 200, Some("application/json"), body, &[]);
        assert_eq!(check(br#""closed""#), Ok(()));
        expect_violation(check(br#""lost""#), "is not one of");
    }

    #[test]
    fn formats_are_asserted() {
        let demand =
            |id, at| check("GET", "/demands/1", 200, &json!({"id": id, "at": at}).to_string());
        let id = "0190a1b2-0000-7000-8000-000000000000";
        expect_violation(demand("17", "2026-01-02T03:04:05Z"), "at /id: ");
        expect_violation(demand(id, "yesterday"), "at /at: ");
    }

    #[test]
    fn a_response_documented_without_content_is_empty() {
        let check = |body: &[u8]| contract().check("DELETE", "/demands/17", 204, None, body, &[]);
        assert_eq!(check(b""), Ok(()));
        expect_violation(check(b"{}"), "no body is documented, but 2 bytes were sent");
    }

    #[test]
    fn the_content_type_is_a_documented_one() {
        let check =
            |path, content_type| contract().check("GET", path, 200, content_type, b"x", &[]);
        assert_eq!(check("/demands/report", Some("Text/CSV; header=present")), Ok(()));
        assert_eq!(check("/demands/17.pdf", Some("application/pdf")), Ok(()));
        expect_violation(
            check("/demands/17", Some("text/html")),
            "undocumented content type text/html; documented are application/json",
        );
        expect_violation(check("/demands/17", None), "the content type is missing");
    }

    #[test]
    fn a_required_header_is_present() {
        let check = |headers: &[(String, String)]| {
            contract().check(
                "POST",
                "/demands",
                201,
                Some("application/json"),
                DEMAND.as_bytes(),
                headers,
            )
        };
        expect_violation(check(&[]), "the required header ETag is missing");
        assert_eq!(check(&[("etag".to_owned(), "\"1\"".to_owned())]), Ok(()));
    }

    #[test]
    fn operations_share_the_validator_of_a_component() {
        let contract = contract();
        let headers = [("etag".to_owned(), "\"1\"".to_owned())];
        for (method, path, status) in [("GET", "/demands/17", 200), ("POST", "/demands", 201)] {
            let checked = contract.check(
                method,
                path,
                status,
                Some("application/json"),
                DEMAND.as_bytes(),
                &headers,
            );
            assert_eq!(checked, Ok(()));
        }
        let validators = contract.validators.lock().expect("nobody panicked");
        assert_eq!(validators.len(), 1);
    }
}
