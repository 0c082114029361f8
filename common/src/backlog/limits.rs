//! How many batches of a queued task may begin, and how soon.

use std::time::Duration;

use super::Backlog;
use crate::rate::{Pace, Rate};
use crate::spec::Queue;
use crate::time::Timestamp;

/// Shorter waits for the rate limit are left to the seats that are there.
const SHORT: Duration = Duration::from_millis(50);

/// How a task's queue is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Batches in flight at once.
    pub width: usize,
    /// Whether batches begin in the order of their numbers.
    pub ordered: bool,
    /// How many items may begin in how much time.
    pub rate: Option<Rate>,
}

impl Limits {
    /// How the queue of a task is served.
    #[must_use]
    pub fn of(queue: &Queue, rate: Option<Rate>) -> Self {
        Self {
            width: queue.width(),
            ordered: queue.ordered,
            rate,
        }
    }
}

impl Backlog {
    /// When the rate limit lets the next batch begin, if it is not now.
    #[must_use]
    pub fn throttled_until(&self, limits: Limits, now: Timestamp) -> Option<Timestamp> {
        self.pace?.next(limits.rate?, now)
    }

    /// When it is worth looking again whether a batch may begin, if none may now for its time's sake.
    #[must_use]
    pub fn look_again_at(&self, limits: Limits, now: Timestamp) -> Option<Timestamp> {
        match self.throttled_until(limits, now) {
            Some(at) if self.waiting() > 0 => Some(at.max(now.after(SHORT))),
            Some(_) | None => self.next_due(now),
        }
    }

    /// Notes, of a batch that has just begun, how many items it has.
    pub fn count_items(&mut self, items: u64, rate: Option<Rate>, now: Timestamp) {
        self.pace = Some(Pace::begun(self.pace, rate, items, now));
    }
}
