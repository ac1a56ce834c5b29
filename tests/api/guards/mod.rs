//! What no single story shows, and what must hold for all of them.

mod anonymous;
mod operations;
mod problems;
mod published;
mod statements;
