//! The rules for two schemas in their normal form.

use super::place::Place;
use super::shape::{Alternatives, NESTED, Shape};
use super::{Comparison, Direction, listed};
use std::collections::BTreeSet;

/// What a request may not have more of, with the bound that holds where none is written.
const LOWER_BOUNDS: [(&str, f64); 5] = [
    ("minLength", 0.0),
    ("minItems", 0.0),
    ("minProperties", 0.0),
    ("minimum", f64::NEG_INFINITY),
    ("exclusiveMinimum", f64::NEG_INFINITY),
];

const UPPER_BOUNDS: [&str; 5] =
    ["maxLength", "maxItems", "maxProperties", "maximum", "exclusiveMaximum"];

/// Constraints that cannot be ordered: a request may lose one, but not get one or get another.
const EXACT_CONSTRAINTS: [&str; 3] = ["pattern", "multipleOf", "uniqueItems"];

impl Comparison {
    pub fn schemas(&mut self, direction: Direction, published: &Place, current: &Place) {
        let pair = (direction, published.pointer.clone(), current.pointer.clone());
        if !self.visited.insert(pair) {
            return;
        }
        let (old, new) = (Alternatives::of(published), Alternatives::of(current));
        let place = format!("{} ({})", published.pointer, direction.name());
        match direction {
            Direction::Request if old.names_null && !new.admits_null() => {
                self.report(&place, "null is no longer accepted");
            }
            Direction::Response if new.names_null && !old.admits_null() => {
                self.report(&place, "it became nullable");
            }
            _ => {}
        }
        match (old.shapes.as_slice(), new.shapes.as_slice()) {
            ([old], [new]) => self.shapes(direction, old, new),
            (old, new) => self.alternatives(direction, old, new),
        }
    }

    /// What is sent must find a place in what is expected: the published requests among the current
    /// ones, the current responses among the published ones.
    fn alternatives(&mut self, direction: Direction, published: &[Shape], current: &[Shape]) {
        let (sent, expected, complaint) = match direction {
            Direction::Request => (published, current, "this alternative is no longer accepted"),
            Direction::Response => (current, published, "this alternative is new to the clients"),
        };
        for shape in sent {
            if let Some(partner) = shape.namesake(expected) {
                self.pair(direction, shape, partner);
            } else if !expected.iter().any(|candidate| self.fits(direction, shape, candidate)) {
                let place = format!("{} ({})", shape.pointer, direction.name());
                self.report(&place, complaint);
            }
        }
    }

    fn fits(&self, direction: Direction, sent: &Shape, expected: &Shape) -> bool {
        let mut trial = Self { findings: Vec::new(), visited: self.visited.clone() };
        trial.pair(direction, sent, expected);
        trial.findings.is_empty()
    }

    fn pair(&mut self, direction: Direction, sent: &Shape, expected: &Shape) {
        match direction {
            Direction::Request => self.shapes(direction, sent, expected),
            Direction::Response => self.shapes(direction, expected, sent),
        }
    }

    fn shapes(&mut self, direction: Direction, published: &Shape, current: &Shape) {
        let place = format!("{} ({})", published.pointer, direction.name());
        match direction {
            Direction::Request => self.narrower_request(&place, published, current),
            Direction::Response => self.weaker_response(&place, published, current),
        }
        for (name, old) in &published.properties {
            match current.properties.get(name) {
                Some(new) => self.schemas(direction, old, new),
                None if direction == Direction::Response || current.closed => {
                    self.report(&place, format!("the property {name} was removed"));
                }
                None => {}
            }
        }
        self.nested(direction, &place, published, current);
    }

    /// The schemas of array items and of further properties. One that is new narrows a request,
    /// unless it opens what was closed; one that is gone weakens a response.
    fn nested(&mut self, direction: Direction, place: &str, published: &Shape, current: &Shape) {
        for keyword in NESTED {
            match (published.nested.get(keyword), current.nested.get(keyword)) {
                (Some(old), Some(new)) => self.schemas(direction, old, new),
                (Some(_), None) if direction == Direction::Response => {
                    self.report(place, format!("{keyword} became unrestricted"));
                }
                (None, Some(_)) if direction == Direction::Request && !published.closed => {
                    self.report(place, format!("{keyword} became restricted"));
                }
                _ => {}
            }
        }
    }

    fn narrower_request(&mut self, place: &str, published: &Shape, current: &Shape) {
        if !covers(current.types.as_ref(), published.types.as_ref()) {
            self.report(place, type_change(published, current));
        }
        let (old, new) = (published.keyword("format"), current.keyword("format"));
        if new.is_some() && old != new {
            self.report(place, format_change(published, current));
        }
        for name in current.required.difference(&published.required) {
            self.report(place, format!("the property {name} is now required"));
        }
        if current.closed && !published.closed {
            self.report(place, "unknown properties are no longer accepted");
        }
        self.narrower_values(place, published, current);
        self.tighter_bounds(place, published, current);
    }

    fn narrower_values(&mut self, place: &str, published: &Shape, current: &Shape) {
        match (&published.values, &current.values) {
            (Some(old), Some(new)) => {
                for value in old.iter().filter(|value| !new.contains(value)) {
                    self.report(place, format!("the value {value} is no longer accepted"));
                }
            }
            (None, Some(_)) => self.report(place, "only listed values are accepted now"),
            (_, None) => {}
        }
    }

    fn tighter_bounds(&mut self, place: &str, published: &Shape, current: &Shape) {
        for (keyword, unbounded) in LOWER_BOUNDS {
            let old = published.number(keyword).unwrap_or(unbounded);
            let new = current.number(keyword).unwrap_or(unbounded);
            if new > old {
                self.report(place, format!("{keyword} rose from {old} to {new}"));
            }
        }
        for keyword in UPPER_BOUNDS {
            let old = published.number(keyword).unwrap_or(f64::INFINITY);
            let new = current.number(keyword).unwrap_or(f64::INFINITY);
            if new < old {
                self.report(place, format!("{keyword} fell from {old} to {new}"));
            }
        }
        for keyword in EXACT_CONSTRAINTS {
            let (old, new) = (published.keyword(keyword), current.keyword(keyword));
            if let Some(new) = new.filter(|new| **new != false && old != Some(*new)) {
                self.report(place, format!("{keyword} is now {new}"));
            }
        }
    }

    fn weaker_response(&mut self, place: &str, published: &Shape, current: &Shape) {
        if !covers(published.types.as_ref(), current.types.as_ref()) {
            self.report(place, type_change(published, current));
        }
        let (old, new) = (published.keyword("format"), current.keyword("format"));
        if old.is_some() && old != new {
            self.report(place, format_change(published, current));
        }
        for name in published.required.difference(&current.required) {
            if current.properties.contains_key(name) {
                self.report(place, format!("the property {name} became optional"));
            }
        }
    }
}

/// Whether every type of the second is admitted by the first.
fn covers(wide: Option<&BTreeSet<&str>>, narrow: Option<&BTreeSet<&str>>) -> bool {
    match (wide, narrow) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(wide), Some(narrow)) => narrow
            .iter()
            .all(|name| wide.contains(name) || (*name == "integer" && wide.contains("number"))),
    }
}

fn type_change(published: &Shape, current: &Shape) -> String {
    let name = |shape: &Shape| match &shape.types {
        Some(types) => listed(types),
        None => "any".to_owned(),
    };
    format!("the type changed from {} to {}", name(published), name(current))
}

fn format_change(published: &Shape, current: &Shape) -> String {
    let name = |shape: &Shape| match shape.keyword("format") {
        Some(format) => format.to_string(),
        None => "none".to_owned(),
    };
    format!("the format changed from {} to {}", name(published), name(current))
}
