//! The tree: what it is made of, how it changes, how it is read, and the rules that hang on it.

mod import;
mod lists;
mod nearest;
mod rights;
mod rules;
mod tree;
