//! The contract as a thing under test: `compatibility` holds the current document against the
//! published one, `responses` holds every answer that a test sees against the current one, and
//! `operations` lists what there is to call.

pub mod compatibility;
pub mod operations;
pub mod responses;
