//! ctrl-c: the first suspends at the boundary, the second does not wait for it.

use longhaul_common::event::What;
use longhaul_common::id::TaskNumber;
use longhaul_common::state::{Desired, StateWord};
use nix::sys::signal::Signal;

use crate::harness::{Program, World, runs, wait_until};
use crate::run;

const TASK: TaskNumber = TaskNumber(1);

/// Presses ctrl-c, and waits until the request is written.
#[track_caller]
fn interrupt(world: &World, running: &Program) {
    running.signal(Signal::SIGINT);
    wait_until("the request", || {
        world.view(TASK).desired_state == Desired::Suspend
    });
}

#[test]
fn ctrl_c_suspends_at_the_boundary_with_the_batch_in_flight_finished_and_says_how_to_go_on() {
    let world = World::new();
    let (record, gate) = (world.record(), world.gate());
    let mut running = run(
        &world,
        "--range 1..6 --batch-size 2",
        &(record.note() + &gate.pass()),
    );
    wait_until("the first batch", || record.count() == 1);
    interrupt(&world, &running);
    assert!(!running.has_ended());
    assert!(runs(record.runs()[0].pid));
    gate.release(3);
    let output = running.ended();
    assert_eq!(output.code, Some(7), "{output:?}");
    let view = world.view(TASK);
    assert_eq!(view.current_state, StateWord::Suspend);
    assert_eq!((view.batches_done, record.count()), (1, 1));
    assert_eq!(
        view.desired_reason.as_deref(),
        Some("ctrl-c in `longhaul run`")
    );
    for said in [
        "ctrl-c again kills the batch in flight",
        "longhaul run --resume 1",
        "longhaul resume 1",
    ] {
        assert!(output.stderr.contains(said), "{said}: {output:?}");
    }
}

#[test]
fn the_second_ctrl_c_kills_the_batch_in_flight_which_is_repeated_when_the_task_goes_on() {
    let world = World::new();
    let (record, gate) = (world.record(), world.gate());
    let script = record.note() + &gate.pass();
    let running = run(&world, "--range 1..4 --batch-size 2", &script);
    gate.release(1);
    wait_until("the second batch", || record.count() == 2);
    interrupt(&world, &running);
    running.signal(Signal::SIGINT);
    let output = running.ended();
    assert_eq!(output.code, Some(7), "{output:?}");
    assert!(output.stderr.contains("killing the batch"), "{output:?}");
    assert!(!runs(record.runs()[1].pid), "the batch still runs");
    let view = world.view(TASK);
    assert_eq!(view.current_state, StateWord::Suspend);
    assert_eq!((view.batches_done, view.retries), (1, 0));
    let forced: Vec<bool> = world
        .events_that(TASK, What::Requested)
        .iter()
        .map(|event| event.force)
        .collect();
    assert_eq!(forced, [false, true]);

    gate.release(1);
    let output = world.expect(0, "run --resume 1");
    assert!(output.stderr.contains("completed"), "{output:?}");
    let runs = record.runs();
    assert_eq!(runs[1].same(), runs[2].same());
    assert_eq!(record.items(), ["1", "2", "3", "4", "3", "4"]);
    assert_eq!(record.attempts(), [1, 1, 1]);
}

#[test]
fn ctrl_c_while_a_task_waits_for_its_retry_suspends_it_at_once() {
    let world = World::new();
    let record = world.record();
    let running = run(&world, "--backoff 60s", &(record.note() + "exit 1"));
    wait_until("the wait", || running.stderr().contains("backing-off"));
    interrupt(&world, &running);
    let output = running.ended();
    assert_eq!(output.code, Some(7), "{output:?}");
    assert_eq!(record.count(), 1);
    assert_eq!(world.view(TASK).current_state, StateWord::Suspend);
}

#[test]
fn ctrl_c_after_the_last_batch_is_too_late_and_the_task_completes() {
    let world = World::new();
    let gate = world.gate();
    let running = world.start([
        "run",
        "--cleanup",
        &world.script("cleanup.sh", &gate.pass()),
        "--",
        "true",
    ]);
    wait_until("the cleanup", || running.stderr().contains("cleaning-up"));
    interrupt(&world, &running);
    gate.release(1);
    let output = running.ended();
    assert_eq!(output.code, Some(0), "{output:?}");
    assert!(output.stderr.contains("completed"), "{output:?}");
}
