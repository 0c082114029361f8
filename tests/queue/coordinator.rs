//! Who coordinates dies, stops or is stopped, while others perform batches of its task.

use std::time::Duration;

use longhaul_common::event::What;
use longhaul_common::id::{TaskNumber, WorkerNumber};
use longhaul_common::state::{Desired, StateWord};
use nix::sys::signal::Signal;

use crate::harness::{Worker, World, runs, wait_until};
use crate::wait_for_flight;
use crate::witness::{Note, Witness};

const BATCHES: u64 = 20;

/// A task with a batch in flight at each of two workers; the first coordinates.
pub(crate) struct Pair {
    pub(crate) world: World,
    pub(crate) witness: Witness,
    pub(crate) task: TaskNumber,
    first: Option<Worker>,
    second: Option<Worker>,
}

impl Pair {
    pub(crate) fn at_work(hooks: &[&str], worker: &str) -> Self {
        let world = World::new();
        let witness = Witness::new(&world, "witness");
        let options = format!("--range 1..{BATCHES} --batch-size 1 --queue store --parallel 2");
        let options = options.split(' ').chain(hooks.iter().copied());
        let worker = format!("--concurrency 1 {worker}");
        let first = world.worker(&worker);
        let task = world.submit_args(
            options.map(str::to_owned).collect(),
            &witness.around(&witness.hold()),
        );
        wait_until("a claim", || world.row(task).claim.is_some());
        let second = world.worker(&worker);
        witness.wait_for(2);
        wait_for_flight(&world, task, 2);
        let claim = world.row(task).claim.expect("it is held");
        assert_eq!(claim.worker, first.number());
        Self {
            world,
            witness,
            task,
            first: Some(first),
            second: Some(second),
        }
    }

    /// The worker that coordinates, and its batch.
    #[track_caller]
    pub(crate) fn take_first(&mut self) -> (Worker, Note) {
        let worker = self.first.take().expect("it is taken once");
        let batch = self.batch_of(&worker);
        (worker, batch)
    }

    /// The other, and its batch.
    #[track_caller]
    pub(crate) fn take_second(&mut self) -> (Worker, Note) {
        let worker = self.second.take().expect("it is taken once");
        let batch = self.batch_of(&worker);
        (worker, batch)
    }

    #[track_caller]
    fn batch_of(&self, worker: &Worker) -> Note {
        let begun = self.witness.begun();
        let mut of = begun.iter().filter(|note| note.worker == worker.pid());
        of.next().expect("it performs one").clone()
    }

    #[track_caller]
    pub(crate) fn wait_for_claim_of(&self, worker: WorkerNumber) {
        wait_until("a claim of the other", || {
            let claim = self.world.row(self.task).claim;
            claim.is_some_and(|claim| claim.worker == worker)
        });
    }

    #[track_caller]
    pub(crate) fn go_on_to_the_end(&self, repeated: u64) {
        self.witness.let_all_go();
        self.world.wait_exits(self.task, 0);
        let view = self.world.view(self.task);
        assert_eq!((view.batches_done, view.items_done), (BATCHES, BATCHES));
        assert_eq!(self.witness.assert_whole(BATCHES, BATCHES), repeated);
    }
}

#[test]
fn others_go_on_when_who_coordinates_is_killed_and_its_batch_alone_is_repeated() {
    let mut pair = Pair::at_work(&[], "");
    let (coordinator, lost) = pair.take_first();
    let (other, kept) = pair.take_second();
    coordinator.kill();
    pair.wait_for_claim_of(other.number());
    wait_until("the end of what the dead left", || !runs(lost.pid));
    assert!(runs(kept.pid), "the batch of the living was ended");
    pair.go_on_to_the_end(1);
    assert_eq!(pair.witness.attempts(kept.batch), [1]);
    assert_eq!(pair.witness.attempts(lost.batch), [1, 2]);
    assert_eq!(other.stop(), Some(0));
}

#[test]
fn who_coordinates_stops_without_waiting_for_the_batches_of_others() {
    let mut pair = Pair::at_work(&[], "");
    let (coordinator, own) = pair.take_first();
    let (other, kept) = pair.take_second();
    coordinator.signal(Signal::SIGTERM);
    pair.witness.let_go(own.batch);
    // One that hears of the signal late begins another.
    pair.witness.let_go(2);
    assert_eq!(coordinator.exit_code(), Some(0));
    assert!(runs(kept.pid), "the other's batch was waited for, or ended");
    let row = pair.world.row(pair.task);
    assert_eq!(row.wish.desired, Desired::Run);
    assert_eq!(pair.world.events_that(pair.task, What::PutBack).len(), 0);
    // It has no slot free, and needs none for that.
    pair.wait_for_claim_of(other.number());
    assert_eq!(pair.witness.attempts(kept.batch), [1]);
    pair.go_on_to_the_end(0);
    assert_eq!(pair.witness.attempts(kept.batch), [1]);
    assert_eq!(other.stop(), Some(0));
}

#[test]
fn a_worker_whose_grace_is_over_gives_its_batch_back_with_no_attempt_spent() {
    let mut pair = Pair::at_work(&[], "--grace 300ms");
    let (coordinator, _) = pair.take_first();
    let (other, lost) = pair.take_second();
    let code = other.stop();
    assert!(code.is_some(), "it was killed");
    assert!(!runs(lost.pid), "its batch still runs");
    wait_for_flight(&pair.world, pair.task, 1);
    let _third = pair.world.worker("--concurrency 1");
    pair.go_on_to_the_end(1);
    assert_eq!(pair.witness.attempts(lost.batch), [1, 1]);
    assert_eq!(pair.world.events_that(pair.task, What::PutBack).len(), 0);
    assert_eq!(pair.world.view(pair.task).retries, 0);
    drop(coordinator);
}

#[test]
fn a_batch_whose_worker_is_stopped_for_seconds_is_left_alone() {
    for stops_first in [true, false] {
        let mut pair = Pair::at_work(&[], "");
        let ((stopped, batch), other) = if stops_first {
            (pair.take_first(), pair.take_second())
        } else {
            (pair.take_second(), pair.take_first())
        };
        stopped.signal(Signal::SIGSTOP);
        pair.witness.let_all_go();
        // Longer than the tick, at which the dead are looked for.
        std::thread::sleep(Duration::from_millis(2500));
        assert_eq!(pair.witness.attempts(batch.batch), [1]);
        assert_eq!(pair.world.row(pair.task).state.word, StateWord::Run);
        stopped.signal(Signal::SIGCONT);
        pair.go_on_to_the_end(0);
        drop((stopped, other));
    }
}
