//! # Grants
//!
//! A grant 授权 is a role at a node of the tree, valid for it and everything below, from a
//! time and perhaps until one. Whoever administers the node gives it and takes it away.
//!
//! For leave, its holder lets a colleague stand in: that is a grant of its own, which says
//! where it comes from and for whom, begins at most 90 days ahead, lasts 90 days at most, and
//! ends with its source. Times that follow each other in less than a day are one: nobody stands
//! in for ever, 90 days at a time. What somebody could only do because he stands in for another
//! is written down as that.

mod contract;
mod domain;
mod policy;
mod routes;
mod store;

pub use contract::{GrantView, NewGrant};
pub use domain::Grant;
pub use policy::{ACTIONS, RightsAt};
pub use routes::configure;
pub use store::{STATEMENTS, insert};
