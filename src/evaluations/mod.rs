//! # Evaluations 评单
//!
//! What the resident says of the service that was brought: solved or not, one to
//! five, and how punctual, friendly and skilled it was. He says it himself, or a
//! clerk calls him back and writes it down. "Solved" leads to the close of the
//! demand; "not solved" begins it anew, with a new clock; silence closes it after
//! a while and is marked as silence (`demands`).

mod contract;
mod domain;
mod policy;
mod routes;
mod store;

pub use contract::{EvaluationPage, EvaluationView};
pub use domain::Evaluation;
pub use policy::ACTIONS;
pub use routes::configure;
pub use store::{STATEMENTS, erase_words, written_by};
