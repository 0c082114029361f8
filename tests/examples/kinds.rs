//! Kinds: published by those who perform them, listed, and submitted with parameters that are checked.

use std::process::Command;

use longhaul_common::phase::Phase;
use longhaul_common::spec::Work;
use serde_json::{Value, json};

use crate::harness::{Worker, World, example};

fn worker(world: &World, name: &str) -> Worker {
    let mut command = Command::new(example(name));
    command.env("LONGHAUL_STORE", world.store_dir());
    world.worker_of(command)
}

#[track_caller]
fn params(world: &World, line: &str) -> Value {
    let task = world.submitted(&world.cli(line.split_whitespace()));
    match world.row(task).spec.work {
        Work::Registered(work) => serde_json::from_str(&work.params).unwrap(),
        work @ Work::Command(_) => panic!("{work:?}"),
    }
}

#[test]
fn kinds_are_listed_with_who_performs_them_and_what_they_take() {
    let world = World::new();
    let empty = world.expect(0, "kinds");
    assert!(empty.stdout.is_empty() && empty.stderr.contains("no worker has published"));
    assert_eq!(world.expect(0, "kinds --json").json(), json!([]));
    let backfill = worker(&world, "backfill");
    let csv = worker(&world, "csv_to_sqlite");
    let number = backfill.number();
    csv.stop();
    let list = world.expect(0, "kinds").stdout;
    assert!(
        list.contains("backfill") && list.contains("service [weight]"),
        "{list}"
    );
    assert!(list.contains("Imports a CSV file"), "{list}");
    let kinds = world.expect(0, "kinds --json").json();
    assert_eq!(kinds[0]["name"], "backfill");
    assert_eq!(kinds[0]["workers"], json!([number]));
    // One whose worker has gone is known still.
    assert_eq!(kinds[1]["name"], "import-csv");
    assert_eq!(kinds[1]["workers"], json!([]));
    let one = world.expect(0, "kinds backfill").stdout;
    for word in [
        "weight",
        "integer",
        "How much a letter",
        "required",
        "published by backfill",
        &format!("performed by worker {number}"),
    ] {
        assert!(one.contains(word), "{word}: {one}");
    }
    let kind = world.expect(0, "kinds backfill --json").json();
    assert_eq!(kind["parameters"][1]["default"], 1);
    assert_eq!(kind["program"], "backfill");
    assert_eq!(kind["schema"]["type"], "object");
    let unknown = world.expect(3, "kinds backfil");
    assert!(
        unknown.stderr.contains("there are backfill, import-csv"),
        "{unknown:?}"
    );
}

#[test]
fn parameters_get_the_types_that_the_kind_demands() {
    let world = World::new();
    let _worker = worker(&world, "backfill");
    let got = params(
        &world,
        "submit backfill --param service=1:2 --param weight=3 -b 7 -n mine",
    );
    assert_eq!(got, json!({"service": "1:2", "weight": 3}));
    let row = world.row(world.wait_for_task(1));
    assert_eq!((row.spec.batch_size, row.spec.name.as_str()), (7, "mine"));
    // What looks like a number is a text where one is wanted.
    assert_eq!(
        params(&world, "submit backfill --param service=7"),
        json!({"service": "7"})
    );
    let file = world.file("params.json", r#"{"service": "from:1", "weight": 2}"#);
    let line = format!(
        "submit backfill --params {} --param weight=9",
        file.display()
    );
    assert_eq!(
        params(&world, &line),
        json!({"service": "from:1", "weight": 9})
    );
    let output = world.finish(
        world.command(["submit", "backfill", "--params", "-"]),
        br#"{"service": "stdin:1"}"#,
    );
    let task = world.submitted(&output);
    assert!(world.row(task).spec.command_text().contains("stdin:1"));
}

#[test]
fn parameters_that_do_not_fit_are_refused_and_nothing_is_written() {
    let world = World::new();
    let _worker = worker(&world, "backfill");
    let last = world.last_event();
    let bad = world.file("bad.json", "{");
    for (line, told) in [
        ("backfill", "service: is missing"),
        ("backfill --param service", "says no NAME=VALUE"),
        (
            "backfill --param service=a --param weight=many",
            "\"many\" is no integer",
        ),
        (
            "backfill --param service=a --param weight=-1",
            "-1 is less than 0",
        ),
        (
            "backfill --param service=a --param wait=1",
            "there is no such parameter",
        ),
        ("backfill --param service=a -- true", "takes no command"),
        (
            "backfill --param service=a --lines x",
            "has items of its own",
        ),
        (
            "backfill --param service=a --cleanup true",
            "--cleanup is for commands",
        ),
        (
            "backfill --param service=a --batch-timeout 1s",
            "--batch-timeout is for commands",
        ),
        ("backfill --params /nowhere/file", "can't be read"),
        (
            &format!("backfill --params {}", bad.display()),
            "is no JSON",
        ),
        (
            "unheard-of",
            "no worker has published a kind \"unheard-of\"",
        ),
        ("--param a=b -- true", "--param is for a task of a kind"),
        ("--anyway -- true", "--anyway is for a task of a kind"),
    ] {
        let output = world.expect(2, &format!("submit {line}"));
        assert!(output.stderr.contains(told), "{line}: {output:?}");
    }
    let run = world.expect(2, "run backfill --param service=a");
    assert!(run.stderr.contains("longhaul submit KIND"), "{run:?}");
    assert_eq!(world.last_event(), last);
}

#[test]
fn a_kind_that_nobody_has_published_waits_if_it_is_submitted_anyway() {
    let world = World::new();
    let output = world.expect(0, "submit unheard-of --anyway --param a=1 --param b=x");
    assert!(
        output
            .stderr
            .contains("no worker that performs kind unheard-of"),
        "{output:?}"
    );
    let task = world.submitted(&output);
    assert_eq!(world.view(task).phase, Phase::Queued);
    let text = world.row(task).spec.command_text();
    assert!(text.contains(r#"{"a":1,"b":"x"}"#), "{text}");
}

#[test]
fn a_worker_program_has_the_command_line_of_a_worker() {
    let world = World::new();
    let run = |args: &[&str]| {
        let mut command = Command::new(example("backfill"));
        command.args(args).env("LONGHAUL_STORE", world.store_dir());
        world.finish(command, b"")
    };
    let help = run(&["--help"]);
    assert_eq!(help.code, Some(0));
    assert!(help.stdout.contains("Usage: backfill"), "{help:?}");
    assert_eq!(run(&["--concurrency", "0"]).code, Some(2));
    let once = run(&["--once"]);
    assert_eq!(once.code, Some(0));
    assert!(once.stderr.contains("backfill: worker"), "{once:?}");
    assert_eq!(run(&["--store", "/dev/null"]).code, Some(4));
}
