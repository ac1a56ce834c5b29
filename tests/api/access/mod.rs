//! Who is asking, and may they.

mod grants;
mod identities;
mod oauth;
mod partner_requests;
mod partners;
mod signing_in;
mod tokens;
