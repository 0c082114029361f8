//! The dashboard while a hundred tasks run.

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use crate::lab::Lab;
use crate::sample::Samples;
use crate::screen::{Dashboard, USUAL};
use crate::steady::Crowd;
use crate::table::{Goal, Row, Value};
use crate::watched::Watched;

const TASKS: NonZeroUsize = NonZeroUsize::new(100).expect("a hundred is not zero");

/// A slice of what is measured.
const SLICE: Duration = Duration::from_secs(5);

pub(crate) fn measure(lab: &Lab) -> Vec<Row> {
    let store = lab.path("crowd");
    let _crowd = Crowd::start(&store, TASKS);
    let mut dashboard = Dashboard::open(&store, USUAL);
    dashboard.wait_for("tasks that run", |lines| lines[1].starts_with("100 RUN"));
    std::thread::sleep(Duration::from_secs(3));
    let [mut kilobytes, mut processor, mut frames] = [(); 3].map(|()| Samples::default());
    for _ in 0..lab.pick(8, 1) {
        let before = dashboard.drawn();
        let mut watched = Watched::new(dashboard.pid());
        let since = Instant::now();
        std::thread::sleep(SLICE);
        watched.look();
        let (drawn, took) = (dashboard.drawn() - before, since.elapsed().as_secs_f64());
        kilobytes.add(drawn.bytes / 1000.0 / took);
        frames.add(drawn.frames / took);
        processor.add(100.0 * watched.used().on_processor.as_secs_f64() / took);
    }
    let slices = kilobytes.len();
    vec![
        Row {
            figure: format!("{TASKS} tasks run, 80x24: written"),
            measured: format!(
                "{}, {}, {slices} times 5 s",
                kilobytes.told(" KB/s"),
                frames.told(" frames/s")
            ),
            value: Value::KilobytesPerSecond(kilobytes.median()),
            goal: Goal::AtMost(4.0),
        },
        Row {
            figure: "… processor, of one core".into(),
            measured: processor.told(" %"),
            value: Value::Percent(processor.median()),
            goal: Goal::Below(1.0),
        },
    ]
}
