//! A store with very many suspended tasks, against one with a few.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use longhaul_common::control::Control;
use longhaul_common::id::{TaskNumber, WorkerNumber};
use longhaul_common::state::Desired;
use longhaul_common::store::{Accepts, Appetite};

use crate::lab::{Lab, new_store};
use crate::program::{Worker, time_to_end};
use crate::sample::Samples;
use crate::seed::{ask, plain_task, submit_some, suspended};
use crate::table::{Goal, Row, Value};
use crate::watched::resident;

const FEW: u64 = 10;

/// One of the two stores, and what was measured on it.
struct Side {
    dir: PathBuf,
    tasks: u64,
    submit: Samples,
    claim: Samples,
    request: Samples,
    list: Samples,
    memory: Samples,
}

pub(crate) fn measure(lab: &Lab) -> Vec<Row> {
    let many = lab.pick(100_000, 2_000);
    let mut sides = [
        Side::prepare(lab.path("many"), many),
        Side::prepare(lab.path("few"), FEW),
    ];
    for _ in 0..lab.pick(3, 1) {
        for side in &mut sides {
            let worker = Worker::start(&side.dir, &[]);
            worker.settle();
            // Not at rest only: it has looked, claimed, run and settled something.
            time_to_end(&side.dir, &["submit", "--name", "some-work", "--", "true"]);
            time_to_end(&side.dir, &["wait", "some-work", "--timeout", "60s"]);
            side.memory.add(resident(worker.pid()));
        }
    }
    for _ in 0..lab.pick(40, 4) {
        for side in &mut sides {
            side.list
                .add_time(time_to_end(&side.dir, &["list", "--limit", "50"]));
        }
    }
    {
        let controls = sides.each_ref().map(|side| new_store(&side.dir));
        let workers = controls.each_ref().map(|control| {
            control
                .store()
                .next_worker()
                .expect("the store counts workers")
        });
        for round in 0..lab.pick(400, 20) {
            for ((side, control), worker) in sides.iter_mut().zip(&controls).zip(workers) {
                side.one(control, worker, round);
            }
        }
    }
    let [many, few] = &sides;
    let times = |figure: &str, of: fn(&Side) -> &Samples| Row {
        figure: figure.into(),
        measured: format!("{} against {}", of(many).told(" ms"), of(few).told(" ms")),
        value: Value::Times(of(many).median() / of(few).median()),
        goal: Goal::AtMost(2.0),
    };
    vec![
        times(
            &format!("{} suspended tasks against {FEW}: submit", many.tasks),
            |side| &side.submit,
        ),
        times("… claim", |side| &side.claim),
        times("… request", |side| &side.request),
        times("… `longhaul list --limit 50`, the whole process", |side| {
            &side.list
        }),
        Row {
            figure: "… resident memory of a worker that has run a task, more by".into(),
            measured: format!(
                "{} against {}",
                many.memory.told(" MB"),
                few.memory.told(" MB")
            ),
            value: Value::Megabytes(many.memory.median() - few.memory.median()),
            goal: Goal::AtMost(10.0),
        },
    ]
}

impl Side {
    fn prepare(dir: PathBuf, tasks: u64) -> Self {
        suspended(&dir, tasks, |_| plain_task());
        Self {
            dir,
            tasks,
            submit: Samples::default(),
            claim: Samples::default(),
            request: Samples::default(),
            list: Samples::default(),
            memory: Samples::default(),
        }
    }

    /// Submits a task, claims it, and sends requests to one of those that rest, wherever it is.
    fn one(&mut self, control: &Control, worker: WorkerNumber, round: u64) {
        let store = control.store();
        self.submit
            .add_time(timed(|| submit_some(store, 1, |_| plain_task())).0);
        let appetite = Appetite {
            worker,
            slots: 1,
            accepts: Accepts::default(),
            orphans: Vec::new(),
        };
        let (took, caught) = timed(|| store.claim(appetite).expect("it can be claimed"));
        assert_eq!(caught.held.len(), 1, "what was just submitted waits");
        self.claim.add_time(took);
        let task = TaskNumber(1 + round.wrapping_mul(0x9e37_79b9_7f4a_7c15) % self.tasks);
        for want in [Desired::Run, Desired::Suspend] {
            self.request
                .add_time(timed(|| ask(store, vec![task], want)).0);
        }
    }
}

fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let since = Instant::now();
    let done = work();
    (since.elapsed(), done)
}
