//! How soon what changed is drawn. No clock: the time is told.

use std::time::{Duration, Instant};

use crate::dashboard::model::Urgency;

/// State changes are drawn at most so often.
const FRAME: Duration = Duration::from_millis(33);

/// What counts by itself is drawn so often.
const SECOND: Duration = Duration::from_secs(1);

/// When it was drawn last.
pub(super) struct Pace {
    drawn: Instant,
    /// For a change of state. What a key changed is drawn besides: what follows from the key, a
    /// moment later, has not to wait for that.
    state: Instant,
    /// Progress is drawn at most so often.
    refresh: Duration,
}

impl Pace {
    /// Of a screen that was not drawn on yet.
    pub(super) fn new(now: Instant, refresh: Duration) -> Self {
        let long_ago = now - SECOND;
        Self {
            drawn: long_ago,
            state: long_ago,
            refresh,
        }
    }

    /// Something was drawn that was so urgent.
    pub(super) fn drew(&mut self, urgency: Urgency, now: Instant) {
        self.drawn = now;
        if urgency == Urgency::State {
            self.state = now;
        }
    }

    /// When the next frame is due; None: when something changes. `counts` tells whether something on
    /// the screen changes by itself.
    pub(super) fn due(&self, urgency: Urgency, counts: impl FnOnce() -> bool) -> Option<Instant> {
        match urgency {
            Urgency::Now => Some(self.drawn),
            Urgency::State => Some(self.state + FRAME),
            Urgency::Progress => Some(self.drawn + self.refresh),
            Urgency::Never => counts().then(|| self.drawn + SECOND),
        }
    }
}

#[cfg(test)]
mod tests;
