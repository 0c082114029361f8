//! `longhaul demo`: three real tasks in a store that is thrown away.

mod harness;

use std::fs;
use std::path::{Path, PathBuf};

use harness::{Output, Program, World, wait_for, wait_until};
use nix::sys::signal::Signal;
use serde_json::Value;

/// A demo over a small folder, with a folder for its temporary files.
struct Demo {
    world: World,
}

impl Demo {
    fn new() -> Self {
        let world = World::new();
        fs::create_dir_all(world.path("temporary")).expect("there is room");
        fs::create_dir_all(world.path("files/below")).expect("there is room");
        for name in ["one", "two", "below/three"] {
            world.file(&format!("files/{name}"), name);
        }
        Self { world }
    }

    #[track_caller]
    fn start(&self, options: &[&str]) -> Program {
        let mut command = self.world.command(["demo", "--folder"]);
        command
            .arg(self.world.path("files"))
            .args(options)
            .env("TMPDIR", self.world.path("temporary"));
        self.world.start_command(&command)
    }

    /// What demos left in the folder for temporary files, or have there now.
    fn left(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.world.path("temporary")).expect("it was made");
        entries.flatten().map(|entry| entry.path()).collect()
    }

    /// The store of the demo that runs, once its tasks are there.
    #[track_caller]
    fn store(&self) -> PathBuf {
        let store = wait_for("the demo's store", || {
            let store = self.left().first()?.join("store");
            store.join("tasks.redb").exists().then_some(store)
        });
        wait_until("three tasks", || {
            let listed = self.try_on(&store, "list --all --json");
            listed.code == Some(0) && listed.json()["total"] == 3
        });
        store
    }

    /// The command line on that store, from another process.
    #[track_caller]
    fn try_on(&self, store: &Path, line: &str) -> Output {
        let args = line.split_whitespace().map(str::to_owned);
        let store = store.display().to_string();
        self.world.cli(args.chain(["--store".to_owned(), store]))
    }

    #[track_caller]
    fn on(&self, store: &Path, line: &str) -> Output {
        let output = self.try_on(store, line);
        assert_eq!(output.code, Some(0), "longhaul {line}: {output:?}");
        output
    }
}

/// The three tasks by their names.
#[track_caller]
fn assert_completed(tasks: &Value) {
    let tasks = tasks.as_array().expect("an array of tasks");
    let names: Vec<&str> = tasks
        .iter()
        .filter_map(|task| task["name"].as_str())
        .collect();
    assert_eq!(names, ["checksums", "readings", "flaky"]);
    for task in tasks {
        assert_eq!(task["outcome"], "completed", "{task}");
        assert_eq!(task["items_done"], task["items_total"], "{task}");
        assert_eq!(task["batches_failed"], 0, "{task}");
    }
    assert_eq!(tasks[0]["items_done"], 3);
    assert!(tasks[2]["retries"].as_u64() > Some(0), "{}", tasks[2]);
}

#[test]
fn three_tasks_complete_with_retries_seen_and_obey_other_processes_meanwhile() {
    let demo = Demo::new();
    let running = demo.start(&[]);
    let store = demo.store();
    demo.on(
        &store,
        "suspend flaky --reason looking --wait --timeout 10s",
    );
    let shown = demo.on(&store, "show flaky --json").json();
    assert_eq!(shown["current_state"], "SUSPEND", "{shown}");
    assert!(shown["worker"].is_null(), "{shown}");
    wait_until("the demo's word on it", || {
        running.stderr().contains("SUSPEND")
    });
    demo.on(&store, "resume flaky --wait --timeout 10s");

    let output = running.ended_at_last();
    assert_eq!(output.code, Some(0), "{output:?}");
    assert_eq!(output.stdout, "");
    for said in [
        "checksums: 3 items in 1 batch, 0 retries, 0 failed",
        "readings: ",
        "files with results",
        "flaky: 300 items in 30 batches, ",
    ] {
        assert!(output.stderr.contains(said), "{said}: {output:?}");
    }
    assert!(!output.stderr.contains("30 batches, 0 retries"));
    assert!(output.stderr.contains("backing-off"), "{output:?}");
    assert!(!output.stderr.contains('\x1b'), "{output:?}");
    assert_eq!(demo.left(), Vec::<PathBuf>::new());
}

#[test]
fn with_keep_the_store_stays_and_is_named_and_json_gives_the_three_tasks() {
    let demo = Demo::new();
    let output = demo.start(&["--keep", "--json"]).ended_at_last();
    assert_eq!(output.code, Some(0), "{output:?}");
    assert_completed(&output.json());
    let left = demo.left();
    assert_eq!(left.len(), 1, "{left:?}");
    let (_, named) = output
        .stderr
        .rsplit_once("kept: longhaul ")
        .expect("the command that looks at it");
    let words: Vec<&str> = named.split_whitespace().collect();
    let store = left[0].join("store").display().to_string();
    assert_eq!(words, ["list", "--all", "--store", &store]);
    let listed = demo.world.cli(&words);
    assert_eq!(listed.code, Some(0), "{listed:?}");
    for name in ["checksums", "readings", "flaky"] {
        assert!(listed.stdout.contains(name), "{listed:?}");
    }
    let listed = demo.on(left[0].join("store").as_path(), "list --all --json");
    assert_completed(&listed.json()["tasks"]);
}

#[test]
fn a_signal_ends_it_and_its_folder_is_gone() {
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        let demo = Demo::new();
        let running = demo.start(&[]);
        let store = demo.store();
        wait_until("a batch of flaky", || {
            let shown = demo.try_on(&store, "show flaky --json");
            shown.code == Some(0) && shown.json()["batches_done"].as_u64() > Some(0)
        });
        running.signal(signal);
        let output = running.ended();
        assert_eq!(output.code, Some(0), "{signal}: {output:?}");
        assert!(output.stderr.contains("stopping at the next"), "{output:?}");
        assert_eq!(demo.left(), Vec::<PathBuf>::new(), "{signal}");
    }
}

#[test]
fn a_signal_while_it_prepares_its_input_leaves_no_folder_either() {
    let demo = Demo::new();
    // Long enough to list that the signal comes while it does.
    for number in 0..3000 {
        demo.world.file(&format!("files/below/{number}"), "");
    }
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        let running = demo.start(&[]);
        wait_until("the demo's folder", || !demo.left().is_empty());
        running.signal(signal);
        let output = running.ended();
        assert!(output.code.is_some(), "{signal} killed it: {output:?}");
        assert_eq!(demo.left(), Vec::<PathBuf>::new(), "{signal}");
    }
}

#[test]
fn a_folder_that_is_none_is_a_mistake_and_leaves_nothing() {
    let demo = Demo::new();
    let mut command = demo.world.command(["demo", "--folder"]);
    command
        .arg(demo.world.path("nowhere"))
        .env("TMPDIR", demo.world.path("temporary"));
    let output = demo.world.finish(command, b"");
    assert_eq!(output.code, Some(2), "{output:?}");
    assert!(output.stderr.contains("is not a folder"), "{output:?}");
    assert_eq!(demo.left(), Vec::<PathBuf>::new());
}
