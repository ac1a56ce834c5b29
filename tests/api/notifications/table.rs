//! The table of those concerned knows every fact, and the catalogue has words for all.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use redvest::demands::title;
use redvest::notifications::{CONCERNED, NoticeKind};
use redvest::problem::Language;

/// What the words of a notice may name.
const NAMES: [&str; 4] = ["{number}", "{organization}", "{volunteer}", "{reason}"];

/// Every name of a fact that is written somewhere in the program, but in the table itself.
fn written() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.ends_with("notifications/domain/concerned.rs") {
                found.extend(names_in(&fs::read_to_string(path).unwrap_or_default()));
            }
        }
    }
    found
}

/// The quoted texts that look like `noun.what_happened.v1`.
fn names_in(source: &str) -> Vec<String> {
    let quoted = source.split('"').filter(|text| is_name(text));
    quoted.map(str::to_owned).collect()
}

fn is_name(text: &str) -> bool {
    let is_word =
        |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    let mut parts = text.split('.');
    let (noun, what, version) = (parts.next(), parts.next(), parts.next());
    noun.is_some_and(is_word)
        && what.is_some_and(is_word)
        && version.and_then(|v| v.strip_prefix('v')).is_some_and(|v| v.parse::<u32>().is_ok())
        && parts.next().is_none()
}

#[test]
fn the_table_says_of_every_fact_whom_it_concerns() {
    let known: BTreeSet<String> = CONCERNED.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(known.len(), CONCERNED.len(), "a fact has two lines");
    let written = written();
    let forgotten: Vec<_> = written.difference(&known).collect();
    assert!(forgotten.is_empty(), "whom do they concern? {forgotten:?}");
    let gone: Vec<_> = known.difference(&written).collect();
    assert!(gone.is_empty(), "these never happen: {gone:?}");
}

#[test]
fn every_fact_in_a_timeline_has_a_title_in_both_languages() {
    let nouns = ["demand.", "dispatch.", "assignment."];
    let told = CONCERNED.iter().map(|(name, _)| *name);
    for name in told.filter(|name| nouns.iter().any(|noun| name.starts_with(noun))) {
        for language in [Language::Chinese, Language::English] {
            let title = title(name, language).unwrap_or_else(|| panic!("{name} has no title"));
            let chinese = title.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
            assert_eq!(chinese, language == Language::Chinese, "{name}: {title}");
        }
    }
    assert_eq!(title("demand.forgotten.v1", Language::English), None);
}

#[test]
fn every_kind_is_told_to_somebody() {
    let told: BTreeSet<String> = CONCERNED
        .iter()
        .flat_map(|(_, tellings)| tellings.iter())
        .map(|telling| format!("{:?}", telling.kind))
        .collect();
    for kind in NoticeKind::ALL {
        assert!(told.contains(&format!("{kind:?}")), "nobody is ever told {kind:?}");
    }
}

#[test]
fn every_kind_has_words_in_both_languages() {
    for kind in NoticeKind::ALL {
        for language in [Language::Chinese, Language::English] {
            let words = format!("{}{}", kind.title(language), kind.text(language));
            let chinese = words.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
            assert_eq!(chinese, language == Language::Chinese, "{kind:?}: {words}");
            assert!(!kind.title(language).contains('{'), "{kind:?}: {words}");
            let rest = NAMES.iter().fold(words, |rest, name| rest.replace(name, ""));
            assert!(!rest.contains('{'), "{kind:?} names what is not known: {rest}");
        }
    }
}
