//! What a worker costs that has nothing to do.

use std::time::Duration;

use crate::lab::Lab;
use crate::program::Worker;
use crate::sample::Samples;
use crate::table::{Goal, Row, Value};
use crate::watched::{at_rest, resident};

pub(crate) fn measure(lab: &Lab) -> Vec<Row> {
    // Side by side, each alone on a store of its own.
    let workers: Vec<Worker> = (0..3)
        .map(|number| {
            let control = lab.store(&format!("idle-{number}"));
            Worker::start(control.store().dir(), &[])
        })
        .collect();
    workers.iter().for_each(Worker::settle);
    let time = Duration::from_secs(lab.pick(60, 10));
    let pids = workers.iter().map(Worker::pid);
    let found = at_rest(pids.clone(), time);
    let mut memory = Samples::default();
    pids.for_each(|pid| memory.add(resident(pid)));
    let (count, seconds) = (workers.len(), time.as_secs());
    let over = |told: String| format!("{told}, {count} workers over {seconds} s, all threads");
    vec![
        Row {
            figure: "idle worker: processor".into(),
            measured: over(found.processor.told(" %")),
            value: Value::Percent(found.processor.median()),
            goal: Goal::Below(0.05),
        },
        Row {
            figure: "idle worker: wake-ups".into(),
            measured: over(found.wake_ups.told("/s")),
            value: Value::PerSecond(found.wake_ups.median()),
            goal: Goal::AtMost(1.0),
        },
        Row {
            figure: "idle worker: resident memory".into(),
            measured: format!("{}, {count} workers at the end", memory.told(" MB")),
            value: Value::Megabytes(memory.median()),
            goal: Goal::Below(20.0),
        },
    ]
}
