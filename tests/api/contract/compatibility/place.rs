//! Finding one's way in a document without losing where one is: every value is held together with
//! the pointer that leads to it, and references are followed on the way.

use serde_json::Value;
use std::collections::BTreeSet;

/// Keywords beside which a `$ref` still is nothing but a reference.
const ANNOTATIONS: [&str; 7] =
    ["summary", "description", "title", "deprecated", "default", "example", "examples"];

/// References that point at references; a longer chain is a circle.
const MAXIMUM_REFERENCES: usize = 16;

/// A value in a document, and the pointer that leads to it.
#[derive(Clone)]
pub struct Place<'a> {
    document: &'a Value,
    pub value: &'a Value,
    pub pointer: String,
}

impl<'a> Place<'a> {
    pub fn root(document: &'a Value) -> Self {
        Self { document, value: document, pointer: "#".to_owned() }
    }

    /// The member of an object or element of an array, with references followed.
    pub fn member(&self, key: &str) -> Option<Self> {
        let segment = key.replace('~', "~0").replace('/', "~1");
        let place = Self {
            document: self.document,
            value: self.value.pointer(&format!("/{segment}"))?,
            pointer: format!("{}/{segment}", self.pointer),
        };
        Some(place.followed())
    }

    /// The members of the object that is the named member of this one.
    pub fn members(&self, name: &str) -> Vec<(&'a str, Self)> {
        let Some(owner) = self.member(name) else {
            return Vec::new();
        };
        let object = owner.value.as_object();
        object
            .into_iter()
            .flatten()
            .filter_map(|(key, _value)| Some((key.as_str(), owner.member(key)?)))
            .collect()
    }

    /// The elements of the array that is the named member of this one.
    pub fn elements(&self, name: &str) -> Vec<Self> {
        let length = self.value[name].as_array().map_or(0, Vec::len);
        let Some(owner) = self.member(name) else {
            return Vec::new();
        };
        (0..length).filter_map(|index| owner.member(&index.to_string())).collect()
    }

    fn followed(self) -> Self {
        let mut place = self;
        for _ in 0..MAXIMUM_REFERENCES {
            if !place.is_sole_reference() {
                break;
            }
            match place.target() {
                Some(target) => place = target,
                None => break,
            }
        }
        place
    }

    fn is_sole_reference(&self) -> bool {
        self.value.as_object().is_some_and(|object| {
            object.keys().all(|key| key == "$ref" || ANNOTATIONS.contains(&key.as_str()))
        })
    }

    /// Where the `$ref` of this place points.
    pub fn target(&self) -> Option<Self> {
        let pointer = self.value.get("$ref")?.as_str()?;
        Some(Self {
            document: self.document,
            value: self.document.pointer(pointer.strip_prefix('#')?)?,
            pointer: pointer.to_owned(),
        })
    }

    pub fn text(&self, key: &str) -> &'a str {
        self.value[key].as_str().unwrap_or_default()
    }

    pub fn texts(&self, key: &str) -> BTreeSet<&'a str> {
        let array = self.value[key].as_array();
        array.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    pub fn is_true(&self, key: &str) -> bool {
        self.value[key] == true
    }
}
