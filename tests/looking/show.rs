//! `longhaul show`.

use std::collections::BTreeSet;

use longhaul_common::state::StateWord;
use serde_json::Value;

use crate::completed;
use crate::harness::{World, wait_until};

/// The contract: present everywhere, null where unknown.
const KEYS: &str = "id number name kind desired_state current_state phase waiting_for outcome \
    reason items_done items_total batches_done batches_failed items_failed retries rate eta_seconds \
    running_seconds batch_size batch_seconds boundary_seconds rate_limit stop_at created_at created_by started_at ended_at \
    current_state_since desired_by desired_reason next_attempt_at worker epoch message error \
    priority group key env secret_env persistent input after at window restart_of restarted_by retry_of retried_by feed command rollback queue";

/// What there is beside the contract.
const EXTRAS: [&str; 1] = ["desired_request"];

#[track_caller]
fn assert_contract(task: &Value) {
    let keys: BTreeSet<&str> = task
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect();
    let wanted: BTreeSet<&str> = KEYS.split_whitespace().chain(EXTRAS).collect();
    assert_eq!(keys, wanted);
}

#[track_caller]
fn assert_time(time: &Value) {
    let text = time.as_str().expect("a time");
    assert!(text.ends_with('Z'), "not in UTC: {text}");
    let parsed: Result<humantime::Timestamp, _> = text.parse();
    assert!(parsed.is_ok(), "no time of RFC 3339: {text}");
}

#[test]
fn json_of_one_task_is_one_object_with_the_keys_of_the_contract() {
    let world = World::new();
    let task = world.submit("--range 1..9 --batch-size 4 --name told", "cat");
    let waits = world.expect(0, &format!("show {task} --json")).json();
    assert_contract(&waits);
    assert_eq!(waits["current_state"], "INIT");
    assert_eq!(waits["desired_state"], "RUN");
    assert_eq!(waits["phase"], "queued");
    assert!(waits["waiting_for"].is_string(), "{waits}");
    for unknown in [
        "outcome",
        "rate",
        "started_at",
        "ended_at",
        "worker",
        "error",
    ] {
        assert!(waits[unknown].is_null(), "{unknown}: {waits}");
    }
    assert_eq!(world.worker("--once").exit_code(), Some(0));
    let ended = world.expect(0, &format!("show {task} --json")).json();
    assert_contract(&ended);
    for (key, value) in [
        ("number", 1),
        ("items_done", 9),
        ("items_total", 9),
        ("batches_done", 3),
        ("batches_failed", 0),
        ("retries", 0),
        ("batch_size", 4),
        ("priority", 0),
    ] {
        assert_eq!(ended[key], value, "{key}");
    }
    for (key, value) in [
        ("name", "told"),
        ("current_state", "TERMINATE"),
        ("phase", "ended"),
        ("outcome", "completed"),
    ] {
        assert_eq!(ended[key], value, "{key}");
    }
    assert!(
        ended["command"]
            .as_str()
            .is_some_and(|words| words.contains("cat"))
    );
    for time in [
        "created_at",
        "started_at",
        "ended_at",
        "current_state_since",
    ] {
        assert_time(&ended[time]);
    }
}

#[test]
fn json_of_a_running_task_names_its_worker() {
    let world = World::new();
    let (record, gate) = (world.record(), world.gate());
    let worker = world.worker("");
    let script = record.note() + &gate.pass();
    let task = world.submit("--range 1..2 --batch-size 1", &script);
    wait_until("the first batch", || record.count() == 1);
    let shown = world.expect(0, &format!("show {task} --json")).json();
    assert_contract(&shown);
    let holder = shown["worker"].as_object().expect("a worker");
    let keys: BTreeSet<&str> = holder.keys().map(String::as_str).collect();
    assert_eq!(keys, BTreeSet::from(["id", "pid", "host", "alive"]));
    assert_eq!(holder["pid"], worker.pid());
    assert_eq!(holder["alive"], true);
    worker.kill();
    let shown = world.expect(0, &format!("show {task} --json")).json();
    assert_eq!(shown["worker"]["alive"], false);
    assert_eq!(shown["phase"], "orphaned");
}

#[test]
fn json_of_several_tasks_is_an_array_in_the_order_asked_for() {
    let world = World::new();
    for _ in 0..3 {
        world.submit("", "exit 0");
    }
    let shown = world.expect(0, "show 3 1 --json").json();
    let numbers: Vec<&Value> = shown
        .as_array()
        .expect("an array")
        .iter()
        .map(|task| &task["number"])
        .collect();
    assert_eq!(numbers, [3, 1]);
    let refused = world.expect(3, "show 1 99 --json");
    assert_eq!(refused.stdout, "");
    assert!(refused.stderr.contains("unknown-task"), "{refused:?}");
}

#[test]
fn a_name_is_the_task_that_has_not_ended_and_else_the_latest() {
    let world = World::new();
    let old = world.submit("--name again", "exit 0");
    world.expect(0, &format!("terminate {old}"));
    let shown = |line: &str| world.expect(0, line).json()["number"].clone();
    assert_eq!(shown("show again --json"), 1);
    let new = world.submit("--name again", "exit 0");
    assert_eq!(shown("show again --json"), 2);
    world.expect(0, &format!("terminate {new}"));
    assert_eq!(shown("show again --json"), 2);
}

#[test]
fn people_are_told_the_story_with_who_when_and_why() {
    let world = World::new();
    let record = world.record();
    let script = record.note() + "echo \"at $LONGHAUL_BATCH\"; [ \"$LONGHAUL_ATTEMPT\" = 2 ]";
    let options = "--range 1..3 --batch-size 2 --name tale --backoff 10ms --reason why-not";
    let task = world.submit(options, &script);
    world.expect(0, "suspend tale --reason lunch --actor ann");
    world.expect(0, "resume tale --reason back --actor ann");
    assert_eq!(world.worker("--once").exit_code(), Some(0));
    assert_eq!(world.view(task).current_state, StateWord::Terminate);
    let shown = world.expect(0, "show tale");
    let said = |text: &str| {
        let at = shown.stdout.find(text);
        at.unwrap_or_else(|| panic!("{text} is missing:\n{}", shown.stdout))
    };
    let (_, story) = shown.stdout.split_at(said("\nstory\n"));
    let mut last = 0;
    for chapter in [
        "submitted by ",
        "asked for SUSPEND because \"lunch\"",
        "INIT → SUSPEND",
        "asked for RUN because \"back\"",
        "INIT → RUN",
        "2 failed attempts, the last: batch 1 failed (attempt 1)",
        "RUN → TERMINATE completed",
    ] {
        let at = story[last..].find(chapter);
        last += at.unwrap_or_else(|| panic!("{chapter} is missing or too early:\n{story}"));
    }
    for text in [
        "TERMINATE completed, since ",
        "as \"ann\"",
        "3 of 3 items",
        "2 done, 2 retries, 2 items each",
        "log, its end",
        "at 1",
        "3 retries, backoff from 10ms, then suspend",
    ] {
        said(text);
    }
    assert!(!shown.stdout.lines().any(|line| line.ends_with(' ')));
}

#[test]
fn failed_batches_and_their_errors_are_shown() {
    let world = World::new();
    let script = "echo no such luck >&2; exit 65";
    completed(&world, "--range 1..7 --batch-size 1", script);
    let shown = world.expect(0, "show 1");
    assert!(shown.stdout.contains("failed batches"), "{}", shown.stdout);
    assert!(shown.stdout.contains("no such luck"), "{}", shown.stdout);
    assert!(shown.stdout.contains("and 2 more"), "{}", shown.stdout);
}
