//! Samples, and what is said of them.

use std::time::Duration;

use crate::table::{Value, short};

/// Values of one thing, measured again and again.
#[derive(Default)]
pub(crate) struct Samples(Vec<f64>);

impl Samples {
    pub(crate) fn add(&mut self, value: f64) {
        let at = self.0.partition_point(|known| *known < value);
        self.0.insert(at, value);
    }

    pub(crate) fn add_time(&mut self, time: Duration) {
        self.add(time.as_secs_f64() * 1e3);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn median(&self) -> f64 {
        let (low, high) = ((self.0.len() - 1) / 2, self.0.len() / 2);
        f64::midpoint(self.0[low], self.0[high])
    }

    /// The smallest value that `percent` of the samples don't exceed.
    pub(crate) fn percentile(&self, percent: usize) -> f64 {
        let rank = (self.0.len() * percent).div_ceil(100).max(1);
        self.0[rank - 1]
    }

    /// The median with the smallest and the largest value, in a unit.
    pub(crate) fn told(&self, unit: &str) -> String {
        let (least, most) = (self.0[0], self.0[self.0.len() - 1]);
        format!(
            "{}{unit} ({}–{})",
            short(self.median()),
            short(least),
            short(most)
        )
    }
}

/// Two sides that took turns. They are compared within each round: what slows the machine down for
/// longer than a round meets both.
#[derive(Default)]
pub(crate) struct Rounds {
    ours: Samples,
    theirs: Samples,
    ratios: Samples,
}

impl Rounds {
    pub(crate) fn add(&mut self, ours: f64, theirs: f64) {
        self.ours.add(ours);
        self.theirs.add(theirs);
        self.ratios.add(ours / theirs);
    }

    /// One round in which neither side always goes first.
    pub(crate) fn take(
        &mut self,
        round: usize,
        ours: impl FnOnce() -> f64,
        theirs: impl FnOnce() -> f64,
    ) {
        if round.is_multiple_of(2) {
            let ours = ours();
            self.add(ours, theirs());
        } else {
            let theirs = theirs();
            self.add(ours(), theirs);
        }
    }

    /// Ours as a multiple of theirs: the median over the rounds.
    pub(crate) fn times(&self) -> Value {
        Value::Times(self.ratios.median())
    }

    /// Both sides in a unit, and how far the rounds are apart.
    pub(crate) fn told(&self, unit: &str) -> String {
        format!(
            "{} against {}; {} rounds: {}",
            self.ours.told(unit),
            self.theirs.told(unit),
            self.ratios.len(),
            self.ratios.told(" ×")
        )
    }
}
