//! To whom an order is handed, and what comes of it.

mod calls;
mod candidates;
mod next;
mod offers;
mod open;
