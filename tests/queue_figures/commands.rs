//! Batches that are commands of 10 ms, two at once against one at a time: whole runs.

use longhaul_common::progress::as_f64;

use crate::lab::Lab;
use crate::program::time_to_end;
use crate::sample::Rounds;
use crate::table::{Goal, Row};

pub(crate) fn measure(lab: &Lab) -> Vec<Row> {
    let batches = lab.pick(300, 30);
    let range = format!("1..{batches}");
    let store = lab.store("commands");
    let store = store.store().dir();
    let per_second = |parallel: &str| {
        let took = time_to_end(
            store,
            &[
                "run",
                "--range",
                &range,
                "-b",
                "1",
                "--queue",
                "store",
                "--parallel",
                parallel,
                "--",
                "sleep",
                "0.01",
            ],
        );
        as_f64(batches) / took.as_secs_f64()
    };
    let mut rounds = Rounds::default();
    for round in 0..lab.pick(8, 2) {
        rounds.take(round, || per_second("2"), || per_second("1"));
    }
    vec![Row {
        figure: format!(
            "batches/s of `longhaul run --range {range} -b 1 --queue store --parallel 2 -- sleep 0.01`, whole runs, \
             against `--parallel 1`"
        ),
        measured: rounds.told("/s"),
        value: rounds.times(),
        goal: Goal::AtLeast(1.9),
    }]
}
