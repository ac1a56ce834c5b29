//! The normal form of schemas: what they admit, not how they are written.

use super::place::Place;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The keywords that hold a schema for what has no name of its own.
pub const NESTED: [&str; 2] = ["items", "additionalProperties"];

/// The normal form of a schema.
pub struct Alternatives<'a> {
    /// Whether `null` is among the types that the schema names.
    pub names_null: bool,
    /// What the schema admits beside `null`.
    pub shapes: Vec<Shape<'a>>,
}

impl<'a> Alternatives<'a> {
    pub fn of(schema: &Place<'a>) -> Self {
        let mut names_null = false;
        let mut shapes = shapes(schema, &mut Vec::new());
        for types in shapes.iter_mut().filter_map(|shape| shape.types.as_mut()) {
            names_null |= types.remove("null");
        }
        shapes.retain(|shape| shape.types.as_ref().is_none_or(|types| !types.is_empty()));
        Self { names_null, shapes }
    }

    pub fn admits_null(&self) -> bool {
        self.names_null || self.shapes.iter().any(|shape| shape.types.is_none())
    }
}

/// What a schema admits, apart from alternatives.
#[derive(Clone, Default)]
pub struct Shape<'a> {
    pub pointer: String,
    /// `None` admits every type.
    pub types: Option<BTreeSet<&'a str>>,
    /// The only values that are admitted, where they are listed.
    pub values: Option<Vec<&'a Value>>,
    keywords: BTreeMap<&'a str, &'a Value>,
    pub required: BTreeSet<&'a str>,
    pub properties: BTreeMap<&'a str, Place<'a>>,
    /// The schemas of array items and of further properties.
    pub nested: BTreeMap<&'static str, Place<'a>>,
    /// Whether properties that are not listed are refused.
    pub closed: bool,
}

impl<'a> Shape<'a> {
    /// What the keywords of this very place say.
    fn of(schema: &Place<'a>) -> Self {
        Self {
            pointer: schema.pointer.clone(),
            types: types(schema),
            values: values(schema),
            keywords: keywords(schema),
            required: schema.texts("required"),
            properties: schema.members("properties").into_iter().collect(),
            nested: NESTED
                .into_iter()
                .filter_map(|keyword| Some((keyword, schema.member(keyword)?)))
                .filter(|(_keyword, nested)| nested.value.is_object())
                .collect(),
            closed: ["additionalProperties", "unevaluatedProperties"]
                .iter()
                .any(|keyword| schema.value[keyword] == false),
        }
    }

    /// What admits only what both admit. Where both say something that cannot be combined, the
    /// first counts.
    fn and(&self, other: &Self) -> Self {
        let mut both = self.clone();
        both.types = match (&self.types, &other.types) {
            (Some(left), Some(right)) => Some(left & right),
            (left, right) => left.clone().or_else(|| right.clone()),
        };
        both.values = self.values.clone().or_else(|| other.values.clone());
        both.required.extend(&other.required);
        both.closed |= other.closed;
        for (key, value) in &other.keywords {
            both.keywords.entry(key).or_insert(value);
        }
        for (key, place) in &other.properties {
            both.properties.entry(key).or_insert_with(|| place.clone());
        }
        for (key, place) in &other.nested {
            both.nested.entry(key).or_insert_with(|| place.clone());
        }
        both
    }

    pub fn keyword(&self, name: &str) -> Option<&'a Value> {
        self.keywords.get(name).copied()
    }

    pub fn number(&self, name: &str) -> Option<f64> {
        self.keyword(name)?.as_f64()
    }

    /// The one among these that means the same alternative: the same place, or the same tag.
    pub fn namesake<'s>(&self, others: &'s [Self]) -> Option<&'s Self> {
        let tag = self.tag();
        others.iter().find(|other| {
            let same_component =
                self.pointer.starts_with("#/components/") && self.pointer == other.pointer;
            same_component || (!tag.is_empty() && tag == other.tag())
        })
    }

    /// The properties that can have only one value.
    fn tag(&self) -> BTreeMap<&'a str, &'a Value> {
        let properties = self.properties.iter();
        properties
            .filter_map(|(name, place)| match values(place)?.as_slice() {
                [value] => Some((*name, *value)),
                _ => None,
            })
            .collect()
    }
}

/// The alternatives that a schema admits, `null` among them. `trail` holds the schemas on the way to
/// this one, because a schema that is a part of itself says nothing more.
fn shapes<'a>(schema: &Place<'a>, trail: &mut Vec<String>) -> Vec<Shape<'a>> {
    if trail.contains(&schema.pointer) {
        return vec![Shape::default()];
    }
    trail.push(schema.pointer.clone());
    let mut found = vec![Shape::of(schema)];
    for part in schema.target().into_iter().chain(schema.elements("allOf")) {
        let parts = shapes(&part, trail);
        found = combinations(&found, &parts);
    }
    for keyword in ["oneOf", "anyOf"] {
        let alternatives: Vec<Shape> = schema
            .elements(keyword)
            .iter()
            .flat_map(|alternative| shapes(alternative, trail))
            .collect();
        if !alternatives.is_empty() {
            found = combinations(&alternatives, &found);
        }
    }
    trail.pop();
    found
}

/// Each of the first together with each of the second.
fn combinations<'a>(left: &[Shape<'a>], right: &[Shape<'a>]) -> Vec<Shape<'a>> {
    left.iter().flat_map(|left| right.iter().map(move |right| left.and(right))).collect()
}

fn types<'a>(schema: &Place<'a>) -> Option<BTreeSet<&'a str>> {
    match schema.value.get("type")? {
        Value::String(name) => Some(BTreeSet::from([name.as_str()])),
        Value::Array(_) => Some(schema.texts("type")),
        _ => None,
    }
}

fn values<'a>(schema: &Place<'a>) -> Option<Vec<&'a Value>> {
    match schema.value.get("const") {
        Some(value) => Some(vec![value]),
        None => Some(schema.value.get("enum")?.as_array()?.iter().collect()),
    }
}

fn keywords<'a>(schema: &Place<'a>) -> BTreeMap<&'a str, &'a Value> {
    let object = schema.value.as_object();
    let entries = object.into_iter().flatten();
    entries.map(|(key, value)| (key.as_str(), value)).collect()
}
