//! # The demo county
//!
//! Pingyang's real tree (see `SOURCES.md`), with places, teams and people that
//! are synthetic and say so. [`load()`] puts it into an empty database once;
//! [`play()`] takes one order through the real HTTP API from placement to close;
//! [`Manifest`] tells a front-end developer who can sign in as what.

pub mod county;
mod load;
mod manifest;
mod play;

pub use load::{Loaded, load};
pub use manifest::{Manifest, MenuEntry, RoleEntry, SignIn};
pub use play::play;

/// The one-time code that signs in every phone of the demo.
pub const CODE: &str = "246810";
