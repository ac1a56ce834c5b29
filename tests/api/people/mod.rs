//! A person and his rights over what is kept of him.

mod deletion;
mod deletion_attacks;
mod export;
mod retention;
mod rights_requests;
