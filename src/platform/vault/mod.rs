//! # The vault
//!
//! Personal data is sealed before it reaches SQL, value by value, and opened when a row
//! becomes the noun again: whoever gets hold of the file, a dump, a backup or the log finds
//! ciphertext. What is sealed is said where the tables are made, and why.
//!
//! - *The master key* (256 bits) is the operator's: [`MasterKeySource`] says where it comes
//!   from. It lies beside the database, never in it, and is never printed.
//! - *The data keys* lie in the database, wrapped by the master key. [`unlock`] makes them at
//!   the very first start, and unwraps them at every later one. With another master key, or
//!   with none where there was one, a process refuses to start, and changes nothing.
//! - *The keyring* is what is unwrapped: a [`Keyring`] seals and opens, and comes with every
//!   transaction.
//!
//! A [`Sealed`] value is a text, the same on both engines: the letter of the cipher, the
//! number of the data key, and nonce, ciphertext and tag in base64. It is bound to its table,
//! column and row: copied to another place it does not open. What does not open is a fault
//! that names the place, never garbage. New keys are of AES-256-GCM, or of SM4-GCM 国密 where
//! the operator says so ([`Suite`]); what the other has sealed still opens.
//!
//! Where a value is looked up, and not only shown, a [`BlindIndex`] lies beside it: a keyed
//! digest, the same for the same value of the same column, which only the keyring can make.
//!
//! A nonce is 96 random bits, so one data key seals some four billion values safely: a county
//! needs centuries for that. It can be changed all the same, while everything runs: see
//! [`rotate`].

mod holder;
mod keyring;
mod master;
mod opening;
mod rotation;
mod sealed;
mod store;
mod suite;

pub use holder::Vault;
pub use keyring::Keyring;
pub use master::{MASTER_KEY_VARIABLE, MasterKeySource, Secret};
pub use opening::{UnlockError, unlock};
pub use rotation::{SealedColumn, Step, next_step, rotate, take_step};
pub(crate) use rotation::{page_of, replace_in, sealed_columns};
pub use sealed::{BlindIndex, Field, Sealed, row_named};
pub use store::STATEMENTS;
pub use suite::Suite;
