//! # The demo county
//!
//! Pingyang's real tree with synthetic places, teams and people.

pub mod county;
