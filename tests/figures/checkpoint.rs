//! Checkpoints per second of one task with empty batches, against the bare database.

use std::num::NonZeroUsize;
use std::time::Duration;

use crate::beat::Beats;
use crate::lab::Lab;
use crate::raw::Raw;
use crate::sample::Samples;
use crate::table::{Goal, Row, Value};

pub(crate) fn measure(lab: &Lab) -> Vec<Row> {
    let control = lab.store("checkpoint");
    let beats = Beats::start(&control, NonZeroUsize::MIN);
    let raw = Raw::like(control.store().dir(), &lab.path("checkpoint.redb"));
    let slice = Duration::from_millis(200);
    let (mut ours, mut bare) = (Samples::default(), Samples::default());
    for _ in 0..lab.pick(40, 4) {
        ours.add(beats.slice(slice));
        bare.add(raw.slice(slice));
    }
    beats.stop();
    vec![Row {
        figure: "checkpoints/s of one task with empty batches, against one-row commits of the bare database",
        measured: format!(
            "{} against {}, rows of {} bytes",
            ours.told("/s"),
            bare.told("/s"),
            raw.row_size()
        ),
        value: Value::Times(ours.median() / bare.median()),
        goal: Goal::AtLeast(0.8),
    }]
}
