//! Settings that only tasks with a queue have.

use longhaul_common::id::TaskNumber;

use crate::harness::{World, wait_until};

/// Batches that wait at a gate, and how many have come to it.
fn waiting_at_gates(world: &World, options: &str) -> (TaskNumber, impl Fn() -> usize) {
    let here = world.path("here");
    let script = format!(
        "echo >>'{}'\n{}",
        here.display(),
        // Never released: it is dropped at once, and read from then on without an end.
        "while :; do sleep 0.05; done"
    );
    let task = world.submit(options, &script);
    let count = move || {
        let text = std::fs::read_to_string(&here).unwrap_or_default();
        text.lines().count()
    };
    (task, count)
}

#[test]
fn more_batches_run_beside_each_other_once_they_may() {
    let world = World::new();
    let _worker = world.worker("--concurrency 4");
    let options = "--range 1..20 --batch-size 1 --queue store --parallel 1";
    let (task, count) = waiting_at_gates(&world, options);
    wait_until("the first batch", || count() == 1);
    world.expect(0, &format!("set {task} parallel=3"));
    wait_until("three batches", || count() == 3);
    let queue = world.view(task).queue.expect("it has one");
    assert_eq!((queue.parallel, queue.in_flight), (3, 3));
    world.expect(0, &format!("terminate {task} --force --wait"));
    assert_eq!(count(), 3);
}

#[test]
fn planning_runs_as_far_ahead_as_it_may_by_now() {
    let world = World::new();
    let _worker = world.worker("");
    let options = "--range 1..100 --batch-size 1 --queue store --parallel 1 --depth 2";
    let (task, count) = waiting_at_gates(&world, options);
    wait_until("the first batch", || count() == 1);
    let waiting = || world.view(task).queue.expect("it has one").waiting;
    assert!(waiting() <= 2);
    world.expect(0, &format!("set {task} depth=30"));
    wait_until("batches planned ahead", || waiting() >= 15);
    world.expect(0, &format!("terminate {task} --force --wait"));
}
