//! `longhaul events`.

use nix::sys::signal::Signal;
use serde_json::Value;

use crate::harness::{World, wait_until};
use crate::{completed, json_lines};

/// What happened, in the order it was printed.
fn whats(events: &[Value]) -> Vec<&str> {
    events
        .iter()
        .map(|event| event["what"].as_str().expect("something happened"))
        .collect()
}

#[track_caller]
fn array(value: &Value) -> &[Value] {
    value.as_array().expect("an array of events")
}

#[test]
fn events_come_in_the_order_of_their_numbers_and_times() {
    let world = World::new();
    completed(&world, "--range 1..2 --batch-size 1", "exit 0");
    completed(&world, "", "exit 65");
    let all = world.expect(0, "events --json").json();
    let numbers: Vec<u64> = array(&all)
        .iter()
        .filter_map(|event| event["number"].as_u64())
        .collect();
    assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
    let times: Vec<&str> = array(&all)
        .iter()
        .filter_map(|event| event["at"].as_str())
        .collect();
    assert!(times.is_sorted(), "{times:?}");
    assert_eq!(times.len(), numbers.len());
    let first = world.expect(0, "events 1 --json").json();
    assert_eq!(
        whats(array(&first)),
        ["submitted", "claimed", "state", "state"]
    );
    assert!(array(&first).iter().all(|event| event["task"] == 1));
}

#[test]
fn the_last_of_them_can_be_asked_for() {
    let world = World::new();
    completed(&world, "", "exit 0");
    let last = world.expect(0, "events 1 -n 2 --json").json();
    assert_eq!(whats(array(&last)), ["state", "state"]);
    assert_eq!(array(&last)[1]["to"], "TERMINATE");
    assert_eq!(
        world.expect(0, "events -n 0 --json").json(),
        Value::Array(vec![])
    );
    assert_eq!(world.expect(0, "events -n 0").stdout, "");
    let told = world.expect(0, "events 1 -n 1");
    assert_eq!(told.stdout.lines().count(), 1);
    assert!(
        told.stdout.contains("RUN → TERMINATE completed by worker"),
        "{told:?}"
    );
    for _ in 0..60 {
        world.submit("", "exit 0");
    }
    assert_eq!(world.expect(0, "events").stdout.lines().count(), 50);
}

#[test]
fn of_all_tasks_each_line_names_its_task_in_aligned_columns() {
    let world = World::new();
    for name in [
        "plain",
        "データ処理",
        "a-name-that-is-much-too-long-for-its-column",
    ] {
        world.submit_args(vec!["--name".into(), name.into()], "exit 0");
    }
    let told = world.expect(0, "events");
    let lines: Vec<&str> = told.stdout.lines().collect();
    assert_eq!(lines.len(), 3, "{told:?}");
    let places: Vec<usize> = lines
        .iter()
        .map(|line| {
            let at = line.find("submitted").expect("what happened");
            longhaul_common::safe_text::width(&line[..at])
        })
        .collect();
    assert!(places.iter().all(|place| *place == places[0]), "{told:?}");
}

#[test]
fn followed_of_one_task_they_come_as_json_lines_until_it_has_ended() {
    let world = World::new();
    let (record, gate) = (world.record(), world.gate());
    let _worker = world.worker("--concurrency 1");
    let script = record.note() + &gate.pass();
    world.submit("--range 1..2 --batch-size 1", &script);
    wait_until("the first batch", || record.count() == 1);
    let other = world.submit("", "exit 0");
    let following = world.start(["events", "-f", "1", "--json"]);
    following.wait_for_line("\"to\":\"RUN\"");
    world.expect(0, &format!("terminate {other} --reason noise"));
    world.expect(0, "suspend 1 --reason pause");
    following.wait_for_line("\"reason\":\"pause\"");
    world.expect(0, "resume 1");
    gate.release(2);
    let output = following.ended();
    assert_eq!(output.code, Some(0), "{output:?}");
    let lines = json_lines(&output.stdout);
    assert_eq!(
        whats(&lines),
        [
            "submitted",
            "claimed",
            "state",
            "requested",
            "requested",
            "state"
        ]
    );
    assert_eq!(lines[5]["outcome"], "completed");
    assert!(lines.iter().all(|line| line["task"] == 1), "{output:?}");
    let told = world.expect(0, "events 1 --json").json();
    assert_eq!(array(&told), lines);
}

#[test]
fn followed_of_a_task_that_has_ended_they_end_at_once() {
    let world = World::new();
    completed(&world, "", "exit 0");
    let told = world.expect(0, "events 1 --follow");
    assert_eq!(told.stdout.lines().count(), 4, "{told:?}");
    let told = world.expect(0, "events 1 -f -n 1 --json");
    assert_eq!(json_lines(&told.stdout).len(), 1);
}

#[test]
fn followed_of_all_tasks_they_come_until_ctrl_c() {
    let world = World::new();
    world.submit("--name before", "exit 0");
    let mut following = world.start(["events", "-f", "-n", "0"]);
    let task = world.submit("--name after", "exit 0");
    // It may begin to look only after that.
    world.expect(0, &format!("suspend {task} --reason first"));
    wait_until("a line", || {
        world.expect(0, &format!("resume {task}"));
        world.expect(0, &format!("suspend {task} --reason again"));
        following.stdout().contains("again")
    });
    world.expect(0, &format!("terminate {task}"));
    following.wait_for_line("SUSPEND → TERMINATE terminated");
    assert!(!following.has_ended());
    assert!(!following.stdout().contains("before"));
    following.signal(Signal::SIGINT);
    let output = following.ended();
    assert!(output.stdout.ends_with('\n'), "{output:?}");
    assert_eq!(output.stderr, "");
}
