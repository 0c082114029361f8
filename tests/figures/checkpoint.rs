//! Checkpoints per second of one task with empty batches, against the bare database.

use std::num::NonZeroUsize;
use std::time::Duration;

use crate::beat::Beats;
use crate::lab::Lab;
use crate::raw::Raw;
use crate::sample::Rounds;
use crate::table::{Goal, Row};

pub(crate) fn measure(lab: &Lab) -> Vec<Row> {
    let control = lab.store("checkpoint");
    let beats = Beats::start(&control, NonZeroUsize::MIN);
    let raw = Raw::like(control.store().dir(), &lab.path("checkpoint.redb"));
    let slice = Duration::from_millis(200);
    let mut rounds = Rounds::default();
    for round in 0..lab.pick(40, 4) {
        rounds.take(round, || beats.slice(slice), || raw.slice(slice));
    }
    beats.stop();
    vec![Row {
        figure: format!(
            "checkpoints/s of one task with empty batches, against one-row commits ({} bytes) of the bare database",
            raw.row_size()
        ),
        measured: rounds.told("/s"),
        value: rounds.times(),
        goal: Goal::AtLeast(0.8),
    }]
}
