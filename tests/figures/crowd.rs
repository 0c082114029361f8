//! Many tasks with empty batches in one worker, against one.

use std::num::NonZeroUsize;
use std::time::Duration;

use crate::beat::Beats;
use crate::lab::Lab;
use crate::sample::Samples;
use crate::table::{Goal, Row, Value};

const CROWD: NonZeroUsize = NonZeroUsize::new(64).expect("64 is not zero");

pub(crate) fn measure(lab: &Lab) -> Vec<Row> {
    let (one, many) = (lab.store("one"), lab.store("crowd"));
    let lone = Beats::start(&one, NonZeroUsize::MIN);
    let crowd = Beats::start(&many, CROWD);
    let slice = Duration::from_millis(200);
    let (mut of_one, mut of_many) = (Samples::default(), Samples::default());
    for _ in 0..lab.pick(40, 4) {
        of_one.add(lone.slice(slice));
        of_many.add(crowd.slice(slice));
    }
    lone.stop();
    crowd.stop();
    vec![Row {
        figure: "checkpoints/s of 64 such tasks in one worker, against one",
        measured: format!("{} against {}", of_many.told("/s"), of_one.told("/s")),
        value: Value::Times(of_many.median() / of_one.median()),
        goal: Goal::AtLeast(12.0),
    }]
}
