//! How far a rollback is: it undoes the batches that are done, newest first, a checkpoint each. Pure.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::id::BatchNumber;
use crate::progress::Progress;
use crate::spec::Rest;
use crate::time::Timestamp;

/// What is undone of what was done.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Undone {
    /// The batches that are left have lower numbers than this one.
    pub below: BatchNumber,
    /// Where the last of them ends, where that is known.
    pub end: Option<ByteBuf>,
    /// The batch that is undone next, once that is known: it may be in flight.
    pub next: Option<BatchNumber>,
    /// Items undone.
    pub items_done: u64,
    /// Items that were done when it began.
    pub items_total: u64,
    /// Batches undone.
    pub batches_done: u64,
    /// Batches that were done when it began.
    pub batches_total: u64,
    /// When it began.
    pub began_at: Timestamp,
    /// What this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

impl Progress {
    /// Begins to undo what is done, unless that has begun.
    pub fn begin_rollback(&mut self, now: Timestamp) {
        if self.rollback.is_some() {
            return;
        }
        // What it went back to is not done.
        self.leave_detour();
        self.rollback = Some(Undone {
            below: self.batch,
            end: Some(self.cursor.clone()),
            items_total: self.items_done,
            batches_total: self.batches_done,
            began_at: now,
            ..Undone::default()
        });
        self.attempts = 0;
        self.next_attempt_at = None;
        self.error = None;
        self.message = None;
    }

    /// Goes on with undoing this batch, which may be in flight from now on.
    pub fn undoes(&mut self, batch: BatchNumber) {
        self.rollback.get_or_insert_default().next = Some(batch);
    }

    /// Moves on over a batch that is undone, which starts at `cursor`; `next` is the one that is undone after
    /// it, where that is known.
    pub fn undone(
        &mut self,
        (batch, cursor): (BatchNumber, ByteBuf),
        items: u64,
        next: Option<BatchNumber>,
        now: Timestamp,
    ) {
        let undone = self.rollback.get_or_insert_default();
        undone.below = batch;
        undone.end = Some(cursor);
        undone.next = next;
        undone.items_done = undone.items_done.saturating_add(items);
        undone.batches_done += 1;
        self.attempts = 0;
        self.next_attempt_at = None;
        self.error = None;
        self.updated_at = now;
    }
}
