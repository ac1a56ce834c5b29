//! Deadlines: where they come from, what follows when they pass, and that each follows once.

mod audit;
mod escalations;
mod rules;
mod sweeps;
