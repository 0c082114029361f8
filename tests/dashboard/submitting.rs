//! A task of a kind is submitted from the dashboard, and a real worker performs it.

use longhaul_common::phase::Phase;
use longhaul_common::state::{Desired, Outcome};
use longhaul_worker::{Cx, Failure, Notices, RangeSource, RunningWorker, Source, Task, builder};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::harness::World;
use crate::opened::Dashboard;

/// What is written how often.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
struct Params {
    /// What is written to the log.
    word: String,
    /// How often.
    #[serde(default = "once")]
    #[schemars(range(max = 100))]
    times: u8,
    #[serde(default)]
    manner: Manner,
}

fn once() -> u8 {
    1
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Manner {
    #[default]
    Plain,
    Loud,
}

/// Writes a word to its log.
struct Writes(Params);

impl Task for Writes {
    const KIND: &'static str = "writes";
    type Params = Params;
    type Item = Vec<u8>;
    type Shared = ();

    fn source(params: &Params, (): &()) -> Result<Box<dyn Source<Vec<u8>>>, Failure> {
        Ok(Box::new(RangeSource::new(1, i64::from(params.times))))
    }

    fn init(params: Params, (): (), _: &Cx) -> Result<Self, Failure> {
        Ok(Self(params))
    }

    fn batch(&mut self, items: &[Vec<u8>], cx: &Cx) -> Result<(), Failure> {
        for _ in items {
            match self.0.manner {
                Manner::Plain => cx.log(&self.0.word),
                Manner::Loud => cx.log(self.0.word.to_uppercase()),
            }
        }
        Ok(())
    }
}

fn worker(world: &World) -> RunningWorker {
    let store = world.control().store().clone();
    let worker = builder(store).register::<Writes>(());
    let spawned = worker.notices(Notices::none()).spawn();
    spawned.expect("the worker starts")
}

fn stop(worker: RunningWorker) {
    worker.stopper().stop();
    worker.join().expect("it ends in good order");
}

#[test]
fn a_form_is_filled_in_and_a_worker_of_the_kind_performs_the_task() {
    let world = World::new();
    let worker = worker(&world);
    let dashboard = Dashboard::open(&world, &[], &[]);
    dashboard.press("i");
    dashboard.wait_for("submit a task of which kind?");
    dashboard.wait_for("performed by worker 1");
    dashboard.press("\r");
    dashboard.wait_for("submit a task of kind writes");
    dashboard.press("hello\t");
    // The manner is turned, the number has a mistake first.
    dashboard.press("l\t");
    dashboard.press("101");
    dashboard.wait_for("101 is more than 100");
    dashboard.press("\r");
    dashboard.wait_for("times: 101 is more than 100");
    dashboard.press("\x7f\x7f\x7f3");
    dashboard.wait_for("the same: longhaul submit writes --param word=hello");
    dashboard.press("\r");
    dashboard.wait_for("task 1 is submitted");
    let task = world.wait_for_task(1);
    dashboard.wait_for("1 completed");
    let view = world.view(task);
    assert_eq!(view.outcome, Some(Outcome::Completed));
    assert_eq!(view.items_done, 3);
    let log = world.expect(0, "logs 1").stdout;
    assert_eq!(log.matches("HELLO").count(), 3, "{log}");
    assert!(!view.created_by.user.is_empty(), "{view:?}");
    dashboard.quits();
    stop(worker);
}

#[test]
fn a_submission_typed_whole_is_made_at_once_and_one_that_does_not_fit_is_not() {
    let world = World::new();
    // Its kind stays known when it is gone.
    stop(worker(&world));
    let dashboard = Dashboard::open(&world, &[], &[]);
    dashboard.press(":submit writes --param times=7\r");
    dashboard.wait_for("word: is missing");
    // Refused by the line itself or by the store, as the kinds were read or not.
    dashboard.press("\x1b");
    dashboard.press("\x1b");
    dashboard.press(":submit writes --param word=hi --name greeting\r");
    dashboard.wait_for("task 1 is submitted; no worker that performs kind writes is alive");
    dashboard.wait_for("greeting");
    let worker = worker(&world);
    dashboard.wait_for("1 completed");
    dashboard.quits();
    stop(worker);
}

#[test]
fn options_of_a_submission_are_heeded() {
    let world = World::new();
    let worker = worker(&world);
    let dashboard = Dashboard::open(&world, &[], &[]);
    dashboard.press(":submit writes --param word=first --suspended --priority -3\r");
    dashboard.wait_for("task 1 is submitted");
    dashboard.press(":submit writes --param word=second --after 1 --key nightly\r");
    dashboard.wait_for("task 2 is submitted");
    dashboard.press(":submit writes --param word=third --key nightly\r");
    dashboard.wait_for("task 2 bears that key already");
    let first = world.view(world.wait_for_task(1));
    assert_eq!(first.desired_state, Desired::Suspend);
    assert_eq!(first.priority, -3);
    assert_eq!(world.view(world.wait_for_task(2)).phase, Phase::Blocked);
    dashboard.press("gGr");
    dashboard.wait_for("2 completed");
    dashboard.quits();
    stop(worker);
}

#[test]
fn who_looks_only_gets_no_form() {
    let world = World::new();
    stop(worker(&world));
    let events = || world.expect(0, "events --json").stdout;
    let before = events();
    let dashboard = Dashboard::open(&world, &["--read-only"], &[]);
    dashboard.press("i");
    dashboard.wait_for("to look only");
    dashboard.press(":submit writes --param word=hi\r");
    dashboard.wait_for("to look only");
    dashboard.quits();
    assert_eq!(events(), before);
}
