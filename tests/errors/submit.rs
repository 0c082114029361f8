//! What a task can't be.

use std::fs;

use crate::cli::{Place, set_mode};

#[test]
fn a_task_without_a_command_is_told_where_to_put_it() {
    let place = Place::new();
    let says = ["no command", "-- COMMAND"];
    place.refuses(&["submit"], 2, "usage", &says);
    place.refuses(&["submit", "--range", "1..3"], 2, "usage", &says);
    place.refuses(&["submit", "--range", "1..3", "--"], 2, "usage", &says);
}

#[test]
fn an_empty_command_is_refused() {
    let place = Place::new();
    place.refuses(&["submit", "--", ""], 2, "usage", &["command is empty"]);
}

#[test]
fn a_command_that_is_not_found_is_named_with_where_it_was_looked_for() {
    let place = Place::new();
    place.refuses(
        &["submit", "--", "no-such-program"],
        2,
        "usage",
        &["`no-such-program`", "not found", "PATH"],
    );
    place.refuses(
        &["submit", "--", "./no-such-program"],
        2,
        "usage",
        &["`./no-such-program`", "not found"],
    );
}

#[test]
fn a_command_that_may_not_be_run_is_named() {
    let place = Place::new();
    let script = place.file("script", "#!/bin/sh\n");
    set_mode(&script, 0o644);
    place.refuses(
        &["submit", "--", "./script"],
        2,
        "usage",
        &["script", "not an executable file", "chmod +x"],
    );
    fs::create_dir(place.path().join("folder")).unwrap();
    place.refuses(
        &["submit", "--", "./folder"],
        2,
        "usage",
        &["folder", "not an executable file"],
    );
}

#[test]
fn a_whole_command_line_in_one_word_is_told_about_shells() {
    let place = Place::new();
    place.refuses(
        &["submit", "--", "echo hello"],
        2,
        "usage",
        &["`echo hello`", "without a shell", "sh -c"],
    );
}

#[test]
fn a_command_before_the_two_dashes_is_told_where_it_goes() {
    let place = Place::new();
    place.refuses(&["submit", "true"], 2, "usage", &["\"true\"", "two dashes"]);
    let args = ["submit", "--range", "1..2", "true"];
    place.refuses(&args, 2, "usage", &["\"true\"", "two dashes"]);
}

#[test]
fn a_range_that_is_none_is_named_with_how_to_write_one() {
    let place = Place::new();
    for (range, says) in [
        ("1..", "A..B"),
        ("..5", "A..B"),
        ("..", "A..B"),
        ("", "A..B"),
        ("7", "A..B"),
        ("a..b", "whole number"),
        ("1...5", "A..B"),
        ("1..5..2", "step"),
        ("1..99999999999999999999", "whole number"),
    ] {
        let args = ["submit", "--range", range, "--", "true"];
        place.refuses(&args, 2, "usage", &["--range", range, says]);
    }
}

#[test]
fn a_name_that_could_be_mistaken_is_refused_with_the_reason() {
    let place = Place::new();
    let long = "x".repeat(201);
    for (name, why) in [
        ("--name=123", "digits"),
        ("--name=dead-beef", "id"),
        ("--name=01a20bf8-6fe1-708c-b503-99a76dcd3e29", "id"),
        ("--name=two\nlines", "control"),
        ("--name=\u{1b}[2J", "control"),
        ("--name=", "empty"),
        ("--name=-dash", "dash"),
        (&format!("--name={long}"), "200"),
    ] {
        place.refuses(&["submit", name, "--", "true"], 2, "usage", &["name", why]);
    }
}

#[test]
fn a_variable_without_name_or_value_is_refused() {
    let place = Place::new();
    for pair in ["NAME", "=value", ""] {
        let args = ["submit", "--env", pair, "--", "true"];
        place.refuses(&args, 2, "usage", &["--env", "NAME=VALUE"]);
    }
    place.refuses(
        &["submit", "--env", "LONGHAUL_BATCH=1", "--", "true"],
        2,
        "usage",
        &["LONGHAUL_BATCH", "set for each batch"],
    );
}

#[test]
fn a_kind_has_plain_letters_only() {
    let place = Place::new();
    let long = "k".repeat(65);
    for kind in [
        "",
        "two words",
        "\u{1b}[2J",
        "k\u{e4}se",
        "a,b",
        long.as_str(),
    ] {
        let args = ["submit", "--kind", kind, "--", "true"];
        place.refuses(&args, 2, "usage", &["can't be a kind", "64 letters"]);
    }
}

#[test]
fn a_hook_that_is_not_found_or_badly_quoted_is_named_with_its_option() {
    let place = Place::new();
    for hook in ["--init", "--cleanup"] {
        let cases = [
            ("no-such-program x", "`no-such-program` was not found"),
            ("sh -c 'half", "quote"),
            ("", "empty"),
            ("   ", "empty"),
        ];
        for (line, why) in cases {
            let args = ["submit", hook, line, "--", "true"];
            place.refuses(&args, 2, "usage", &[hook, why]);
        }
    }
}

#[test]
fn a_working_folder_that_is_none_is_named() {
    let place = Place::new();
    place.file("file", "");
    let submit = |dir| ["submit", "--workdir", dir, "--", "true"];
    let missing = ["--workdir", "missing", "No such file"];
    place.refuses(&submit("missing"), 2, "usage", &missing);
    let file = ["--workdir", "file", "not a folder"];
    place.refuses(&submit("file"), 2, "usage", &file);
    let below = ["--workdir", "file/below", "Not a directory"];
    place.refuses(&submit("file/below"), 2, "usage", &below);
    place.refuses(&submit(""), 2, "usage", &["--workdir"]);
}

#[test]
fn a_refused_task_leaves_a_store_that_is_there_as_it_was() {
    let place = Place::new();
    place.submit(&["--name", "kept"]);
    let cases: [(&[&str], &str); 4] = [
        (
            &["submit", "--batch-size", "0", "--", "true"],
            "--batch-size",
        ),
        (&["submit", "--", "no-such-program"], "no-such-program"),
        (&["submit", "--lines", "missing", "--", "true"], "missing"),
        (&["submit", "--name", "7", "--", "true"], "digits"),
    ];
    for (args, says) in cases {
        place.refuses_on_a_store(args, 2, "usage", &[says]);
    }
}

#[test]
fn what_a_queue_takes_is_refused_without_one_and_beyond_its_bounds() {
    let place = Place::new();
    for option in ["--parallel=2", "--depth=2", "--ordered"] {
        let args = ["submit", "--queue=direct", option, "--", "true"];
        let named = option.split('=').next().unwrap();
        place.refuses(&args, 2, "usage", &[named, "leave out --queue direct"]);
    }
    for option in ["--parallel=0", "--parallel=1025", "--depth=0"] {
        let named = option.split('=').next().unwrap();
        place.refuses(&["submit", option, "--", "true"], 2, "usage", &[named]);
    }
}
