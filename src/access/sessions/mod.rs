//! # Sign-ins
//!
//! A person may be signed in on several devices at once. Each sign-in is a row with
//! the digest of its refresh token, which is exchanged for the next one; it lapses when
//! nobody refreshes it for long, and ends after its time however often it is used
//! ([`domain::Lifetime`]). Its holder sees those that stand, and ends one or all others:
//! an ended one is refused with the next request.

mod contract;
mod domain;
mod opening;
mod policy;
mod routes;
mod store;

pub use contract::{SessionPage, SessionView};
pub use domain::{SignIn, SignInMethod, ended_by};
pub use opening::{Opened, go_on, open};
pub use policy::ACTIONS;
pub use routes::configure;
pub use store::{STATEMENTS, find, forget_over, has_over, list_standing, revoke, revoke_others};
