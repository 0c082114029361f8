//! Tasks that have ended are removed: those that were meant, whole, and no others.

mod harness;

#[path = "prune/killed.rs"]
mod killed;
#[path = "prune/retained.rs"]
mod retained;

use std::path::PathBuf;

use harness::{Controls, Terminal, World, wait_until};
use longhaul_common::event::What;
use longhaul_common::id::{TaskId, TaskNumber};
use longhaul_common::spec::TaskSpec;
use longhaul_common::state::StateWord;
use longhaul_common::store::NewTask;
use serde_json::Value;

/// Tasks that were performed by a worker that is gone again.
pub(crate) fn ended(world: &World, scripts: &[&str]) -> Vec<TaskNumber> {
    let tasks: Vec<TaskNumber> = scripts
        .iter()
        .map(|script| world.submit("--retries 0 --on-error terminate", script))
        .collect();
    let worker = world.worker("--once");
    assert_eq!(worker.exit_code(), Some(0));
    tasks
}

pub(crate) fn numbers(world: &World) -> Vec<u64> {
    let listed = world.expect(0, "list --all --json").json();
    let tasks = listed["tasks"].as_array().expect("it lists tasks");
    let mut numbers: Vec<u64> = tasks
        .iter()
        .map(|task| task["number"].as_u64().expect("it has a number"))
        .collect();
    numbers.sort_unstable();
    numbers
}

fn told(output: &Value, field: &str) -> Vec<u64> {
    let told = output.as_array().expect("one result per task");
    let told = told.iter().filter(|task| task[field] == true);
    let mut numbers: Vec<u64> = told.filter_map(|task| task["number"].as_u64()).collect();
    numbers.sort_unstable();
    numbers
}

fn log(world: &World, task: u64) -> PathBuf {
    world.store_dir().join(format!("logs/{task}.log"))
}

#[test]
fn tasks_go_by_the_way_they_ended_with_their_logs_and_nothing_else_does() {
    let world = World::new();
    ended(&world, &["echo kept", "exit 1", "echo kept", "exit 1"]);
    let waits = world.submit("", "true");
    let done = world
        .expect(0, "prune --outcome failed --yes --json")
        .json();
    assert_eq!(told(&done, "pruned"), [2, 4]);
    assert_eq!(done[0]["outcome"], "failed");
    assert!(done[0]["ended_at"].is_string());
    assert_eq!(numbers(&world), [1, 3, waits.0]);
    assert!(log(&world, 1).exists());
    assert!(!log(&world, 2).exists());
    assert_eq!(world.expect(3, "show 2").code, Some(3));
    world.expect(0, "show 1");
    world.expect(0, "doctor");
}

#[test]
fn tasks_go_by_their_age_and_the_last_that_ended_are_kept() {
    let world = World::new();
    ended(&world, &["true", "true", "true"]);
    world.expect(0, "prune --older-than 1h --yes");
    assert_eq!(numbers(&world), [1, 2, 3]);
    let last = world.view(TaskNumber(3)).current_state_since;
    wait_until("a moment later", || {
        longhaul_common::time::Timestamp::now() > last
    });
    world.expect(0, "prune --older-than 0s --keep 1 --yes");
    let left = numbers(&world);
    assert_eq!(left.len(), 1);
    let kept = world.view(TaskNumber(left[0])).current_state_since;
    assert!(kept >= last, "it was not the last that ended");
    world.expect(0, "prune --older-than 0s --yes");
    assert_eq!(numbers(&world), Vec::<u64>::new());
}

#[test]
fn what_would_go_is_listed_and_nothing_is_written() {
    let world = World::new();
    ended(&world, &["true", "true", "exit 1"]);
    let before = world.last_event();
    let listed = world
        .expect(0, "prune --outcome completed --dry-run --json")
        .json();
    assert_eq!(listed.as_array().map(Vec::len), Some(2));
    assert_eq!(told(&listed, "pruned"), Vec::<u64>::new());
    let listed = world.expect(0, "prune --all --dry-run");
    assert_eq!(listed.stdout.lines().count(), 4, "{listed:?}");
    assert!(listed.stdout.contains("failed"), "{listed:?}");
    assert_eq!(numbers(&world), [1, 2, 3]);
    assert_eq!(world.last_event(), before);
}

#[test]
fn without_a_condition_or_somebody_to_ask_nothing_goes_and_named_tasks_never_ask() {
    let world = World::new();
    ended(&world, &["true", "true", "true"]);
    world.expect(2, "prune");
    world.expect(2, "prune 1 --keep 1");
    world.expect(2, "prune --all");
    assert_eq!(numbers(&world), [1, 2, 3]);
    // One alone is no crowd.
    world.expect(0, "prune --keep 2");
    assert_eq!(numbers(&world).len(), 2);
    let left = numbers(&world);
    world.expect(0, &format!("prune {} {}", left[0], left[1]));
    assert_eq!(numbers(&world), Vec::<u64>::new());
}

#[test]
fn a_terminal_is_asked_and_only_a_yes_removes() {
    let world = World::new();
    ended(&world, &["true", "true"]);
    for (answer, code, left) in [("n\n", 0, 2), ("\n", 0, 2), ("y\n", 0, 0)] {
        let terminal = Terminal::new(100);
        let asked = terminal.start(&world.command(["prune", "--all"]), Controls::Yes);
        terminal.wait_for("Remove 2 tasks for good? [y/N]");
        assert_eq!(numbers(&world).len(), 2);
        terminal.press(answer.as_bytes());
        assert_eq!(asked.ended().code, Some(code));
        assert_eq!(numbers(&world).len(), left, "answered {answer:?}");
    }
}

#[test]
fn a_task_that_lives_is_refused_and_the_others_go() {
    let world = World::new();
    ended(&world, &["true"]);
    let (suspended, waits) = (world.submit("", "true"), world.submit("", "true"));
    world.expect(0, &format!("suspend {suspended}"));
    let refused = world.expect(3, &format!("prune {waits}"));
    assert!(refused.stderr.contains("it has not ended"), "{refused:?}");
    world.expect(3, "prune 1 77");
    assert_eq!(numbers(&world), [1, 2, 3], "one was unknown");
    let some = world
        .expect(3, &format!("prune {suspended} 1 --json"))
        .json();
    assert_eq!(told(&some, "pruned"), [1]);
    assert!(some[0]["refused"].is_string() || some[1]["refused"].is_string());
    assert_eq!(numbers(&world), [2, 3]);
    let some = world.expect(3, "prune 2 3");
    assert_eq!(some.stdout.matches("refused").count(), 2, "{some:?}");
    let listed = world.expect(3, "prune 2 --dry-run --json").json();
    assert!(listed[0]["refused"].is_string());
}

#[test]
fn the_audit_trail_says_who_pruned_what_and_why() {
    let world = World::new();
    ended(&world, &["true", "true"]);
    let words = [
        "prune", "--all", "-y", "--actor", "nightly", "--reason", "no room",
    ];
    assert_eq!(world.cli(words).code, Some(0));
    let events = world.expect(0, "events --json").json();
    let pruned: Vec<&Value> = events
        .as_array()
        .expect("a list")
        .iter()
        .filter(|event| event["what"] == What::Pruned.as_str())
        .collect();
    assert_eq!(pruned.len(), 1, "{events}");
    // In the order in which they ended, side by side.
    let tasks = pruned[0]["pruned"].as_array().expect("a list");
    let mut tasks: Vec<_> = tasks.iter().filter_map(Value::as_u64).collect();
    tasks.sort_unstable();
    assert_eq!(tasks, [1, 2]);
    assert_eq!(pruned[0]["reason"], "no room");
    assert_eq!(pruned[0]["actor"]["claimed"], "nightly", "{}", pruned[0]);
    assert!(
        events
            .as_array()
            .expect("a list")
            .iter()
            .all(|event| event["task"].is_null())
    );
}

#[test]
fn a_copy_of_an_input_goes_with_the_last_task_that_reads_it() {
    let world = World::new();
    let mut command = world.command(["submit", "--lines", "-", "--", "cat"]);
    command.env("TERM", "dumb");
    let first = world.submitted(&world.finish(command, b"one\ntwo\n"));
    let spec = world.row(first).spec;
    let spool = spec.spool().expect("it was piped in").to_owned();
    let second = NewTask {
        spec: TaskSpec {
            id: TaskId::new(),
            number: TaskNumber::default(),
            ..spec
        },
        items_total: None,
        reason: None,
        claim_for: None,
    };
    let second = world
        .control()
        .submit(second)
        .expect("the store takes it")
        .number;
    assert_eq!(world.worker("--once").exit_code(), Some(0));
    for task in [first, second] {
        assert_eq!(world.view(task).current_state, StateWord::Terminate);
    }
    world.expect(0, &format!("prune {first}"));
    assert!(spool.exists(), "another task reads it");
    world.expect(0, &format!("prune {second}"));
    assert!(!spool.exists(), "nobody reads it any more");
}

#[test]
fn pruned_tasks_vanish_from_the_dashboard_at_once() {
    let world = World::new();
    ended(&world, &["true", "true"]);
    let name = "stays-on-the-list";
    world.submit(&format!("--name {name}"), "true");
    let terminal = Terminal::new(100);
    let dashboard = terminal.start(&world.command(["--ascii"]), Controls::Yes);
    terminal.wait_for(name);
    let shows = |text: &str| terminal.shown(24, 100).contents().contains(text);
    wait_until("the tasks that ended", || shows("completed"));
    world.expect(0, "prune --all --yes");
    wait_until("their going", || !shows("completed"));
    assert!(shows(name));
    terminal.press(b"q");
    assert_eq!(dashboard.ended().code, Some(0));
}
