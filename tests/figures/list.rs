//! The command line on a store of ordinary size.

use std::process::Stdio;

use crate::lab::{Lab, new_store};
use crate::program::{program, time_to_end};
use crate::sample::Samples;
use crate::seed::{plain_task, submit_some};
use crate::table::{Goal, Row, Value};

const TASKS: u64 = 100;

pub(crate) fn measure(lab: &Lab) -> Vec<Row> {
    let dir = lab.path("list");
    let control = new_store(&dir);
    submit_some(control.store(), TASKS, |_| plain_task());
    drop(control);
    let listed = program(&dir, &["--json", "list", "--limit", "100"])
        .stdout(Stdio::piped())
        .output();
    let listed = String::from_utf8(listed.expect("it starts").stdout).expect("it is JSON");
    assert_eq!(
        listed.matches("\"number\"").count() as u64,
        TASKS,
        "the tasks are there"
    );
    let (mut list, mut nothing) = (Samples::default(), Samples::default());
    for _ in 0..lab.pick(200, 10) {
        list.add_time(time_to_end(&dir, &["list"]));
        nothing.add_time(time_to_end(&dir, &["--version"]));
    }
    vec![Row {
        figure: "start to end of `longhaul list` on a store of 100 tasks, p50".into(),
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
