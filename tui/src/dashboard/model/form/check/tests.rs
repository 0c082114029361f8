use super::*;
use crate::dashboard::fixtures::kinds;
use crate::dashboard::model::Line;

fn form(kind: &str, filled: &[(&str, &str)]) -> Form {
    let known = kinds().into_iter().find(|known| known.name == kind);
    let mut form = Form::of(known.expect("it is there"));
    for (name, text) in filled {
        let at = form.fields.iter().position(|field| field.name == *name);
        form.browse.go_to(at.expect("it has it"), form.fields.len());
        form.field_mut().expect("it is there").line = Line::of(*text);
        form.check();
    }
    form
}

/// What is wrong with a field once something was to be submitted.
fn mistake(form: &mut Form, name: &str) -> Option<String> {
    form.tried = true;
    let field = form.fields.iter().find(|field| field.name == name);
    field.expect("it has it").mistake.clone()
}

#[test]
fn what_does_not_fit_is_told_at_its_field_as_the_command_line_tells_it() {
    for (name, text, told) in [
        ("limit", "300", "300 is more than 255"),
        ("limit", "many", "\"many\" is no integer"),
        (
            "since",
            "2026-11-24 at noon",
            "has 18 characters, and may have 10",
        ),
        ("place", "{}", "x: is missing"),
        ("batch-size", "0", ""),
        ("backoff", "soon", ""),
        ("rate", "fast", ""),
        ("name", "12", ""),
        ("key", &"k".repeat(300), ""),
    ] {
        let mut form = form("import", &[("table", "orders"), (name, text)]);
        let mistake = mistake(&mut form, name).unwrap_or_else(|| panic!("{name}={text} is taken"));
        assert!(mistake.contains(told), "{name}={text}: {mistake}");
        assert_eq!(form.finish(), None, "{name}={text}");
        assert_eq!(form.field().map(|field| field.name.as_str()), Some(name));
    }
}

#[test]
fn what_is_missing_is_a_mistake_once_it_was_to_be_submitted() {
    let mut form = form("import", &[("limit", "7")]);
    let table = form.fields.iter().find(|field| field.name == "table");
    assert_eq!(form.mistake(table.expect("it has it")), None);
    assert_eq!(form.finish(), None);
    let table = form.field().expect("the cursor is on it");
    assert_eq!(
        (table.name.as_str(), form.mistake(table)),
        ("table", Some("is missing"))
    );
}

#[test]
fn what_is_mended_is_no_mistake_any_more() {
    let mut form = form(
        "import",
        &[("table", "orders"), ("limit", "300"), ("limit", "30")],
    );
    assert_eq!(mistake(&mut form, "limit"), None);
    assert_eq!(
        form.finish().expect("all of it fits"),
        ["import", "--param", "table=orders", "--param", "limit=30"]
    );
}

#[test]
fn what_does_not_fit_together_is_told_of_the_whole() {
    let mut form = form(
        "import",
        &[("table", "orders"), ("feed", "yes"), ("queue", "direct")],
    );
    // Asked where the broker is asked, too: the words are well.
    assert!(form.finish().is_some());
    let form = form_of_nameless();
    assert!(
        form.wrong
            .expect("it can't be filled in")
            .contains("--params FILE")
    );
}

fn form_of_nameless() -> Form {
    form("nameless", &[])
}

#[test]
fn a_kind_without_parameters_can_be_submitted_as_it_is() {
    assert_eq!(
        form("audit", &[]).finish().expect("nothing is missing"),
        ["audit"]
    );
    let named = form("audit", &[("name", "nightly")]).finish();
    assert_eq!(named.expect("it fits"), ["audit", "--name", "nightly"]);
}
