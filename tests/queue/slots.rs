//! Slots of workers, shared by queued tasks and others.

use longhaul_common::state::Outcome;

use crate::harness::{World, wait_until};
use crate::wait_for_flight;
use crate::witness::Witness;

#[test]
fn one_worker_with_one_slot_does_all_of_it() {
    let world = World::new();
    let witness = Witness::new(&world, "witness");
    let worker = world.worker("--concurrency 1");
    let task = world.submit(
        "--range 1..20 --batch-size 1 --queue store --init true --cleanup true",
        &witness.around(""),
    );
    world.wait_exits(task, 0);
    assert_eq!(witness.most_at_once(), 1);
    assert_eq!(witness.assert_whole(20, 20), 0);
    assert_eq!(worker.stop(), Some(0));
}

#[test]
fn a_task_without_a_queue_gets_a_slot_at_a_boundary_of_one_that_holds_them_all() {
    let world = World::new();
    let (witness, record) = (Witness::new(&world, "witness"), world.record());
    let _worker = world.worker("--concurrency 3");
    let queued = world.submit(
        "--range 1..30 --batch-size 1 --queue store",
        &witness.around(&witness.hold()),
    );
    witness.wait_for(3);
    wait_for_flight(&world, queued, 3);
    let gate = world.gate();
    let direct = world.submit(
        "--range 1..2 --batch-size 1",
        &(record.note() + &gate.pass()),
    );
    for batch in witness.order() {
        witness.let_go(batch);
    }
    wait_until("a batch of the other", || record.count() == 1);
    wait_for_flight(&world, queued, 2);
    gate.release(2);
    world.wait_exits(direct, 0);
    wait_for_flight(&world, queued, 3);
    witness.let_all_go();
    world.wait_exits(queued, 0);
    assert_eq!(witness.assert_whole(30, 30), 0);
}

#[test]
fn two_tasks_with_queues_share_the_slots_of_a_worker() {
    let world = World::new();
    let _worker = world.worker("--concurrency 4");
    let witnesses = ["one", "other"].map(|name| Witness::new(&world, name));
    let submit = |witness: &Witness| {
        world.submit(
            "--range 1..40 --batch-size 1 --queue store",
            &witness.around(&witness.hold()),
        )
    };
    let first = submit(&witnesses[0]);
    witnesses[0].wait_for(4);
    let second = submit(&witnesses[1]);
    // A slot becomes free at a boundary, and the next boundary's at the latest is the second's.
    for batch in 0..12 {
        witnesses[0].let_go(batch as u64);
        wait_until("what follows", || {
            witnesses[0].begun().len() + witnesses[1].begun().len() >= batch + 5
        });
    }
    assert!(!witnesses[1].begun().is_empty(), "the first has all slots");
    for witness in &witnesses {
        witness.let_all_go();
    }
    for (task, witness) in [first, second].into_iter().zip(&witnesses) {
        world.wait_exits(task, 0);
        assert_eq!(witness.assert_whole(40, 40), 0);
    }
}

#[test]
fn room_that_a_stopped_worker_leaves_is_taken_by_another() {
    let world = World::new();
    let witness = Witness::new(&world, "witness");
    let _first = world.worker("--concurrency 1");
    let task = world.submit(
        "--range 1..20 --batch-size 1 --queue store --parallel 2",
        &witness.around(&witness.hold()),
    );
    witness.wait_for(1);
    let second = world.worker("--concurrency 1");
    witness.wait_for(2);
    let _third = world.worker("--concurrency 1");
    second.signal(nix::sys::signal::Signal::SIGTERM);
    for batch in 1..4 {
        witness.let_go(batch);
    }
    assert_eq!(second.exit_code(), Some(0));
    wait_for_flight(&world, task, 2);
    witness.let_all_go();
    world.wait_exits(task, 0);
    assert_eq!(witness.assert_whole(20, 20), 0);
}

#[test]
fn run_works_on_a_task_with_a_queue_here_and_others_help() {
    let world = World::new();
    let witness = Witness::new(&world, "witness");
    let script = witness.around(&witness.hold());
    let options = "run --range 1..20 --batch-size 1 --queue store --";
    let args = options.split(' ').chain(["sh", "-c", script.as_str()]);
    let program = world.start(args);
    let task = world.wait_for_task(1);
    let _helper = world.worker("--concurrency 1");
    wait_until("a batch of the helper", || {
        let begun = witness.begun();
        begun.iter().any(|note| note.worker != program.pid())
    });
    witness.let_all_go();
    let output = program.ended();
    assert_eq!(output.code, Some(0), "{output:?}");
    assert_eq!(world.view(task).outcome, Some(Outcome::Completed));
    assert_eq!(witness.assert_whole(20, 20), 0);
}
