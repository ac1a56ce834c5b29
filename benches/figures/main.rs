//! The figures: written in their own issue of work.
fn main() {}
