//! # What is outside
//!
//! WeChat, a sender of text messages: whoever is asked over the network and is not ours.
//! They are slow, wrong or gone at times, and none of that may spread to us. A [`Peer`] is
//! waited for a bounded time, and no more than a bounded answer of it is read; a redirect is
//! not followed; whoever has failed several times in a row is left alone for a while
//! ([`breaker`]). What fails is answered as 503 with the seconds to wait, under a code that
//! says who it was.
//!
//! Nothing is asked twice by itself: a code is good once, a message costs money. Only what
//! changes nothing may be asked again, and whoever asks says so ([`Peer::ask_again`]).
//!
//! Of a request nothing is logged but its fault: an address may hold secrets in its query.

mod breaker;
mod peer;
mod secret;
mod signing;

pub use peer::{Answer, Fault, Patience, Peer};
pub use secret::Secret;
pub use signing::SigningKey;
