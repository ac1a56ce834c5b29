//! Volunteers and the teams they are in.

mod registration;
mod teams;
