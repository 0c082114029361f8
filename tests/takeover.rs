//! What becomes of a task whose worker dies, by where it was: in init, in a batch, after the batch,
//! in cleanup; and of a batch that kills its worker.

mod harness;

use std::fs;

use harness::{Record, Worker, World, runs, wait_for, wait_until};
use longhaul_common::event::What;
use longhaul_common::id::TaskNumber;
use longhaul_common::phase::Phase;
use longhaul_common::state::{Outcome, StateWord};

/// The shell's words that kill the worker they run under.
const KILL: &str = "kill -KILL $PPID\n";

/// Keeps a worker running, as a service manager would, until `done`.
#[track_caller]
fn keep_a_worker_until(world: &World, what: &str, mut done: impl FnMut() -> bool) -> Worker {
    let mut worker = world.worker("--concurrency 2");
    wait_until(what, || {
        if worker.has_ended() {
            worker = world.worker("--concurrency 2");
        }
        done()
    });
    worker
}

/// A script of a hook that notes that it ran and then does something more.
fn hook(world: &World, name: &str, body: &str) -> String {
    let trace = world.path("trace");
    world.script(
        name,
        &format!("echo {name} >>'{}'\n{body}", trace.display()),
    )
}

fn trace(world: &World) -> Vec<String> {
    let text = fs::read_to_string(world.path("trace")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

#[track_caller]
fn wait_for_trace(world: &World, expected: &[&str]) {
    wait_until(&format!("{expected:?}"), || {
        trace(world).len() >= expected.len()
    });
    assert_eq!(trace(world), expected);
}

/// Submits a task of two batches with hooks.
#[track_caller]
fn submit_hooked(world: &World, init: &str, cleanup: &str, script: &str) -> TaskNumber {
    let options = "--range 1..2 --batch-size 1".split(' ').map(str::to_owned);
    let hooks = ["--init", init, "--cleanup", cleanup].map(str::to_owned);
    world.submit_args(options.chain(hooks).collect(), script)
}

#[test]
fn the_next_worker_ends_what_is_left_of_a_batch_and_runs_the_same_items_under_the_same_key() {
    let world = World::new();
    let (record, gate) = (world.record(), world.gate());
    let first = world.worker("");
    let task = world.submit(
        "--range 1..6 --batch-size 3",
        &(record.note() + &gate.pass()),
    );
    wait_until("the batch", || record.count() == 1);
    let (dead, left) = (first.number(), record.runs()[0].pid);
    first.kill();
    assert!(
        runs(left),
        "the batch ended with its worker: nothing to clear"
    );

    let _second = world.worker("");
    wait_until("the batch again", || record.count() == 2);
    assert!(!runs(left), "what was left of it still runs");
    let both = record.runs();
    assert_eq!(both[0].same(), both[1].same());
    assert_eq!(record.attempts(), [1, 2]);
    gate.release(2);
    world.wait_exits(task, 0);

    let taken = world.events_that(task, What::TakenOver);
    assert_eq!(taken.len(), 1);
    let said = format!("from worker {dead}, which died");
    assert_eq!(taken[0].detail.as_deref(), Some(said.as_str()));
    let shown = world.expect(0, &format!("show {task}")).stdout;
    assert!(shown.contains(&said), "{shown}");
}

#[test]
fn a_batch_that_was_done_but_not_recorded_runs_once_more_and_no_other_does() {
    let world = World::new();
    let record = world.record();
    // The very last that it does.
    let script = format!(
        "{}[ $LONGHAUL_BATCH-$LONGHAUL_ATTEMPT != 1-1 ] || {KILL}",
        record.note()
    );
    let task = world.submit("--range 1..3 --batch-size 1", &script);
    let _worker = keep_a_worker_until(&world, "its end", || {
        world.view(task).current_state == StateWord::Terminate
    });
    assert_eq!(record.items(), ["1", "2", "2", "3"]);
    assert_eq!(record.attempts(), [1, 1, 2, 1]);
    let view = world.view(task);
    assert_eq!((view.items_done, view.batches_failed), (3, 0));
}

#[test]
fn a_worker_killed_during_init_is_cleaned_up_after_before_init_runs_again() {
    let world = World::new();
    let gate = world.gate();
    let init = hook(&world, "init", &gate.pass());
    let cleanup = hook(&world, "cleanup", "");
    let first = world.worker("");
    let task = submit_hooked(&world, &init, &cleanup, "exit 0");
    wait_for_trace(&world, &["init"]);
    first.kill();
    let _second = world.worker("");
    wait_for_trace(&world, &["init", "cleanup", "init"]);
    gate.release(2);
    world.wait_exits(task, 0);
    wait_for_trace(&world, &["init", "cleanup", "init", "cleanup"]);
}

#[test]
fn a_worker_killed_during_cleanup_leaves_it_to_the_next_and_no_batch_runs_again() {
    let world = World::new();
    let (record, gate) = (world.record(), world.gate());
    let init = hook(&world, "init", "");
    let cleanup = hook(&world, "cleanup", &gate.pass());
    let first = world.worker("");
    let task = submit_hooked(&world, &init, &cleanup, &record.note());
    wait_for_trace(&world, &["init", "cleanup"]);
    first.kill();
    let _second = world.worker("");
    wait_for_trace(&world, &["init", "cleanup", "cleanup"]);
    assert_ne!(world.row(task).state.word, StateWord::Terminate);
    gate.release(2);
    world.wait_exits(task, 0);
    assert_eq!(record.items(), ["1", "2"]);
    assert_eq!(world.events_that(task, What::HookStarted).len(), 2);
}

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
