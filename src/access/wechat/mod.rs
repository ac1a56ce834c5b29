//! # WeChat
//!
//! Signing in from a mini-program. It gets a code from `wx.login`, which we exchange for who
//! that is (`jscode2session`): an openid, the person's number in this mini-program, and where
//! the company has several a unionid, his number in all of them. Whoever is bound to an
//! account is signed in. Anybody else is asked for his phone: the button of `getPhoneNumber`
//! gives a second code, WeChat tells the number, and the account of that phone (the one that
//! signing in by text message leads to as well) is bound to him.
//!
//! ```text
//! loginCode ─▶ openid, unionid ─▶ bound? ── yes ─────────────────────────▶ signed in
//!                                   │ no                                      ▲
//!                                   ├─ no phoneCode ─▶ 422 phone_needed       │
//!                                   └─ phoneCode ─▶ phone ─▶ account, bound ──┘
//! ```
//!
//! An account has one WeChat user in each mini-program. When somebody else proves by the
//! phone that the account is his, he takes the place of the one before: numbers change hands.
//!
//! WeChat's `session_key` is good for deciphering what we never ask for. It is not even read.
//!
//! The phone costs money, is told once for a code, and wants a token of the program itself
//! ([`token`]): one for all instances, kept in the database.

mod binding;
mod client;
mod contract;
mod domain;
mod policy;
mod routes;
mod store;
mod token;

pub use binding::unbind;
pub use client::{WeChat, WeChatSettings};
pub use policy::ACTIONS;
pub use routes::configure;
pub use store::STATEMENTS;
