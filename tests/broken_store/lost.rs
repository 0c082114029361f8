//! A store that can't be used any more: its workers say why and end, with nothing left running.

use std::fs;

use longhaul_common::id::TaskNumber;
use longhaul_common::state::StateWord;
use redb::{ConcurrencyMode, Database, TableDefinition};

use crate::harness::{Gate, Worker, World, pids, runs, wait_until};

/// A worker with a batch in flight of two tasks.
struct Busy {
    worker: Worker,
    /// Ends its batch when told to.
    checks: TaskNumber,
    gate: Gate,
    /// Never ends its batch by itself.
    sleeps: TaskNumber,
    /// The process of that batch.
    sleeper: u32,
}

impl Busy {
    #[track_caller]
    fn in_world(world: &World) -> Self {
        let gate = world.gate();
        let started = world.path("sleeper");
        let sleep = format!("echo $$ >>'{}'; exec sleep 600", started.display());
        let sleeps = world.submit("--name sleeps", &sleep);
        let record = world.record();
        let checks = world.submit(
            "--name checks --range 1..100 --batch-size 1",
            &(record.note() + &gate.pass()),
        );
        let worker = world.worker("--concurrency 2");
        wait_until("both run", || {
            record.count() == 1 && pids(&started).len() == 1
        });
        Self {
            worker,
            checks,
            gate,
            sleeps,
            sleeper: pids(&started)[0],
        }
    }

    /// Demands that the worker ends, says why, and leaves no process behind.
    #[track_caller]
    fn ends(self, code: i32, why: &[&str]) -> [TaskNumber; 2] {
        let said = self.worker.errors();
        assert_eq!(self.worker.exit_code(), Some(code));
        let said = fs::read_to_string(said).unwrap();
        for word in why {
            assert!(said.contains(word), "\"{word}\" is not in: {said}");
        }
        assert!(!runs(self.sleeper), "its batch was left behind: {said}");
        [self.checks, self.sleeps]
    }
}

fn set_schema(world: &World, schema: u64) {
    const COUNTERS: TableDefinition<'_, &str, u64> = TableDefinition::new("counters");
    let database = Database::builder()
        .set_concurrency_mode(ConcurrencyMode::MultiWriter)
        .open(world.store_dir().join("tasks.redb"))
        .unwrap();
    let txn = database.begin_write().unwrap();
    txn.open_table(COUNTERS)
        .unwrap()
        .insert("schema", schema)
        .unwrap();
    txn.commit().unwrap();
}

#[test]
fn a_worker_whose_store_a_newer_version_took_over_ends_and_its_tasks_go_elsewhere() {
    let world = World::new();
    let busy = Busy::in_world(&world);
    set_schema(&world, 99);
    busy.gate.release(1);
    let tasks = busy.ends(4, &["schema 99", "left to be taken over", "newer"]);
    set_schema(&world, 1);
    let [checks, sleeps] = tasks.map(|task| world.row(task));
    assert!(checks.claim.is_some() && sleeps.claim.is_some());
    assert_eq!(checks.progress.batches_done, 0, "nothing was acknowledged");
    let _next = world.worker("--concurrency 2");
    wait_until("another worker has both", || {
        tasks.iter().all(|task| {
            let row = world.row(*task);
            row.state.word == StateWord::Run && row.claim.is_some_and(|claim| claim.epoch.0 == 2)
        })
    });
}

#[test]
fn a_worker_whose_store_was_moved_away_ends() {
    let world = World::new();
    let busy = Busy::in_world(&world);
    fs::rename(world.store_dir(), world.path("elsewhere")).unwrap();
    busy.gate.release(1);
    let tasks = busy.ends(4, &["was removed or replaced", "start this again"]);
    fs::rename(world.path("elsewhere"), world.store_dir()).unwrap();
    assert_eq!(world.row(tasks[0]).progress.batches_done, 0);
}

#[test]
fn an_idle_worker_whose_store_was_replaced_ends_by_itself() {
    let world = World::new();
    let worker = world.worker("");
    let database = world.store_dir().join("tasks.redb");
    let copy = world.path("copy");
    fs::copy(&database, &copy).unwrap();
    fs::rename(&copy, &database).unwrap();
    assert_eq!(worker.exit_code(), Some(4));
}

#[test]
fn a_worker_whose_database_was_cut_short_ends() {
    let world = World::new();
    let busy = Busy::in_world(&world);
    let database = world.store_dir().join("tasks.redb");
    let file = fs::OpenOptions::new().write(true).open(database).unwrap();
    file.set_len(4096).unwrap();
    busy.gate.release(1);
    busy.ends(5, &["damaged", "longhaul doctor"]);
}

#[test]
fn a_run_whose_store_was_moved_away_ends() {
    let world = World::new();
    let (gate, record) = (world.gate(), world.record());
    let script = record.note() + &gate.pass();
    let task = ["run", "--range", "1..9", "--batch-size", "1", "--"];
    let run = world.start(task.into_iter().chain(["sh", "-c", script.as_str()]));
    wait_until("it runs", || record.count() == 1);
    fs::rename(world.store_dir(), world.path("elsewhere")).unwrap();
    gate.release(1);
    let output = run.ended();
    assert_eq!(output.code, Some(4), "{output:?}");
    assert!(
        output.stderr.contains("was removed or replaced"),
        "{output:?}"
    );
    fs::rename(world.path("elsewhere"), world.store_dir()).unwrap();
}
