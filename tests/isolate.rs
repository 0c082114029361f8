//! Isolation: a batch whose retries are spent is halved until the bad item stands alone.

mod harness;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::Duration;

use harness::{Record, Seed, World, wait_until};
use longhaul_common::event::What;
use longhaul_common::id::TaskNumber;
use longhaul_common::state::StateWord;

/// A script that notes its run, then fails if it has one of the items; what it does not fail on it notes as
/// done.
fn script(record: &Record, done: &Path, bad: &[u64]) -> String {
    let bad: Vec<String> = bad.iter().map(ToString::to_string).collect();
    format!(
        "{}for item in $items; do case $item in {}) echo bad $item >&2; exit 3;; esac; done\n\
         for item in $items; do echo $item; done >>'{}'",
        record.note(),
        bad.join("|"),
        done.display()
    )
}

fn lines(path: &Path) -> BTreeSet<u64> {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines()
        .map(|line| line.parse().expect("a number"))
        .collect()
}

/// The items of the failures, which all stand alone.
#[track_caller]
fn alone(world: &World, task: TaskNumber) -> Vec<u64> {
    let found = world.expect(0, &format!("failures {task} --json")).json();
    let rows = found["failures"].as_array().expect("an array").clone();
    let mut items: Vec<u64> = rows
        .iter()
        .map(|row| {
            assert_eq!(
                (&row["items"], &row["state"]),
                (&1.into(), &"failed".into()),
                "{row}"
            );
            row["first_item"].as_u64().expect("a number")
        })
        .collect();
    items.sort_unstable();
    items
}

/// A key always means the same items, and no number is used for others.
#[track_caller]
fn assert_keys_are_stable(record: &Record) {
    let runs = record.runs();
    let mut batches = BTreeMap::new();
    for run in &runs {
        let first = batches.entry(run.batch).or_insert(run);
        assert_eq!(run.same(), first.same(), "cut anew");
    }
}

#[test]
fn the_bad_items_stand_alone_and_the_good_ones_are_done() {
    for way in [
        "",
        "--queue store --parallel 1",
        "--queue store --parallel 1 --ordered",
    ] {
        let world = World::new();
        let (record, done) = (world.record(), world.path("done"));
        let _worker = world.worker("");
        let options = format!(
            "--range 1..60 --batch-size 16 --retries 1 --backoff 10ms --on-error skip --isolate {way}"
        );
        let bad = [7, 8, 33];
        let task = world.submit(&options, &script(&record, &done, &bad));
        world.wait_exits(task, 1);
        assert_eq!(alone(&world, task), bad);
        let good: BTreeSet<u64> = (1..=60).filter(|item| !bad.contains(item)).collect();
        assert_eq!(lines(&done), good);
        assert_keys_are_stable(&record);
        let view = world.view(task);
        assert_eq!((view.items_done, view.items_failed), (57, 3));
        // Retries are for whole batches: each part has one attempt.
        assert_eq!(view.retries, 2);
        let tried_again = record.runs().into_iter().filter(|run| run.attempt > 1);
        assert_eq!(tried_again.count(), 2);
        assert!(!world.events_that(task, What::Halved).is_empty());
        // What comes after has the usual size again.
        let last = record
            .runs()
            .into_iter()
            .rfind(|run| run.items.contains(&"60".to_owned()));
        assert_eq!(last.expect("it ran").items.len(), 12);
        if !way.contains("queue") || way.contains("ordered") {
            let mut last = 0;
            for run in record.runs() {
                let first: u64 = run.items[0].parse().expect("a number");
                assert!(first >= last, "{first} after {last}: out of order");
                last = first;
            }
        }
    }
}

#[test]
fn without_isolation_the_whole_batch_fails() {
    let world = World::new();
    let (record, done) = (world.record(), world.path("done"));
    let _worker = world.worker("");
    let options = "--range 1..16 --batch-size 8 --retries 0 --on-error skip";
    let task = world.submit(options, &script(&record, &done, &[3]));
    world.wait_exits(task, 1);
    assert_eq!(world.view(task).items_failed, 8);
    assert!(world.events_that(task, What::Halved).is_empty());
}

#[test]
fn a_batch_that_asks_to_be_skipped_is_halved_too_and_one_that_asks_to_suspend_is_not() {
    for way in ["", "--queue store"] {
        let world = World::new();
        let _worker = world.worker("");
        let options = format!("--range 1..8 --batch-size 8 --isolate {way}");
        let skips = "while read -r item; do [ $item != 5 ] || exit 65; done";
        let task = world.submit(&options, skips);
        world.wait_exits(task, 1);
        assert_eq!(alone(&world, task), [5]);
        assert_eq!(world.view(task).retries, 0);
        let task = world.submit(&options, "exit 78");
        world.wait_exits(task, 7);
        assert!(world.events_that(task, What::Halved).is_empty());
    }
}

#[test]
fn the_item_that_stands_alone_blocks_its_task_and_is_passed_over_alone() {
    for way in ["", "--queue store --parallel 1"] {
        let world = World::new();
        let (record, done) = (world.record(), world.path("done"));
        let _worker = world.worker("");
        let options = format!("--range 1..20 --batch-size 10 --retries 0 --isolate {way}");
        let task = world.submit(&options, &script(&record, &done, &[4, 15]));
        for _ in 0..2 {
            world.wait_exits(task, 7);
            let found = world.expect(0, &format!("failures {task} --json")).json();
            let rows = found["failures"].as_array().expect("an array").clone();
            let blocks = rows.iter().find(|row| row["state"] == "blocks");
            assert_eq!(blocks.expect("one blocks")["items"], 1, "{rows:?}");
            world.expect(0, &format!("resume {task} --skip"));
        }
        world.wait_exits(task, 1);
        assert_eq!(alone(&world, task), [4, 15]);
        assert_eq!(lines(&done).len(), 18);
        assert_keys_are_stable(&record);
    }
}

#[test]
fn a_batch_that_kills_its_workers_is_halved_as_well() {
    for way in ["", "--queue store --parallel 1"] {
        let world = World::new();
        let (record, done) = (world.record(), world.path("done"));
        let script = script(&record, &done, &[999])
            + "\ncase \" $items \" in *' 3 '*) kill -9 $PPID; sleep 10;; esac";
        let options = format!(
            "--range 1..4 --batch-size 4 --retries 0 --backoff 1ms --on-error skip --isolate {way}"
        );
        let task = world.submit(&options, &script);
        // Whole, a half, and alone.
        for _ in 0..3 {
            world.worker("").exit_code();
        }
        let _worker = world.worker("");
        world.wait_exits(task, 1);
        assert_eq!(alone(&world, task), [3]);
        assert_eq!(world.view(task).items_done, 3);
        assert_keys_are_stable(&record);
    }
}

#[test]
fn items_that_were_fed_are_kept_as_long_as_a_part_of_a_halved_batch_needs_them() {
    let world = World::new();
    let done = world.path("done");
    let _worker = world.worker("");
    let options = "--feed --batch-size 8 --parallel 2 --retries 0 --on-error skip --isolate";
    let bad = [3, 22, 40];
    let script = format!(
        "items=$(cat); for item in $items; do case $item in 3|22|40) exit 3;; esac; done\n\
         echo \"$items\" >>'{}'",
        done.display()
    );
    let task = world.submit(options, &script);
    let items: String = (1..=64).map(|item| format!("{item}\n")).collect();
    for chunk in items.split_inclusive("0\n") {
        let output = world.finish(world.command(["feed", &task.to_string()]), chunk.as_bytes());
        assert_eq!(output.code, Some(0), "{output:?}");
    }
    world.expect(0, &format!("close {task}"));
    world.wait_exits(task, 1);
    assert_eq!(alone(&world, task), bad);
    let good: BTreeSet<u64> = (1..=64).filter(|item| !bad.contains(item)).collect();
    assert_eq!(lines(&done), good);
}

/// Workers are killed at any instant while batches are halved: each good item is done, the bad ones stand
/// alone.
fn killed_at_random(way: &str, kills: u64) {
    let world = World::new();
    let (record, done) = (world.record(), world.path("done"));
    let seed = Seed::of_this_run();
    let kills = seed.rounds(kills);
    let bad: Vec<u64> = vec![5, 17, 18, 44, 71, 90];
    let options =
        format!("--range 1..96 --batch-size 12 --retries 1000 --backoff 1ms --isolate {way}");
    // A worker that dies costs an attempt, which must not be what fails: the batch says itself that it does.
    let script = script(&record, &done, &bad).replace("exit 3", "exit 65");
    let task = world.submit(&options, &script);
    let mut killed = 0;
    while killed < kills && world.view(task).current_state != StateWord::Terminate {
        let worker = world.worker("");
        // Not a wait for something to come: the instant is what is tried.
        std::thread::sleep(Duration::from_micros(seed.below(120_000)));
        worker.kill();
        killed += 1;
    }
    let _worker = world.worker("");
    wait_until("the task's end", || {
        world.view(task).current_state == StateWord::Terminate
    });
    assert_eq!(alone(&world, task), bad, "after {killed} kills");
    let good: BTreeSet<u64> = (1..=96).filter(|item| !bad.contains(item)).collect();
    assert_eq!(lines(&done), good);
    let view = world.view(task);
    assert_eq!((view.items_done, view.items_failed), (90, 6));
    assert_keys_are_stable(&record);
    world.expect(0, "doctor");
}

#[test]
fn kills_at_any_instant_of_an_isolation_lose_nothing() {
    killed_at_random("", 25);
}

#[test]
fn kills_at_any_instant_of_an_isolation_with_a_queue_lose_nothing() {
    killed_at_random("--queue store --parallel 1", 25);
}
