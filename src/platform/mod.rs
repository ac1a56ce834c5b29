//! # Platform
//!
//! Plumbing that knows no noun of volunteer service: time, the database, HTTP,
//! the journal, jobs, the contract, places and calendars, the sealing of personal data, and
//! whoever is outside.

pub mod calendar;
pub mod clock;
pub mod config;
pub mod contract;
pub mod crypto;
pub mod db;
pub mod geography;
pub mod http;
pub mod jobs;
pub mod journal;
pub mod outside;
pub mod public_url;
pub mod reference;
pub mod values;
pub mod vault;
