//! The audit: everything has its row, a chain seals them all, and whoever spoils it is found.

mod reading;
mod rights;
mod rows;
mod sealing;
mod verifying;

use serde_json::Value;

use crate::support::TestApp;
use crate::support::client::Client;

/// All rows of one name that are in the audit by now, the latest first.
async fn named(app: &TestApp, auditor: &Client, name: &str) -> Vec<Value> {
    app.run_due_jobs().await;
    auditor.get(format!("/audit?limit=100&name={name}")).await.items()
}

/// The latest row of this name.
async fn latest(app: &TestApp, auditor: &Client, name: &str) -> Value {
    let rows = named(app, auditor, name).await;
    rows.into_iter().next().unwrap_or_else(|| panic!("no row {name}"))
}
