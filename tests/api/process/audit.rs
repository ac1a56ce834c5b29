//! `redvest audit verify`, beside a process that serves.

use std::process::{Command, Output};
use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection, SqliteConnection};

use super::{Process, count, leases_end};
use crate::support::app::MASTER_KEY;
use crate::support::databases::{Database, Engine};

fn audit(database: &Database, command: &str, more: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_redvest"))
        .args(["audit", command, "--database-url", database.url()])
        .args(more)
        .env("REDVEST_MASTER_KEY", MASTER_KEY)
        .output()
        .expect("the program runs")
}

fn verify(database: &Database, more: &[&str]) -> Output {
    audit(database, "verify", more)
}

/// Every row of the export.
fn exported(database: &Database) -> Vec<Value> {
    let output = audit(database, "export", &[]);
    assert!(output.status.success(), "{output:?}");
    said(&output).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

async fn everything_is_sealed(database: &Database) {
    for _ in 0..100 {
        let unsealed = "SELECT COUNT(*) FROM journal WHERE sealed_at IS NULL";
        if count(database, unsealed).await == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("rows wait for their seal");
}

async fn tamper(database: &Database, sql: &'static str) {
    if database.url().starts_with("postgres") {
        let mut own = PgConnection::connect(database.url()).await.expect("the cluster");
        sqlx::raw_sql(sql).execute(&mut own).await.expect(sql);
    } else {
        let mut own = SqliteConnection::connect(database.url()).await.expect("the file");
        sqlx::raw_sql(sql).execute(&mut own).await.expect(sql);
    }
}

/// Every one of these processes writes, all end, another goes on, and the chain is whole; until
/// somebody changes a row.
async fn is_verified_while_served(database: Database, processes: Vec<Process>) {
    let token = processes[0].sign_in().await;
    for number in 0..6 {
        let process = &processes[number % processes.len()];
        let body = json!({ "kind": "center", "name": format!("{number} 县") });
        let created = process.post("/organizations", &token, &number.to_string(), &body).await;
        let (status, answer) = created.expect("an answer");
        assert_eq!(status, StatusCode::CREATED, "{answer}");
    }
    everything_is_sealed(&database).await;
    let whole = verify(&database, &[]);
    assert!(whole.status.success(), "{whole:?}");
    let head = said(&whole);
    let head = head.lines().find_map(|line| line.strip_prefix("head: ")).expect("the head");
    assert!(verify(&database, &["--expect", head]).status.success());
    assert_eq!(verify(&database, &["--expect", "another"]).status.code(), Some(1));

    let rows = exported(&database);
    let numbers: Vec<i64> = rows.iter().filter_map(|row| row["sequence"].as_i64()).collect();
    let sealed = count(&database, "SELECT COUNT(*) FROM seals").await;
    assert_eq!(numbers, (1..=sealed).collect::<Vec<i64>>());
    assert_eq!(rows.last().map(|row| &row["link"]), Some(&json!(head)));

    drop(processes);
    leases_end(&database).await;
    let again = Process::start(database.url());
    again.sign_in().await;
    everything_is_sealed(&database).await;
    assert!(verify(&database, &["--expect", head]).status.success(), "it goes on");

    let change = "UPDATE journal SET reason = 'x' \
                   WHERE entry_id = (SELECT entry_id FROM seals WHERE sequence = 2)";
    tamper(&database, change).await;
    let changed = verify(&database, &[]);
    assert_eq!(changed.status.code(), Some(1));
    assert!(said(&changed).contains("changed, sequence 2, row "), "{changed:?}");
    assert!(said(&changed).ends_with("rows with something wrong: 1\n"), "{changed:?}");
    drop(again);
}

mod sqlite {
    use super::*;

    #[actix_web::test]
    async fn the_audit_is_verified_while_it_is_served() {
        let database = Database::fresh(Engine::Sqlite).await;
        let process = Process::start(database.url());
        is_verified_while_served(database, vec![process]).await;
    }

    #[actix_web::test]
    async fn the_audit_is_verified_when_nobody_serves_it() {
        let database = Database::fresh(Engine::Sqlite).await;
        let mut process = Process::start(database.url());
        process.sign_in().await;
        everything_is_sealed(&database).await;
        assert_eq!(process.terminate(), Some(0));
        let whole = verify(&database, &[]);
        assert!(whole.status.success(), "{whole:?}");
        assert!(!said(&whole).contains("rows sealed: 0"), "{whole:?}");
    }
}

mod postgres {
    use super::*;

    /// Two processes seal one after the other, whichever has the lease: it is one chain.
    #[actix_web::test]
    async fn the_audit_of_two_processes_is_one_chain() {
        let database = Database::fresh(Engine::Postgres).await;
        let processes = vec![Process::start(database.url()), Process::start(database.url())];
        is_verified_while_served(database, processes).await;
    }
}
