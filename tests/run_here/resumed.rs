//! `run --resume`: goes on, here, with a task that is there.

use longhaul_common::event::What;
use longhaul_common::state::{Desired, StateWord};

use crate::harness::{World, wait_for_growth, wait_until};

#[test]
fn a_suspended_task_is_resumed_and_completed_here() {
    let world = World::new();
    let record = world.record();
    let task = world.submit("--range 1..4 --batch-size 2 --name rested", &record.note());
    world.expect(0, &format!("suspend {task}"));
    let output = world.expect(0, "run --resume rested");
    assert!(output.stderr.contains("TERMINATE completed"), "{output:?}");
    assert_eq!(record.items(), ["1", "2", "3", "4"]);
    let asked = world.events_that(task, What::Requested);
    let wanted: Vec<_> = asked.iter().filter_map(|event| event.want).collect();
    assert_eq!(wanted, [Desired::Suspend, Desired::Run]);
}

#[test]
fn a_queued_task_is_taken_up_here_without_a_request() {
    let world = World::new();
    let record = world.record();
    let task = world.submit("--range 1..2", &record.note());
    let output = world.expect(0, &format!("run --resume {task} --json"));
    assert_eq!(output.json()["outcome"], "completed");
    assert_eq!(record.items(), ["1", "2"]);
    assert_eq!(world.events_that(task, What::Requested), []);
}

#[test]
fn a_terminated_task_is_refused_and_nothing_is_written() {
    let world = World::new();
    let task = world.submit("", "exit 0");
    world.expect(0, &format!("terminate {task}"));
    let last = world.last_event();
    let output = world.expect(3, &format!("run --resume {task}"));
    assert!(output.stderr.contains("never changes again"), "{output:?}");
    let output = world.expect(3, "run --resume nobody --json");
    assert!(output.stderr.contains("\"unknown-task\""), "{output:?}");
    assert_eq!(world.last_event(), last);
}

#[test]
fn a_task_that_a_living_worker_holds_is_refused_and_goes_on_there() {
    let world = World::new();
    let (record, gate) = (world.record(), world.gate());
    let worker = world.worker("");
    let task = world.submit(
        "--range 1..2 --batch-size 1",
        &(record.note() + &gate.pass()),
    );
    wait_until("the first batch", || record.count() == 1);
    let last = world.last_event();
    let output = world.expect(3, &format!("run --resume {task}"));
    let holder = format!("held by worker {}", worker.number());
    assert!(output.stderr.contains(&holder), "{output:?}");
    assert_eq!(world.last_event(), last);
    assert_eq!(world.view(task).current_state, StateWord::Run);
    gate.release(2);
    world.wait_exits(task, 0);
    assert_eq!(record.items(), ["1", "2"]);
}

#[test]
fn a_task_of_a_worker_that_was_killed_is_taken_over_here_with_its_batch_repeated() {
    let world = World::new();
    let (record, gate) = (world.record(), world.gate());
    let worker = world.worker("");
    let task = world.submit(
        "--range 1..2 --batch-size 1",
        &(record.note() + &gate.pass()),
    );
    wait_until("the first batch", || record.count() == 1);
    worker.kill();
    let running = world.start(["run", "--resume", "1"]);
    wait_until("the batch again", || record.count() == 2);
    gate.release(2);
    assert_eq!(running.ended().code, Some(0));
    let runs = record.runs();
    assert_eq!(runs[0].same(), runs[1].same());
    assert_eq!(record.items(), ["1", "1", "2"]);
    assert_eq!(world.events_that(task, What::TakenOver).len(), 1);
}

#[test]
fn beside_a_worker_that_looks_for_tasks_it_never_loses_the_task_that_it_resumes() {
    let world = World::new();
    let task = world.submit("--range 1..1000000 --batch-size 1", "exit 0");
    world.expect(0, &format!("suspend {task}"));
    let other = world.worker("");
    for round in 0..30 {
        let before = world.view(task).batches_done;
        let running = world.start(["run", "--resume", "1"]);
        wait_for_growth("a batch", before + 1, || world.view(task).batches_done);
        world.expect(0, &format!("suspend {task}"));
        let output = running.ended();
        assert_eq!(output.code, Some(7), "round {round}: {output:?}");
    }
    let claims = world.events_that(task, What::Claimed);
    assert_eq!(claims.len(), 30);
    let lost = claims
        .iter()
        .filter(|event| event.worker == Some(other.number()))
        .count();
    assert_eq!(lost, 0, "of 30 rounds were lost to the worker");
}

#[test]
fn a_task_that_was_given_back_is_resumed_here_in_the_claim_of_the_request() {
    let world = World::new();
    let (record, gate) = (world.record(), world.gate());
    let worker = world.worker("--grace 300ms");
    let task = world.submit(
        "--range 1..2 --batch-size 1",
        &(record.note() + &gate.pass()),
    );
    wait_until("the first batch", || record.count() == 1);
    worker.signal(nix::sys::signal::Signal::SIGTERM);
    assert_eq!(worker.exit_code(), Some(1), "its batch was ended");
    let view = world.view(task);
    assert_eq!(view.desired_state, Desired::Run);
    assert!(view.worker.is_none());
    gate.release(2);
    world.expect(0, "run --resume 1");
    assert_eq!(record.items(), ["1", "1", "2"]);
    assert_eq!(world.events_that(task, What::Requested), []);
}
