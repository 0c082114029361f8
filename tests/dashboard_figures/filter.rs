//! From a key of the filter to the list that it leaves.

use crate::lab::Lab;
use crate::sample::Samples;
use crate::screen::{Dashboard, LARGE, is_whole};
use crate::stores::{MANY, store_of};
use crate::table::{Goal, Row, Value};

/// What is typed: words, loose ones, properties, and what nothing matches.
const TYPED: [&str; 5] = [
    "import",
    "~gtl7",
    "kind:mail 99",
    "!state:run since:5d",
    "zzz",
];

const BACKSPACE: &str = "\x7f";

pub(crate) fn measure(lab: &Lab) -> Vec<Row> {
    let tasks = lab.pick(MANY, 2000);
    let mut dashboard = Dashboard::open(&store_of(lab, tasks), LARGE);
    dashboard.wait_for("all tasks", is_whole);
    dashboard.press("/");
    dashboard.wait_for_frame();
    let mut keys = Samples::default();
    for _ in 0..lab.pick(4, 1) {
        for text in TYPED {
            let typed = text.chars().map(String::from);
            let erased = text.chars().map(|_| BACKSPACE.to_owned());
            for key in typed.chain(erased) {
                let pressed = dashboard.press(&key);
                let came = dashboard.wait_for_frame();
                keys.add_time(came.saturating_duration_since(pressed));
            }
        }
    }
    vec![Row {
        figure: format!("filter over {tasks} tasks: key to its frame, p99"),
        measured: format!("{}, {} keys", keys.told(" ms"), keys.len()),
        value: Value::Millis(keys.percentile(99)),
        goal: Goal::Below(30.0),
    }]
}
