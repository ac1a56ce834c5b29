//! Every list is one range of one index, on either engine: what it costs grows with the page and
//! not with the history.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use redvest::app::STATEMENTS;
use redvest::platform::db::statements::{choices, placeholders, with_choice};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection};

use crate::support::Engine;
use crate::support::databases::Database;
use crate::support::golden::assert_golden;

/// How the part of a list is put into a text.
const PLACES: [&str; 4] = ["< ($2, $3)", "> ($2, $3)", "< ($6, $2, $3)", "> ($6, $2, $3)"];

/// The lists by name, with the column that each is bound to.
fn lists() -> BTreeMap<String, String> {
    let mut lists = BTreeMap::new();
    for (store, statements) in STATEMENTS {
        for (name, sql) in *statements {
            if PLACES.iter().any(|place| sql.contains(place)) {
                for choice in choices(sql) {
                    lists.insert(format!("{store}.{name} by {choice}"), with_choice(sql, choice));
                }
                if choices(sql).is_empty() {
                    lists.insert(format!("{store}.{name}"), (*sql).to_owned());
                }
            }
        }
    }
    lists
}

/// The index that a list runs along, and whether its rows are sorted afterwards.
#[derive(Debug, PartialEq, Eq)]
struct Way {
    index: String,
    sorted: bool,
}

/// Behind a unique column is an index that each engine names by itself.
fn named(index: &str) -> String {
    let by_itself = index.starts_with("sqlite_autoindex") || index.ends_with("_key");
    if by_itself { "(unique)".to_owned() } else { index.to_owned() }
}

async fn way_of_sqlite(connection: &mut SqliteConnection, sql: &str) -> Way {
    let explained = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
    let steps: Vec<(i64, i64, i64, String)> =
        sqlx::query_as(explained).fetch_all(connection).await.expect("a plan");
    let (.., first) = steps.first().expect("a step");
    let named_by = ["USING INDEX ", "USING COVERING INDEX "];
    let index = named_by.iter().find_map(|words| first.split_once(words));
    let index = index.and_then(|(_, rest)| rest.split(' ').next());
    Way {
        index: named(index.unwrap_or_else(|| panic!("no index: {first}\n{sql}"))),
        sorted: steps.iter().any(|(.., step)| step.contains("TEMP B-TREE")),
    }
}

/// As the planner would go if the tables were too long to be looked through or sorted.
async fn way_of_postgres(connection: &mut PgConnection, sql: &str) -> Way {
    let nothing = vec!["NULL"; placeholders(sql)].join(", ");
    for text in [
        format!("PREPARE list AS {sql}"),
        "SET plan_cache_mode = force_generic_plan".to_owned(),
        "SET enable_seqscan = off".to_owned(),
        "SET enable_bitmapscan = off".to_owned(),
        "SET enable_sort = off".to_owned(),
    ] {
        sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut *connection).await.expect("is understood");
    }
    let explained = AssertSqlSafe(format!("EXPLAIN EXECUTE list ({nothing})"));
    let lines: Vec<(String,)> =
        sqlx::raw_sql(explained).fetch_all(&mut *connection).await.map(rows).expect("a plan");
    sqlx::raw_sql("DEALLOCATE list").execute(connection).await.expect("is forgotten");
    let plan = lines.iter().fold(String::new(), |plan, (line,)| plan + line + "\n");
    assert!(!plan.contains("Seq Scan"), "looks through a table: {plan}\n{sql}");
    let first = plan.split_once(" using ").and_then(|(_, rest)| rest.split(' ').next());
    Way {
        index: named(first.unwrap_or_else(|| panic!("no index: {plan}\n{sql}"))),
        sorted: plan.contains("Sort"),
    }
}

fn rows(rows: Vec<sqlx::postgres::PgRow>) -> Vec<(String,)> {
    use sqlx::FromRow as _;
    rows.iter().map(|row| <(String,)>::from_row(row).expect("a line")).collect()
}

#[actix_web::test]
async fn every_list_runs_along_an_index() {
    let (file, database) =
        (Database::fresh(Engine::Sqlite).await, Database::fresh(Engine::Postgres).await);
    let mut sqlite = SqliteConnection::connect(file.url()).await.expect("the file opens");
    let mut postgres = PgConnection::connect(database.url()).await.expect("the cluster answers");
    let mut ways = String::new();
    for (name, sql) in lists() {
        let way = way_of_sqlite(&mut sqlite, &sql).await;
        assert_eq!(way_of_postgres(&mut postgres, &sql).await, way, "{name}");
        let sorted = if way.sorted { ", then sorted" } else { "" };
        writeln!(ways, "{name:<52} {}{sorted}", way.index).expect("writing to a text");
    }
    assert_golden("lists.txt", &ways);
}
