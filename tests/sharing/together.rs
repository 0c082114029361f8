//! A store that a group shares.

use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use crate::people::{ALICE, BOB, EVE, ROOT, Ran, TEAM, Town, all_in, wait_until};

/// That all that is in a shared store is its group's, and nobody else's.
#[track_caller]
fn all_is_the_groups(store: &Path) {
    let found = all_in(store);
    assert!(found.len() > 10, "{found:?}");
    for (path, _, group, mode) in found {
        let right = if path.is_dir() { 0o2770 } else { 0o660 };
        assert_eq!((group, mode), (TEAM, right), "{}", path.display());
    }
}

fn asked_by(town: &Town, store: &Path, task: &str) -> serde_json::Value {
    let shown = town.run(ROOT, store, &format!("show {task} --json"));
    let shown: serde_json::Value = serde_json::from_str(&shown.succeeds().stdout).unwrap();
    let view = if shown.is_array() {
        shown[0].clone()
    } else {
        shown
    };
    view["desired_by"]["uid"].clone()
}

#[test]
fn what_one_of_a_group_submits_another_runs_and_steers_under_their_own_names() {
    let Some(town) = Town::new() else { return };
    let store = town.path("shared");
    town.shared(ROOT, &store);
    all_is_the_groups(&store);

    // Through the spool, and with a log.
    let args = [
        "--store",
        store.to_str().unwrap(),
        "submit",
        "--lines",
        "-",
        "--",
        "cat",
    ];
    let mut submit = town
        .longhaul(ALICE, &args)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    submit
        .stdin
        .take()
        .unwrap()
        .write_all(b"one\ntwo\n")
        .unwrap();
    Ran::of(&submit.wait_with_output().unwrap()).succeeds();
    town.run(BOB, &store, "worker --once").succeeds();
    town.run(ALICE, &store, "wait 1 --timeout 10s").succeeds();
    let log = town.run(ALICE, &store, "logs 1");
    assert!(log.succeeds().stdout.contains("two"), "{log:?}");
    all_is_the_groups(&store);

    // And the other way round, while a worker of the other lives.
    town.run(BOB, &store, "submit --range 1..100000 -- sleep 0.05")
        .succeeds();
    let _worker = town.worker(ALICE, &store);
    town.run(BOB, &store, "wait 2 --for run --timeout 10s")
        .succeeds();
    town.run(BOB, &store, "suspend 2 --wait --timeout 10s")
        .succeeds();
    assert_eq!(asked_by(&town, &store, "2"), BOB.0);
    town.run(ALICE, &store, "resume 2 --wait --timeout 10s")
        .succeeds();
    assert_eq!(asked_by(&town, &store, "2"), ALICE.0);
    town.run(BOB, &store, "terminate 2 --wait --timeout 10s")
        .succeeds();
    all_is_the_groups(&store);
}

#[test]
fn who_is_not_in_the_group_neither_reads_nor_steers() {
    let Some(town) = Town::new() else { return };
    let store = town.path("shared");
    town.shared(ROOT, &store);
    town.run(ALICE, &store, "submit -- true").succeeds();
    for line in ["list", "suspend 1", "submit -- true", "worker --once"] {
        town.run(EVE, &store, line).fails(4, &["Permission denied"]);
    }
}

#[test]
fn what_the_superuser_makes_in_a_shared_store_is_the_groups() {
    let Some(town) = Town::new() else { return };
    let store = town.home(ALICE).join("shared");
    town.shared(ALICE, &store);
    town.run(ROOT, &store, "submit -- true").succeeds();
    all_is_the_groups(&store);
    // The commands of members are not root's to run, unless the store is.
    town.run(ROOT, &store, "worker --once")
        .fails(4, &["superuser", "71001"]);
    town.run(BOB, &store, "worker --once").succeeds();
    town.run(BOB, &store, "wait 1 --timeout 10s").succeeds();
}

fn logs(store: &Path) -> usize {
    std::fs::read_dir(store.join("logs")).map_or(0, Iterator::count)
}

#[test]
fn a_log_of_one_user_is_gone_on_with_by_another() {
    let Some(town) = Town::new() else { return };
    let store = town.path("shared");
    town.shared(ROOT, &store);
    town.run(ALICE, &store, "submit --range 1..100000 -- echo {}")
        .succeeds();
    {
        let _worker = town.worker(ALICE, &store);
        wait_until("a log", || logs(&store) == 1);
        town.run(ALICE, &store, "suspend 1 --wait --timeout 10s")
            .succeeds();
    }
    let before = std::fs::metadata(store.join("logs/1.log")).unwrap().len();
    let _worker = town.worker(BOB, &store);
    town.run(BOB, &store, "resume 1 --wait --timeout 10s")
        .succeeds();
    wait_until("more in the log", || {
        std::fs::metadata(store.join("logs/1.log")).unwrap().len() > before + 1000
    });
    all_is_the_groups(&store);
}
