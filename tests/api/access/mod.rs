//! Who is asking, and may they.

mod client_assertions;
mod delegation;
mod duties;
mod grants;
mod identities;
mod lockout;
mod metadata;
mod oauth;
mod own_password;
mod partner_keys;
mod partner_requests;
mod partners;
mod second_factor;
mod sessions;
mod signing_in;
mod signing_keys;
mod token_attacks;
mod tokens;
mod unused_grants;
