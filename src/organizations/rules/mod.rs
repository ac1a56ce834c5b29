//! # Rules
//!
//! What differs from place to place is data: clocks, matching, attendance, hours,
//! evaluation, ordering, how staff signs in, how long what is personal is kept, and for a whole tree the calendar. A rule is
//! set on an organization and holds for everything below it until something closer says
//! otherwise; it takes effect at a date and is never changed afterwards. Whoever computes a
//! deadline or a figure stores the id of the version that he used, so that the past stays
//! as it was.
//!
//! The calendar (zone, holidays, make-up working days) is set at the root of a tree
//! and only there, so that the same midnight ends the day for everybody in it.

mod domain;

pub use domain::{
    Attendance, CALENDAR, Clocks, EvaluationRule, Hours, Matching, OrderingRule, RetentionRule,
    RevealRule, RightsRule, Rule, RuleValue, Ruling, SignInRule, SpanRule, usual_calendar,
};
