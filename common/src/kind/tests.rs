use serde_json::{Map, Value, json};

use super::Kind;

fn kind() -> Kind {
    let schema = json!({
        "type": "object",
        "properties": {
            "table": {"type": "string", "description": "Where to."},
            "limit": {"type": "integer", "minimum": 0, "maximum": 255, "default": 10},
            "dry": {"type": "boolean", "default": false},
            "ratio": {"type": "number"},
            "note": {"type": ["string", "null"]},
            "mode": {"$ref": "#/$defs/Mode"},
            "tags": {"type": "array", "items": {"type": "string"}},
            "place": {"anyOf": [{"$ref": "#/$defs/Place"}, {"type": "null"}]},
        },
        "required": ["table"],
        "$defs": {
            "Mode": {"oneOf": [
                {"type": "string", "enum": ["quick", "slow"]},
                {"type": "string", "const": "careful", "description": "Twice."},
            ]},
            "Place": {
                "type": "object",
                "properties": {"x": {"type": "integer"}, "y": {"type": "integer"}},
                "required": ["x", "y"],
            },
        },
    });
    Kind {
        name: "import".into(),
        schema: schema.to_string(),
        ..Kind::default()
    }
}

fn typed(pairs: &[(&str, &str)]) -> Result<Value, String> {
    let pairs: Vec<(String, String)> = pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    kind()
        .typed(Map::new(), &pairs)
        .map(Value::Object)
        .map_err(|misfit| misfit.to_string())
}

fn misfits(params: &Value) -> Vec<String> {
    kind()
        .misfits(params)
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn what_is_typed_gets_the_type_that_the_schema_demands() {
    let params = typed(&[
        ("table", "5"),
        ("limit", "7"),
        ("dry", "true"),
        ("ratio", "0.5"),
        ("note", "null"),
        ("mode", "careful"),
        ("tags", r#"["a","b"]"#),
        ("place", r#"{"x":1,"y":2}"#),
    ]);
    let expected = json!({
        "table": "5", "limit": 7, "dry": true, "ratio": 0.5, "note": null, "mode": "careful",
        "tags": ["a", "b"], "place": {"x": 1, "y": 2},
    });
    assert_eq!(params.unwrap(), expected);
    assert!(misfits(&expected).is_empty());
    assert_eq!(
        typed(&[("note", "5 apples")]).unwrap(),
        json!({"note": "5 apples"})
    );
    assert_eq!(typed(&[("table", "a=b")]).unwrap(), json!({"table": "a=b"}));
}

#[test]
fn what_can_not_be_meant_so_is_told() {
    let tells = |name, value, told: &str| {
        let error = typed(&[(name, value)]).unwrap_err();
        assert_eq!(error, format!("{name}: {told}"));
    };
    tells("limit", "many", "\"many\" is no integer");
    tells("limit", "300", "300 is more than 255");
    tells("limit", "-1", "-1 is less than 0");
    tells("limit", "1.5", "1.5 is no integer");
    tells("dry", "yes", "\"yes\" is no boolean");
    tells("mode", "fast", "\"fast\" is none of what is allowed");
    tells("tags", r#"["a",1]"#, "[1]: 1 is no string");
    tells("place", r#"{"x":1}"#, "y: is missing");
    tells("tabel", "x", "there is no such parameter");
}

#[test]
fn what_is_missing_or_unknown_is_told() {
    assert_eq!(misfits(&json!({})), ["table: is missing"]);
    assert_eq!(
        misfits(&json!({"table": "t", "limmit": 1})),
        ["limmit: there is no such parameter"]
    );
    assert_eq!(
        misfits(&json!({"table": 1, "place": {"x": "a", "y": 1}})),
        ["place.x: \"a\" is no integer", "table: 1 is no string"]
    );
    assert_eq!(misfits(&json!("text")), ["\"text\" is no object"]);
}

#[test]
fn the_parameters_are_told_with_their_types_and_defaults() {
    let parameters = kind().parameters();
    let told: Vec<String> = parameters
        .iter()
        .map(|parameter| {
            let default = parameter
                .default
                .as_ref()
                .map(|value| format!(" [{value}]"));
            format!(
                "{} {}{}",
                parameter.name,
                parameter.type_name,
                default.unwrap_or_default()
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "table string",
            "dry boolean [false]",
            "limit integer [10]",
            "mode quick|slow|careful",
            "note string|null",
            "place object|null",
            "ratio number",
            "tags array",
        ]
    );
    assert!(parameters[0].required && !parameters[1].required);
    assert_eq!(parameters[0].doc.as_deref(), Some("Where to."));
}

#[test]
fn a_schema_that_refers_to_itself_ends() {
    let kind = Kind {
        schema: json!({"$ref": "#"}).to_string(),
        ..Kind::default()
    };
    assert!(kind.misfits(&json!({"a": 1})).is_empty());
    assert!(kind.parameters().is_empty());
    let list = Kind {
        schema: json!({
            "type": "object",
            "properties": {"next": {"anyOf": [{"$ref": "#"}, {"type": "null"}]}},
        })
        .to_string(),
        ..Kind::default()
    };
    assert!(list.misfits(&json!({"next": {"next": null}})).is_empty());
    assert_eq!(list.misfits(&json!({"next": {"next": 1}})).len(), 1);
}

#[test]
fn what_may_be_a_few_words_only_is_told_as_they_are_typed() {
    let schema = json!({
        "type": "object",
        "properties": {
            "dry": {"type": "boolean"},
            "level": {"enum": [1, 2, "high", null]},
            "maybe": {"type": ["boolean", "null"]},
            "mode": {"$ref": "#/$defs/Mode"},
            "mode_or_none": {"anyOf": [{"$ref": "#/$defs/Mode"}, {"type": "null"}]},
            "table": {"type": "string"},
            "text_or_auto": {"anyOf": [{"const": "auto"}, {"type": "string"}]},
            "itself": {"$ref": "#/$defs/Loop"},
        },
        "$defs": {
            "Mode": {"oneOf": [
                {"type": "string", "enum": ["quick", "slow"]},
                {"type": "string", "const": "careful"},
            ]},
            "Loop": {"anyOf": [{"$ref": "#/$defs/Loop"}]},
        },
    });
    let kind = Kind {
        schema: schema.to_string(),
        ..Kind::default()
    };
    let choices = |name: &str| {
        let parameters = kind.parameters().into_iter();
        let mut named = parameters.filter(|parameter| parameter.name == name);
        named.next().expect("it has it").choices.join(" ")
    };
    assert_eq!(choices("dry"), "true false");
    assert_eq!(choices("level"), "1 2 high null");
    assert_eq!(choices("maybe"), "true false null");
    assert_eq!(choices("mode"), "quick slow careful");
    assert_eq!(choices("mode_or_none"), "quick slow careful null");
    for endless in ["table", "text_or_auto", "itself"] {
        assert_eq!(choices(endless), "", "{endless}");
    }
    // Each of them is understood as what it stands for.
    for (name, value) in [
        ("level", json!(1)),
        ("level", json!("high")),
        ("maybe", json!(null)),
        ("mode_or_none", json!("careful")),
    ] {
        let typed = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        let params = kind.typed(Map::new(), &[(name.to_owned(), typed)]);
        assert_eq!(params.expect("it fits")[name], value);
    }
}
