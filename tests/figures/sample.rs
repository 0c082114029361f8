//! Samples, and what is said of them.

use std::time::Duration;

use crate::table::short;

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
