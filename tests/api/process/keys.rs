//! `redvest keys`, while it serves and while it does not.

use std::process::{Command, Output};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::StatusCode;
use serde_json::Value;

use super::Process;
use crate::support::Engine;
use crate::support::app::MASTER_KEY;
use crate::support::databases::Database;

fn keys(database: &Database, command: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_redvest"))
        .args(["keys", command, "--database-url", database.url()])
        .env("REDVEST_MASTER_KEY", MASTER_KEY)
        .output()
        .expect("the program runs")
}

/// The lines of what a command that succeeded has said.
#[track_caller]
fn said(output: &Output) -> Vec<String> {
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
}

fn key_of(token: &str) -> String {
    let header = token.split('.').next().expect("a header");
    let header = URL_SAFE_NO_PAD.decode(header).expect("base64");
    let header: Value = serde_json::from_slice(&header).expect("JSON");
    header["kid"].as_str().expect("the id of a key").to_owned()
}

/// Both instances sign with the new key without being started anew, and nobody is signed out.
#[actix_web::test]
async fn the_keys_are_rotated_by_command_while_two_instances_serve() {
    let database = Database::fresh(Engine::Postgres).await;
    let (first, second) = (Process::start(database.url()), Process::start(database.url()));
    let token = first.sign_in().await;
    let before = said(&keys(&database, "list"));
    assert!(before[0].starts_with("current") && before[0].contains(&key_of(&token)), "{before:?}");
    let after = said(&keys(&database, "rotate"));
    assert_eq!(after.len(), 3, "{after:?}");
    assert!(after[2].starts_with("previous") && after[2].contains(&key_of(&token)), "{after:?}");
    for process in [&first, &second] {
        let mut fresh = process.sign_in().await;
        for _ in 0..100 {
            if after[0].contains(&key_of(&fresh)) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
            fresh = process.sign_in().await;
        }
        assert!(after[0].contains(&key_of(&fresh)), "{after:?}");
        for process in [&first, &second] {
            assert_eq!(process.get("/api/v1/me", &token).await.0, StatusCode::OK);
            assert_eq!(process.get("/api/v1/me", &fresh).await.0, StatusCode::OK);
        }
    }
}

#[actix_web::test]
async fn a_file_that_is_served_has_its_keys_rotated_by_its_process() {
    let database = Database::fresh(Engine::Sqlite).await;
    let mut process = Process::start(database.url());
    let token = process.sign_in().await;
    for command in ["list", "rotate"] {
        let refused = keys(&database, command);
        assert!(!refused.status.success());
        let words = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(words.contains("POST /api/v1/signing-keys/rotate"), "{words}");
    }
    assert_eq!(process.terminate(), Some(0));
    assert_eq!(said(&keys(&database, "list")).len(), 2);
    assert_eq!(said(&keys(&database, "rotate")).len(), 3);
    let again = Process::start(database.url());
    assert_eq!(again.get("/api/v1/me", &token).await.0, StatusCode::OK);
    assert_ne!(key_of(&again.sign_in().await), key_of(&token));
}
