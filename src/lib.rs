//! # redvest 红马甲
//!
//! The backend of a county's volunteer service, as one Rust program with a
//! published contract: residents order help, stations dispatch it, volunteers
//! bring it, residents judge it, the order is closed.
//!
//! ## The flow of a request
//!
//! bearer (who) → routes (what) → permit (may they: 404 or 403, decided once) →
//! domain (can it happen now: pure, next state or a refusal that says why) → store
//! (compare-and-set) → journal row, same transaction → commit → contract (the next
//! state *and the commands this caller may give next*). Jobs enter at *domain*.
//!
//! ## Who may import whom
//!
//! `main → commands → app → nouns → access → platform`; [`ids`] and [`problem`] for
//! all. Nouns know only those to their left: [`organizations`] ← `volunteers` ←
//! `demands` ← `dispatches` ← `evaluations` ← `notifications` ← `people`. A noun is reached only
//! through its `mod.rs`. `tests/architecture.rs` reads the `use` lines and holds this true.
//!
//! ## How to add
//!
//! - *an operation*: contract type in `contract.rs`, action in `policy.rs`, handler
//!   of five to ten lines in `routes.rs` and in its `configure`; then
//!   `cargo run -- openapi > openapi/openapi.json`.
//! - *a transition*: one line in the state table of `domain.rs`, its refusal, its fact.
//! - *a fact*: one line in `notifications/domain/concerned.rs`, which says who is told. It
//!   stands in the audit by itself; what it changes of a setting, it says before and after.
//! - *a statement*: a named constant in `store.rs`; `$1…$n` on both engines.
//! - *what is personal of somebody*: sealed in `store.rs` by [`platform::vault`], never
//!   looked up but by a blind index; say at the table why it is sealed, or why not.
//! - *what a partner may read*: a scope in `access/partners/domain.rs`, `SCOPE` on the
//!   action and `security` at the operation; say there what is told of people: nothing.
//! - *a job*: implement [`platform::jobs::Job`] and name it in [`app`].

pub mod access;
pub mod app;
pub mod commands;
pub mod demands;
pub mod demo;
pub mod dispatches;
pub mod evaluations;
pub mod ids;
pub mod notifications;
pub mod organizations;
pub mod people;
pub mod platform;
pub mod problem;
pub mod volunteers;
