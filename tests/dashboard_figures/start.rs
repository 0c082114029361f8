//! From the start of the program to its first full screen, and the memory it takes then.

use crate::lab::Lab;
use crate::sample::Samples;
use crate::screen::{Dashboard, USUAL, is_full, is_whole};
use crate::stores::{MANY, store_of};
use crate::table::{Goal, Row, Value};
use crate::watched::resident;

const FEW: u64 = 100;

pub(crate) fn measure(lab: &Lab) -> Vec<Row> {
    let many = lab.pick(MANY, 2000);
    let mut rows = of(lab, FEW, (50.0, 15.0));
    rows.extend(of(lab, many, (300.0, 80.0)));
    rows
}

fn of(lab: &Lab, tasks: u64, (full_within, memory_below): (f64, f64)) -> Vec<Row> {
    let store = store_of(lab, tasks);
    let [mut full, mut whole, mut memory] = [(); 3].map(|()| Samples::default());
    for _ in 0..lab.pick(30, 3) {
        let mut dashboard = Dashboard::open(&store, USUAL);
        let came = dashboard.wait_for("a full screen", is_full);
        full.add_time(came.saturating_duration_since(dashboard.started));
        let came = if is_whole(&dashboard.lines()) {
            came
        } else {
            dashboard.wait_for("all tasks", is_whole)
        };
        whole.add_time(came.saturating_duration_since(dashboard.started));
        memory.add(resident(dashboard.pid()));
    }
    vec![
        Row {
            figure: format!("{tasks} tasks: start to the first full screen"),
            measured: format!(
                "{}, p90 {:.0} ms, {} starts; all tasks read after {}",
                full.told(" ms"),
                full.percentile(90),
                full.len(),
                whole.told(" ms"),
            ),
            value: Value::Millis(full.median()),
            goal: Goal::Below(full_within),
        },
        Row {
            figure: "… resident memory with all tasks read".into(),
            measured: memory.told(" MB"),
            value: Value::Megabytes(memory.median()),
            goal: Goal::Below(memory_below),
        },
    ]
}
