//! Parameters of the path are camelCase in the contract, like everything else a
//! client sees; in the code they are the names of variables.

use serde_json::{Map, Value};

/// Rewrites the templates and the parameters that fill them.
pub(super) fn write_in_camel_case(document: &mut Value) {
    let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) else { return };
    let mut renamed = Map::new();
    for (path, mut item) in std::mem::take(paths) {
        for (_, operation) in item.as_object_mut().into_iter().flatten() {
            rename_parameters(operation);
        }
        renamed.insert(template(&path), item);
    }
    *paths = renamed;
}

fn rename_parameters(operation: &mut Value) {
    let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
    for parameter in parameters.into_iter().flatten() {
        if parameter["in"] == "path" {
            let name = parameter["name"].as_str().map(camel_case);
            parameter["name"] = name.map(Value::from).unwrap_or_default();
        }
    }
}

fn template(path: &str) -> String {
    let segment = |segment: &str| match segment.strip_prefix('{') {
        Some(name) => format!("{{{}", camel_case(name)),
        None => segment.to_owned(),
    };
    path.split('/').map(segment).collect::<Vec<_>>().join("/")
}

/// `demand_id` as `demandId`.
#[must_use]
pub fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |mut all, word| {
        let mut letters = word.chars();
        all.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        all.push_str(letters.as_str());
        all
    })
}
