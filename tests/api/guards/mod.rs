//! What no single story shows, and what must hold for all of them.

mod anonymous;
mod budget;
mod configuration;
mod examples;
mod lists;
mod operations;
mod problems;
mod published;
pub mod rights;
mod scopes;
mod statements;
mod values;
