//! From the death of a worker to the next batch that another starts.

use std::time::Duration;

use longhaul_common::id::TaskId;
use longhaul_common::spec::{CommandWork, Input, OsBytes, RangeInput, TaskSpec, Work};
use longhaul_common::store::NewTask;

use crate::lab::{Lab, wait_for};
use crate::program::Worker;
use crate::sample::Samples;
use crate::stamp;
use crate::table::{Goal, Row, Value};

const WORKERS: usize = 3;
/// Batches between two deaths: a new batch has attempts of its own.
const BATCHES: usize = 3;

pub(crate) fn measure(lab: &Lab) -> Vec<Row> {
    let control = lab.store("death");
    let stamps = lab.path("death.stamps");
    let program = std::env::current_exe().expect("this program has a path");
    let argv = [
        program.clone().into(),
        stamp::WORD.into(),
        stamps.clone().into(),
    ];
    let work = CommandWork {
        program: program.into(),
        argv: argv.into(),
        dir: OsBytes::from("/"),
        env: Vec::new(),
        ..CommandWork::default()
    };
    let last = i64::MAX;
    let spec = TaskSpec {
        id: TaskId::new(),
        work: Work::Command(work),
        input: Input::Range(RangeInput {
            first: 1,
            last,
            width: 0,
        }),
        batch_size: 1,
        ..TaskSpec::default()
    };
    let task = NewTask {
        spec,
        items_total: None,
        reason: None,
        claim_for: None,
    };
    control.submit(task).expect("a task can be submitted");
    let start = || Worker::start(control.store().dir(), &["--concurrency", "1"]);
    let mut workers: Vec<Worker> = (0..WORKERS).map(|_| start()).collect();
    let mut deaths = Samples::default();
    let mut seen = 0;
    for round in 0..lab.pick(150, 8) {
        let mut batches = 0;
        let holder = wait_for("some batches", || {
            let (new, upto) = stamp::read(&stamps, seen);
            seen = upto;
            batches += new.len();
            let last = new.last()?.worker;
            (batches >= BATCHES).then_some(last)
        });
        // At different instants of a batch.
        std::thread::sleep(Duration::from_micros(round * 997 % 7000));
        let at = workers.iter().position(|worker| worker.pid() == holder);
        let at = at.expect("a worker of ours started it");
        let killed = stamp::now();
        workers[at].kill();
        let next = wait_for("a batch of another worker", || {
            let (new, _) = stamp::read(&stamps, seen);
            new.into_iter().find(|stamp| {
                stamp.at > killed
                    && workers
                        .iter()
                        .enumerate()
                        .any(|(other, worker)| other != at && worker.pid() == stamp.worker)
            })
        });
        let took = u64::try_from(next.at - killed).expect("less than centuries");
        deaths.add_time(Duration::from_nanos(took));
        seen = stamp::read(&stamps, seen).1;
        workers[at] = start();
    }
    vec![Row {
        figure: "from the death of a worker (SIGKILL) to the next batch started by another, p99"
            .into(),
        measured: format!("{}, {} deaths", deaths.told(" ms"), deaths.len()),
        value: Value::Millis(deaths.percentile(99)),
        goal: Goal::Below(100.0),
    }]
}
