//! The committed contract is the one that the code makes, and a successor that the apps of the last
//! release can live with.

use std::fs;

use redvest::app::generated_contract;
use serde_json::Value;

use crate::contract::compatibility::breaking_changes;

const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi/openapi.json");
const PUBLISHED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi/published.json");

fn text(file: &str) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{file}: {error}"))
}

#[test]
fn the_committed_contract_is_what_the_code_says() {
    let generated = serde_json::to_string_pretty(&generated_contract()).expect("a JSON document");
    assert!(
        text(COMMITTED) == generated + "\n",
        "openapi/openapi.json lags behind the code: cargo run -- openapi > openapi/openapi.json"
    );
}

#[test]
fn the_contract_still_serves_released_apps() {
    let published: Value = serde_json::from_str(&text(PUBLISHED)).expect("a JSON document");
    let broken = breaking_changes(&published, &generated_contract());
    assert!(broken.is_empty(), "promises to released apps are broken:\n{}", broken.join("\n"));
}
