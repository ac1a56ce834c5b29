//! The operations of an OpenAPI document, as a test wants to see them: what they are called, where
//! they are reached, who may call them and what a call carries beside its body.

use serde_json::{Value, json};
use std::cmp::Ordering;
use std::collections::BTreeMap;

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// One method on one path.
pub struct Operation {
    /// The `operationId`, or an empty text.
    pub id: String,
    /// In upper case, as on the wire.
    pub method: String,
    /// The path template, as in `/api/v1/demands/{id}`.
    pub path: String,
    /// Whether an anonymous caller is refused: its own `security`, else the document's, names a
    /// scheme and does not offer to do without.
    pub secured: bool,
    /// The scopes by which a partner may call it; none where it may not.
    pub scopes: Vec<String>,
    /// Those of the operation and those of its path.
    pub parameters: Vec<Parameter>,
    /// Where it stands in the document, as a JSON pointer.
    pub pointer: String,
}

/// What a caller sends beside the body.
pub struct Parameter {
    pub name: String,
    /// `path`, `query`, `header` or `cookie`.
    pub location: String,
    pub required: bool,
    /// With its `$ref` as written; `null` where there is none.
    pub schema: Value,
}

impl Operation {
    /// The path with an id for each name in braces.
    pub fn path_with(&self, mut id: impl FnMut(&str) -> String) -> String {
        let segments = self.path.split('/').map(|segment| match segment.strip_prefix('{') {
            Some(name) => id(name.trim_end_matches('}')),
            None => segment.to_owned(),
        });
        segments.collect::<Vec<_>>().join("/")
    }

    /// Whether a request to this concrete path may reach it.
    pub fn serves(&self, path: &str) -> bool {
        let mut segments = path.split('/');
        self.path
            .split('/')
            .all(|pattern| segments.next().is_some_and(|segment| matches_segment(pattern, segment)))
            && segments.next().is_none()
    }

    /// Segment by segment, from the left: a literal comes first, then a parameter with text around
    /// it.
    pub fn by_literal_segments(&self, other: &Self) -> Ordering {
        let own = self.path.split('/').map(rank);
        own.cmp(other.path.split('/').map(rank))
    }
}

/// Every operation, in the order of the document.
pub fn operations(document: &Value) -> Vec<Operation> {
    let paths = document.get("paths").and_then(Value::as_object);
    paths
        .into_iter()
        .flatten()
        .flat_map(|(path, item)| {
            METHODS
                .iter()
                .filter(|method| item.get(**method).is_some())
                .map(|method| operation(document, path, item, method))
        })
        .collect()
}

fn operation(document: &Value, path: &str, item: &Value, method: &str) -> Operation {
    let operation = &item[method];
    let security = operation.get("security").or(document.get("security"));
    Operation {
        id: text(operation, "operationId"),
        method: method.to_uppercase(),
        path: path.to_owned(),
        secured: security.is_some_and(refuses_anonymous),
        scopes: security.map(scopes_of_partners).unwrap_or_default(),
        parameters: parameters(document, item, operation),
        pointer: child(&child("/paths", path), method),
    }
}

/// The alternatives of a `security` list; an empty alternative admits everybody.
fn refuses_anonymous(security: &Value) -> bool {
    let alternatives = security.as_array().map_or(&[][..], Vec::as_slice);
    !alternatives.is_empty() && !alternatives.contains(&json!({}))
}

fn scopes_of_partners(security: &Value) -> Vec<String> {
    let alternatives = security.as_array().into_iter().flatten();
    let scopes = alternatives.filter_map(|alternative| alternative["partner"].as_array());
    scopes.flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The parameters of a path and of its operation, which replace namesakes.
fn parameters(document: &Value, item: &Value, operation: &Value) -> Vec<Parameter> {
    let mut parameters = BTreeMap::new();
    for owner in [item, operation] {
        let declared = owner.get("parameters").and_then(Value::as_array);
        for declaration in declared.into_iter().flatten() {
            let parameter = parameter(resolved(document, declaration));
            let key = (parameter.location.clone(), parameter.name.clone());
            parameters.insert(key, parameter);
        }
    }
    parameters.into_values().collect()
}

fn parameter(declaration: &Value) -> Parameter {
    Parameter {
        name: text(declaration, "name"),
        location: text(declaration, "in"),
        required: declaration["required"] == true,
        schema: declaration["schema"].clone(),
    }
}

fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    sole_reference(value).and_then(|pointer| document.pointer(pointer)).unwrap_or(value)
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}

/// A pattern is a literal, or one `{parameter}` that may have text around it.
fn matches_segment(pattern: &str, segment: &str) -> bool {
    let Some((before, rest)) = pattern.split_once('{') else {
        return pattern == segment;
    };
    let after = rest.split_once('}').map_or("", |(_name, after)| after);
    segment
        .strip_prefix(before)
        .and_then(|segment| segment.strip_suffix(after))
        .is_some_and(|value| !value.is_empty())
}

fn rank(pattern: &str) -> u8 {
    match pattern.as_bytes() {
        [b'{', .., b'}'] => 2,
        _ if pattern.contains('{') => 1,
        _ => 0,
    }
}

/// The pointer that a value holds which is a reference and nothing else.
pub fn sole_reference(value: &Value) -> Option<&str> {
    let object = value.as_object().filter(|object| object.len() == 1)?;
    object.get("$ref")?.as_str()?.strip_prefix('#')
}

/// The JSON pointer of a member.
pub fn child(pointer: &str, key: &str) -> String {
    let key = key.replace('~', "~0").replace('/', "~1");
    format!("{pointer}/{key}")
}

mod tests {
    use super::*;
    use serde_json::json;

    fn document() -> Value {
        json!({
            "security": [{"bearer": []}],
            "paths": {
                "/demands": {
                    "get": {
                        "operationId": "demands.list",
                        "security": [],
                        "parameters": [{"$ref": "#/components/parameters/Limit"}]
                    },
                    "post": {"operationId": "demands.order", "security": [{"bearer": []}, {}]}
                },
                "/demands/{id}": {
                    "parameters": [{
                        "name": "id",
                        "in": "path",
                        "required": true,
                        "schema": {"type": "string", "format": "uuid"}
                    }],
                    "get": {"operationId": "demands.read"}
                }
            },
            "components": {"parameters": {
                "Limit": {"name": "limit", "in": "query", "schema": {"type": "integer"}}
            }}
        })
    }

    fn operation(id: &str) -> Operation {
        operations(&document())
            .into_iter()
            .find(|operation| operation.id == id)
            .expect("an operation of the document")
    }

    #[test]
    fn an_operation_is_secured_unless_it_admits_anonymous_callers() {
        assert!(operation("demands.read").secured, "the document's default");
        assert!(!operation("demands.list").secured, "an empty list");
        assert!(!operation("demands.order").secured, "an empty alternative");
    }

    #[test]
    fn an_operation_knows_its_place() {
        let read = operation("demands.read");
        assert_eq!(read.method, "GET");
        assert_eq!(read.path, "/demands/{id}");
        assert_eq!(read.pointer, "/paths/~1demands~1{id}/get");
    }

    #[test]
    fn parameters_come_from_the_operation_its_path_and_the_components() {
        let list = operation("demands.list").parameters;
        let [limit] = list.as_slice() else {
            panic!("one parameter");
        };
        assert_eq!(limit.name, "limit");
        assert_eq!(limit.location, "query");
        assert!(!limit.required);

        let read = operation("demands.read").parameters;
        let [id] = read.as_slice() else {
            panic!("one parameter");
        };
        assert!(id.required);
        assert_eq!(id.schema["format"], "uuid");
    }
}
