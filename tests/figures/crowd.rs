//! Many tasks with empty batches in one worker, against one.

use std::num::NonZeroUsize;
use std::time::Duration;

use crate::beat::Beats;
use crate::lab::Lab;
use crate::sample::Rounds;
use crate::table::{Goal, Row};

const CROWD: NonZeroUsize = NonZeroUsize::new(64).expect("64 is not zero");

pub(crate) fn measure(lab: &Lab) -> Vec<Row> {
    let (one, many) = (lab.store("one"), lab.store("crowd"));
    let lone = Beats::start(&one, NonZeroUsize::MIN);
    let crowd = Beats::start(&many, CROWD);
    let slice = Duration::from_millis(200);
    let mut rounds = Rounds::default();
    for round in 0..lab.pick(40, 4) {
        rounds.take(round, || crowd.slice(slice), || lone.slice(slice));
    }
    lone.stop();
    crowd.stop();
    vec![Row {
        figure: "checkpoints/s of 64 such tasks in one worker, against one".into(),
        measured: rounds.told("/s"),
        value: rounds.times(),
        goal: Goal::AtLeast(12.0),
    }]
}
