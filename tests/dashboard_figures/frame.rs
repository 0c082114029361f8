//! What a frame costs: the time that the loop's thread is on a processor, update and draw together,
//! over the frames it drew.

use std::num::NonZeroUsize;
use std::time::Duration;

use crate::lab::Lab;
use crate::sample::Samples;
use crate::screen::{Dashboard, LARGE, is_whole};
use crate::steady::Crowd;
use crate::stores::{MANY, store_of};
use crate::table::{Goal, Row, Value};
use crate::watched::Watched;

const RUNNING: NonZeroUsize = NonZeroUsize::new(100).expect("a hundred is not zero");

/// A slice of what is measured.
const SLICE: Duration = Duration::from_secs(3);

pub(crate) fn measure(lab: &Lab) -> Vec<Row> {
    let mut rows = of(lab, lab.pick(10_000, 1000), 1.0);
    rows.extend(of(lab, lab.pick(MANY, 2000), 2.0));
    rows
}

fn of(lab: &Lab, tasks: u64, within: f64) -> Vec<Row> {
    let store = store_of(lab, tasks);
    let mut dashboard = Dashboard::open(&store, LARGE);
    dashboard.wait_for("all tasks", is_whole);
    let mut keys = Samples::default();
    for _ in 0..lab.pick(10, 2) {
        // Down and up again, beyond the screen's end.
        keys.add(cost(&mut dashboard, |dashboard| {
            for key in ["j", "j", "\x04", "\x04", "\x15", "k", "G", "k", "g", "j"] {
                dashboard.press(key);
                dashboard.wait_for_frame();
            }
        }));
    }
    let _crowd = Crowd::start(&store, RUNNING);
    dashboard.wait_for("tasks that run", |lines| lines[1].starts_with("100 RUN"));
    let mut progress = Samples::default();
    for _ in 0..lab.pick(6, 1) {
        progress.add(cost(&mut dashboard, |_| std::thread::sleep(SLICE)));
    }
    sort_by_rate(&mut dashboard);
    let mut sorted = Samples::default();
    for _ in 0..lab.pick(6, 1) {
        sorted.add(cost(&mut dashboard, |_| std::thread::sleep(SLICE)));
    }
    let row = |figure: String, samples: &Samples| Row {
        figure,
        measured: samples.told(" ms"),
        value: Value::Millis(samples.median()),
        goal: Goal::Below(within),
    };
    vec![
        row(
            format!("frame with {tasks} tasks, 200x50: a key moves the cursor"),
            &keys,
        ),
        row(format!("… {RUNNING} of them run"), &progress),
        row("… and they are sorted by their rates".into(), &sorted),
    ]
}

/// Milliseconds of the loop's thread for each frame drawn meanwhile.
fn cost(dashboard: &mut Dashboard, act: impl FnOnce(&mut Dashboard)) -> f64 {
    let before = dashboard.drawn();
    let mut watched = Watched::new(dashboard.pid());
    act(dashboard);
    watched.look();
    let frames = (dashboard.drawn() - before).frames;
    assert!(frames > 0.0, "nothing was drawn");
    let used = watched.used_by(&dashboard.pid().to_string());
    used.on_processor.as_secs_f64() * 1e3 / frames
}

fn sort_by_rate(dashboard: &mut Dashboard) {
    for _ in 0..20 {
        dashboard.press("o");
        dashboard.wait_for_frame();
        if dashboard
            .lines()
            .iter()
            .any(|line| line.contains("RATE▼") || line.contains("RATE▲"))
        {
            return;
        }
    }
    panic!("no key sorts by the rate");
}
