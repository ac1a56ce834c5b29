//! What the collected schemas leave unsaid.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// utoipa writes the description of a nullable reference beside the `$ref`, where
/// generators do not look; it belongs to the property.
pub(super) fn lift_descriptions(value: &mut Value) {
    match value {
        Value::Object(object) => {
            lift(object);
            object.iter_mut().for_each(|(_, value)| lift_descriptions(value));
        }
        Value::Array(items) => items.iter_mut().for_each(lift_descriptions),
        _ => {}
    }
}

fn lift(object: &mut Map<String, Value>) {
    let alternatives = object.get_mut("oneOf").and_then(Value::as_array_mut);
    let lifted = alternatives.into_iter().flatten().find_map(|alternative| {
        let alternative = alternative.as_object_mut()?;
        alternative.contains_key("$ref").then(|| alternative.remove("description")).flatten()
    });
    if let (Some(description), false) = (lifted, object.contains_key("description")) {
        object.insert("description".to_owned(), description);
    }
}

/// Every property of an answer is always there, null where there is nothing: said
/// so for the schemas that no request uses.
pub(super) fn promise_what_is_always_there(document: &mut Value) {
    let requested = used_in_requests(document);
    let schemas = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut);
    for (name, schema) in schemas.into_iter().flatten() {
        if !requested.contains(name) {
            require_all(schema);
        }
    }
}

fn require_all(schema: &mut Value) {
    let parts = schema.get_mut("allOf").and_then(Value::as_array_mut);
    parts.into_iter().flatten().for_each(require_all);
    let properties = schema.get("properties").and_then(Value::as_object);
    let names = properties.map(|properties| properties.keys().cloned().collect::<Vec<_>>());
    if let Some(names) = names {
        schema["required"] = names.into();
    }
}

/// The schemas that a request refers to, directly or through others.
pub(super) fn used_in_requests(document: &Value) -> BTreeSet<String> {
    let mut open = Vec::new();
    let paths = document.get("paths").and_then(Value::as_object);
    for (_, item) in paths.into_iter().flatten() {
        for (_, operation) in item.as_object().into_iter().flatten() {
            references(operation.get("requestBody").unwrap_or(&Value::Null), &mut open);
            references(operation.get("parameters").unwrap_or(&Value::Null), &mut open);
        }
    }
    let mut used = BTreeSet::new();
    while let Some(name) = open.pop() {
        if used.insert(name.clone()) {
            let schema = document.pointer(&format!("/components/schemas/{name}"));
            references(schema.unwrap_or(&Value::Null), &mut open);
        }
    }
    used
}

/// The names of the schemas that a value refers to.
pub(super) fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            let target = object.get("$ref").and_then(Value::as_str);
            let name = target.and_then(|target| target.strip_prefix("#/components/schemas/"));
            found.extend(name.map(str::to_owned));
            object.iter().for_each(|(_, value)| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}
