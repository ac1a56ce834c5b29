//! Golden files: what somebody should look at when it changes, committed under `tests/golden`.

use std::env;
use std::fs;
use std::path::Path;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden");

/// Compares `text` with the golden file of this name. `UPDATE_GOLDEN=1` writes the file instead,
/// though never in CI: there nobody would look.
#[track_caller]
pub fn assert_golden(name: &str, text: &str) {
    let file = Path::new(FOLDER).join(name);
    if env::var_os("UPDATE_GOLDEN").is_some() {
        let in_ci = env::var("CI").is_ok_and(|value| value == "true");
        assert!(!in_ci, "golden files are not rewritten in CI");
        fs::write(&file, text).expect("the golden file can be written");
    }
    let golden = fs::read_to_string(&file).unwrap_or_default();
    assert!(golden == text, "{}", difference(name, &golden, text));
}

fn difference(name: &str, golden: &str, text: &str) -> String {
    let gone = lines_only_in(golden, text).map(|line| format!("- {line}"));
    let new = lines_only_in(text, golden).map(|line| format!("+ {line}"));
    let lines: Vec<String> = gone.chain(new).collect();
    format!(
        "tests/golden/{name} differs; if that is meant, run the tests with UPDATE_GOLDEN=1 and \
         look at the change:\n{}",
        lines.join("\n")
    )
}

fn lines_only_in<'a>(text: &'a str, other: &'a str) -> impl Iterator<Item = &'a str> {
    text.lines().filter(move |line| !other.lines().any(|known| known == *line))
}
