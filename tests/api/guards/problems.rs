//! The catalogue of problems: every code says in both languages what is wrong and what to do.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use redvest::problem::{Code, FieldCode, Language};

use crate::support::golden::assert_golden;

const VALUE: &str = "{value}";

fn has_chinese(text: &str) -> bool {
    text.chars().any(|character| ('\u{4e00}'..='\u{9fff}').contains(&character))
}

fn is_snake_case(name: &str) -> bool {
    name.split('_').all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase()))
}

/// Chinese that is Chinese, English that is not, and the same facts in both.
#[track_caller]
fn assert_says_the_same(code: &str, chinese: &str, english: &str) {
    assert!(has_chinese(chinese), "{code} says no Chinese: {chinese}");
    assert!(!english.is_empty() && !has_chinese(english), "{code} says no English: {english}");
    let told = |text: &str| text.matches(VALUE).count();
    assert_eq!(told(chinese), told(english), "{code} tells its value in one language only");
}

#[test]
fn codes_are_unique_and_in_snake_case() {
    let codes: BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(codes.len(), Code::ALL.len());
    assert!(codes.into_iter().all(is_snake_case));
    let codes: BTreeSet<&str> = FieldCode::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(codes.len(), FieldCode::ALL.len());
    assert!(codes.into_iter().all(is_snake_case));
}

#[test]
fn every_problem_is_a_refusal_or_a_fault() {
    for code in Code::ALL {
        let status = code.status();
        assert!(status.is_client_error() || status.is_server_error(), "{code} is {status}");
    }
}

#[test]
fn every_code_speaks_both_languages() {
    for code in Code::ALL {
        let title = |language| code.title(language);
        let remedy = |language| code.remedy(language);
        let name = code.as_str();
        assert_says_the_same(name, title(Language::Chinese), title(Language::English));
        assert_says_the_same(name, remedy(Language::Chinese), remedy(Language::English));
    }
    for code in FieldCode::ALL {
        let (chinese, english) = (code.text(Language::Chinese), code.text(Language::English));
        assert_says_the_same(code.as_str(), chinese, english);
    }
}

/// A code, once published, keeps its name and its status.
#[test]
fn the_catalogue_is_known() {
    let mut catalogue = String::new();
    for code in Code::ALL {
        writeln!(catalogue, "{} {code}", code.status().as_u16()).expect("writing to a text");
    }
    for code in FieldCode::ALL {
        writeln!(catalogue, "field {code}").expect("writing to a text");
    }
    assert_golden("problems.txt", &catalogue);
}
