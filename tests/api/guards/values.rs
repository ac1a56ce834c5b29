//! Enums in answers are open, so that a released app survives the next value; those in requests are
//! closed, so that a value that nobody knows is not even sent. Each value says what it means.

use redvest::app::generated_contract;
use redvest::platform::contract::KNOWN_VALUES;
use serde_json::{Value, json};

use crate::contract::operations::operations;

fn is_chinese(character: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&character)
}

/// Calls `look` with every schema below a place, references followed once each.
fn visit<'a>(
    document: &'a Value,
    value: &'a Value,
    seen: &mut Vec<&'a str>,
    found: &mut Vec<&'a Value>,
) {
    match value {
        Value::Object(members) => {
            found.push(value);
            if let Some(target) = members.get("$ref").and_then(Value::as_str)
                && !seen.contains(&target)
            {
                seen.push(target);
                let pointer = target.strip_prefix('#').expect("a reference into the document");
                visit(document, document.pointer(pointer).expect("a target"), seen, found);
            }
            members.values().for_each(|value| visit(document, value, seen, found));
        }
        Value::Array(elements) => {
            for element in elements {
                visit(document, element, seen, found);
            }
        }
        _ => {}
    }
}

/// Everything that is reached from this member of every operation.
fn reached<'a>(document: &'a Value, parts: &[&str]) -> (Vec<&'a str>, Vec<&'a Value>) {
    let (mut seen, mut found) = (Vec::new(), Vec::new());
    for operation in operations(document) {
        for part in parts {
            if let Some(value) = document.pointer(&format!("{}/{part}", operation.pointer)) {
                visit(document, value, &mut seen, &mut found);
            }
        }
    }
    (seen, found)
}

/// A single value is the tag of an alternative.
fn closes(schema: &Value) -> bool {
    schema["enum"].as_array().is_some_and(|values| values.len() > 1)
}

#[test]
fn an_answer_lists_the_values_of_today_and_may_have_others() {
    let document = generated_contract();
    let (sent, _) = reached(&document, &["requestBody", "parameters"]);
    let (answered, _) = reached(&document, &["responses"]);
    let mut open = 0;
    for name in answered.iter().filter(|name| !sent.contains(name)) {
        let schema = document.pointer(&name[1..]).expect("a schema");
        open += usize::from(schema.get(KNOWN_VALUES).is_some());
        let mut parts = Vec::new();
        visit(&document, schema, &mut sent.clone(), &mut parts);
        let closed = parts.iter().filter(|part| part.get("$ref").is_none() && closes(part)).count();
        let own = usize::from(closes(schema));
        assert!(own == 0 && closed == 0, "{name} is closed: the next value breaks strict clients");
    }
    assert!(open > 20, "only {open} enums are open");
}

#[test]
fn a_request_names_only_values_that_are_known() {
    let document = generated_contract();
    let (_, found) = reached(&document, &["requestBody", "parameters"]);
    let open = found.iter().filter(|schema| schema.get(KNOWN_VALUES).is_some());
    assert_eq!(open.count(), 0, "an unknown value would be refused");
    assert!(found.iter().any(|schema| closes(schema)));
}

#[test]
fn every_value_says_what_it_means_in_both_languages() {
    let document = generated_contract();
    for (name, schema) in document["components"]["schemas"].as_object().expect("schemas") {
        let values = schema.get(KNOWN_VALUES).or(schema.get("enum")).and_then(Value::as_array);
        let description = schema["description"].as_str().unwrap_or_default();
        for value in values.into_iter().flatten().filter_map(Value::as_str) {
            let marked = format!("- `{value}`: ");
            let line = description.lines().find_map(|line| line.strip_prefix(&marked));
            let line = line.unwrap_or_default();
            let chinese = line.chars().any(is_chinese);
            let english = line.chars().any(|character| character.is_ascii_alphabetic());
            assert!(chinese && english, "{name}: what is {value}? Say so in openapi/values.json");
        }
    }
}

/// What is written about a value that there is not (any more) is read by nobody.
#[test]
fn every_word_is_about_a_value() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi/values.json");
    let text = std::fs::read_to_string(file).expect("a file");
    let written: Value = serde_json::from_str(&text).expect("a JSON document");
    let document = generated_contract();
    for (name, words) in written.as_object().expect("schemas") {
        let schema = &document["components"]["schemas"][name];
        let known = schema.get(KNOWN_VALUES).or(schema.get("enum"));
        let known = known.unwrap_or_else(|| panic!("{name} is no enum"));
        let mut named: Vec<&String> = words.as_object().expect("values").keys().collect();
        named.sort_unstable();
        let mut known: Vec<String> = serde_json::from_value(known.clone()).expect("texts");
        known.sort_unstable();
        assert_eq!(json!(named), json!(known), "{name}");
    }
}
