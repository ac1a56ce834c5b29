//! Operations are public by name: clients are generated from them.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use redvest::app::generated_contract;
use redvest::platform::contract::KNOWN_VALUES;
use redvest::problem::{Code, FieldCode};
use serde_json::Value;

use crate::contract::operations::{Operation, operations};
use crate::support::golden::assert_golden;

/// What a caller of any operation must be prepared for.
const ALWAYS: [&str; 4] = ["400", "429", "500", "503"];

/// Calls `look` with every operation and its place in the document.
fn each(look: impl Fn(&Operation, &Value)) {
    let document = generated_contract();
    for operation in operations(&document) {
        look(&operation, document.pointer(&operation.pointer).expect("the operation's place"));
    }
}

fn is_chinese(character: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&character)
}

/// `demandAccept`, `signOut`: two words or more, the noun first.
fn is_noun_then_verb(id: &str) -> bool {
    let begins_small = id.starts_with(|first: char| first.is_ascii_lowercase());
    let has_second_word = id.chars().any(|character| character.is_ascii_uppercase());
    let no_capitals_in_a_row =
        !id.as_bytes().windows(2).any(|pair| pair.iter().all(u8::is_ascii_uppercase));
    let letters = id.chars().all(|character| character.is_ascii_alphabetic());
    begins_small && has_second_word && no_capitals_in_a_row && letters
}

#[test]
fn ids_are_unique_and_written_noun_then_verb() {
    let document = generated_contract();
    let operations = operations(&document);
    let ids: BTreeSet<&str> = operations.iter().map(|operation| operation.id.as_str()).collect();
    assert_eq!(ids.len(), operations.len(), "an operationId is used twice");
    for id in ids {
        assert!(is_noun_then_verb(id), "{id} is public: clients are generated from it");
    }
}

/// Renaming or removing one is a breaking change, adding one a promise: both should be seen.
#[test]
fn the_list_of_operations_is_known() {
    let mut list = String::new();
    for operation in operations(&generated_contract()) {
        let Operation { id, method, path, .. } = operation;
        writeln!(list, "{id:<32} {method:<6} {path}").expect("writing to a text");
    }
    assert_golden("operations.txt", &list);
}

#[test]
fn every_operation_has_a_tag_and_a_summary_in_both_languages() {
    each(|operation, declared| {
        let id = &operation.id;
        assert_eq!(declared["tags"].as_array().map(Vec::len), Some(1), "{id} has not one tag");
        let summary = declared["summary"].as_str().unwrap_or_default();
        assert!(summary.chars().any(is_chinese), "{id} has no Chinese summary");
        assert!(summary.starts_with(|c: char| c.is_ascii_uppercase()), "{id}: no English summary");
    });
}

#[test]
fn every_operation_documents_its_problems() {
    each(|operation, declared| {
        let documented = |status: &str| declared["responses"].get(status).is_some();
        let secured = ["401", "403"].iter().filter(|_| operation.secured);
        let names_one = operation.parameters.iter().any(|named| {
            let schema = named.schema["$ref"].as_str();
            named.location == "path" || schema.is_some_and(|schema| schema.ends_with("Id"))
        });
        let about_one = ["404"].iter().filter(|_| names_one && operation.secured);
        for status in ALWAYS.iter().chain(secured).chain(about_one) {
            assert!(documented(status), "{} does not document {status}", operation.id);
        }
    });
}

/// `wx.request` knows no PATCH.
#[test]
fn the_methods_are_those_that_every_client_has() {
    each(|operation, _| {
        let known = ["GET", "POST", "PUT", "DELETE"].contains(&operation.method.as_str());
        assert!(known, "{} is called by {}", operation.id, operation.method);
    });
}

#[test]
fn every_post_of_somebody_known_can_be_repeated_safely() {
    each(|operation, _| {
        let repeats = operation.method == "POST" && operation.secured;
        let offered = operation.parameters.iter().any(|named| named.name == "Idempotency-Key");
        assert_eq!(offered, repeats, "{}", operation.id);
    });
}

/// So that a list never grows beyond what a phone can take, and is read from either end.
#[test]
fn every_page_can_be_continued_in_either_order() {
    each(|operation, declared| {
        let schema = &declared["responses"]["200"]["content"]["application/json"]["schema"]["$ref"];
        let is_page = schema.as_str().is_some_and(|name| name.ends_with("Page"));
        for wanted in ["limit", "cursor", "order"] {
            let offered = operation.parameters.iter().any(|named| named.name == wanted);
            assert!(!is_page || offered, "{} has no {wanted}", operation.id);
        }
    });
}

#[test]
fn every_reference_leads_somewhere() {
    let document = generated_contract();
    let mut unseen = vec![&document];
    while let Some(value) = unseen.pop() {
        match value {
            Value::Object(members) => {
                if let Some(target) = members.get("$ref").and_then(Value::as_str) {
                    let pointer = target.strip_prefix('#').expect("a reference into the document");
                    assert!(document.pointer(pointer).is_some(), "{target} leads nowhere");
                }
                unseen.extend(members.values());
            }
            Value::Array(elements) => unseen.extend(elements),
            _ => {}
        }
    }
}

#[test]
fn the_contract_lists_every_code() {
    let document = generated_contract();
    let codes: Vec<Value> = Code::ALL.iter().map(|code| code.as_str().into()).collect();
    assert_eq!(document["components"]["schemas"]["ProblemCode"][KNOWN_VALUES], Value::from(codes));
    let codes: Vec<Value> = FieldCode::ALL.iter().map(|code| code.as_str().into()).collect();
    let listed = &document["components"]["schemas"]["FieldErrorCode"][KNOWN_VALUES];
    assert_eq!(*listed, Value::from(codes));
}
