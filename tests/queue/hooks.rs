//! Hooks of a task whose batches several workers perform: before the first and after the last of them.

use std::fs;

use longhaul_common::id::TaskNumber;
use longhaul_common::state::StateWord;
use nix::sys::signal::Signal;

use crate::coordinator::Pair;
use crate::harness::{World, runs, wait_until};
use crate::wait_for_flight;
use crate::witness::Witness;

/// A hook that notes how many batches are in flight when it runs.
fn hook(world: &World, witness: &Witness, name: &str) -> String {
    let trace = world.path("trace");
    world.script(
        name,
        &format!(
            "echo {name} $({}) >>'{}'\n",
            witness.in_flight(),
            trace.display()
        ),
    )
}

fn trace(world: &World) -> Vec<String> {
    let text = fs::read_to_string(world.path("trace")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

#[track_caller]
fn submit(world: &World, witness: &Witness) -> TaskNumber {
    let mut options: Vec<String> = "--range 1..30 --batch-size 1 --queue store"
        .split(' ')
        .map(str::to_owned)
        .collect();
    for name in ["init", "cleanup"] {
        options.extend([format!("--{name}"), hook(world, witness, name)]);
    }
    world.submit_args(options, &witness.around(&witness.hold()))
}

#[test]
fn hooks_run_once_and_never_beside_a_batch() {
    let world = World::new();
    let witness = Witness::new(&world, "witness");
    let _workers = [(); 3].map(|()| world.worker("--concurrency 2"));
    let task = submit(&world, &witness);
    witness.wait_for(6);
    assert_eq!(trace(&world), ["init 0"]);
    world.expect(0, &format!("suspend {task}"));
    for batch in witness.order() {
        assert_eq!(trace(&world).len(), 1);
        witness.let_go(batch);
    }
    world.wait_for_state(task, StateWord::Suspend);
    assert_eq!(trace(&world), ["init 0", "cleanup 0"]);
    assert_eq!(witness.begun().len(), 6);

    world.expect(0, &format!("resume {task}"));
    witness.let_all_go();
    world.wait_exits(task, 0);
    assert_eq!(trace(&world)[2..], ["init 0", "cleanup 0"]);
    assert_eq!(witness.assert_whole(30, 30), 0);
}

#[test]
fn what_a_dead_coordinator_owed_runs_once_the_others_have_let_go_and_then_all_go_on() {
    let world = World::new();
    let witness = Witness::new(&world, "witness");
    let first = world.worker("--concurrency 1");
    let task = submit(&world, &witness);
    witness.wait_for(1);
    let _second = world.worker("--concurrency 2");
    witness.wait_for(3);
    wait_for_flight(&world, task, 3);
    let lost = witness.begun()[0].clone();
    first.kill();
    wait_until("the end of what it left", || !runs(lost.pid));
    wait_for_flight(&world, task, 2);
    assert_eq!(trace(&world), ["init 0"]);
    witness.let_all_go();
    world.wait_exits(task, 0);
    // The one that was lost never ended.
    let ran = ["init 0", "cleanup 1", "init 1", "cleanup 1"];
    assert_eq!(trace(&world), ran);
    assert_eq!(witness.assert_whole(30, 30), 1);
}

#[test]
fn who_coordinates_a_task_with_a_cleanup_stops_once_the_others_have_let_go() {
    let mut pair = Pair::at_work(&["--cleanup", "true"], "");
    let (coordinator, own) = pair.take_first();
    let (other, kept) = pair.take_second();
    coordinator.signal(Signal::SIGTERM);
    pair.witness.let_go(own.batch);
    pair.witness.let_go(kept.batch);
    for late in 2..6 {
        pair.witness.let_go(late);
    }
    pair.witness.let_all_go();
    assert_eq!(coordinator.exit_code(), Some(0));
    pair.go_on_to_the_end(0);
    assert_eq!(other.stop(), Some(0));
}
