//! What a worker costs that has nothing to do.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use longhaul_common::progress::as_f64;

use crate::lab::Lab;
use crate::program::{Thread, Worker};
use crate::table::{Goal, Row, Value, short};

pub(crate) fn measure(lab: &Lab) -> Vec<Row> {
    let control = lab.store("idle");
    let worker = Worker::start(control.store().dir(), &[]);
    worker.settle();
    let watched = Duration::from_secs(lab.pick(60, 10));
    let before: BTreeMap<String, Thread> = worker.threads().into_iter().collect();
    // A thread that ends takes its account with it, so each is looked at often.
    let mut after = before.clone();
    let since = Instant::now();
    while since.elapsed() < watched {
        std::thread::sleep(Duration::from_secs(1));
        after.extend(worker.threads());
    }
    let seconds = since.elapsed().as_secs_f64();
    let (mut on_processor, mut sleeps) = (Duration::ZERO, 0);
    for (thread, used) in &after {
        let had = before.get(thread).copied().unwrap_or_default();
        on_processor += used.on_processor.saturating_sub(had.on_processor);
        sleeps += used.sleeps.saturating_sub(had.sleeps);
    }
    let over = format!("over {} s, {} threads", short(seconds), after.len());
    vec![
        Row {
            figure: "idle worker: processor",
            measured: over.clone(),
            value: Value::Percent(100.0 * on_processor.as_secs_f64() / seconds),
            goal: Goal::Below(0.05),
        },
        Row {
            figure: "idle worker: wake-ups",
            measured: over,
            value: Value::PerSecond(as_f64(sleeps) / seconds),
            goal: Goal::AtMost(1.0),
        },
        Row {
            figure: "idle worker: resident memory",
            measured: "at the end".into(),
            value: Value::Megabytes(worker.resident()),
            goal: Goal::Below(20.0),
        },
    ]
}
