//! Tasks written in Rust, performed by a worker in this process over a real store.
#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use longhaul_common::alive::Liveness;
use longhaul_common::bell::Watch;
use longhaul_common::changes::{Changes, Woken};
use longhaul_common::control::Control;
use longhaul_common::event::What;
use longhaul_common::id::{EventNumber, TaskNumber};
use longhaul_common::phase::Phase;
use longhaul_common::spec::OnError;
use longhaul_common::state::{Desired, Ending, Outcome, StateWord};
use longhaul_common::store::{Absent, Haste, NewTask, Opening, Store};
use longhaul_common::view::TaskView;
use longhaul_worker::{
    Cx, End, Failure, Finished, Notices, RangeSource, RunningWorker, Source, Task, builder,
    new_task,
};
use serde::{Deserialize, Serialize};

const PATIENCE: Duration = Duration::from_secs(10);

/// What a task does at a certain batch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
enum Trick {
    #[default]
    None,
    /// Fails so many times, then succeeds.
    Retry(u32),
    Panic,
    Skip,
    Suspend,
    Fatal,
    /// Says once that it was cancelled, and was not.
    CancelItself,
    /// The same, when it is prepared.
    CancelInit,
    /// Waits until it is cancelled.
    Hang,
    /// Waits until the file is there.
    WaitFor(String),
    /// Waits until the file is there, whatever anybody wants.
    Deaf(String),
    FailInit,
    FailCleanup,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Params {
    last: i64,
    at: u64,
    trick: Trick,
}

/// What the tasks of a test did, in order.
#[derive(Clone, Default)]
struct Diary(Arc<Mutex<Vec<String>>>);

impl Diary {
    fn note(&self, line: impl Into<String>) {
        self.0.lock().unwrap().push(line.into());
    }

    fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    fn count(&self, line: &str) -> usize {
        self.lines().iter().filter(|known| *known == line).count()
    }

    /// The items of the batches that succeeded.
    fn done(&self) -> Vec<i64> {
        self.lines()
            .iter()
            .filter_map(|line| line.strip_prefix("done ")?.parse().ok())
            .collect()
    }
}

struct Scripted {
    params: Params,
    diary: Diary,
}

impl Task for Scripted {
    const KIND: &'static str = "scripted";
    type Params = Params;
    type Item = Vec<u8>;
    type Shared = Diary;

    fn source(params: &Params) -> Result<Box<dyn Source<Vec<u8>>>, Failure> {
        Ok(Box::new(RangeSource::new(1, params.last)))
    }

    fn init(params: Params, diary: Diary, _: &Cx) -> Result<Self, Failure> {
        diary.note("init");
        if params.trick == Trick::FailInit {
            return Err(Failure::Retry("no connection".into()));
        }
        if params.trick == Trick::CancelInit && diary.count("init") == 1 {
            return Err(Failure::Cancelled);
        }
        Ok(Self { params, diary })
    }

    fn batch(&mut self, items: &[Vec<u8>], cx: &Cx) -> Result<(), Failure> {
        self.diary
            .note(format!("batch {} {}", cx.batch(), cx.attempt()));
        if cx.batch().0 == self.params.at {
            match &self.params.trick {
                Trick::None | Trick::FailInit | Trick::FailCleanup | Trick::CancelInit => {}
                Trick::CancelItself if cx.attempt() > 1 => {}
                Trick::CancelItself => return Err(Failure::Cancelled),
                Trick::Retry(times) if cx.attempt() > *times => {}
                Trick::Retry(_) => return Err(Failure::Retry("try again".into())),
                Trick::Panic => panic!("on purpose"),
                Trick::Skip => return Err(Failure::Skip("bad items".into())),
                Trick::Suspend => return Err(Failure::Suspend("look at this".into())),
                Trick::Fatal => return Err(Failure::Fatal("it makes no sense".into())),
                Trick::Deaf(file) => {
                    let file = Path::new(file);
                    let deadline = Instant::now() + 3 * PATIENCE;
                    while !file.exists() && Instant::now() < deadline {
                        std::thread::sleep(Duration::from_millis(5));
                    }
                }
                Trick::Hang => wait_until("cancelled", || cx.cancelled()),
                Trick::WaitFor(file) => {
                    let file = Path::new(file);
                    wait_until("released", || file.exists() || cx.cancelled());
                }
            }
        }
        cx.check()?;
        for item in items {
            self.diary
                .note(format!("done {}", std::str::from_utf8(item)?));
        }
        cx.say(format!("at batch {}", cx.batch()));
        cx.log("a line of its own");
        Ok(())
    }

    fn suspended(&mut self, _: &Cx) -> Result<(), Failure> {
        self.diary.note("suspended");
        Ok(())
    }

    fn resumed(&mut self, _: &Cx) -> Result<(), Failure> {
        self.diary.note("resumed");
        Ok(())
    }

    fn cleanup(params: &Params, diary: &Diary, end: End, _: &Cx) -> Result<(), Failure> {
        diary.note(format!("cleanup {end:?}"));
        if params.trick == Trick::FailCleanup {
            return Err(Failure::Retry("can't let go".into()));
        }
        Ok(())
    }
}

struct House {
    dir: tempfile::TempDir,
    control: Control,
    diary: Diary,
}

impl House {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let opening = Opening {
            absent: Absent::Create,
            ..Opening::default()
        };
        let store = Store::open(&dir.path().join("store"), opening).unwrap();
        Self {
            dir,
            control: Control::new(store).unwrap(),
            diary: Diary::default(),
        }
    }

    fn worker(&self) -> RunningWorker {
        builder(self.control.store().clone())
            .register::<Scripted>(self.diary.clone())
            .concurrency(NonZeroUsize::new(2).unwrap())
            .notices(Notices::none())
            .spawn()
            .unwrap()
    }

    fn task(&self, last: i64, at: u64, trick: Trick) -> NewTask {
        let mut task = new_task::<Scripted>(&Params { last, at, trick }).unwrap();
        task.spec.batch_size = 10;
        task.spec.backoff_ms = 1;
        task
    }

    fn submit(&self, task: NewTask) -> TaskNumber {
        self.control.submit(task).unwrap().number
    }

    fn view(&self, task: TaskNumber) -> TaskView {
        self.control.view(task).unwrap()
    }

    /// Waits until the task looks so.
    fn until(&self, task: TaskNumber, what: &str, so: impl Fn(&TaskView) -> bool) -> TaskView {
        let deadline = Instant::now() + PATIENCE;
        let changes = Changes::listen(self.control.store().dir(), Watch::ControlAndProgress);
        loop {
            let view = self.view(task);
            if so(&view) {
                return view;
            }
            assert!(
                changes.wait(Some(deadline)) == Woken::Perhaps,
                "task {task} is not {what}: {view:?}"
            );
        }
    }

    fn ended(&self, task: TaskNumber) -> TaskView {
        self.until(task, "ended", |view| {
            view.current_state == StateWord::Terminate
        })
    }

    fn rests(&self, task: TaskNumber) -> TaskView {
        self.until(task, "suspended", |view| {
            view.current_state == StateWord::Suspend
        })
    }

    fn happened(&self, task: TaskNumber, what: What) -> usize {
        let events = self
            .control
            .store()
            .events(EventNumber(0), Some(task), 10_000)
            .unwrap();
        events
            .events
            .iter()
            .filter(|event| event.what == what)
            .count()
    }
}

fn wait_until(what: &str, so: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !so() {
        assert!(Instant::now() < deadline, "not {what} in time");
        std::thread::yield_now();
    }
}

fn stop(worker: RunningWorker) {
    worker.stopper().stop();
    assert_eq!(worker.join().unwrap(), Finished::InGoodOrder);
}

#[test]
fn every_item_is_done_once_and_in_order() {
    let house = House::new();
    let worker = house.worker();
    let task = house.submit(house.task(1_005, 0, Trick::None));
    let view = house.ended(task);
    assert_eq!(view.outcome, Some(Outcome::Completed));
    assert_eq!((view.items_done, view.items_total), (1_005, Some(1_005)));
    assert_eq!(view.batches_done, 101);
    assert_eq!(view.message.as_deref(), Some("at batch 100"));
    assert_eq!(house.diary.done(), (1..=1_005).collect::<Vec<_>>());
    assert_eq!(house.diary.count("init"), 1);
    assert_eq!(house.diary.count("cleanup Leaving(Completed)"), 1);
    stop(worker);
}

#[test]
fn a_failed_batch_is_tried_again_with_the_same_items() {
    let house = House::new();
    let worker = house.worker();
    let task = house.submit(house.task(30, 1, Trick::Retry(2)));
    let view = house.ended(task);
    assert_eq!(view.outcome, Some(Outcome::Completed));
    assert_eq!(view.retries, 2);
    assert_eq!(house.diary.done(), (1..=30).collect::<Vec<_>>());
    for attempt in 1..=3 {
        assert_eq!(house.diary.count(&format!("batch 1 {attempt}")), 1);
    }
    stop(worker);
}

#[test]
fn a_panic_is_a_failed_batch_and_the_policy_suspends() {
    let house = House::new();
    let worker = house.worker();
    let task = house.submit(house.task(30, 1, Trick::Panic));
    let view = house.rests(task);
    assert_eq!(view.items_done, 10);
    let error = view.error.unwrap();
    assert!(error.contains("on purpose"), "{error}");
    assert!(view.desired_reason.unwrap().contains("failed 4 times"));
    assert_eq!(house.diary.count("suspended"), 1);
    assert_eq!(house.diary.count("cleanup Leaving(Suspended)"), 1);
    stop(worker);
}

#[test]
fn a_skipped_batch_goes_to_the_failures() {
    let house = House::new();
    let worker = house.worker();
    let task = house.submit(house.task(30, 1, Trick::Skip));
    let view = house.ended(task);
    assert_eq!(view.outcome, Some(Outcome::Completed));
    assert_eq!((view.batches_done, view.batches_failed), (2, 1));
    let failures = house.control.store().failures(task).unwrap();
    assert_eq!(failures.len(), 1);
    assert_eq!((failures[0].batch.0, failures[0].items), (1, 10));
    assert_eq!(failures[0].error, "bad items");
    stop(worker);
}

#[test]
fn a_batch_can_ask_to_suspend_at_once_and_attempts_start_anew_at_a_resume() {
    let house = House::new();
    let worker = house.worker();
    let task = house.submit(house.task(30, 1, Trick::Suspend));
    house.rests(task);
    assert_eq!(house.diary.count("batch 1 1"), 1);
    house.control.resume([task]).send().unwrap();
    house.until(task, "suspended again", |view| {
        view.current_state == StateWord::Suspend && view.epoch.0 == 2
    });
    assert_eq!(house.diary.count("batch 1 1"), 2);
    assert_eq!(house.diary.count("resumed"), 1);
    stop(worker);
}

#[test]
fn fatal_ends_the_task_as_failed() {
    let house = House::new();
    let worker = house.worker();
    let task = house.submit(house.task(30, 1, Trick::Fatal));
    let view = house.ended(task);
    assert_eq!(view.outcome, Some(Outcome::Failed));
    assert_eq!(house.diary.count("cleanup Leaving(Failed)"), 1);
    stop(worker);
}

#[test]
fn the_policies_act_once_the_retries_are_spent() {
    for (policy, outcome, done) in [
        (OnError::Skip, Outcome::Completed, 20),
        (OnError::Terminate, Outcome::Failed, 10),
    ] {
        let house = House::new();
        let worker = house.worker();
        let mut task = house.task(30, 1, Trick::Retry(99));
        task.spec.on_error = policy;
        task.spec.retries = 2;
        let view = house.ended(house.submit(task));
        assert_eq!(view.outcome, Some(outcome));
        assert_eq!(view.items_done, done);
        assert_eq!(house.diary.count("batch 1 3"), 1);
        assert_eq!(house.diary.count("batch 1 4"), 0);
        stop(worker);
    }
}

#[test]
fn force_cancels_the_batch_in_flight_and_a_resume_repeats_it() {
    let house = House::new();
    let worker = house.worker();
    let task = house.submit(house.task(30, 1, Trick::Hang));
    wait_until("at batch 1", || house.diary.count("batch 1 1") == 1);
    house.control.suspend([task]).send().unwrap();
    house.until(task, "suspending", |view| view.phase == Phase::Suspending);
    house
        .control
        .suspend([task])
        .haste(Haste::ByForce)
        .send()
        .unwrap();
    let view = house.rests(task);
    assert_eq!((view.items_done, view.retries), (10, 0));
    house.control.resume([task]).send().unwrap();
    wait_until("at batch 1 again", || house.diary.count("batch 1 1") == 2);
    house
        .control
        .terminate([task])
        .haste(Haste::ByForce)
        .send()
        .unwrap();
    assert_eq!(house.ended(task).outcome, Some(Outcome::Terminated));
    assert_eq!(house.diary.done(), (1..=10).collect::<Vec<_>>());
    stop(worker);
}

#[test]
fn a_withdrawn_request_costs_nothing() {
    let house = House::new();
    let worker = house.worker();
    let gate = house.dir.path().join("gate");
    let trick = Trick::WaitFor(gate.to_str().unwrap().into());
    let task = house.submit(house.task(30, 1, trick));
    wait_until("at batch 1", || house.diary.count("batch 1 1") == 1);
    for want in [Desired::Suspend, Desired::Terminate] {
        house.control.ask(want, [task]).send().unwrap();
        house.control.resume([task]).send().unwrap();
    }
    std::fs::write(&gate, "").unwrap();
    let view = house.ended(task);
    assert_eq!(view.outcome, Some(Outcome::Completed));
    assert_eq!(view.epoch.0, 1);
    assert_eq!(house.diary.count("suspended"), 0);
    // INIT to RUN, RUN to TERMINATE.
    assert_eq!(house.happened(task, What::State), 2);
    stop(worker);
}

#[test]
fn a_stopped_worker_gives_its_tasks_back_and_spends_no_retry() {
    let house = House::new();
    let worker = house.worker();
    // So many that it can't end before the worker was told to stop.
    let task = house.submit(house.task(1_000_000_000, 0, Trick::None));
    wait_until("some batches", || house.view(task).items_done >= 20);
    worker.stopper().stop();
    assert_eq!(worker.join().unwrap(), Finished::InGoodOrder);
    let view = house.view(task);
    assert_eq!(view.current_state, StateWord::Init);
    assert_eq!(view.desired_state, Desired::Run);
    assert_eq!(view.retries, 0);
    let given_back_at = view.items_done;
    assert_eq!(house.diary.count("cleanup Leaving(Released)"), 1);

    let worker = house.worker();
    wait_until("more batches", || {
        house.view(task).items_done > given_back_at
    });
    house.control.suspend([task]).send().unwrap();
    let view = house.rests(task);
    assert_eq!(view.retries, 0);
    let done = i64::try_from(view.items_done).unwrap();
    assert_eq!(house.diary.done(), (1..=done).collect::<Vec<_>>());
    stop(worker);
}

#[test]
fn a_failing_init_counts_as_a_failed_batch() {
    let house = House::new();
    let worker = house.worker();
    let mut task = house.task(30, 0, Trick::FailInit);
    // There is nothing that could be skipped, so it suspends.
    task.spec.on_error = OnError::Skip;
    task.spec.retries = 2;
    let view = house.rests(house.submit(task));
    assert_eq!(house.diary.count("init"), 3);
    assert_eq!(view.items_done, 0);
    assert!(view.error.unwrap().contains("no connection"));
    stop(worker);
}

#[test]
fn a_failing_cleanup_is_tried_three_times_and_then_recorded() {
    let house = House::new();
    let worker = house.worker();
    let task = house.submit(house.task(10, 0, Trick::FailCleanup));
    let view = house.ended(task);
    assert_eq!(view.outcome, Some(Outcome::Completed));
    assert_eq!(
        house
            .diary
            .count(&format!("cleanup {:?}", End::Leaving(Ending::Completed))),
        3
    );
    assert_eq!(house.happened(task, What::HookFailed), 3);
    assert_eq!(house.happened(task, What::HookDropped), 1);
    stop(worker);
}

#[test]
fn a_kind_that_no_worker_knows_waits_and_says_for_what() {
    let house = House::new();
    let worker = house.worker();
    let mut task = house.task(10, 0, Trick::None);
    task.spec.kind = "unheard-of".into();
    let task = house.submit(task);
    let view = house.view(task);
    assert_eq!(view.phase, Phase::Queued);
    let waits = view.waiting_for.unwrap();
    assert!(waits.contains("unheard-of"), "{waits}");
    stop(worker);
}

#[test]
fn parameters_that_do_not_fit_suspend_the_task_and_say_why() {
    let house = House::new();
    let worker = house.worker();
    let mut task = house.task(10, 0, Trick::None);
    task.spec.work =
        longhaul_common::spec::Work::Registered(longhaul_common::spec::RegisteredWork {
            params: "{\"last\": \"many\"}".into(),
        });
    let view = house.rests(house.submit(task));
    let error = view.error.unwrap();
    assert!(error.contains("the parameters don't fit"), "{error}");
    stop(worker);
}

#[test]
fn a_slow_task_holds_up_no_other() {
    let house = House::new();
    let worker = house.worker();
    let slow = house.submit(house.task(30, 1, Trick::Hang));
    wait_until("at batch 1", || house.diary.count("batch 1 1") == 1);
    let quick = house.submit(house.task(1_000_000_000, 0, Trick::None));
    house.until(quick, "running", |view| view.batches_done > 0);
    house.control.suspend([slow, quick]).send().unwrap();
    house.rests(quick);
    assert_eq!(house.view(slow).current_state, StateWord::Run);
    house
        .control
        .terminate([slow, quick])
        .haste(Haste::ByForce)
        .send()
        .unwrap();
    house.ended(slow);
    house.ended(quick);
    stop(worker);
}

#[test]
fn a_batch_that_ignores_its_cancellation_costs_its_worker_and_no_other_task() {
    let house = House::new();
    let gate = house.dir.path().join("gate");
    let deaf = Trick::Deaf(gate.to_str().unwrap().into());
    let worker = builder(house.control.store().clone())
        .register::<Scripted>(house.diary.clone())
        .concurrency(NonZeroUsize::new(2).unwrap())
        .grace(Duration::from_millis(100))
        .owning_the_process()
        .spawn()
        .unwrap();
    let task = house.submit(house.task(30, 1, deaf));
    wait_until("at batch 1", || house.diary.count("batch 1 1") == 1);
    let other = house.submit(house.task(1_000_000_000, 0, Trick::None));
    house.until(other, "running", |view| view.batches_done > 0);
    house
        .control
        .terminate([task])
        .haste(Haste::ByForce)
        .send()
        .unwrap();
    let view = house.until(other, "given back", |view| view.worker.is_none());
    assert_eq!(view.current_state, StateWord::Init);
    assert_eq!(worker.join().unwrap(), Finished::Overdue);
    std::fs::write(&gate, "").unwrap();
}

#[test]
fn a_task_that_cancels_itself_has_failed_and_is_not_run_over_and_over() {
    for trick in [Trick::CancelItself, Trick::CancelInit] {
        let house = House::new();
        let worker = house.worker();
        let task = house.submit(house.task(30, 1, trick));
        let view = house.ended(task);
        assert_eq!(view.outcome, Some(Outcome::Completed));
        assert_eq!(view.retries, 1);
        stop(worker);
    }
}

#[test]
fn a_worker_lives_as_long_as_something_runs_in_it() {
    let house = House::new();
    let gate = house.dir.path().join("gate");
    let path = gate.to_string_lossy().into_owned();
    let worker = builder(house.control.store().clone())
        .register::<Scripted>(house.diary.clone())
        .notices(Notices::none())
        .grace(Duration::ZERO)
        .spawn()
        .unwrap();
    let number = worker.number();
    let task = house.submit(house.task(30, 1, Trick::Deaf(path)));
    wait_until("in its batch", || house.diary.count("batch 1 1") == 1);
    let lives = || house.control.alive().probe(number).unwrap();
    worker.stopper().stop();
    // Longer than its last call: its supervisor goes, and the batch does not listen.
    assert_eq!(worker.join().unwrap(), Finished::Overdue);
    assert_eq!(lives(), Liveness::Alive);
    let next = house.worker();
    // One that looked for work has looked for the tasks of the dead, too.
    house.ended(house.submit(house.task(10, 0, Trick::None)));
    assert_eq!(house.diary.count("batch 1 1"), 1);
    std::fs::write(&gate, "").unwrap();
    house.ended(task);
    wait_until("gone", || lives() == Liveness::Dead);
    assert_eq!(house.happened(task, What::TakenOver), 0);
    stop(next);
}

#[test]
fn a_worker_nobody_waits_for_works_on_and_lives() {
    let house = House::new();
    let number = house.worker().number();
    assert_eq!(
        house.control.alive().probe(number).unwrap(),
        Liveness::Alive
    );
    let task = house.submit(house.task(30, 0, Trick::None));
    house.ended(task);
}
