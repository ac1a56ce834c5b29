//! # A desk 在办点单
//!
//! What one organization has on its hands, in the order in which it is due. The list is
//! a range of the open work (`desk_at`, which every change of a demand reckons anew), so
//! it may be narrowed by anything and costs nothing of the history.

mod contract;
mod routes;
mod store;

pub use routes::configure;
pub use store::STATEMENTS;
