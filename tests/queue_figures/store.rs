//! Empty batches per second through the embedded queue, against the direct way.

use std::num::NonZeroUsize;
use std::time::Duration;

use longhaul_common::spec::Queue;

use crate::beat::Beats;
use crate::lab::Lab;
use crate::sample::Rounds;
use crate::table::{Goal, Row};

/// Slots of the one worker, and batches in flight.
pub(crate) const SLOTS: NonZeroUsize = NonZeroUsize::new(8).expect("eight is not zero");

pub(crate) const SLICE: Duration = Duration::from_millis(200);

pub(crate) fn measure(lab: &Lab) -> Vec<Row> {
    let queued = lab.store("queued");
    let queued = Beats::start_queued(&queued, SLOTS, Queue::default());
    let direct = lab.store("direct");
    let direct = Beats::start(&direct, NonZeroUsize::MIN);
    let mut rounds = Rounds::default();
    for round in 0..lab.pick(40, 4) {
        rounds.take(round, || queued.slice(SLICE), || direct.slice(SLICE));
    }
    queued.stop();
    direct.stop();
    vec![Row {
        figure: format!(
            "empty Rust batches/s of one task through `store`, one worker with {SLOTS} slots, against `direct`"
        ),
        measured: rounds.told("/s"),
        value: rounds.times(),
        goal: Goal::AtLeast(4.0),
    }]
}
