//! Who is asking, and may they.

mod grants;
mod identities;
mod lockout;
mod oauth;
mod own_password;
mod partner_requests;
mod partners;
mod second_factor;
mod sessions;
mod signing_in;
mod tokens;
