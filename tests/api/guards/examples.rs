//! What is tried out at `/docs` works: every body that can be sent has an example, which its schema and
//! the program accept, and the main answers have one that they keep to.

use actix_web::http::Method;
use redvest::app::generated_contract;
use redvest::problem::Code;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::contract::operations::{Operation, operations};
use crate::support::TestApp;
use crate::support::app::CONTRACT;
use crate::support::client::{Call, Client};
use crate::support::reply::Reply;

/// The answers that a reader of the contract looks at first.
const SHOWN: [&str; 12] = [
    "Assignment",
    "AssignmentPage",
    "CandidateList",
    "Demand",
    "DemandDispatchPage",
    "DemandPage",
    "DemandSummary",
    "Dispatch",
    "DispatchAssignmentPage",
    "DispatchPage",
    "DispatchSummary",
    "SignedIn",
];

/// The name of the schema of what an operation takes, if it takes a body of JSON.
fn body_of(document: &Value, operation: &Operation) -> Option<String> {
    let content = format!("{}/requestBody/content", operation.pointer);
    let schema = &document.pointer(&content)?.get("application/json")?["schema"]["$ref"];
    let name = schema.as_str().and_then(|target| target.strip_prefix("#/components/schemas/"));
    Some(name.unwrap_or_else(|| panic!("{}: the body has no name", operation.id)).to_owned())
}

fn example_of<'a>(document: &'a Value, schema: &str) -> &'a Value {
    let example = document.pointer(&format!("/components/schemas/{schema}/examples/0"));
    example.unwrap_or_else(|| panic!("{schema} has no example: write one in openapi/examples"))
}

fn assert_keeps_schema(document: &Value, schema: &str) {
    let example = example_of(document, schema);
    let kept = CONTRACT.check_value(&format!("/components/schemas/{schema}"), example);
    kept.unwrap_or_else(|violation| panic!("the example of {schema}: {violation}"));
}

#[test]
fn every_body_that_is_sent_has_an_example_that_its_schema_accepts() {
    let document = generated_contract();
    let bodies = operations(&document);
    let bodies: Vec<String> = bodies.iter().filter_map(|sent| body_of(&document, sent)).collect();
    assert!(bodies.len() > 30, "only {bodies:?}");
    for schema in &bodies {
        assert_keeps_schema(&document, schema);
    }
}

/// Every example, of an answer or of a part of one, is one that could be answered.
#[test]
fn every_example_of_an_answer_keeps_its_schema() {
    let document = generated_contract();
    let schemas = document["components"]["schemas"].as_object().expect("schemas");
    let with_example = schemas.iter().filter(|(_, schema)| schema["examples"][0].is_object());
    let names: Vec<&str> = with_example.map(|(name, _)| name.as_str()).collect();
    for shown in SHOWN {
        assert!(names.contains(&shown), "{shown} has no example: write one in openapi/examples");
    }
    for name in names {
        assert_keeps_schema(&document, name);
    }
}

/// The operation, called for things that nobody has created.
fn call(app: &TestApp, caller: &Client, operation: &Operation, body: &Value) -> Call {
    let path = operation.path_with(|_| app.clock.new_id::<Uuid>().to_string());
    let method = Method::from_bytes(operation.method.as_bytes()).expect("a method");
    caller.call(method, &path).json(body).header("If-Match", "*")
}

/// Whether nothing is wrong with what was sent, but that the ids in it are of nothing, or that the
/// password is not the caller's.
fn is_read(answer: &Reply) -> bool {
    match answer.status() {
        400 | 422 => {
            let errors = answer.json()["errors"].as_array().cloned().unwrap_or_default();
            let understood = answer.status() == 422 || !errors.is_empty();
            let of_nobody = |error: &Value| {
                ["no_such_thing", "wrong_password"]
                    .contains(&error["code"].as_str().unwrap_or_default())
            };
            understood && errors.iter().all(of_nobody)
        }
        status => ![413, 415, 428].contains(&status),
    }
}

on_both_engines! {
    /// So what is tried out at `/docs` is refused at most for its ids.
    async fn the_program_reads_every_example(app: TestApp) {
        let document = generated_contract();
        let administrator = app.administrator().await;
        for operation in operations(&document) {
            let Some(schema) = body_of(&document, &operation) else { continue };
            let caller = if operation.secured { administrator.clone() } else { app.anonymous() };
            let example = example_of(&document, &schema);
            let answer = call(&app, &caller, &operation, example).await;
            assert!(is_read(&answer), "{} cannot read its example: {answer}", operation.id);
            let mut spoiled = example.clone();
            spoiled["noSuchField"] = json!(true);
            let answer = call(&app, &caller, &operation, &spoiled).await;
            answer.refused(Code::InvalidRequest);
        }
    }
}
