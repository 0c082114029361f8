//! The dashboard while nothing happens: a store of suspended tasks with a worker that waits.

use std::time::Duration;

use crate::lab::Lab;
use crate::program::Worker;
use crate::sample::Samples;
use crate::screen::{Dashboard, Drawn, USUAL, is_whole};
use crate::stores::store_of;
use crate::table::{Goal, Row, Value};
use crate::watched::at_rest;

pub(crate) fn measure(lab: &Lab) -> Vec<Row> {
    let store = store_of(lab, 100);
    let worker = Worker::start(&store, &[]);
    let mut dashboards: Vec<Dashboard> = (0..3).map(|_| Dashboard::open(&store, USUAL)).collect();
    for dashboard in &mut dashboards {
        dashboard.wait_for("all tasks", is_whole);
    }
    worker.settle();
    let before: Vec<Drawn> = dashboards.iter_mut().map(Dashboard::drawn).collect();
    let time = Duration::from_secs(lab.pick(60, 5));
    let found = at_rest(dashboards.iter().map(Dashboard::pid), time);
    let mut bytes = Samples::default();
    let mut frames = 0.0;
    for (dashboard, before) in dashboards.iter_mut().zip(before) {
        let drawn = dashboard.drawn() - before;
        bytes.add(drawn.bytes);
        frames += drawn.frames;
    }
    let (count, seconds) = (dashboards.len(), time.as_secs());
    let over = |told: String| format!("{told}, {count} dashboards over {seconds} s");
    vec![
        Row {
            figure: "nothing happens: written".into(),
            measured: over(format!("{}, {frames} frames", bytes.told(" B"))),
            value: Value::Bytes(bytes.percentile(100)),
            goal: Goal::AtMost(0.0),
        },
        Row {
            figure: "… wake-ups, all threads".into(),
            measured: over(found.wake_ups.told("/s")),
            value: Value::PerSecond(found.wake_ups.median()),
            goal: Goal::AtMost(1.0),
        },
        Row {
            figure: "… processor".into(),
            measured: over(found.processor.told(" %")),
            value: Value::Percent(found.processor.median()),
            goal: Goal::Below(0.05),
        },
    ]
}
