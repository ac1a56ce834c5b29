//! Enums: what their values mean, and that those of answers are open.
//!
//! A *request* can only name values that this version knows; anything else is refused, with the field
//! and the values there are. So its enums stay closed, and a client cannot even compile a wrong one.
//!
//! An *answer* may one day name a state, a command or a code that a released app has never heard of. A
//! closed enum would make the decoder of a strict client (Kotlin, Swift, Dart) fail on the whole answer.
//! There the schema is a plain `type: string`, with the values of today in `x-extensible-enum` and in
//! the description. The other way to write it, `anyOf` of the enum and `string`, was weighed: TypeScript
//! folds it into `string`, the generators for Kotlin and Dart wrap it into a class of their own, and the
//! one for Swift into a struct of two optionals. A string is a string in all of them.
//!
//! Where both use one enum, the answers keep its name and the requests get `Known…`. A schema that is
//! both sent and answered (a `Position` with its coordinate system) has the closed form: it says
//! again what a client has said.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::schemas::{references, used_in_requests};

/// The keyword that lists the values that are known today.
pub const KNOWN_VALUES: &str = "x-extensible-enum";

/// What each value means, in English and Chinese: by the name of the schema, then by the value.
pub type Meanings = BTreeMap<String, BTreeMap<String, String>>;

/// The derive leaves out what the Rust documentation says of a variant, so it is said here for clients.
/// Enums with a catalogue of their own (problems, notices) are described by it.
const WRITTEN: &str = include_str!("../../../openapi/values.json");

/// Describes the values of every enum, and opens those of answers.
pub(super) fn describe_and_open(document: &mut Value, catalogues: Meanings) {
    let mut meanings: Meanings = serde_json::from_str(WRITTEN).unwrap_or_default();
    meanings.extend(catalogues);
    let requested = used_in_requests(document);
    let answered = used_in_answers(document, &requested);
    let mut known = Map::new();
    let schemas = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut);
    for (name, schema) in schemas.into_iter().flatten().filter(|(_, schema)| is_enum(schema)) {
        describe(schema, meanings.get(name));
        if answered.contains(name) {
            if requested.contains(name) {
                known.insert(name.clone(), schema.clone());
            }
            open(schema);
        }
    }
    close_in_requests(document, known, &requested);
}

fn is_enum(schema: &Value) -> bool {
    schema["type"] == "string" && schema["enum"].is_array()
}

fn describe(schema: &mut Value, meanings: Option<&BTreeMap<String, String>>) {
    let values = schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let lines = values.map(|value| {
        let meaning = meanings.and_then(|meanings| meanings.get(value)).map_or("", String::as_str);
        format!("\n- `{value}`: {meaning}")
    });
    let lines: String = lines.collect();
    let said = schema["description"].as_str().unwrap_or_default();
    schema["description"] = json!(format!("{said}\n{lines}"));
}

fn open(schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else { return };
    let values = object.remove("enum").unwrap_or_default();
    object.insert("examples".to_owned(), json!([values[0]]));
    object.insert(KNOWN_VALUES.to_owned(), values);
    let said = object.get("description").and_then(Value::as_str).unwrap_or_default();
    let said = format!("{said}\n\nNew values may appear 以后可能增加新的取值");
    object.insert("description".to_owned(), json!(said));
}

/// Leads what is sent to the closed forms.
fn close_in_requests(
    document: &mut Value,
    known: Map<String, Value>,
    requested: &BTreeSet<String>,
) {
    let names: BTreeSet<String> = known.keys().cloned().collect();
    let schemas = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut);
    if let Some(schemas) = schemas {
        for (_, schema) in schemas.iter_mut().filter(|(name, _)| requested.contains(*name)) {
            redirect(schema, &names);
        }
        schemas.extend(known.into_iter().map(|(name, schema)| (format!("Known{name}"), schema)));
    }
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    for (_, item) in paths.into_iter().flatten() {
        for (_, operation) in item.as_object_mut().into_iter().flatten() {
            for part in ["requestBody", "parameters"] {
                operation.get_mut(part).into_iter().for_each(|part| redirect(part, &names));
            }
        }
    }
}

fn redirect(value: &mut Value, names: &BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            if let Some(Value::String(target)) = object.get_mut("$ref") {
                let name = target.strip_prefix("#/components/schemas/").unwrap_or_default();
                if names.contains(name) {
                    *target = format!("#/components/schemas/Known{name}");
                }
            }
            object.iter_mut().for_each(|(_, value)| redirect(value, names));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| redirect(item, names)),
        _ => {}
    }
}

/// The schemas that an answer, or a schema that only answers use, refers to.
fn used_in_answers(document: &Value, requested: &BTreeSet<String>) -> BTreeSet<String> {
    let mut used = Vec::new();
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
    for (_, schema) in schemas.into_iter().flatten().filter(|(name, _)| !requested.contains(*name))
    {
        references(schema, &mut used);
    }
    let paths = document.get("paths").and_then(Value::as_object);
    for (_, item) in paths.into_iter().flatten() {
        for (_, operation) in item.as_object().into_iter().flatten() {
            references(operation.get("responses").unwrap_or(&Value::Null), &mut used);
        }
    }
    used.into_iter().collect()
}
