//! A batch that kills its worker each time.

use longhaul_common::event::What;
use longhaul_common::id::TaskNumber;
use longhaul_common::phase::Phase;
use longhaul_common::state::{Outcome, StateWord};

use crate::harness::{Record, Worker, World, wait_for};
use crate::{KILL, keep_a_worker_until};

/// A task of three batches, whose second kills its worker each time, beside one that doesn't.
struct Deadly {
    world: World,
    record: Record,
    task: TaskNumber,
    other: TaskNumber,
    _worker: Worker,
}

impl Deadly {
    fn under(policy: &str) -> Self {
        let world = World::new();
        let (record, others) = (world.record(), world.record());
        let script = format!("{}[ $LONGHAUL_BATCH != 1 ] || {KILL}", record.note());
        let options = "--range 1..3 --batch-size 1 --retries 2 --backoff 20ms --on-error";
        let task = world.submit(&format!("{options} {policy}"), &script);
        let other = world.submit(
            "--range 1..200 --batch-size 2 --retries 2",
            &format!("{}sleep 0.01", others.note()),
        );
        let rests = |task| {
            let view = world.view(task);
            matches!(
                view.current_state,
                StateWord::Suspend | StateWord::Terminate
            )
        };
        let worker = keep_a_worker_until(&world, "both at rest", || rests(task) && rests(other));
        assert_eq!(world.view(other).outcome, Some(Outcome::Completed));
        assert_eq!(world.view(other).items_done, 200);
        // A retry of the other's own is one for each worker that died, at most.
        assert!(others.count() <= 103, "{}", others.count());
        Self {
            record,
            task,
            other,
            _worker: worker,
            world,
        }
    }

    /// Once and then for each retry, and never again.
    #[track_caller]
    fn assert_tried_three_times(&self) {
        let deadly: Vec<_> = self.record.runs();
        let attempts: Vec<_> = deadly
            .iter()
            .filter(|run| run.batch == 1)
            .map(|run| run.attempt)
            .collect();
        assert_eq!(attempts, [1, 2, 3]);
        let failures = self.world.control().store().failures(self.task);
        let failed = failures.expect("the store can be read").pop();
        let error = self.world.view(self.task).error;
        let told = failed.map(|failed| failed.error).or(error);
        let why = "its worker died 3 times in a row";
        assert!(
            told.as_ref().is_some_and(|told| told.contains(why)),
            "{told:?}"
        );
        assert_eq!(self.world.view(self.other).error, None);
    }
}

#[test]
fn a_batch_that_kills_its_worker_each_time_suspends_its_task_once_the_retries_are_spent() {
    let deadly = Deadly::under("suspend");
    deadly.assert_tried_three_times();
    let view = deadly.world.view(deadly.task);
    assert_eq!(view.current_state, StateWord::Suspend);
    assert_eq!((view.items_done, view.batches_failed), (1, 0));
}

#[test]
fn a_batch_that_kills_its_worker_each_time_is_skipped_where_the_policy_says_so() {
    let deadly = Deadly::under("skip");
    deadly.assert_tried_three_times();
    let view = deadly.world.view(deadly.task);
    assert_eq!(view.outcome, Some(Outcome::Completed));
    assert_eq!(view.batches_failed, 1);
    let failures = deadly.world.control().store().failures(deadly.task);
    let failures = failures.expect("the store can be read");
    assert_eq!((failures[0].batch.0, failures[0].items), (1, 1));
    let last = deadly.record.runs().pop().expect("they ran");
    assert_eq!((last.batch, last.attempt), (2, 1));
}

#[test]
fn a_batch_that_kills_its_worker_each_time_ends_its_task_where_the_policy_says_so() {
    let deadly = Deadly::under("terminate");
    deadly.assert_tried_three_times();
    let view = deadly.world.view(deadly.task);
    assert_eq!(view.outcome, Some(Outcome::Failed));
    assert_eq!(view.items_done, 1);
}

#[test]
fn the_first_takeover_of_a_batch_starts_at_once_and_the_second_backs_off() {
    let world = World::new();
    let record = world.record();
    let task = world.submit("--backoff 60s", &(record.note() + KILL));
    let worker = keep_a_worker_until(&world, "the second takeover", || {
        world.events_that(task, What::TakenOver).len() == 2
    });
    assert_eq!(record.attempts(), [1, 2]);
    let due = wait_for("the wait for the next attempt", || {
        let view = world.view(task);
        (view.phase == Phase::BackingOff).then_some(view.next_attempt_at)
    });
    assert!(due.is_some());
    assert_eq!(worker.stop(), Some(0));
    assert_eq!(record.count(), 2);
}
