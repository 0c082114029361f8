//! Requests on tasks whose worker is dead, or can't obey.

mod harness;

use harness::{World, runs, wait_until};
use longhaul_common::event::What;
use longhaul_common::state::{Desired, Outcome, StateWord};
use longhaul_common::store::Undo;
use nix::sys::signal::Signal;

#[test]
fn a_request_on_a_dead_owner_that_owes_nothing_ends_its_batch_and_moves_the_state() {
    for (verb, state) in [
        ("suspend", StateWord::Suspend),
        ("terminate", StateWord::Terminate),
    ] {
        let world = World::new();
        let (record, gate) = (world.record(), world.gate());
        let worker = world.worker("");
        let task = world.submit(
            "--range 1..2 --batch-size 1",
            &(record.note() + &gate.pass()),
        );
        wait_until("the batch", || record.count() == 1);
        worker.kill();

        world.expect(0, &format!("{verb} {task}"));
        assert_eq!(world.row(task).state.word, state);
        assert_eq!(world.row(task).claim, None);
        assert!(
            !runs(record.runs()[0].pid),
            "the dead worker's batch still runs"
        );
    }
}

#[test]
fn undoing_a_resumption_whose_worker_died_suspends_the_task_again() {
    let world = World::new();
    let (record, gate) = (world.record(), world.gate());
    let task = world.submit(
        "--range 1..2 --batch-size 1",
        &(record.note() + &gate.pass()),
    );
    world.expect(0, &format!("suspend {task}"));
    let asked = world.control().resume([task]).send();
    let undo = Undo::of(&asked.expect("the store is ours")[0]).expect("it was suspended");
    let worker = world.worker("");
    wait_until("the batch", || record.count() == 1);
    worker.kill();

    let answers = world.control().undo(vec![undo]);
    let answer = &answers.expect("the store is ours")[0];
    assert_eq!(
        (&answer.refused, answer.current),
        (&None, StateWord::Suspend)
    );
    assert_eq!(world.row(task).claim, None);
    assert!(
        !runs(record.runs()[0].pid),
        "the dead worker's batch still runs"
    );
}

#[test]
fn a_cleanup_that_a_dead_owner_owes_needs_a_worker_or_is_passed_over_on_request() {
    let world = World::new();
    let (record, gate) = (world.record(), world.gate());
    let worker = world.worker("");
    let task = world.submit(
        "--range 1..2 --batch-size 1 --cleanup true",
        &(record.note() + &gate.pass()),
    );
    wait_until("the batch", || record.count() == 1);
    worker.kill();

    world.expect(6, &format!("terminate {task} --wait"));
    assert_eq!(world.row(task).state.word, StateWord::Run);
    world.expect(0, &format!("terminate {task} --no-hooks"));
    let row = world.row(task);
    assert_eq!(row.state.outcome, Some(Outcome::Terminated));
    assert_eq!(world.events_that(task, What::HookDropped).len(), 1);
    assert!(
        !runs(record.runs()[0].pid),
        "the dead worker's batch still runs"
    );
}

#[test]
fn force_ends_a_worker_that_is_stopped_and_its_other_task_goes_elsewhere() {
    let world = World::new();
    let (records, gate) = ([world.record(), world.record()], world.gate());
    let mut stopped = world.worker("--concurrency 2");
    let [asked, other] = records.each_ref().map(|record| {
        world.submit(
            "--range 1..2 --batch-size 1",
            &(record.note() + &gate.pass()),
        )
    });
    wait_until("both batches", || {
        records.iter().all(|record| record.count() == 1)
    });
    stopped.signal(Signal::SIGSTOP);

    world.expect(0, &format!("suspend {asked}"));
    assert_eq!(world.row(asked).state.word, StateWord::Run);
    world.expect(0, &format!("suspend {asked} --force --wait --timeout 9s"));
    assert_eq!(world.row(asked).state.word, StateWord::Suspend);
    wait_until("the end of the stopped worker", || stopped.has_ended());

    let _next = world.worker("");
    wait_until("the other task's batch again", || records[1].count() == 2);
    assert_eq!(world.row(other).wish.desired, Desired::Run);
    gate.release(2);
    world.wait_exits(other, 0);
}
