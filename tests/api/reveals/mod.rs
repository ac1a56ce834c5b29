//! Seeing whole what is masked: for a purpose, for minutes, by one person; and who may read
//! afterwards that somebody looked.

mod access_log;
mod lasting;
mod minors;
mod volunteers;

use serde_json::Value;

use crate::support::client::Client;
use crate::support::practice::{Order, purpose, text};

/// The address of the reveal that this answer tells of, or of something under it.
fn path(revealed: &Value, rest: &str) -> String {
    format!("/reveals/{}{rest}", text(&revealed["revealId"]))
}

/// A look at whom to call about an order.
async fn reveal(client: &Client, order: &Order) -> Value {
    client.post(order.path("/reveal-contact"), purpose()).await.ok()
}

/// What somebody finds in his access log, the latest first.
async fn log_of(client: &Client) -> Vec<Value> {
    client.get("/me/access-log").await.items()
}
