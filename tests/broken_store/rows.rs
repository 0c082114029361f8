//! Rows that can't be read: their task is left alone and named, the others go on.

use longhaul_common::id::TaskNumber;
use longhaul_common::state::StateWord;
use redb::{ConcurrencyMode, Database, TableDefinition};

use crate::harness::{World, wait_until};

/// Writes something that is no record in the place of a row.
fn spoil(world: &World, table: &str, task: TaskNumber) {
    let table: TableDefinition<'_, u64, &[u8]> = TableDefinition::new(table);
    let database = Database::builder()
        .set_concurrency_mode(ConcurrencyMode::MultiWriter)
        .open(world.store_dir().join("tasks.redb"))
        .unwrap();
    let txn = database.begin_write().unwrap();
    txn.open_table(table)
        .unwrap()
        .insert(task.0, b"\xa4junk".as_slice())
        .unwrap();
    txn.commit().unwrap();
}

#[test]
fn a_worker_passes_over_a_task_that_can_t_be_read_and_runs_the_others() {
    let world = World::new();
    let [spoilt, well] = [(); 2].map(|()| world.submit("", "true"));
    spoil(&world, "current", spoilt);
    let worker = world.worker("");
    world.wait_for_state(well, StateWord::Terminate);
    assert_eq!(worker.stop(), Some(0));
}

#[test]
fn a_worker_leaves_a_task_alone_whose_rows_went_bad_while_it_ran() {
    let world = World::new();
    let gate = world.gate();
    let task = world.submit("--range 1..9 --batch-size 1", &gate.pass());
    let worker = world.worker("--concurrency 1");
    world.wait_for_state(task, StateWord::Run);
    spoil(&world, "desired", task);
    gate.release(1);
    wait_until("the worker says so", || {
        let said = worker.said();
        said.contains("the desired state of task 1 can't be read")
    });
    let next = world.submit("", "true");
    world.wait_for_state(next, StateWord::Terminate);
}

#[test]
fn list_shows_the_others_and_doctor_names_the_row() {
    let world = World::new();
    let [spoilt, _well] = [(); 2].map(|()| world.submit("", "true"));
    spoil(&world, "specs", spoilt);
    let list = world.expect(0, "list");
    assert_eq!(list.stdout.lines().count(), 2, "{list:?}");
    assert!(
        list.stderr
            .contains("the specification of task 1 can't be read")
    );
    assert!(list.stderr.contains("longhaul doctor"));
    let json = world.expect(0, "list --json");
    assert_eq!(json.json()["tasks"].as_array().unwrap().len(), 1);
    let show = world.expect(5, "show 1");
    assert!(show.stderr.contains("hint: the other tasks are well"));
    let doctor = world.expect(1, "doctor");
    let named = "rows        the specification of task 1 can't be read";
    assert!(doctor.stdout.contains(named), "{doctor:?}");
    world.expect(0, "suspend 2");
}
