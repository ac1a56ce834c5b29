//! How the engines would run the hot statements with the data as they are.

use crate::county::County;
use crate::floor::hot_statements;
use crate::order::Order;
use crate::store::{Isolation, Store, Text};

/// Prints the plan of every hot statement.
pub async fn print(store: &Store, order: &Order, county: &County) {
    println!("\nPlans, with the values of one past order");
    for (name, text, values) in hot_statements(order, county) {
        println!("\n{name}");
        // Nothing that the statement would change is kept.
        let mut session = store.begin(Isolation::ReadCommitted).await.unwrap();
        let lines: Vec<String> = match store {
            Store::Sqlite { .. } => {
                let text = Text::written(&format!("EXPLAIN QUERY PLAN {}", text.as_str()));
                let rows: Vec<(i64, i64, i64, String)> =
                    session.rows(&text, &values).await.unwrap();
                rows.into_iter().map(|(_, _, _, line)| line).collect()
            }
            Store::Postgres(_) => {
                let text = Text::written(&format!("EXPLAIN (ANALYZE, BUFFERS) {}", text.as_str()));
                let rows: Vec<(String,)> = session.rows(&text, &values).await.unwrap();
                rows.into_iter().map(|(line,)| line).collect()
            }
        };
        for line in lines {
            println!("    {line}");
        }
    }
}
