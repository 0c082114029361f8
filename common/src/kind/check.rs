//! Whether a value fits a JSON Schema: the words of the language that are derived from Rust types. Others are
//! passed over: the worker reads the parameters once more.

use std::fmt;

use serde_json::{Map, Value};

/// So deep may a schema refer to itself without a step in the value.
const DEPTH: usize = 64;

/// Something in a value that does not fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Misfit {
    /// Where: names and places, from the top; empty: the whole value.
    pub place: String,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.place.is_empty() {
            f.write_str(&self.what)
        } else {
            write!(f, "{}: {}", self.place, self.what)
        }
    }
}

/// All that does not fit.
pub(super) fn misfits(schema: &Value, value: &Value) -> Vec<Misfit> {
    let mut check = Check {
        root: schema,
        found: Vec::new(),
    };
    check.value(schema, value, "", 0);
    check.found
}

/// Whether a value fits a part of a schema.
pub(super) fn fits(root: &Value, schema: &Value, value: &Value) -> bool {
    let mut check = Check {
        root,
        found: Vec::new(),
    };
    check.value(schema, value, "", 0);
    check.found.is_empty()
}

/// What a reference leads to, as long as it is in the schema itself.
pub(super) fn resolved<'s>(root: &'s Value, mut schema: &'s Value) -> &'s Value {
    for _ in 0..DEPTH {
        let Some(target) = reference(root, schema) else {
            return schema;
        };
        schema = target;
    }
    &Value::Bool(true)
}

fn reference<'s>(root: &'s Value, schema: &Value) -> Option<&'s Value> {
    root.pointer(schema.get("$ref")?.as_str()?.strip_prefix('#')?)
}

struct Check<'s> {
    root: &'s Value,
    found: Vec<Misfit>,
}

impl Check<'_> {
    fn misfit(&mut self, place: &str, what: impl Into<String>) {
        self.found.push(Misfit {
            place: place.to_owned(),
            what: what.into(),
        });
    }

    fn value(&mut self, schema: &Value, value: &Value, place: &str, depth: usize) {
        let schema = match schema {
            Value::Bool(false) => return self.misfit(place, "there is no such parameter"),
            Value::Object(schema) if depth < DEPTH => schema,
            _ => return,
        };
        if let Some(target) = reference(self.root, &Value::Object(schema.clone())) {
            self.value(target, value, place, depth + 1);
        }
        self.kind(schema, value, place);
        self.one_of_words(schema, value, place);
        for word in ["anyOf", "oneOf"] {
            self.alternatives(schema.get(word), value, place);
        }
        for part in list(schema.get("allOf")) {
            self.value(part, value, place, depth + 1);
        }
        match value {
            Value::Number(_) => self.number(schema, value, place),
            Value::String(text) => self.length(
                schema,
                ("Length", "characters"),
                text.chars().count(),
                place,
            ),
            Value::Array(items) => self.array(schema, items, place),
            Value::Object(given) => self.object(schema, given, place),
            Value::Null | Value::Bool(_) => {}
        }
    }

    fn kind(&mut self, schema: &Map<String, Value>, value: &Value, place: &str) {
        let wanted: Vec<&str> = match schema.get("type") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
            _ => return,
        };
        if !wanted.iter().any(|wanted| is_a(wanted, value)) {
            let wanted = wanted.join(" or ");
            self.misfit(place, format!("{value} is no {wanted}"));
        }
    }

    fn one_of_words(&mut self, schema: &Map<String, Value>, value: &Value, place: &str) {
        let allowed = match (schema.get("enum"), schema.get("const")) {
            (Some(Value::Array(allowed)), _) => allowed.clone(),
            (_, Some(only)) => vec![only.clone()],
            _ => return,
        };
        if !allowed.contains(value) {
            let allowed: Vec<String> = allowed.iter().map(ToString::to_string).collect();
            self.misfit(place, format!("{value} is not {}", allowed.join(" or ")));
        }
    }

    fn alternatives(&mut self, alternatives: Option<&Value>, value: &Value, place: &str) {
        let alternatives = list(alternatives);
        if alternatives.is_empty() {
            return;
        }
        let mut nearest: Option<Vec<Misfit>> = None;
        for alternative in alternatives {
            let mut check = Check {
                root: self.root,
                found: Vec::new(),
            };
            check.value(alternative, value, place, 1);
            if check.found.is_empty() {
                return;
            }
            // One that goes into the value is nearer to what was meant than one of another type.
            let depth = |found: &[Misfit]| found.iter().map(|misfit| misfit.place.len()).max();
            if nearest
                .as_ref()
                .is_none_or(|best| depth(best) < depth(&check.found))
            {
                nearest = Some(check.found);
            }
        }
        match nearest {
            Some(found) if found.iter().any(|misfit| misfit.place.len() > place.len()) => {
                self.found.extend(found);
            }
            _ => self.misfit(place, format!("{value} is none of what is allowed")),
        }
    }

    fn number(&mut self, schema: &Map<String, Value>, value: &Value, place: &str) {
        let Some(number) = value.as_f64() else {
            return;
        };
        let bound = |word| schema.get(word).and_then(Value::as_f64);
        let shown = |word: &str| schema[word].to_string();
        if bound("minimum").is_some_and(|least| number < least) {
            self.misfit(place, format!("{value} is less than {}", shown("minimum")));
        }
        if bound("maximum").is_some_and(|most| number > most) {
            self.misfit(place, format!("{value} is more than {}", shown("maximum")));
        }
        if bound("exclusiveMinimum").is_some_and(|least| number <= least) {
            let least = shown("exclusiveMinimum");
            self.misfit(place, format!("{value} is not more than {least}"));
        }
        if bound("exclusiveMaximum").is_some_and(|most| number >= most) {
            let most = shown("exclusiveMaximum");
            self.misfit(place, format!("{value} is not less than {most}"));
        }
    }

    fn length(
        &mut self,
        schema: &Map<String, Value>,
        (word, what): (&str, &str),
        length: usize,
        place: &str,
    ) {
        let bound = |end: &str| schema.get(&format!("{end}{word}")).and_then(Value::as_u64);
        let length = length as u64;
        if let Some(least) = bound("min").filter(|least| length < *least) {
            self.misfit(place, format!("has {length} {what}, and needs {least}"));
        }
        if let Some(most) = bound("max").filter(|most| length > *most) {
            self.misfit(place, format!("has {length} {what}, and may have {most}"));
        }
    }

    fn array(&mut self, schema: &Map<String, Value>, items: &[Value], place: &str) {
        self.length(schema, ("Items", "items"), items.len(), place);
        let first = list(schema.get("prefixItems"));
        for (at, item) in items.iter().enumerate() {
            if let Some(schema) = first.get(at).or_else(|| schema.get("items")) {
                self.value(schema, item, &format!("{place}[{at}]"), 0);
            }
        }
    }

    fn object(&mut self, schema: &Map<String, Value>, given: &Map<String, Value>, place: &str) {
        let within = |name: &str| match place {
            "" => name.to_owned(),
            place => format!("{place}.{name}"),
        };
        for name in list(schema.get("required"))
            .iter()
            .filter_map(Value::as_str)
        {
            if !given.contains_key(name) {
                self.misfit(&within(name), "is missing");
            }
        }
        let known = schema.get("properties").and_then(Value::as_object);
        for (name, value) in given {
            let schema = known
                .and_then(|known| known.get(name))
                .or_else(|| schema.get("additionalProperties"));
            if let Some(schema) = schema {
                self.value(schema, value, &within(name), 0);
            }
        }
    }
}

fn list(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn is_a(wanted: &str, value: &Value) -> bool {
    match wanted {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64() || is_whole(value),
        _ => true,
    }
}

/// 1.0 counts as an integer in JSON Schema.
fn is_whole(value: &Value) -> bool {
    value.as_f64().is_some_and(|number| number.fract() == 0.0)
}
