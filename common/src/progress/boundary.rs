//! How long batches take, and when the one in flight may be over.

use std::time::Duration;

use super::Progress;

/// How much of the way back to what is usual the extremes go with each batch.
const FORGETS: f64 = 0.05;

impl Progress {
    /// Folds in how long a batch took, in seconds, weighted like the rate; what was shorter or longer once is
    /// forgotten within some dozens of batches.
    pub(super) fn note_batch_time(&mut self, took: f64, weight: f64) {
        if self.batches_done <= 1 {
            (self.batch_shortest, self.batch_longest) = (took, took);
        }
        self.batch_seconds += weight * (took - self.batch_seconds);
        let forget = |extreme: f64| extreme + FORGETS * (self.batch_seconds - extreme);
        let (shortest, longest) = (forget(self.batch_shortest), forget(self.batch_longest));
        self.batch_shortest = shortest.min(took);
        self.batch_longest = longest.max(took);
    }

    /// How many seconds a batch takes lately, at least and at most; None until one was done.
    #[must_use]
    pub fn batch_range(&self) -> Option<(f64, f64)> {
        let lately = self.batch_seconds;
        // An older version told nothing but that.
        let longest = self.batch_longest.max(lately);
        let shortest = match self.batch_shortest {
            0.0 => lately,
            shortest => shortest.min(lately),
        };
        (lately > 0.0).then_some((shortest, longest))
    }

    /// Seconds until a batch is over, about, that has been in flight for so long: as one takes lately, and where it
    /// takes longer, as the longest did. None: no batch was done yet, or it takes longer than any.
    #[must_use]
    pub fn boundary_in(&self, in_flight: Duration) -> Option<f64> {
        let (_, longest) = self.batch_range()?;
        let spent = in_flight.as_secs_f64();
        let left = [self.batch_seconds, longest]
            .into_iter()
            .map(|takes| takes - spent);
        left.into_iter().find(|left| *left >= 0.0)
    }
}
