//! The shape of the house: who may import whom, where which library may be named, which files a noun
//! has. Read from the source, because the compiler allows more than is wanted.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use redvest::app::SEALED_COLUMNS;

use crate::support::golden::assert_golden;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The rooms of the house from the ground up. A room knows those below it, never one beside it.
const FLOORS: &[&[&str]] = &[
    &["ids", "problem"],
    &["platform"],
    &["access"],
    &["organizations"],
    &["volunteers"],
    &["activities", "rosters"],
    &["demands"],
    &["dispatches"],
    &["evaluations"],
    &["statistics", "exchange", "notifications"],
    &["people"],
    &["app"],
    &["demo"],
    &["commands"],
    &["main"],
];

/// What every noun consists of, as a file or as a folder. It may also have `events` and `jobs`.
const PARTS_OF_A_NOUN: [&str; 5] = ["contract", "domain", "policy", "routes", "store"];

/// Beyond that, a file becomes a folder.
const MAXIMUM_LINES: usize = 600;

/// True differences between the engines are few, or there are two bodies after all.
const MAXIMUM_DIFFERENCES: usize = 10;

/// One source file.
struct Source {
    /// From the root of the repository, as in `src/access/gate.rs`.
    path: String,
    /// Its module: `access::gate`.
    module: Vec<String>,
    /// Without lines of comment.
    code: String,
    lines: usize,
}

impl Source {
    fn room(&self) -> &str {
        self.module.first().map_or("", String::as_str)
    }

    fn is(&self, file: &str) -> bool {
        self.path.ends_with(&format!("/{file}"))
    }

    /// Every path into this crate that the file names, in `use` lines or elsewhere.
    fn paths(&self) -> Vec<Vec<String>> {
        let trees = self.code.split(';').filter_map(use_tree).flat_map(|tree| leaves(&tree));
        let imported = trees.filter_map(|path| self.absolute(path));
        let named = self.code.split("crate::").skip(1).map(|rest| {
            let path: String =
                rest.chars().take_while(|c| c.is_alphanumeric() || "_:".contains(*c)).collect();
            path.split("::").map(str::to_owned).collect()
        });
        imported.chain(named).filter(|path| is_path(path)).collect()
    }

    fn absolute(&self, path: Vec<String>) -> Option<Vec<String>> {
        let above = path.iter().take_while(|segment| *segment == "super").count();
        match path.first().map(String::as_str) {
            Some("crate" | "redvest") => Some(path.into_iter().skip(1).collect()),
            Some("self") => {
                Some(self.module.iter().cloned().chain(path.into_iter().skip(1)).collect())
            }
            Some("super") => {
                let kept = self.module.len().checked_sub(above)?;
                let base = self.module.iter().take(kept).cloned();
                Some(base.chain(path.into_iter().skip(above)).collect())
            }
            _ => None,
        }
    }
}

fn is_path(path: &[String]) -> bool {
    path.first().is_some_and(|first| floor_of(first).is_some())
}

/// What stands between `use` and the semicolon, if this is such a line.
fn use_tree(statement: &str) -> Option<String> {
    let at = statement.rfind("use ").filter(|at| {
        let before = statement.get(..*at).unwrap_or_default();
        before.is_empty() || before.ends_with(['\n', ' ', ')'])
    })?;
    let tree = statement.get(at + 4..)?;
    let is_tree = tree.chars().all(|c| c.is_alphanumeric() || "_:{}, *\n".contains(c));
    is_tree.then(|| tree.replace(['\n', ' '], ""))
}

/// The single paths of a tree: `a::{b, c::d}` is `a::b` and `a::c::d`.
fn leaves(tree: &str) -> Vec<Vec<String>> {
    let Some((trunk, branches)) = tree.split_once('{') else {
        let tree = tree.replace("as_", "");
        return vec![tree.split("::").map(str::to_owned).collect()];
    };
    let trunk: Vec<String> =
        trunk.split("::").filter(|name| !name.is_empty()).map(str::to_owned).collect();
    let branches = branches.strip_suffix('}').unwrap_or(branches);
    let grown = separated(branches).into_iter().flat_map(|branch| leaves(&branch));
    grown.map(|leaf| trunk.iter().cloned().chain(leaf).collect()).collect()
}

/// Splits at the commas that stand in no further braces.
fn separated(branches: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut depth = 0_usize;
    for character in branches.chars() {
        match character {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(part) = parts.last_mut() {
            part.push(character);
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

fn floor_of(room: &str) -> Option<usize> {
    FLOORS.iter().position(|rooms| rooms.contains(&room))
}

/// Every file with this ending below a folder, in order.
fn files(folder: &str, ending: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(ROOT).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of the repository") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                let own = path.strip_prefix(ROOT).expect("below the root");
                found.push(own.to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    found
}

fn sources() -> Vec<Source> {
    files("src", ".rs").into_iter().map(|path| source(&path)).collect()
}

fn source(path: &str) -> Source {
    let text = fs::read_to_string(Path::new(ROOT).join(path)).expect("a file of text");
    let module = path.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
    let is_comment = |line: &&str| !line.trim_start().starts_with("//");
    Source {
        path: path.to_owned(),
        module: module.split('/').map(str::to_owned).collect(),
        code: text.lines().filter(is_comment).fold(String::new(), |code, line| code + line + "\n"),
        lines: text.lines().count(),
    }
}

fn nouns() -> Vec<String> {
    let routes = [files("src", "/routes.rs"), files("src", "/routes/mod.rs")].concat();
    let rooms = routes.iter().filter_map(|path| path.split('/').nth(1).map(str::to_owned));
    rooms.collect::<BTreeSet<_>>().into_iter().collect()
}

#[test]
fn every_room_is_on_a_floor() {
    for source in sources().iter().filter(|source| source.room() != "lib") {
        assert!(floor_of(source.room()).is_some(), "{}: where does it stand?", source.path);
    }
}

#[test]
fn a_room_knows_only_those_below_it() {
    for source in sources().iter().filter(|source| source.room() != "lib") {
        let own = floor_of(source.room());
        for path in source.paths() {
            let room = path.first().map_or("", String::as_str);
            let allowed = room == source.room() || floor_of(room) < own || own == Some(0);
            assert!(allowed, "{} imports {}", source.path, path.join("::"));
        }
    }
}

/// The vocabularies are at the bottom: they know each other and nothing else.
#[test]
fn the_vocabularies_know_nothing_of_the_house() {
    for source in sources().iter().filter(|source| floor_of(source.room()) == Some(0)) {
        for path in source.paths() {
            let room = path.first().map_or("", String::as_str);
            assert_eq!(floor_of(room), Some(0), "{} imports {}", source.path, path.join("::"));
        }
    }
}

/// Private modules make the facade: only a part of the noun that is a noun itself may be public.
#[test]
fn a_noun_is_reached_only_through_its_facade() {
    for noun in nouns() {
        let facade = source(&format!("src/{noun}/mod.rs"));
        for line in facade.code.lines().filter_map(|line| line.strip_prefix("pub mod ")) {
            let part = line.trim_end_matches(';');
            let folder = Path::new(ROOT).join("src").join(&noun).join(part).join("mod.rs");
            assert!(folder.is_file(), "src/{noun}/mod.rs opens {part} to everybody");
        }
    }
}

/// SQL is in the stores. The vocabularies say what ids and failures are in a database. What a thing
/// is stored as, a state by which word and a row by which columns, is said in `domain.rs` beside what
/// it means and nowhere else, and only by deriving.
#[test]
fn sqlx_is_named_only_by_stores() {
    for source in sources() {
        let at_home = ["platform", "ids", "problem"].contains(&source.room())
            || source.is("store.rs")
            || source.path.contains("/store/");
        let in_domain = source.is("domain.rs") || source.path.contains("/domain/");
        for line in source.code.lines().filter(|line| outside_quotes(line).contains("sqlx")) {
            let derived =
                ["sqlx::Type", "sqlx::FromRow", "#[sqlx("].iter().any(|d| line.contains(d));
            assert!(at_home || (in_domain && derived), "{} names sqlx: {line}", source.path);
        }
    }
}

/// A line without its texts: the filter of the log may speak of anybody.
fn outside_quotes(line: &str) -> String {
    line.split('"').step_by(2).collect()
}

#[test]
fn actix_is_named_only_where_http_is_spoken() {
    let speakers = ["app", "access", "platform", "problem", "commands", "main"];
    for source in sources() {
        let speaks = speakers.contains(&source.room())
            || source.is("routes.rs")
            || source.path.contains("/routes/");
        assert!(speaks || !source.code.contains("actix_web"), "{} names actix_web", source.path);
    }
}

/// The permission is the key to the database: only whoever opens it or holds the gate knows the door.
#[test]
fn the_database_is_handed_to_nobody() {
    let keepers = ["platform", "access", "app", "demo", "commands"];
    for source in sources().iter().filter(|source| !keepers.contains(&source.room())) {
        for path in source.paths() {
            let door = path.iter().any(|segment| segment == "Db");
            assert!(!door, "{} holds the database", source.path);
        }
    }
}

/// Who gets to the database without a permit, and by what name.
#[test]
fn those_without_a_permit_are_known() {
    let mut list = String::new();
    for source in sources() {
        for call in source.code.split("without_permit(").skip(1) {
            if let Some((name, _)) =
                call.trim_start().strip_prefix('"').and_then(|c| c.split_once('"'))
            {
                writeln!(list, "{}: {name}", source.path).expect("writing to a text");
            }
        }
    }
    assert_golden("without_permit.txt", &list);
}

/// A route that is not collected is in no contract.
#[test]
fn nothing_is_mounted_outside_of_the_contract() {
    for source in sources().iter().filter(|source| source.room() != "app") {
        for way in [".route(", "web::resource(", "web::scope(", ".default_service("] {
            assert!(!source.code.contains(way), "{} mounts something by {way}", source.path);
        }
    }
}

#[test]
fn no_file_is_too_long() {
    let tests = files("tests", ".rs").into_iter().map(|path| source(&path));
    for source in sources().into_iter().chain(tests) {
        let fine = source.lines <= MAXIMUM_LINES;
        assert!(fine, "{} has {} lines: make it a folder", source.path, source.lines);
    }
}

#[test]
fn every_noun_has_the_same_parts() {
    for noun in nouns() {
        for part in PARTS_OF_A_NOUN {
            let path = Path::new(ROOT).join("src").join(&noun).join(part);
            let there = path.with_extension("rs").is_file() || path.join("mod.rs").is_file();
            assert!(there, "src/{noun}/{part}.rs is missing");
        }
    }
}

/// What a noun has beyond that is its own, and is looked at when it changes.
#[test]
fn what_nouns_have_of_their_own_is_known() {
    let nouns = nouns();
    let is_own = |path: &String| {
        let mut names = path.split('/').skip(1);
        let in_noun = names.next().is_some_and(|room| nouns.iter().any(|noun| noun == room));
        let part = names.next().unwrap_or_default().trim_end_matches(".rs");
        let usual = PARTS_OF_A_NOUN.iter().chain(&["mod", "events", "jobs"]);
        in_noun && usual.into_iter().all(|name| *name != part)
    };
    let list: String = files("src", ".rs").into_iter().filter(is_own).map(|p| p + "\n").collect();
    assert_golden("own_files.txt", &list);
}

/// A text that is put together at run time is in no catalogue, and no test prepares it.
#[test]
fn statements_are_written_out_only_where_it_is_done_for_all() {
    for source in sources().iter().filter(|source| !source.path.starts_with("src/platform/db/")) {
        let own = source.code.contains("AssertSqlSafe");
        assert!(!own, "{} puts a statement together by itself", source.path);
    }
}

/// What is sealed is sealed anew when the key is changed, but for what is never written again, for
/// what is only looked up, and for keys, which are replaced.
#[test]
fn every_sealed_column_is_sealed_anew() {
    const NEVER: [&str; 6] = [
        "journal.reason",
        "journal.answer_body",
        "demands.caller_index",
        "phone_codes.phone",
        "signing_keys.private_key",
        "secrets.secret",
    ];
    let mut declared: BTreeSet<String> = BTreeSet::new();
    for source in sources().iter().filter(|source| !source.path.starts_with("src/platform/vault/"))
    {
        for named in source.code.split("Field::of(\"").skip(1) {
            let mut names = named.split('"');
            let (table, column) = (names.next().unwrap_or_default(), names.nth(1));
            declared.insert(format!("{table}.{}", column.unwrap_or_default()));
        }
    }
    declared.retain(|field| !NEVER.contains(&field.as_str()));
    let anew = SEALED_COLUMNS.iter().map(|column| column.field.to_string());
    assert_eq!(anew.collect::<BTreeSet<_>>(), declared);
}

#[test]
fn the_engines_differ_in_few_statements() {
    let differences: usize =
        sources().iter().map(|source| source.code.matches("PerEngine {").count()).sum();
    assert!(differences <= MAXIMUM_DIFFERENCES, "{differences} statements are written twice");
}

/// One version sequence over the common migrations and those of either engine.
#[test]
fn every_migration_has_a_version_of_its_own() {
    for engine in ["sqlite", "postgres"] {
        let common = files("migrations/common", ".sql");
        let own = files(&format!("migrations/{engine}"), ".sql");
        let versions: Vec<String> = common.iter().chain(&own).map(|path| version(path)).collect();
        let different: BTreeSet<&String> = versions.iter().collect();
        assert_eq!(different.len(), versions.len(), "{versions:?}");
    }
}

fn version(migration: &str) -> String {
    let name = migration.rsplit('/').next().unwrap_or_default();
    name.split('_').next().unwrap_or_default().to_owned()
}

/// The tree that README shows is the one that there is. One entry per line, its name first; what
/// stands in a folder is indented by two spaces more.
#[test]
fn the_tree_in_the_readme_is_the_real_one() {
    let readme = fs::read_to_string(Path::new(ROOT).join("README.md")).unwrap_or_default();
    let marked =
        readme.split_once("<!-- tree -->").and_then(|(_, t)| t.split_once("<!-- /tree -->"));
    let Some((tree, _)) = marked else { return };
    let listed = listed_paths(tree);
    for path in &listed {
        assert!(Path::new(ROOT).join(path).exists(), "README lists {path}, which is not there");
    }
    for path in entries("").into_iter().chain(entries("src/")) {
        assert!(listed.contains(&path), "README does not list {path}");
    }
}

fn listed_paths(tree: &str) -> BTreeSet<String> {
    let mut folders: Vec<(usize, String)> = Vec::new();
    let mut listed = BTreeSet::new();
    let lines = tree.lines().filter(|line| !line.trim().is_empty() && !line.starts_with("```"));
    for line in lines {
        let indent = line.len() - line.trim_start().len();
        let name = line.split_whitespace().next().unwrap_or_default();
        folders.retain(|(depth, _)| *depth < indent);
        let parent = folders.last().map_or("", |(_, folder)| folder.as_str());
        let path = format!("{parent}{name}");
        listed.insert(path.trim_end_matches('/').to_owned());
        if name.ends_with('/') {
            folders.push((indent, path));
        }
    }
    listed
}

/// What lies in a folder, but for what is hidden and what building and running leave behind.
fn entries(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(Path::new(ROOT).join(folder)).expect("a folder of the repository");
    let names = entries.map(|entry| entry.expect("an entry").file_name());
    let shown =
        |name: &String| !name.starts_with('.') && !["target", "data"].contains(&name.as_str());
    let names = names.map(|name| name.to_string_lossy().into_owned()).filter(shown);
    names.map(|name| format!("{folder}{name}")).collect()
}

/// The reader of this file reads what it should.
#[test]
fn use_lines_are_understood() {
    let source = Source {
        path: "src/demands/routes.rs".to_owned(),
        module: vec!["demands".to_owned(), "routes".to_owned()],
        code: "use super::{domain::{A, B}, store};\nuse crate::access::Gate;\nfn f() { crate::app::g() }\n"
            .to_owned(),
        lines: 3,
    };
    let paths: Vec<String> = source.paths().iter().map(|path| path.join("::")).collect();
    let expected = ["demands::domain::A", "demands::domain::B", "demands::store", "access::Gate"];
    assert!(expected.iter().all(|path| paths.iter().any(|read| read == path)), "{paths:?}");
    assert!(paths.iter().any(|path| path == "app::g"), "{paths:?}");
}
