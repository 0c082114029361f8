//! What the argument parser does not understand.

use crate::cli::{Place, program, ran};

#[test]
fn an_unknown_option_is_named() {
    let place = Place::new();
    let args = ["submit", "--sparkle", "--", "true"];
    place.refuses(&args, 2, "usage", &["--sparkle"]);
    place.refuses(&["show", "--sparkle", "1"], 2, "usage", &["--sparkle"]);
}

#[test]
fn an_unknown_option_that_has_a_value_is_named_and_not_its_value() {
    let place = Place::new();
    let args = ["submit", "--batchsize", "5", "--", "true"];
    place.refuses(&args, 2, "usage", &["'--batchsize'", "'--batch-size'"]);
}

#[test]
fn what_a_task_is_can_not_be_said_of_one_that_is_resumed() {
    let place = Place::new();
    let args = ["run", "--resume", "1", "--batch-size", "5"];
    place.refuses(&args, 2, "usage", &["--resume", "--batch-size"]);
    for option in ["--queue=store", "--parallel=2", "--depth=2", "--ordered"] {
        place.refuses(&["run", "--resume", "1", option], 2, "usage", &["--resume"]);
    }
    place.refuses(&["run", "--resume", "1"], 4, "no-store", &[]);
}

#[test]
fn an_unknown_verb_is_named() {
    let place = Place::new();
    place.refuses(&["sparkle"], 2, "usage", &["sparkle"]);
}

#[test]
fn other_programs_words_are_answered_with_ours() {
    let place = Place::new();
    for (theirs, ours) in [
        ("pause", "longhaul suspend"),
        ("stop", "longhaul suspend"),
        ("halt", "longhaul suspend"),
        ("kill", "longhaul terminate --force"),
        ("cancel", "longhaul terminate"),
        ("continue", "longhaul resume"),
        ("start", "longhaul resume"),
        ("unpause", "longhaul resume"),
        ("add", "longhaul submit"),
        ("status", "longhaul list"),
        ("ls", "longhaul list"),
        ("log", "longhaul logs"),
        ("history", "longhaul events"),
    ] {
        let says = [format!("`{theirs}`"), format!("`{ours}`")];
        let says: Vec<&str> = says.iter().map(String::as_str).collect();
        place.refuses(&[theirs, "1"], 2, "usage", &says);
        place.refuses(&[theirs], 2, "usage", &says);
    }
}

#[test]
fn a_verb_that_needs_a_task_says_so() {
    let place = Place::new();
    for verb in ["show", "suspend", "resume", "terminate", "wait", "logs"] {
        place.refuses(&[verb], 2, "usage", &["TASK"]);
    }
}

#[test]
fn a_value_that_does_not_fit_its_option_is_named_with_the_option() {
    let place = Place::new();
    let cases: &[(&[&str], &[&str])] = &[
        (
            &["--batch-size", "0"],
            &["0", "--batch-size", "1..=10000000"],
        ),
        (&["--batch-size", "many"], &["many", "--batch-size"]),
        (&["--batch-size=-5"], &["-5", "--batch-size"]),
        (&["--batch-timeout", "0"], &["--batch-timeout"]),
        (
            &["--batch-timeout", "0s"],
            &["0s", "--batch-timeout", "needs some time"],
        ),
        (&["--batch-timeout", "soon"], &["soon", "--batch-timeout"]),
        (&["--backoff", "5 parsecs"], &["5 parsecs", "--backoff"]),
        (&["--backoff", ""], &["--backoff"]),
        (&["--retries", "-1"], &["-1"]),
        (
            &["--on-error", "panic"],
            &["panic", "--on-error", "suspend", "skip", "terminate"],
        ),
        (&["--priority", "high"], &["high", "--priority"]),
    ];
    for (options, says) in cases {
        let args = [&["submit"], *options, &["--", "true"]].concat();
        place.refuses(&args, 2, "usage", says);
    }
    place.refuses(&["wait", "1", "--timeout", "x"], 2, "usage", &["--timeout"]);
    place.refuses(
        &["wait", "1", "--for", "heaven"],
        2,
        "usage",
        &["heaven", "--for", "init", "run", "suspend", "terminate"],
    );
    place.refuses(
        &["suspend", "1", "--timeout", "1s"],
        2,
        "usage",
        &["--wait"],
    );
    place.refuses(&["worker", "-c", "0"], 2, "usage", &["--concurrency"]);
    place.refuses(
        &["worker", "--once", "--kinds", ""],
        2,
        "usage",
        &["--kinds"],
    );
    place.refuses(
        &["worker", "--once", "--kinds", "a,"],
        2,
        "usage",
        &["--kinds"],
    );
    place.refuses(
        &["worker", "--once", "--actor", "kim"],
        2,
        "usage",
        &["--actor"],
    );
}

#[test]
fn what_a_task_is_can_not_be_changed_by_going_on_with_it() {
    let place = Place::new();
    place.submit(&[]);
    for option in [
        ["--batch-size", "5"],
        ["--name", "other"],
        ["--retries", "9"],
        ["--cleanup", "true"],
        ["--env", "A=B"],
        ["--range", "1..2"],
    ] {
        let args = [&["run", "--resume", "1"][..], &option].concat();
        place.refuses(&args, 2, "usage", &["--resume", option[0]]);
    }
    let args = ["run", "--resume", "1", "--reason", "it was mended"];
    ran(&mut place.longhaul(args)).succeeds();
    let shown = ran(&mut place.longhaul(["events", "1"]));
    // It was to run already: nothing was asked for.
    assert!(!shown.stdout.contains("asked for"), "{shown:?}");
}

#[test]
fn two_inputs_at_once_are_refused() {
    let place = Place::new();
    place.refuses(
        &["submit", "--range", "1..2", "--lines", "x", "--", "true"],
        2,
        "usage",
        &["--range", "--lines"],
    );
    place.refuses(
        &["submit", "--range", "1..2", "-", "--", "true"],
        2,
        "usage",
        &["one input"],
    );
}

#[test]
fn help_and_version_go_to_standard_output_and_are_no_errors() {
    for option in ["--help", "--version"] {
        let shown = ran(program().arg(option));
        shown.succeeds();
        assert!(shown.stdout.contains("longhaul"), "{shown:?}");
        assert_eq!(shown.stderr, "");
    }
}

#[test]
fn json_is_asked_for_before_or_behind_the_verb_or_in_its_short_form() {
    let place = Place::new();
    for args in [
        ["--json", "show", "--sparkle"],
        ["show", "--json", "--sparkle"],
        ["show", "--sparkle", "--json"],
        ["-j", "show", "--sparkle"],
    ] {
        let (message, _) = ran(&mut place.longhaul(args)).fails_in_json(2, "usage");
        assert!(message.contains("--sparkle"), "{message}");
    }
    // What stands behind the two dashes is the task's.
    let args = ["submit", "--sparkle", "--", "true", "--json"];
    ran(&mut place.longhaul(args)).fails(2, &["--sparkle"]);
}

#[test]
fn json_is_heard_among_short_options_and_not_in_their_values() {
    let place = Place::new();
    ran(&mut place.longhaul(["wait", "-j", "1"])).fails_in_json(4, "no-store");
    ran(&mut place.longhaul(["suspend", "-wj", "1"])).fails_in_json(4, "no-store");
    let args = ["suspend", "--reason=-j", "1"];
    ran(&mut place.longhaul(args)).fails(4, &["no store"]);
}

#[test]
fn hostile_words_come_out_escaped_or_not_at_all() {
    let place = Place::new();
    let hostile = "\u{1b}[31mred\u{9b}1m\u{7}";
    place.refuses(&[hostile], 2, "usage", &["red"]);
    let args = ["submit", "--retries", hostile, "--", "true"];
    place.refuses(&args, 2, "usage", &["red"]);
    place.refuses(&["submit", "--", hostile], 2, "usage", &["\\x1b[31mred"]);
    let args = ["submit", "--range", hostile, "--", "true"];
    place.refuses(&args, 2, "usage", &["red"]);
    let args = ["submit", "--env", hostile, "--", "true"];
    place.refuses(&args, 2, "usage", &["\\x1b[31mred"]);
    let args = ["submit", "--workdir", hostile, "--", "true"];
    place.refuses(&args, 2, "usage", &["\\x1b[31mred"]);
    let args = ["submit", "--init", hostile, "--", "true"];
    place.refuses(&args, 2, "usage", &["\\x1b[31mred"]);
}
