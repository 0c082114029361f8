//! A CSV file into SQLite: killed again and again, every row is there once.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use longhaul_common::id::TaskNumber;
use longhaul_common::state::{Outcome, StateWord};
use rusqlite::Connection;

use crate::harness::{Seed, Worker, World, example, wait_for_growth, wait_until};

const ROWS: i64 = 4_000;
/// Every so many rows, one makes no sense.
const BAD: i64 = 500;

fn csv() -> String {
    let mut csv = String::from("id,customer,amount\n");
    for id in 1..=ROWS {
        let amount = if id % BAD == 0 {
            "a lot".into()
        } else {
            format!("{id}.5")
        };
        writeln!(csv, "{id},\"Smith, {id}\nLtd\",{amount}").unwrap();
    }
    csv
}

fn worker(world: &World) -> Worker {
    let mut command = Command::new(example("csv_to_sqlite"));
    command.env("LONGHAUL_STORE", world.store_dir());
    world.worker_of(command)
}

/// A task that imports the file; a worker has to have published the kind.
fn submit(world: &World, options: &str) -> TaskNumber {
    let (csv, database) = (world.file("orders.csv", csv()), world.path("orders.sqlite"));
    let line = format!(
        "submit import-csv --param csv={} --param database={} {options}",
        csv.display(),
        database.display()
    );
    world.submitted(&world.cli(line.split_whitespace()))
}

/// Each row once, and those that make no sense told.
#[track_caller]
fn is_imported(world: &World, task: TaskNumber) {
    let view = world.view(task);
    assert_eq!(view.outcome, Some(Outcome::Completed));
    let bad = ROWS / BAD;
    assert_eq!(view.items_done, u64::try_from(ROWS - bad).unwrap());
    assert_eq!(view.items_failed, u64::try_from(bad).unwrap());
    let database = Connection::open(world.path("orders.sqlite")).unwrap();
    let count = |of: &str| -> i64 {
        let query = format!("SELECT count({of}) FROM orders");
        database.query_row(&query, [], |row| row.get(0)).unwrap()
    };
    assert_eq!(count("*"), ROWS - bad, "rows were lost, or are there twice");
    assert_eq!(count("DISTINCT id"), ROWS - bad, "rows are there twice");
    let sum: f64 = database
        .query_row("SELECT sum(amount) FROM orders", [], |row| row.get(0))
        .unwrap();
    let good = (1..=ROWS).filter(|id| id % BAD != 0);
    let expected: f64 = good
        .map(|id| f64::from(u32::try_from(id).unwrap()) + 0.5)
        .sum();
    assert!(
        (sum - expected).abs() < 0.001,
        "{sum} instead of {expected}"
    );
    let mut told = 0;
    for failure in world.control().store().failures(task).unwrap() {
        for item in &failure.passed {
            assert!(item.error.contains("a lot"), "{}", item.error);
            told += 1;
        }
    }
    assert_eq!(told, bad);
}

#[test]
fn killed_fifty_times_it_has_imported_every_row_once_and_told_of_those_it_passed_over() {
    let world = World::new();
    let seed = Seed::of_this_run();
    let kills = seed.rounds(50);
    let mut running = worker(&world);
    let task = submit(&world, "--batch-size 20 --retries 100 --backoff 1ms");
    let ended = || world.view(task).current_state == StateWord::Terminate;
    let mut killed = 0;
    while killed < kills && !ended() {
        // So far on, and then so many turns later: anywhere within a batch.
        let goal = world.view(task).batches_done + seed.below(3);
        wait_until("some progress", || {
            world.view(task).batches_done >= goal || ended()
        });
        for _ in 0..seed.below(2_000) {
            std::hint::spin_loop();
        }
        running.kill();
        killed += 1;
        running = worker(&world);
    }
    assert!(killed >= kills.min(20), "it was killed only {killed} times");
    wait_until("the end", ended);
    is_imported(&world, task);
    assert_eq!(running.stop(), Some(0));
}

#[test]
fn a_database_that_was_taken_away_suspends_it_and_is_gone_on_with_once_it_is_back() {
    let world = World::new();
    let running = worker(&world);
    let task = submit(&world, "--batch-size 5");
    wait_until("some progress", || world.view(task).batches_done >= 5);
    world.expect(0, &format!("suspend {task} --wait"));
    let database = world.path("orders.sqlite");
    let away = world.path("away.sqlite");
    std::fs::rename(&database, &away).unwrap();
    world.expect(0, &format!("resume {task}"));
    wait_until("words", || {
        let error = world.view(task).error;
        error.is_some_and(|error| error.contains("has none: is it the right one?"))
    });
    world.wait_for_state(task, StateWord::Suspend);
    std::fs::rename(&away, &database).unwrap();
    world.expect(0, &format!("resume {task}"));
    let all = ROWS.unsigned_abs();
    wait_for_growth("the rows", all, || {
        let view = world.view(task);
        view.items_done + view.items_failed
    });
    wait_until("the end", || world.view(task).outcome.is_some());
    is_imported(&world, task);
    assert_eq!(running.stop(), Some(0));
}

#[test]
fn its_task_is_written_in_forty_lines() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../worker/examples/csv_to_sqlite.rs");
    let text = std::fs::read_to_string(path).unwrap();
    let (_, task) = text.split_once("impl Task for Import {").unwrap();
    let (task, _) = task.split_once("\n}\n").unwrap();
    let lines = task.lines().filter(|line| !line.trim().is_empty()).count();
    assert!(lines <= 40, "{lines} lines");
}
