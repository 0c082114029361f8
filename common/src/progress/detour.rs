//! A detour: a task without a queue goes back to a batch that failed, and then on from where it was.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::{Isolation, Progress};
use crate::id::BatchNumber;
use crate::store::Failure;

/// Where a task goes on once the batch is over that it went back to. Meanwhile the cursor, the number and
/// the size of the progress are those of that batch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Detour {
    /// Where the batch after all others starts.
    pub cursor: ByteBuf,
    /// Its number.
    pub batch: BatchNumber,
    /// The size it is cut with.
    pub cut: u64,
    /// How the batches are cut that a failed one was halved into.
    pub isolation: Option<Isolation>,
}

impl Progress {
    /// Goes back to a batch that failed as a whole: it is the next one. Only at a boundary where no attempt
    /// at another has failed.
    pub fn go_back(&mut self, failure: &Failure) {
        self.leave_detour();
        let half = Isolation {
            batch: failure.batch,
            rest: Vec::new(),
        };
        self.detour = Some(Detour {
            cursor: std::mem::replace(&mut self.cursor, failure.cursor.clone()),
            batch: std::mem::replace(&mut self.batch, failure.batch),
            cut: std::mem::replace(&mut self.cut, failure.items),
            isolation: std::mem::replace(&mut self.isolation, failure.half.then_some(half)),
        });
    }

    /// Goes on from where it was before it went back, if it did.
    pub fn leave_detour(&mut self) {
        if let Some(detour) = self.detour.take() {
            self.cursor = detour.cursor;
            self.batch = detour.batch;
            self.cut = detour.cut;
            self.isolation = detour.isolation;
            self.attempts = 0;
            self.next_attempt_at = None;
            self.failing = None;
        }
    }

    /// Where the batch after all others starts: what comes before is done, planned or failed.
    #[must_use]
    pub fn frontier(&self) -> &ByteBuf {
        match &self.detour {
            Some(detour) => &detour.cursor,
            None => &self.cursor,
        }
    }

    /// Takes what failed out of the counts: it is to be tried again.
    pub fn uncount(&mut self, failure: &Failure) {
        if failure.passed.is_empty() {
            self.batches_failed = self.batches_failed.saturating_sub(1);
        }
        self.items_failed = self.items_failed.saturating_sub(failure.items_failed());
        self.budget_from.failed = self.budget_from.failed.min(self.items_failed);
    }
}
