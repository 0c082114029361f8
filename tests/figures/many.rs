//! A store with very many suspended tasks, against one with a few.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use longhaul_common::actor::Actor;
use longhaul_common::control::Control;
use longhaul_common::id::{TaskId, TaskNumber, WorkerNumber};
use longhaul_common::spec::TaskSpec;
use longhaul_common::state::Desired;
use longhaul_common::store::{Accepts, Appetite, Ask, Haste, NewTask, Store};

use crate::lab::{Lab, folder_in_memory, new_store};
use crate::program::{Worker, time_to_end};
use crate::sample::Samples;
use crate::table::{Goal, Row, Value};

const FEW: u64 = 10;
/// Requests are sent on so many tasks at once.
const AT_ONCE: usize = 1000;

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
            side.memory.add(worker.resident());
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
    /// Makes the store in memory, where a commit waits for no disk, and brings it to the disk.
    fn prepare(dir: PathBuf, tasks: u64) -> Self {
        let memory = folder_in_memory();
        let made = memory.path().join("store");
        let control = new_store(&made);
        let numbers = submit_some(control.store(), tasks);
        for some in numbers.chunks(AT_ONCE) {
            ask(control.store(), some.to_vec(), Desired::Suspend);
        }
        drop(control);
        drop(new_store(&dir));
        bring(&Store::database(&made), &Store::database(&dir));
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
        self.submit.add_time(timed(|| submit_some(store, 1)).0);
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

/// Submits command tasks without input.
pub(crate) fn submit_some(store: &Store, tasks: u64) -> Vec<TaskNumber> {
    let submit = |_| {
        let spec = TaskSpec {
            id: TaskId::new(),
            created_by: Actor::this_process(),
            ..TaskSpec::default()
        };
        let task = NewTask {
            spec,
            items_total: None,
            reason: None,
            claim_for: None,
        };
        store.submit(task).expect("it can be submitted").number
    };
    (0..tasks).map(submit).collect()
}

fn ask(store: &Store, tasks: Vec<TaskNumber>, want: Desired) {
    let ask = Ask {
        hooks: longhaul_common::store::Hooks::Run,
        want,
        haste: Haste::AtBoundary,
        by: Actor::default(),
        reason: None,
        claim_for: None,
    };
    let answers = store.request(tasks, ask).expect("it can be requested");
    let written = answers.iter().all(|answer| answer.request.is_some());
    assert!(written, "every request changes something");
}

fn bring(from: &Path, to: &Path) {
    fs::copy(from, to)
        .and_then(|_| fs::File::open(to)?.sync_all())
        .expect("there is room for it");
}

fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let since = Instant::now();
    let done = work();
    (since.elapsed(), done)
}
