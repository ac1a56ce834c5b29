//! Orders: placing them, handling them, finding them again.

mod callers;
mod commands;
mod contact;
mod desk;
mod lists;
mod next;
mod pausing;
mod placing;
mod reasons;
mod refused_orders;
mod sealed;
mod states;
mod wanted;
