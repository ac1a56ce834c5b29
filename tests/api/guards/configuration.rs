//! The configuration that README lists is the one that there is.

use std::fs;
use std::path::Path;

use clap::{Args as _, Command};
use redvest::platform::config::Config;

/// A row of the table: option, environment and default, as they are written.
fn row(line: &str) -> Option<[String; 3]> {
    let mut cells = line.split('|').skip(1).map(|cell| cell.trim().to_owned());
    let row = [cells.next()?, cells.next()?, cells.next()?];
    row[0].starts_with("`--").then_some(row)
}

fn table(page: &str) -> Vec<[String; 3]> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(page)).expect(page);
    text.lines().filter_map(row).collect()
}

#[test]
fn the_table_in_the_readme_is_the_configuration() {
    let command = Config::augment_args(Command::new("redvest"));
    for page in ["README.md", "README.zh-CN.md"] {
        let table = table(page);
        let options: Vec<_> = command.get_arguments().collect();
        assert_eq!(table.len(), options.len(), "{page}");
        for (option, [name, environment, default]) in options.iter().zip(table) {
            assert_eq!(name, format!("`--{}`", option.get_long().expect("a name")), "{page}");
            let known = option.get_env().expect("an environment variable").to_string_lossy();
            assert_eq!(environment, format!("`{known}`"), "{page}");
            // Where there is none, the page says in words what happens.
            if let [value] = option.get_default_values() {
                assert_eq!(default, format!("`{}`", value.to_string_lossy()), "{page}: {name}");
            }
        }
    }
}
