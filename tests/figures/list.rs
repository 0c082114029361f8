//! The command line on a store of ordinary size.

use longhaul_common::store::Store;

use crate::lab::{Lab, new_store};
use crate::many::submit_some;
use crate::program::time_to_end;
use crate::sample::Samples;
use crate::table::{Goal, Row, Value};

pub(crate) fn measure(lab: &Lab) -> Vec<Row> {
    let dir = lab.path("list");
    let control = new_store(&dir);
    submit_some(control.store(), 100);
    drop(control);
    let (mut list, mut nothing) = (Samples::default(), Samples::default());
    for _ in 0..lab.pick(200, 10) {
        list.add_time(time_to_end(&dir, &["list"]));
        nothing.add_time(time_to_end(&dir, &["--version"]));
    }
    assert!(
        Store::database(&dir).exists(),
        "it was the store that was listed"
    );
    vec![Row {
        figure: "start to end of `longhaul list` on a store of 100 tasks, p50",
        measured: format!(
            "{}, p99 {:.1} ms; `longhaul --version` {}",
            list.told(" ms"),
            list.percentile(99),
            nothing.told(" ms")
        ),
        value: Value::Millis(list.median()),
        goal: Goal::Below(20.0),
    }]
}
