//! Requests on a task whose workers are dead, by whoever asks.

use longhaul_common::event::What;
use longhaul_common::state::StateWord;
use nix::sys::signal::Signal;

use crate::coordinator::Pair;
use crate::harness::{World, runs, wait_until};
use crate::witness::Witness;
use crate::{assert_rests, backlog, wait_for_flight};

#[test]
fn a_request_acts_for_workers_that_are_all_dead_and_ends_what_they_left() {
    for (verb, state) in [
        ("suspend", StateWord::Suspend),
        ("terminate", StateWord::Terminate),
    ] {
        let mut pair = Pair::at_work(&[], "");
        let (first, second) = (pair.take_first(), pair.take_second());
        let left = [first.1.pid, second.1.pid];
        // The other first: nobody is there to put its batch back.
        second.0.signal(Signal::SIGSTOP);
        first.0.kill();
        second.0.kill();
        let (world, task) = (&pair.world, pair.task);
        assert_eq!(backlog(world, task).begun.len(), 2);

        world.expect(0, &format!("{verb} {task} --wait --timeout 10s"));
        assert_eq!(world.row(task).state.word, state);
        assert_eq!(world.row(task).claim, None);
        assert!(backlog(world, task).begun.is_empty());
        assert!(left.iter().all(|pid| !runs(*pid)), "what they left runs");
        if state == StateWord::Suspend {
            assert_rests(world, task, 3);
            let _worker = world.worker("--concurrency 2");
            world.expect(0, &format!("resume {task}"));
            pair.go_on_to_the_end(2);
            assert_eq!(pair.witness.attempts(first.1.batch), [1, 1]);
        }
    }
}

#[test]
fn a_request_acts_for_dead_performers_of_a_task_that_was_given_back() {
    for (verb, state) in [
        ("suspend", StateWord::Suspend),
        ("terminate", StateWord::Terminate),
    ] {
        let mut pair = Pair::at_work(&[], "");
        let (coordinator, own) = pair.take_first();
        let (other, left) = pair.take_second();
        pair.witness.let_go(own.batch);
        pair.witness.let_go(2);
        // Or it would coordinate from then on.
        other.signal(Signal::SIGSTOP);
        assert_eq!(coordinator.stop(), Some(0));
        let (world, task) = (&pair.world, pair.task);
        assert_eq!(world.row(task).claim, None);
        other.kill();
        assert_eq!(backlog(world, task).begun.len(), 1);

        world.expect(0, &format!("{verb} {task} --wait --timeout 10s"));
        assert_eq!(world.row(task).state.word, state);
        assert!(!runs(left.pid), "what it left runs");
        assert_eq!(world.events_that(task, What::PutBack).len(), 1);
    }
}

#[test]
fn a_task_that_was_given_back_is_not_settled_while_somebody_performs_a_batch_of_it() {
    for (verb, state, code) in [
        ("suspend", StateWord::Suspend, 7),
        ("terminate", StateWord::Terminate, 8),
    ] {
        let mut pair = Pair::at_work(&[], "");
        let (coordinator, own) = pair.take_first();
        let (other, kept) = pair.take_second();
        pair.witness.let_go(own.batch);
        pair.witness.let_go(2);
        // Or it would coordinate from then on.
        other.signal(Signal::SIGSTOP);
        assert_eq!(coordinator.stop(), Some(0));
        let (world, task) = (&pair.world, pair.task);
        let done = world.view(task).batches_done;
        world.expect(0, &format!("{verb} {task}"));
        assert!(runs(kept.pid), "the batch of the living was ended");
        let row = world.row(task);
        assert_eq!((row.state.word, row.claim), (StateWord::Init, None));
        other.signal(Signal::SIGCONT);
        pair.witness.let_all_go();
        world.wait_exits(task, code);
        assert_eq!(world.row(task).state.word, state);
        assert_eq!(world.view(task).batches_done, done + 1);
        assert_eq!(other.stop(), Some(0));
    }
}

#[test]
fn a_request_leaves_a_dead_coordinator_s_task_to_whoever_still_performs_a_batch() {
    let mut pair = Pair::at_work(&[], "");
    let (coordinator, lost) = pair.take_first();
    let (other, kept) = pair.take_second();
    let (world, task) = (&pair.world, pair.task);
    coordinator.kill();
    world.expect(0, &format!("suspend {task}"));
    assert_ne!(world.row(task).state.word, StateWord::Suspend);
    assert!(runs(kept.pid), "the batch of the living was ended");
    pair.witness.let_all_go();
    world.wait_exits(task, 7);
    assert_rests(world, task, 3);
    assert!(!runs(lost.pid));
    assert_eq!(other.stop(), Some(0));
}

#[test]
fn a_cleanup_that_the_dead_owe_is_a_worker_s() {
    let world = World::new();
    let witness = Witness::new(&world, "witness");
    let trace = world.path("trace");
    let cleanup = world.script("cleanup", &format!("echo ran >>'{}'", trace.display()));
    let options = "--range 1..9 --batch-size 1 --queue store --cleanup".split(' ');
    let options = options.map(str::to_owned).chain([cleanup]).collect();
    let worker = world.worker("--concurrency 2");
    let task = world.submit_args(options, &witness.around(&witness.hold()));
    witness.wait_for(2);
    wait_for_flight(&world, task, 2);
    worker.kill();
    world.expect(6, &format!("terminate {task} --wait"));
    assert_eq!(backlog(&world, task).begun.len(), 2);
    assert!(!trace.exists());
    let _worker = world.worker("");
    wait_for_flight(&world, task, 0);
    world.wait_exits(task, 8);
    wait_until("the cleanup", || trace.exists());
    assert!(witness.begun().iter().all(|note| !runs(note.pid)));
}
