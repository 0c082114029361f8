//! The dashboard while nothing happens: a store of suspended tasks with a worker that waits.

use std::time::{Duration, Instant};

use longhaul_common::progress::as_f64;

use crate::lab::Lab;
use crate::program::Worker;
use crate::sample::Samples;
use crate::screen::{Dashboard, Drawn, USUAL, is_whole};
use crate::stores::store_of;
use crate::table::{Goal, Row, Value};
use crate::watched::Watched;

pub(crate) fn measure(lab: &Lab) -> Vec<Row> {
    let store = store_of(lab, 100);
    let worker = Worker::start(&store, &[]);
    let mut dashboards: Vec<Dashboard> = (0..3).map(|_| Dashboard::open(&store, USUAL)).collect();
    for dashboard in &mut dashboards {
        dashboard.wait_for("all tasks", is_whole);
    }
    worker.settle();
    let mut watched: Vec<Watched> = dashboards
        .iter()
        .map(|dashboard| Watched::new(dashboard.pid()))
        .collect();
    let before: Vec<Drawn> = dashboards.iter_mut().map(Dashboard::drawn).collect();
    let seconds = lab.pick(60, 5);
    let since = Instant::now();
    while since.elapsed() < Duration::from_secs(seconds) {
        std::thread::sleep(Duration::from_secs(1));
        watched.iter_mut().for_each(Watched::look);
    }
    let took = since.elapsed().as_secs_f64();
    let [mut processor, mut wake_ups, mut bytes] = [(); 3].map(|()| Samples::default());
    let mut frames = 0.0;
    for ((watched, dashboard), before) in watched.iter().zip(&mut dashboards).zip(before) {
        let used = watched.used();
        processor.add(100.0 * used.on_processor.as_secs_f64() / took);
        wake_ups.add(as_f64(used.sleeps) / took);
        let drawn = dashboard.drawn() - before;
        bytes.add(drawn.bytes);
        frames += drawn.frames;
    }
    let count = dashboards.len();
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
            measured: over(wake_ups.told("/s")),
            value: Value::PerSecond(wake_ups.median()),
            goal: Goal::AtMost(1.0),
        },
        Row {
            figure: "… processor".into(),
            measured: over(processor.told(" %")),
            value: Value::Percent(processor.median()),
            goal: Goal::Below(0.05),
        },
    ]
}
