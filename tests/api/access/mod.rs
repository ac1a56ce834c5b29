//! Who is asking, and may they.

mod grants;
mod identities;
mod lockout;
mod own_password;
mod sessions;
mod signing_in;
mod tokens;
