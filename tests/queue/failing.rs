//! Batches that fail while others run.

use longhaul_common::event::What;
use longhaul_common::id::{BatchNumber, TaskNumber};
use longhaul_common::state::{Outcome, StateWord};

use crate::backlog;
use crate::harness::{Worker, World, wait_until};
use crate::witness::Witness;

const KILL: &str = "[ $LONGHAUL_BATCH != 1 ] || kill -KILL $PPID\n";

#[test]
fn batches_that_are_passed_over_go_to_the_failures_with_their_ranges() {
    let world = World::new();
    let witness = Witness::new(&world, "witness");
    let _workers = [(); 2].map(|()| world.worker("--concurrency 2"));
    let task = world.submit(
        "--range 1..40 --batch-size 2 --queue store",
        &witness.around("case $LONGHAUL_BATCH in 3|7) exit 65 ;; esac"),
    );
    world.wait_exits(task, 1);
    let view = world.view(task);
    assert_eq!(view.outcome, Some(Outcome::Completed));
    assert_eq!((view.batches_done, view.batches_failed), (18, 2));
    assert_eq!(view.items_done, 36);
    let failures = world.control().store().failures(task);
    let failures: Vec<_> = failures
        .expect("the store can be read")
        .into_iter()
        .map(|failed| {
            let at = |cursor: &[u8]| String::from_utf8_lossy(cursor).into_owned();
            (failed.batch.0, at(&failed.cursor), at(&failed.next))
        })
        .collect();
    let expected = [(3, "6", "8"), (7, "14", "16")];
    assert_eq!(
        failures,
        expected.map(|(batch, from, to)| (batch, from.to_owned(), to.to_owned()))
    );
    assert_eq!(backlog(&world, task).left(), 0);
}

#[test]
fn one_bad_batch_suspends_the_task_once_the_others_in_flight_are_done() {
    let world = World::new();
    let (witness, mended) = (Witness::new(&world, "witness"), world.path("mended"));
    let _workers = [(); 2].map(|()| world.worker("--concurrency 2"));
    let script = format!(
        "if [ $LONGHAUL_BATCH = 2 ]; then [ -e '{}' ] || exit 1; else {}; fi",
        mended.display(),
        witness.hold()
    );
    let task = world.submit(
        "--range 1..30 --batch-size 1 --queue store --retries 1 --backoff 0s",
        &witness.around(&script),
    );
    wait_until("the policy's request", || {
        world.view(task).desired_by_policy
    });
    assert_eq!(world.row(task).state.word, StateWord::Run);
    assert_eq!(witness.attempts(2), [1, 2]);
    // One that begins notes that a moment later.
    let in_flight = || backlog(&world, task).begun.len();
    wait_until("all notes", || witness.begun().len() == in_flight() + 2);
    let begun = witness.begun().len() as u64;
    witness.let_all_go();
    world.wait_exits(task, 7);
    // The bad one ran twice, and all others to their end.
    assert_eq!(world.view(task).batches_done, begun - 2);
    let reason = world.view(task).desired_reason.unwrap_or_default();
    assert!(reason.contains("batch 2 failed 2 times"), "{reason}");

    world.file("mended", "");
    world.expect(0, &format!("resume {task}"));
    world.wait_exits(task, 0);
    assert_eq!(witness.attempts(2), [1, 2, 1]);
    assert_eq!(world.view(task).items_done, 30);
}

#[test]
fn one_bad_batch_ends_the_task_as_failed_once_the_others_in_flight_are_done() {
    let world = World::new();
    let witness = Witness::new(&world, "witness");
    let _workers = [(); 2].map(|()| world.worker("--concurrency 2"));
    let script = format!("[ $LONGHAUL_BATCH != 2 ] || exit 1\n{}", witness.hold());
    let task = world.submit(
        "--range 1..30 --batch-size 1 --queue store --retries 0 --on-error terminate",
        &witness.around(&script),
    );
    wait_until("the bad batch", || backlog(&world, task).gave_up.is_some());
    assert_eq!(world.row(task).state.word, StateWord::Run);
    // One that begins notes that a moment later.
    let in_flight = || backlog(&world, task).begun.len();
    wait_until("all notes", || witness.begun().len() == in_flight() + 1);
    let begun = witness.begun().len() as u64;
    witness.let_all_go();
    world.wait_exits(task, 1);
    let view = world.view(task);
    assert_eq!(view.outcome, Some(Outcome::Failed));
    assert_eq!(view.batches_done, begun - 1);
    assert_eq!(backlog(&world, task).left(), 0);
}

#[test]
fn an_input_that_changes_under_the_task_suspends_it() {
    let world = World::new();
    let witness = Witness::new(&world, "witness");
    let _workers = [(); 2].map(|()| world.worker("--concurrency 1"));
    let lines: String = (1..=200).map(|line| format!("{line}\n")).collect();
    let file = world.file("input", &lines);
    let options = format!(
        "--lines {} --batch-size 1 --queue store --depth 4 --retries 0",
        file.display()
    );
    let task = world.submit(&options, &witness.around(&witness.hold()));
    witness.wait_for(2);
    world.file("input", lines.replace('7', "seven"));
    witness.let_all_go();
    world.wait_exits(task, 7);
    let reason = world.view(task).desired_reason.unwrap_or_default();
    assert!(reason.contains("changed"), "{reason}");
}

/// A task whose second batch kills its worker each time, between others.
struct Deadly {
    world: World,
    witness: Witness,
    task: TaskNumber,
    _workers: Vec<Worker>,
}

impl Deadly {
    fn under(policy: &str) -> Self {
        let world = World::new();
        let witness = Witness::new(&world, "witness");
        let options = format!(
            "--range 1..40 --batch-size 1 --queue store --retries 2 --backoff 300ms --on-error {policy}"
        );
        let task = world.submit(&options, &witness.around(KILL));
        let mut workers: Vec<Worker> = (0..2).map(|_| world.worker("--concurrency 2")).collect();
        wait_until("its rest", || {
            for worker in &mut workers {
                if worker.has_ended() {
                    *worker = world.worker("--concurrency 2");
                }
            }
            let state = world.row(task).state.word;
            matches!(state, StateWord::Suspend | StateWord::Terminate)
        });
        assert_eq!(witness.attempts(1), [1, 2, 3]);
        Self {
            world,
            witness,
            task,
            _workers: workers,
        }
    }

    /// No other was given up, whichever died beside it.
    #[track_caller]
    fn assert_alone(&self) {
        let given_up = self.world.events_that(self.task, What::GaveUp);
        let given_up: Vec<_> = given_up.iter().map(|event| event.batch).collect();
        assert_eq!(given_up, [Some(BatchNumber(1))]);
        assert_eq!(self.world.view(self.task).batches_failed, 0);
    }
}

#[test]
fn a_batch_that_kills_its_workers_suspends_its_task_and_is_what_all_others_outlive() {
    let deadly = Deadly::under("suspend");
    let view = deadly.world.view(deadly.task);
    assert_eq!(view.current_state, StateWord::Suspend);
    let reason = view.desired_reason.unwrap_or_default();
    assert!(reason.contains("batch 1 failed 3 times"), "{reason}");
    deadly.assert_alone();
}

#[test]
fn a_batch_that_kills_its_workers_is_passed_over_where_the_policy_says_so() {
    let deadly = Deadly::under("skip");
    let view = deadly.world.view(deadly.task);
    assert_eq!(view.outcome, Some(Outcome::Completed));
    assert_eq!((view.batches_done, view.batches_failed), (39, 1));
    let failures = deadly.world.control().store().failures(deadly.task);
    let failures = failures.expect("the store can be read");
    assert_eq!((failures[0].batch.0, failures[0].attempts), (1, 3));
    assert!(deadly.witness.order().contains(&39));
}

#[test]
fn a_batch_that_kills_its_workers_ends_its_task_where_the_policy_says_so() {
    let deadly = Deadly::under("terminate");
    let view = deadly.world.view(deadly.task);
    assert_eq!(view.outcome, Some(Outcome::Failed));
    deadly.assert_alone();
}
