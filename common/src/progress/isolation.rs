//! Isolation: a batch whose retries are spent is halved until the bad item stands alone. The halves are
//! batches with numbers of their own, since a key always means the same items.

use serde::{Deserialize, Serialize};

use super::Progress;
use crate::id::BatchNumber;

/// How the batches are cut that follow one that was halved, until its last item is behind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Isolation {
    /// The batch at the cursor. A process that knows nothing of isolation goes on without it, and then
    /// this is another one, and void.
    pub batch: BatchNumber,
    /// The sizes of those after it, in their order.
    pub rest: Vec<u64>,
}

/// How many items the first half has of a batch of so many.
#[must_use]
pub fn first_half(items: u64) -> u64 {
    items.div_ceil(2)
}

impl Progress {
    /// Whether the batch at the cursor is a part of one that was halved.
    #[must_use]
    pub fn is_half(&self) -> bool {
        self.isolation
            .as_ref()
            .is_some_and(|isolation| isolation.batch == self.batch)
    }

    /// Halves the batch at the cursor, which has so many items: more than one. Its number is not used
    /// again, and the cursor stays.
    pub fn halve(&mut self, items: u64, error: String) {
        let first = first_half(items);
        let mut rest = match self.isolation.take() {
            Some(isolation) if isolation.batch == self.batch => isolation.rest,
            Some(_) | None => Vec::new(),
        };
        rest.insert(0, items - first);
        self.batch = self.batch.next();
        self.cut = first;
        self.attempts = 0;
        self.next_attempt_at = None;
        self.failing = None;
        self.error = Some(error);
        self.isolation = Some(Isolation {
            batch: self.batch,
            rest,
        });
    }

    /// The size of the batch after the one at the cursor: `usual`, unless that is a part of a halved one.
    pub(super) fn cut_after(&mut self, usual: u64) -> u64 {
        let Some(isolation) = self.isolation.take() else {
            return usual;
        };
        if isolation.batch != self.batch || isolation.rest.is_empty() {
            return usual;
        }
        let mut rest = isolation.rest;
        let cut = rest.remove(0);
        self.isolation = Some(Isolation {
            batch: self.batch.next(),
            rest,
        });
        cut
    }
}

#[cfg(test)]
mod tests;
