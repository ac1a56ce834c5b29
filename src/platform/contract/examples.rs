//! Whole examples of what is sent and answered.
//!
//! They stand in `openapi/examples/`, a file per noun, by the name of the schema: apart from the
//! types, because they are read together, by people who write apps and no Rust. A test holds each
//! against its schema, and sends those of requests to the program. The people in them are made up.
//!
//! What is the same is said once: where a schema begins with another (`allOf`), its example begins with
//! the other's, and a page shows one of its items.

use serde_json::{Map, Value, json};

const FILES: [&str; 8] = [
    include_str!("../../../openapi/examples/access.json"),
    include_str!("../../../openapi/examples/organizations.json"),
    include_str!("../../../openapi/examples/volunteers.json"),
    include_str!("../../../openapi/examples/demands.json"),
    include_str!("../../../openapi/examples/dispatches.json"),
    include_str!("../../../openapi/examples/evaluations.json"),
    include_str!("../../../openapi/examples/notifications.json"),
    include_str!("../../../openapi/examples/people.json"),
];

/// Gives every schema that has an example its own.
pub(super) fn add(document: &mut Value) {
    let schemas = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut);
    let Some(schemas) = schemas else { return };
    let written = written();
    let whole = |(name, own): (&String, &Value)| {
        let schema = schemas.get(name)?;
        Some((name.clone(), completed(schema, own, &written)))
    };
    let whole: Map<String, Value> = written.iter().filter_map(whole).collect();
    for (name, schema) in schemas {
        let example = whole.get(name).cloned().or_else(|| page(schema, &whole));
        if let (Some(example), Some(schema)) = (example, schema.as_object_mut()) {
            schema.insert("examples".to_owned(), json!([example]));
        }
    }
}

fn written() -> Map<String, Value> {
    let files =
        FILES.iter().filter_map(|file| serde_json::from_str::<Map<String, Value>>(file).ok());
    files.flatten().collect()
}

/// The example of a schema, after those of the schemas that it begins with.
fn completed(schema: &Value, own: &Value, written: &Map<String, Value>) -> Value {
    let parts = schema["allOf"].as_array().into_iter().flatten();
    let begun = parts.filter_map(|part| written.get(target(part)?)?.as_object());
    let mut whole: Map<String, Value> =
        begun.flatten().map(|(name, value)| (name.clone(), value.clone())).collect();
    let Some(own) = own.as_object() else { return own.clone() };
    whole.extend(own.clone());
    Value::Object(whole)
}

/// A page of one item.
fn page(schema: &Value, whole: &Map<String, Value>) -> Option<Value> {
    let item = target(schema.pointer("/properties/items/items")?)?;
    let is_page = schema.pointer("/properties/next").is_some();
    let example = whole.get(item).filter(|_| is_page)?;
    Some(json!({ "items": [example], "next": null }))
}

fn target(reference: &Value) -> Option<&str> {
    reference.get("$ref")?.as_str()?.strip_prefix("#/components/schemas/")
}
