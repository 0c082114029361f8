//! The parameters of a kind by name, and what is typed of them.

use serde::Serialize;
use serde_json::{Map, Value};

use super::check::{Misfit, fits, misfits, resolved};

/// A parameter, as people are told of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// What it is: `string`, `integer`, the words that are allowed…
    pub type_name: String,
    /// Whether a submission has to give it.
    pub required: bool,
    /// What it is where it isn't given.
    pub default: Option<Value>,
    /// What it means, in the words of the kind's author.
    pub doc: Option<String>,
    /// All that it may be, as it is typed, where that is a few words; else empty.
    #[serde(skip)]
    pub choices: Vec<String>,
}

/// The parameters by name: those that are required first, else in the order of their names.
pub(super) fn parameters(root: &Value) -> Vec<Parameter> {
    let top = resolved(root, root);
    let Some(known) = properties(top) else {
        return Vec::new();
    };
    let required: Vec<&str> = match top.get("required") {
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let mut parameters: Vec<Parameter> = known
        .iter()
        .map(|(name, schema)| {
            let text = |word| schema.get(word).and_then(Value::as_str).map(str::to_owned);
            Parameter {
                type_name: type_name(root, schema, 0),
                required: required.contains(&name.as_str()),
                default: schema.get("default").cloned(),
                doc: text("description").or_else(|| text("title")),
                choices: choices(root, schema, 0).unwrap_or_default(),
                name: name.clone(),
            }
        })
        .collect();
    parameters.sort_by(|a, b| (!a.required, &a.name).cmp(&(!b.required, &b.name)));
    parameters
}

fn properties(schema: &Value) -> Option<&Map<String, Value>> {
    schema.get("properties").and_then(Value::as_object)
}

fn type_name(root: &Value, schema: &Value, depth: usize) -> String {
    if depth > DEPTH {
        return "any".into();
    }
    let schema = resolved(root, schema);
    let words = |values: &[Value], word: fn(&Value) -> String| {
        let mut words: Vec<String> = values.iter().map(word).collect();
        words.dedup();
        words.join("|")
    };
    if let Some(Value::Array(allowed)) = schema.get("enum") {
        return words(allowed, bare);
    }
    if let Some(only) = schema.get("const") {
        return bare(only);
    }
    match schema.get("type") {
        Some(Value::String(one)) => return one.clone(),
        Some(Value::Array(several)) => return words(several, bare),
        _ => {}
    }
    for word in ["anyOf", "oneOf"] {
        if let Some(Value::Array(alternatives)) = schema.get(word) {
            let names: Vec<String> = alternatives
                .iter()
                .map(|alternative| type_name(root, alternative, depth + 1))
                .collect();
            return names.join("|");
        }
    }
    "any".into()
}

/// So deep may alternatives lie in alternatives.
const DEPTH: usize = 8;

/// All that fits a schema, as it is typed; None: more than words.
fn choices(root: &Value, schema: &Value, depth: usize) -> Option<Vec<String>> {
    let schema = resolved(root, schema);
    if depth > DEPTH {
        return None;
    }
    if let Some(Value::Array(allowed)) = schema.get("enum") {
        return Some(allowed.iter().map(bare).collect());
    }
    if let Some(only) = schema.get("const") {
        return Some(vec![bare(only)]);
    }
    let words_of_type = |name: &str| match name {
        "boolean" => Some(vec!["true".to_owned(), "false".to_owned()]),
        "null" => Some(vec!["null".to_owned()]),
        _ => None,
    };
    let parts: Option<Vec<Vec<String>>> = match schema.get("type") {
        Some(Value::String(one)) => return words_of_type(one),
        Some(Value::Array(several)) => several
            .iter()
            .map(|one| one.as_str().and_then(words_of_type))
            .collect(),
        _ => {
            let alternatives = ["anyOf", "oneOf"]
                .into_iter()
                .find_map(|word| schema.get(word));
            alternatives?
                .as_array()?
                .iter()
                .map(|alternative| choices(root, alternative, depth + 1))
                .collect()
        }
    };
    let mut all = parts?.concat();
    let mut seen = std::collections::BTreeSet::new();
    all.retain(|choice| seen.insert(choice.clone()));
    Some(all)
}

fn bare(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// Names that no parameter has, where the schema says nothing of others.
pub(super) fn unknown(root: &Value, given: &Map<String, Value>) -> Vec<Misfit> {
    let top = resolved(root, root);
    let (Some(known), None) = (properties(top), top.get("additionalProperties")) else {
        return Vec::new();
    };
    given
        .keys()
        .filter(|name| !known.contains_key(*name))
        .map(|name| no_such(name))
        .collect()
}

fn no_such(name: &str) -> Misfit {
    Misfit {
        place: name.to_owned(),
        what: "there is no such parameter".into(),
    }
}

/// What was typed of a parameter, as the schema means it: JSON where that fits, else text.
pub(super) fn typed(root: &Value, name: &str, text: &str) -> Result<Value, Misfit> {
    let top = resolved(root, root);
    let known = properties(top).and_then(|known| known.get(name));
    let Some(schema) = known.or_else(|| top.get("additionalProperties")) else {
        return match properties(top) {
            Some(_) => Err(no_such(name)),
            None => Ok(super::guessed(text)),
        };
    };
    let json: Option<Value> = serde_json::from_str(text).ok();
    let as_text = Value::from(text);
    if let Some(json) = json.as_ref().filter(|json| fits(root, schema, json)) {
        return Ok(json.clone());
    }
    if fits(root, schema, &as_text) {
        return Ok(as_text);
    }
    // What is wrong is told of what it can only have been meant as.
    let meant = json.unwrap_or(as_text);
    let mut whole = root.clone();
    if let Value::Object(whole) = &mut whole {
        for word in ["type", "properties", "required", "additionalProperties"] {
            whole.remove(word);
        }
        whole.insert("allOf".into(), Value::Array(vec![schema.clone()]));
    }
    let found = misfits(&whole, &meant).into_iter().next();
    let what = found.map_or_else(
        || format!("{meant} does not fit"),
        |found| found.to_string(),
    );
    Err(Misfit {
        place: name.to_owned(),
        what,
    })
}
