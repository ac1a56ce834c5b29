//! Who is asking, and may they.

mod grants;
mod signing_in;
mod tokens;
