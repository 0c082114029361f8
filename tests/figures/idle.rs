//! What a worker costs that has nothing to do.

use std::time::{Duration, Instant};

use longhaul_common::progress::as_f64;

use crate::lab::Lab;
use crate::program::Worker;
use crate::sample::Samples;
use crate::table::{Goal, Row, Value};
use crate::watched::{Watched, resident};

pub(crate) fn measure(lab: &Lab) -> Vec<Row> {
    // Side by side, each alone on a store of its own.
    let workers: Vec<Worker> = (0..3)
        .map(|number| {
            let control = lab.store(&format!("idle-{number}"));
            Worker::start(control.store().dir(), &[])
        })
        .collect();
    workers.iter().for_each(Worker::settle);
    let pids = workers.iter().map(Worker::pid);
    let mut watched: Vec<Watched> = pids.clone().map(Watched::new).collect();
    let seconds = lab.pick(60, 10);
    let since = Instant::now();
    while since.elapsed() < Duration::from_secs(seconds) {
        std::thread::sleep(Duration::from_secs(1));
        watched.iter_mut().for_each(Watched::look);
    }
    let took = since.elapsed().as_secs_f64();
    let [mut processor, mut wake_ups, mut memory] = [(); 3].map(|()| Samples::default());
    for (one, pid) in watched.iter().zip(pids) {
        let used = one.used();
        processor.add(100.0 * used.on_processor.as_secs_f64() / took);
        wake_ups.add(as_f64(used.sleeps) / took);
        memory.add(resident(pid));
    }
    let workers = workers.len();
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
