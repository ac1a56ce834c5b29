//! The three state machines as tables, for somebody to look at when they change.

use std::fmt::Write as _;

use redvest::demands::{State, Step};
use redvest::dispatches::assignments::{Act, AssignmentState};
use redvest::dispatches::{DispatchState, Move};

use crate::support::golden::assert_golden;

/// One line per state: what can happen there, and what comes of it.
fn table<S: Copy, T: Copy + std::fmt::Debug>(
    states: &[S],
    steps: &[T],
    name: impl Fn(S) -> &'static str,
    after: impl Fn(S, T) -> Option<S>,
) -> String {
    let mut text = String::new();
    for state in states {
        writeln!(text, "{}", name(*state)).unwrap();
        let possible = steps.iter().filter_map(|step| Some((step, after(*state, *step)?)));
        for (step, next) in possible {
            writeln!(text, "    {:<9} {}", format!("{step:?}"), name(next)).unwrap();
        }
    }
    text
}

#[test]
fn the_life_of_a_demand() {
    let text = table(State::ALL, Step::ALL, State::as_str, State::after);
    assert_golden("states-of-demands.txt", &text);
}

#[test]
fn the_life_of_a_dispatch() {
    let text = table(DispatchState::ALL, Move::ALL, DispatchState::as_str, DispatchState::after);
    assert_golden("states-of-dispatches.txt", &text);
}

#[test]
fn the_life_of_an_assignment() {
    let text =
        table(AssignmentState::ALL, Act::ALL, AssignmentState::as_str, AssignmentState::after);
    assert_golden("states-of-assignments.txt", &text);
}
