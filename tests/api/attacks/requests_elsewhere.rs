//! API7: the program calls nothing that a client names. No client can name anything: wherever it
//! says one thing or another, it is never an address. Whoever makes a field for one has to come by
//! here, and to say what keeps it from pointing at the inside of the house.

use redvest::app::generated_contract;

use super::sent::parts;
use crate::support::app::CONTRACT;

/// What a field would be called in which an address stands.
const WORDS: [&str; 15] = [
    "url", "uri", "href", "link", "callback", "webhook", "redirect", "host", "hostname",
    "endpoint", "proxy", "server", "domain", "site", "origin",
];
/// The forms in which the contract would write one.
const FORMATS: [&str; 7] = ["uri", "uri-reference", "iri", "url", "hostname", "ipv4", "ipv6"];

/// The words of a name such as `jwksUri`, in lower case.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for character in name.chars() {
        if character.is_uppercase() || character == '_' || character == '-' {
            words.push(String::new());
        }
        words.last_mut().expect("a word").extend(character.to_lowercase());
    }
    words
}

#[test]
fn names_are_read_word_by_word() {
    assert_eq!(words("jwksUri"), ["jwks", "uri"]);
    assert_eq!(words("during"), ["during"]);
}

#[test]
fn no_operation_takes_an_address_that_could_be_called() {
    let document = generated_contract();
    let mut seen = 0;
    for operation in CONTRACT.operations() {
        for part in parts(&document, operation) {
            let words = words(part.name);
            let named = words.iter().find(|word| WORDS.contains(&word.as_str()));
            assert_eq!(named, None, "{} sounds like an address", part.place);
            let format = part.schema["format"].as_str().unwrap_or_default();
            assert!(!FORMATS.contains(&format), "{} takes an address", part.place);
            seen += 1;
        }
    }
    assert!(seen > 300, "only {seen} parts");
}
