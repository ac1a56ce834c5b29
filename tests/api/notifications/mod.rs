//! Those concerned are told.

mod asking;
mod calls;
mod reading;
mod stories;
mod table;
mod telling;

use serde_json::Value;

use crate::support::client::Client;
use crate::support::practice::{Order, text};

/// Everything that somebody was told, in order.
async fn notices(of: &Client) -> Vec<Value> {
    of.get("/me/notices?order=earliest_first&limit=100").await.items()
}

/// What somebody was told of an order, in order.
async fn told(of: &Client, order: &Order) -> Vec<Value> {
    let all = notices(of).await.into_iter();
    all.filter(|notice| notice["demandId"] == order.id.as_str()).collect()
}

/// The same by its names.
async fn kinds(of: &Client, order: &Order) -> Vec<String> {
    told(of, order).await.iter().map(|notice| text(&notice["kind"])).collect()
}
