//! `longhaul list`.

use longhaul_common::safe_text::width;
use serde_json::{Value, json};

use crate::completed;
use crate::harness::{Output, World, wait_until};

/// The numbers of the tasks on a list, in its order.
fn numbers(listed: &Output) -> Vec<u64> {
    let listed = listed.json();
    let tasks = listed["tasks"].as_array().expect("an array of tasks");
    tasks
        .iter()
        .filter_map(|task| task["number"].as_u64())
        .collect()
}

#[test]
fn an_empty_store_lists_nothing_and_says_how_to_begin() {
    let world = World::new();
    let listed = world.expect(0, "list");
    assert_eq!(listed.stdout, "");
    assert!(listed.stderr.contains("longhaul submit"), "{listed:?}");
    let listed = world.expect(0, "list --json");
    let nothing = json!({"tasks": [], "total": 0, "matching": null, "workers_alive": 0});
    assert_eq!(listed.json(), nothing);
    assert_eq!(listed.stderr, "");
}

#[test]
fn tasks_that_ended_are_listed_when_asked_for_and_states_can_be_chosen() {
    let world = World::new();
    completed(&world, "", "exit 0");
    let [rests, _waits] = [(); 2].map(|()| world.submit("", "exit 0"));
    world.expect(0, &format!("suspend {rests}"));
    for (options, listed) in [
        ("", vec![2, 3]),
        ("--all", vec![1, 2, 3]),
        ("-a", vec![1, 2, 3]),
        ("--state init", vec![3]),
        ("--state SUSPEND", vec![2]),
        ("--state terminate", vec![1]),
        ("--state run", vec![]),
    ] {
        let output = world.expect(0, &format!("list --json {options}"));
        assert_eq!(numbers(&output), listed, "{options}");
        assert_eq!(output.json()["total"], 3, "{options}");
    }
    let listed = world.expect(0, "list");
    assert!(
        listed.stderr.contains("1 task that ended is not listed"),
        "{listed:?}"
    );
    assert!(!listed.stdout.contains("TERMINATE"), "{listed:?}");
    let listed = world.expect(0, "list --all");
    assert!(listed.stdout.contains("TERMINATE completed"), "{listed:?}");
    world.expect(2, "list --state asleep");
}

#[test]
fn a_limit_keeps_the_newest_and_what_is_left_out_is_told() {
    let world = World::new();
    for _ in 0..4 {
        world.submit("", "exit 0");
    }
    let listed = world.expect(0, "list --limit 2 --json");
    assert_eq!(numbers(&listed), [3, 4]);
    assert_eq!(listed.json()["total"], 4);
    let listed = world.expect(0, "list --limit 3");
    assert_eq!(listed.stdout.lines().count(), 4, "{listed:?}");
    assert!(listed.stderr.contains("1 task is not listed"), "{listed:?}");
    assert!(numbers(&world.expect(0, "list --limit 0 --json")).is_empty());
    assert_eq!(
        numbers(&world.expect(0, "list --limit 9 --json")),
        [1, 2, 3, 4]
    );
}

#[test]
fn living_workers_are_counted_and_the_command_that_starts_one_is_named_if_there_is_none() {
    let world = World::new();
    world.submit("", "exit 0");
    let listed = world.expect(0, "list");
    let start = format!("longhaul worker --store {}", world.store_dir().display());
    assert!(listed.stderr.contains(&start), "{listed:?}");
    let _workers = [world.worker(""), world.worker("")];
    wait_until("two workers", || {
        world.expect(0, "list --json").json()["workers_alive"] == 2
    });
}

#[test]
fn the_tasks_on_a_list_are_those_that_show_gives() {
    let world = World::new();
    completed(&world, "--range 1..7 --name shown", "exit 0");
    let listed = world.expect(0, "list --all --json").json();
    let shown = world.expect(0, "show shown --json").json();
    assert_eq!(listed["tasks"][0], shown);
    let keys: Vec<&String> = listed.as_object().expect("an object").keys().collect();
    assert_eq!(keys, ["matching", "tasks", "total", "workers_alive"]);
}

#[test]
fn a_running_task_is_listed_with_its_progress_and_worker() {
    let world = World::new();
    let (record, gate) = (world.record(), world.gate());
    let worker = world.worker("");
    let script = record.note() + &gate.pass();
    let task = world.submit("--range 1..8 --batch-size 2 --name seen", &script);
    gate.release(1);
    wait_until("the second batch", || record.count() == 2);
    let listed = world.expect(0, "list");
    let lines: Vec<&str> = listed.stdout.lines().collect();
    let [titles, row] = lines[..] else {
        panic!("{listed:?}")
    };
    let words: Vec<&str> = titles.split_whitespace().collect();
    let shown = [
        "NR", "NAME", "STATE", "DONE", "ITEMS", "RATE", "ETA", "RUNNING", "WORKER",
    ];
    assert_eq!(words, shown);
    let words: Vec<&str> = row.split_whitespace().collect();
    assert_eq!(words[..5], ["1", "seen", "RUN", "25%", "2/8"]);
    assert_eq!(words.last(), Some(&&*worker.number().to_string()));
    world.expect(0, &format!("suspend {task}"));
    let listed = world.expect(0, "list");
    assert!(listed.stdout.contains("RUN → SUSPEND"), "{listed:?}");
    gate.release(4);
}

#[test]
fn columns_stay_aligned_whatever_names_hold_and_fit_into_those_there_are() {
    let world = World::new();
    for name in [
        "plain",
        "データ処理",
        "смета",
        "e\u{301}te\u{301}",
        "👪 family",
    ] {
        let args = [
            "--name",
            name,
            "--reason",
            "a long one, which would not fit",
        ];
        world.submit_args(args.map(str::to_owned).to_vec(), "exit 0");
    }
    world.expect(
        0,
        "suspend 1 2 3 4 5 --reason 理由がある、とても長い理由がある",
    );
    let listed = world.expect(0, "list");
    let lines: Vec<&str> = listed.stdout.lines().collect();
    assert_eq!(lines.len(), 6, "{listed:?}");
    let state = width(&lines[0][..lines[0].find("STATE").expect("a title")]);
    for line in &lines[1..] {
        let at = line.find("SUSPEND").expect("a state");
        assert_eq!(width(&line[..at]), state, "{listed:?}");
    }
    for columns in [120, 60, 40, 20, 8, 1] {
        let mut command = world.command(["list"]);
        command.env("COLUMNS", columns.to_string());
        let listed = world.finish(command, b"");
        assert_eq!(listed.code, Some(0), "{listed:?}");
        for line in listed.stdout.lines() {
            assert!(width(line) <= columns, "{columns} columns: {line:?}");
        }
        assert_eq!(listed.stdout.lines().count(), 6, "{columns}: {listed:?}");
    }
}

#[test]
fn what_hostile_reasons_and_errors_hold_is_escaped_on_a_list() {
    let world = World::new();
    let task = world.submit("", "exit 0");
    let evil = "\x1b[31mred\u{202e}\x07";
    let asked = world.cli(["suspend", &task.to_string(), "--reason", evil]);
    assert_eq!(asked.code, Some(0), "{asked:?}");
    for args in [
        "list",
        "list --json",
        "show 1",
        "show 1 --json",
        "events",
        "events --json",
    ] {
        let output = world.expect(0, args);
        let acts = |found: char| (found.is_control() && found != '\n') || found == '\u{202e}';
        assert!(!output.stdout.contains(acts), "{args}: {output:?}");
        assert!(output.stdout.contains("[31mred"), "{args}: {output:?}");
    }
    let shown: Value = world.expect(0, "show 1 --json").json();
    assert_eq!(shown["desired_reason"], evil);
}
