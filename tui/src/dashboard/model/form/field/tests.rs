use super::*;
use crate::dashboard::fixtures::kinds;

fn form_fields(kind: &str) -> Vec<FormField> {
    let kinds = kinds();
    let kind = kinds.iter().find(|known| known.name == kind);
    all(kind.expect("it is there"))
}

fn called(name: &str) -> FormField {
    let mut fields = form_fields("import").into_iter();
    fields.find(|field| field.name == name).expect("it has it")
}

#[test]
fn parameters_come_first_and_options_of_every_task_after_them() {
    let fields = form_fields("import");
    let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
    assert_eq!(
        names[..6],
        ["table", "dry", "limit", "mode", "place", "since"]
    );
    for option in [
        "name",
        "reason",
        "batch-size",
        "retries",
        "on-error",
        "rate",
        "priority",
        "isolate",
        "key",
    ] {
        assert!(names[6..].contains(&option), "{option}: {names:?}");
    }
    for elsewhere in [
        "param", "params", "anyway", "kind", "env", "lines", "init", "dry-run",
    ] {
        assert!(!names.contains(&elsewhere), "{elsewhere}: {names:?}");
    }
}

#[test]
fn a_field_is_what_it_would_be_on_the_command_line() {
    let filled = |name: &str, text: &str| {
        let mut field = called(name);
        field.line = Line::of(text);
        field.words()
    };
    assert_eq!(filled("table", "or ders"), ["--param", "table=or ders"]);
    assert_eq!(filled("limit", "-5"), ["--param", "limit=-5"]);
    assert_eq!(filled("name", "nightly"), ["--name", "nightly"]);
    assert_eq!(filled("priority", "-5"), ["--priority=-5"]);
    assert_eq!(filled("isolate", "yes"), ["--isolate"]);
    assert!(filled("table", "").is_empty());
}

#[test]
fn options_tell_what_they_are_without_being_filled_in() {
    assert_eq!(called("batch-size").default.as_deref(), Some("100"));
    assert_eq!(called("backoff").default.as_deref(), Some("1s"));
    assert_eq!(called("name").default, None);
    assert_eq!(called("isolate").default, None);
    assert_eq!(called("limit").default.as_deref(), Some("10"));
    assert_eq!(called("on-error").type_name, "suspend|skip|terminate");
    assert!(called("reason").doc.starts_with("Say why"));
}

#[test]
fn what_may_be_a_few_words_goes_round_with_nothing_among_them() {
    let mut field = called("mode");
    let mut seen = Vec::new();
    for _ in 0..4 {
        field.turn(1);
        seen.push(field.line.text().to_owned());
    }
    assert_eq!(seen, ["quick", "slow", "careful", ""]);
    field.turn(-1);
    assert_eq!(field.line.text(), "careful");
    assert!(field.turn_to('Q'));
    assert_eq!(field.line.text(), "quick");
    assert!(!field.turn_to('z'));
    assert_eq!(field.line.text(), "quick");
}
