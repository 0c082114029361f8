//! What a worker costs that has nothing to do.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use longhaul_common::progress::as_f64;

use crate::lab::Lab;
use crate::program::{Thread, Worker};
use crate::sample::Samples;
use crate::table::{Goal, Row, Value};

/// A worker and its threads: what each had used when it was first and last seen.
struct Watched {
    worker: Worker,
    before: BTreeMap<String, Thread>,
    after: BTreeMap<String, Thread>,
}

impl Watched {
    fn new(worker: Worker) -> Self {
        let before: BTreeMap<_, _> = worker.threads().into_iter().collect();
        Self {
            worker,
            after: before.clone(),
            before,
        }
    }

    /// Time on a processor, and sleeps: a thread wakes up after each.
    fn used(&self) -> (Duration, u64) {
        let (mut on_processor, mut sleeps) = (Duration::ZERO, 0);
        for (thread, used) in &self.after {
            let had = self.before.get(thread).copied().unwrap_or_default();
            on_processor += used.on_processor.saturating_sub(had.on_processor);
            sleeps += used.sleeps.saturating_sub(had.sleeps);
        }
        (on_processor, sleeps)
    }
}

pub(crate) fn measure(lab: &Lab) -> Vec<Row> {
    // Side by side, each alone on a store of its own.
    let workers: Vec<Worker> = (0..3)
        .map(|number| {
            let control = lab.store(&format!("idle-{number}"));
            Worker::start(control.store().dir(), &[])
        })
        .collect();
    workers.iter().for_each(Worker::settle);
    let mut watched: Vec<Watched> = workers.into_iter().map(Watched::new).collect();
    let seconds = lab.pick(60, 10);
    let since = Instant::now();
    while since.elapsed() < Duration::from_secs(seconds) {
        // A thread that ends takes its account with it, so each is looked at often.
        std::thread::sleep(Duration::from_secs(1));
        for one in &mut watched {
            one.after.extend(one.worker.threads());
        }
    }
    let took = since.elapsed().as_secs_f64();
    let [mut processor, mut wake_ups, mut memory] = [(); 3].map(|()| Samples::default());
    for one in &watched {
        let (on_processor, sleeps) = one.used();
        processor.add(100.0 * on_processor.as_secs_f64() / took);
        wake_ups.add(as_f64(sleeps) / took);
        memory.add(one.worker.resident());
    }
    let workers = watched.len();
    let over = |told: String| format!("{told}, {workers} workers over {seconds} s, all threads");
    vec![
        Row {
            figure: "idle worker: processor".into(),
            measured: over(processor.told(" %")),
            value: Value::Percent(processor.median()),
            goal: Goal::Below(0.05),
        },
        Row {
            figure: "idle worker: wake-ups".into(),
            measured: over(wake_ups.told("/s")),
            value: Value::PerSecond(wake_ups.median()),
            goal: Goal::AtMost(1.0),
        },
        Row {
            figure: "idle worker: resident memory".into(),
            measured: format!("{}, {workers} workers at the end", memory.told(" MB")),
            value: Value::Megabytes(memory.median()),
            goal: Goal::Below(20.0),
        },
    ]
}
