//! # Partners
//!
//! Another system that reads here: an app, a registry, another platform. An
//! administrator registers it at a node of the tree and says who answers for it, what
//! for, until when and how fast; it sees that node and everything below it, and of
//! that only what its scopes name ([`Scope`]).
//!
//! ```text
//! register ──▶ active ──suspend──▶ suspended        ended
//!                │ ▲───resume────────┘ │              ▲
//!                └───────────end───────┴──────────────┘   and by itself at `expiresAt`
//! ```
//!
//! The secret has 256 random bits and is shown once, in the answer that made it. What
//! is stored is its SHA-256: a slow hash makes guessing dear where people choose what
//! is to be guessed, and here there is nothing to guess; it would only give strangers
//! work to do for us. A renewed secret ends the one before at once. The tokens got
//! with that one live on for their ten minutes, time enough to put the new one in its
//! place; where a secret has leaked, suspending ends everything at once.
//!
//! The better way is a key of its own ([`assertions`], [`keys`]): what it shows then is good
//! once, and nobody here knows anything by which he could pass for it.
//!
//! With either it fetches a token by OAuth 2.0 client credentials ([`oauth`]). The
//! token names the partner, and what that means is looked up with every request: who
//! was suspended a moment ago is refused now.
//!
//! No scope tells of persons. One that did would do so by the consent of each of them
//! (`access/consents`), or by the provision of law that the administrator has written down
//! at the registration (`statutoryBasis`; 网络数据安全管理条例 article 19).

mod assertions;
mod contract;
mod domain;
mod granting;
mod keys;
mod oauth;
mod policy;
mod rates;
mod routes;
mod store;

pub use domain::Scope;
pub use policy::ACTIONS;
pub use rates::Rates;
pub use routes::{configure, configure_at_the_root};
pub use store::{Known, STATEMENTS, find, forget_lapsed, has_lapsed, who_is};
