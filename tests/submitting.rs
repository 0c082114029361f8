//! What a submission says beside the work: its key, and the variables of its commands.

mod harness;

use std::process::Stdio;

use harness::{Output, World};
use longhaul_common::state::StateWord;

#[test]
fn while_a_task_with_a_key_has_not_ended_no_second_one_is_made() {
    let world = World::new();
    let submit = |key: &str| world.expect(0, &format!("submit --key {key} -- true"));
    let first = submit("nightly");
    assert!(!first.stderr.contains("bears that key"), "{first:?}");
    let again = submit("nightly");
    assert_eq!(again.stdout, first.stdout);
    assert!(again.stderr.contains("task 1 bears that key"), "{again:?}");
    // Another key, and none.
    assert_ne!(submit("hourly").stdout, first.stdout);
    world.submit("", "true");
    assert_eq!(world.expect(0, "show 1 --json").json()["key"], "nightly");
    assert!(world.expect(0, "show 1").stdout.contains("nightly"));
    // While it is suspended, too; once it has ended the key is free.
    world.expect(0, "suspend 1");
    assert_eq!(submit("nightly").stdout, first.stdout);
    world.expect(0, "terminate 1");
    let next = submit("nightly");
    assert_ne!(next.stdout, first.stdout);
    assert_eq!(submit("nightly").stdout, next.stdout);
    assert_eq!(world.expect(0, "list --all --json").json()["total"], 4);
}

#[test]
fn of_many_who_submit_with_one_key_at_once_one_makes_the_task() {
    let world = World::new();
    for round in 1..=5 {
        let key = format!("round-{round}");
        let children: Vec<_> = (0..12)
            .map(|_| {
                let mut command = world.command(["submit", "--key", &key, "--", "true"]);
                command.stdout(Stdio::piped()).stderr(Stdio::piped());
                command.spawn().expect("the program starts")
            })
            .collect();
        let ids: Vec<String> = children
            .into_iter()
            .map(|child| {
                let output = child.wait_with_output().expect("it is our child");
                assert!(output.status.success(), "{output:?}");
                String::from_utf8_lossy(&output.stdout).into_owned()
            })
            .collect();
        assert!(
            ids.iter().all(|id| *id == ids[0] && !id.is_empty()),
            "{ids:?}"
        );
        assert_eq!(world.expect(0, "list --json").json()["total"], round);
    }
}

#[test]
fn nothing_is_left_of_an_input_whose_task_was_there_already() {
    let world = World::new();
    let submit = || {
        let command = world.command(["submit", "--key", "k", "--lines", "-", "--", "cat"]);
        world.finish(command, b"one\n")
    };
    let (first, again) = (submit(), submit());
    assert_eq!((again.code, &again.stdout), (Some(0), &first.stdout));
    let spooled = std::fs::read_dir(world.store_dir().join("spool")).expect("there is one");
    assert_eq!(spooled.count(), 1);
}

#[test]
fn a_key_that_can_t_be_one_is_a_mistake() {
    let world = World::new();
    for key in ["", "two\nlines", &"x".repeat(201)] {
        let refused = world.cli(["submit", "--key", key, "--", "true"]);
        assert_eq!(refused.code, Some(2), "{refused:?}");
    }
    assert_eq!(world.expect(0, "list --json").json()["total"], 0);
}

#[test]
fn what_env_sets_reaches_the_commands_and_is_shown_by_name_alone() {
    let world = World::new();
    let value = "hush-9f3a";
    let task = world.submit(
        &format!("--env TOKEN={value}"),
        "test \"$TOKEN\" = hush-9f3a",
    );
    world.expect(0, "worker --once");
    world.wait_exits(task, 0);
    let shown = world.expect(0, "show 1").stdout;
    assert!(shown.contains("TOKEN=***"), "{shown}");
    assert_eq!(world.expect(0, "show 1 --json").json()["env"][0], "TOKEN");
    let hides = |line: &str| {
        let output: Output = world.expect(0, line);
        // The command itself names it, in this test alone.
        let text = output
            .stdout
            .replace("= hush-9f3a", "")
            .replace("= hush-9f3a\"", "");
        assert!(!text.contains(value), "{line}: {text}");
    };
    for line in [
        "show 1",
        "show 1 --json",
        "events",
        "events --json",
        "list --all --json",
    ] {
        hides(line);
    }
}

#[test]
fn a_secret_variable_is_the_worker_s_and_stored_nowhere() {
    let world = World::new();
    let value = "sesame-51c0ffee";
    let mut submit = world.command(["submit", "--secret-env", "DOOR", "--", "sh", "-c"]);
    let script = r#"test "$DOOR" && printf %s "$DOOR" | wc -c"#;
    submit.arg(script).env("DOOR", value);
    let task = world.submitted(&world.finish(submit, b""));
    let shown = world.expect(0, "show 1").stdout;
    assert!(shown.contains("DOOR (the worker's)"), "{shown}");
    // A worker that has none: the task rests, and says why.
    let mut without = world.command(["worker", "--once"]);
    without.env_remove("DOOR");
    world.finish(without, b"");
    world.wait_for_state(task, StateWord::Suspend);
    let shown = world.expect(0, "show 1").stdout;
    assert!(shown.contains("no variable DOOR"), "{shown}");
    world.expect(0, "resume 1");
    let mut with = world.command(["worker", "--once"]);
    with.env("DOOR", value);
    world.finish(with, b"");
    world.wait_exits(task, 0);
    assert!(
        world.expect(0, "logs 1").stdout.contains("15"),
        "it got the value"
    );
    let mut left = vec![world.store_dir().to_owned()];
    while let Some(path) = left.pop() {
        if path.is_dir() {
            let inner = std::fs::read_dir(&path).expect("it is ours");
            left.extend(inner.map(|entry| entry.expect("it is ours").path()));
        } else {
            let bytes = std::fs::read(&path).expect("it is ours");
            let found = bytes
                .windows(value.len())
                .any(|part| part == value.as_bytes());
            assert!(!found, "{}", path.display());
        }
    }
}

#[test]
fn a_secret_s_value_is_not_taken_on_the_command_line() {
    let world = World::new();
    let refused = world.cli(["submit", "--secret-env", "K=hush", "--", "true"]);
    assert_eq!(refused.code, Some(2));
    assert!(!refused.stderr.contains("hush"), "{refused:?}");
    for args in [
        ["--secret-env", "LONGHAUL_X", "--reason", "x"],
        ["--secret-env", "A", "--env", "A=1"],
        ["--secret-env", "", "--reason", "x"],
    ] {
        let line = [&["submit"][..], &args, &["--", "true"]].concat();
        assert_eq!(world.cli(line).code, Some(2), "{args:?}");
    }
}
