//! What a worker costs that has nothing to do while queued tasks are suspended, against one whose store is empty.

use std::num::NonZeroUsize;
use std::time::Duration;

use longhaul_common::id::TaskNumber;
use longhaul_worker::builder;

use crate::beat::stop;
use crate::lab::Lab;
use crate::parked::park;
use crate::program::{Worker, time_to_end};
use crate::sample::Samples;
use crate::table::{Goal, Row, Value};
use crate::watched::at_rest;

const SUSPENDED: NonZeroUsize = NonZeroUsize::new(100).expect("a hundred is not zero");

pub(crate) fn measure(lab: &Lab) -> Vec<Row> {
    let full = lab.store("idle-full");
    for _ in 0..SUSPENDED.get() {
        let submit = "submit --range 1..1000000 -b 1 --queue store --parallel 1 -- sleep 0.05";
        let words: Vec<&str> = submit.split(' ').collect();
        time_to_end(full.store().dir(), &words);
    }
    let worker = builder(full.store().clone())
        .concurrency(SUSPENDED)
        .spawn()
        .expect("a worker starts");
    let tasks = (1..=SUSPENDED.get() as u64).map(TaskNumber);
    park(&full, &tasks.collect::<Vec<_>>());
    stop(worker);
    let empty = lab.store("idle-empty");
    let stores = [&full, &empty].map(|control| control.store().dir());
    // Side by side.
    let workers = stores.map(|store| [(); 2].map(|()| Worker::start(store, &[])));
    workers.iter().flatten().for_each(Worker::settle);
    let time = Duration::from_secs(lab.pick(60, 10));
    let [beside, alone] = std::thread::scope(|scope| {
        let watching = workers.each_ref().map(|workers| {
            let pids = workers.iter().map(Worker::pid);
            scope.spawn(move || at_rest(pids, time))
        });
        watching.map(|watching| watching.join().expect("the workers live"))
    });
    let against = |ours: &Samples, theirs: &Samples, unit| {
        format!(
            "{} against {} with none, two workers each over {} s",
            ours.told(unit),
            theirs.told(unit),
            time.as_secs()
        )
    };
    vec![
        Row {
            figure: format!(
                "idle worker beside {SUSPENDED} suspended tasks with full queues: wake-ups"
            ),
            measured: against(&beside.wake_ups, &alone.wake_ups, "/s"),
            value: Value::PerSecond(beside.wake_ups.median()),
            goal: Goal::AtMost(1.0),
        },
        Row {
            figure: "the same: processor".into(),
            measured: against(&beside.processor, &alone.processor, " %"),
            value: Value::Percent(beside.processor.median()),
            goal: Goal::Below(0.05),
        },
    ]
}
