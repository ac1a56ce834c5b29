//! Every test of redvest, in one binary.
//!
//! *Stories* tell what people do and what they are answered; each runs on SQLite and on
//! PostgreSQL, by name. *Guards* hold true what no single story shows: the published contract, the
//! refusal of anonymous callers, the SQL texts, the catalogue of problems, the shape of the house.
//! *Attacks* are tried by name, along the OWASP API Security Top 10.
//! `support` is what stories are written with, and says how to write one.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]
#![expect(
    clippy::needless_pass_by_value,
    reason = "a body is written where it is sent, and handed over"
)]

mod contract;
#[macro_use]
mod support;

#[path = "../architecture.rs"]
mod architecture;
mod guards;

mod access;
mod assignments;
mod attacks;
mod audit;
mod bad_input;
mod browsers;
mod catalog;
mod clocks;
mod concurrency;
mod costs;
mod demands;
mod dispatches;
mod evaluations;
mod idempotency;
mod instants;
mod journey_pingyang;
mod keys;
mod limits;
mod lists;
mod names;
mod notifications;
mod organizations;
mod outside;
mod people;
mod privacy;
mod process;
mod reveals;
mod volunteers;
