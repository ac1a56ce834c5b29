//! What stories are written with.
//!
//! ```text
//! on_both_engines! {
//!     async fn a_clerk_may_not_rename_his_station(app: TestApp) {
//!         let county = app.county().await;
//!         let clerk = app.staff("clerk", &county.village).await;
//!         let read = clerk.get(county.village.path("")).await;
//!         let renamed = changed(read.clone().ok(), "name", "解放社区新站");
//!         clerk.put(county.village.path(""), renamed, read.etag()).await.refused(Code::Forbidden);
//!     }
//! }
//! ```
//!
//! `app` has a database, a clock and an administrator of its own. People are clients: they call,
//! and what comes back is a [`reply::Reply`] with assertions. Every answer that any client sees is
//! held against the contract. Time stands still until `app.clock.advance(…)`; due work is done by
//! `app.run_due_jobs()`, and once more when the story is over.

pub mod app;
pub mod client;
pub mod cluster;
pub mod county;
pub mod databases;
#[macro_use]
pub mod engines;
pub mod forging;
pub mod golden;
pub mod outside;
pub mod own_key;
pub mod partner;
pub mod practice;
pub mod reply;

pub use app::TestApp;
pub use databases::Engine;
