//! Volunteers and the teams they are in.

mod minors;
mod registration;
mod teams;
