//! How far a task is: the row that a checkpoint writes, and the arithmetic on it.

mod boundary;
mod detour;
mod isolation;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

pub use detour::Detour;
pub use isolation::{Isolation, first_half};

use crate::budget::Counted;
use crate::id::{BatchNumber, Epoch};
use crate::rate::Pace;
use crate::rollback::Undone;
use crate::spec::Rest;
use crate::time::Timestamp;

/// The rate forgets the past with this time constant.
const RATE_MEMORY: Duration = Duration::from_secs(30);

/// The durable progress of a task. Only the worker that holds the task writes it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// The epoch that wrote it.
    pub epoch: Epoch,
    /// Where the next batch starts; opaque to everybody but the input. Empty: at the start.
    pub cursor: ByteBuf,
    /// The number of the next batch.
    pub batch: BatchNumber,
    /// The size the next batch is cut with. A batch that may have started is cut so again, so that
    /// the same key always means the same items.
    pub cut: u64,
    /// The input is exhausted and all of it is done.
    pub exhausted: bool,
    /// Items done.
    pub items_done: u64,
    /// Items in all, once known.
    pub items_total: Option<u64>,
    /// Batches done.
    pub batches_done: u64,
    /// Batches that went to the failures.
    pub batches_failed: u64,
    /// Items that failed for good: those of these batches, and those that others passed over.
    pub items_failed: u64,
    /// Retries so far, over all batches.
    pub retries: u64,
    /// Failed attempts at the next batch.
    pub attempts: u32,
    /// When the next attempt may start.
    pub next_attempt_at: Option<Timestamp>,
    /// The batch that the failed attempts were at; None where they were at something else.
    pub failing: Option<Failing>,
    /// How the batches are cut that a failed one was halved into.
    pub isolation: Option<Isolation>,
    /// Where it goes on once the batch is over that it went back to; None: it did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detour: Option<Detour>,
    /// From where the error budget counts.
    pub budget_from: Counted,
    /// The batch that began last, as a rate limit counts it; of a queued task the backlog has it.
    pub pace: Option<Pace>,
    /// How long the task has been running, in milliseconds; suspended and queued time left out.
    pub running_ms: u64,
    /// The microseconds beyond `running_ms`, so that many short batches add up.
    pub running_us: u32,
    /// Items per second lately; zero until known.
    pub rate: f64,
    /// Seconds a batch takes lately; zero until known.
    pub batch_seconds: f64,
    /// Seconds the shortest batch took lately; zero until known.
    pub batch_shortest: f64,
    /// Seconds the longest did.
    pub batch_longest: f64,
    /// How far what was done is undone; None: its rollback has not begun.
    pub rollback: Option<Undone>,
    /// When it was written.
    pub updated_at: Timestamp,
    /// What the task last said of itself.
    pub message: Option<String>,
    /// The last error.
    pub error: Option<String>,
    /// The last batch that was done with a mark in the task's own data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marked: Option<BatchNumber>,
    /// What this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

/// The batch at the cursor, of which attempts failed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Failing {
    /// Its number.
    pub batch: BatchNumber,
    /// Its items.
    pub items: u64,
    /// Where the one after starts.
    pub next: ByteBuf,
}

/// A batch that is done.
#[derive(Clone, Debug)]
pub struct BatchDone {
    /// Its items.
    pub items: u64,
    /// How many of them were passed over.
    pub passed: u64,
    /// Where the next batch starts.
    pub next: Vec<u8>,
    /// The size the next batch is cut with.
    pub next_cut: u64,
    /// How long it took.
    pub took: Duration,
    /// How long the task has been running since its progress was last written.
    pub ran: Duration,
}

impl Progress {
    /// Moves on over a batch that is done.
    pub fn done(&mut self, batch: &BatchDone, now: Timestamp) {
        let done = batch.items.saturating_sub(batch.passed);
        self.items_done = self.items_done.saturating_add(done);
        self.items_failed = self.items_failed.saturating_add(batch.passed);
        self.batches_done += 1;
        self.error = None;
        self.note_pace(batch);
        self.pass(batch, now);
    }

    /// Moves on over a batch that failed for good.
    pub fn skipped(&mut self, batch: &BatchDone, error: String, now: Timestamp) {
        self.batches_failed += 1;
        self.items_failed = self.items_failed.saturating_add(batch.items);
        self.error = Some(error);
        self.pass(batch, now);
    }

    /// Notes a batch of a queued task that is done, wherever it lies: the cursor and the number of the
    /// next batch are those of planning. So many of its items were passed over. It took so long to
    /// perform, and lasted so long with its transactions.
    pub fn done_of_many(
        &mut self,
        (items, passed): (u64, u64),
        (took, lasted): (Duration, Duration),
        now: Timestamp,
    ) {
        let done = items.saturating_sub(passed);
        self.items_done = self.items_done.saturating_add(done);
        self.items_failed = self.items_failed.saturating_add(passed);
        self.batches_done += 1;
        self.error = None;
        let ran = self.ran_of_many(lasted, now);
        self.note_pace(&BatchDone {
            items,
            passed,
            next: Vec::new(),
            next_cut: self.cut,
            took,
            ran,
        });
        self.account(ran, now);
    }

    /// Notes a batch of a queued task that failed for good.
    pub fn skipped_of_many(&mut self, items: u64, error: String, lasted: Duration, now: Timestamp) {
        self.batches_failed += 1;
        self.items_failed = self.items_failed.saturating_add(items);
        self.error = Some(error);
        self.account_of_many(lasted, now);
    }

    /// Notes an attempt of a queued task's batch that failed.
    pub fn failed_of_many(&mut self, error: String, lasted: Duration, now: Timestamp) {
        self.error = Some(error);
        self.account_of_many(lasted, now);
    }

    /// Adds running time that a batch of a queued task covers, which lasted so long.
    pub fn account_of_many(&mut self, lasted: Duration, now: Timestamp) {
        self.account(self.ran_of_many(lasted, now), now);
    }

    /// What others accounted for already is left out, and so is the time in which none was in flight.
    fn ran_of_many(&self, lasted: Duration, now: Timestamp) -> Duration {
        now.since(self.updated_at).min(lasted)
    }

    /// Moves planning on: so many batches, up to this cursor.
    pub fn planned(&mut self, batches: u64, next: ByteBuf, next_cut: u64) {
        self.batch = BatchNumber(self.batch.0 + batches);
        self.cursor = next;
        self.cut = next_cut;
        self.attempts = 0;
        self.next_attempt_at = None;
    }

    /// Notes a failed attempt. The cursor stays.
    pub fn attempt_failed(
        &mut self,
        error: String,
        retry_at: Option<Timestamp>,
        ran: Duration,
        now: Timestamp,
    ) {
        self.attempts += 1;
        if retry_at.is_some() {
            self.retries += 1;
        }
        self.error = Some(error);
        self.next_attempt_at = retry_at;
        self.account(ran, now);
    }

    /// Adds running time.
    pub fn account(&mut self, ran: Duration, now: Timestamp) {
        let total = self.ran().saturating_add(ran);
        self.running_ms = u64::try_from(total.as_millis()).unwrap_or(u64::MAX);
        self.running_us = total.subsec_micros() % 1000;
        self.updated_at = now;
    }

    fn ran(&self) -> Duration {
        Duration::from_millis(self.running_ms)
            .saturating_add(Duration::from_micros(self.running_us.into()))
    }

    /// How long the task has been running; `since` is when its progress was last written, if it
    /// runs at this moment.
    #[must_use]
    pub fn running(&self, now: Timestamp, runs: bool) -> Duration {
        let sofar = self.ran();
        if runs {
            sofar.saturating_add(now.since(self.updated_at))
        } else {
            sofar
        }
    }

    /// Seconds of running still ahead; None where the total or the rate isn't known.
    #[must_use]
    pub fn eta_seconds(&self) -> Option<f64> {
        let total = self.items_total?;
        let left = total.saturating_sub(self.items_tried());
        if left == 0 {
            return Some(0.0);
        }
        (self.rate > 0.0).then(|| as_f64(left) / self.rate)
    }

    /// Items that are behind it: done, or failed for good.
    #[must_use]
    pub fn items_tried(&self) -> u64 {
        self.items_done.saturating_add(self.items_failed)
    }

    /// The share done, 0 to 1; None where the total isn't known.
    #[must_use]
    pub fn fraction(&self) -> Option<f64> {
        let total = self.items_total?;
        if total == 0 {
            return Some(1.0);
        }
        Some((as_f64(self.items_done) / as_f64(total)).clamp(0.0, 1.0))
    }

    /// Lets attempts start anew: somebody looked, and says that it may go on.
    pub fn forgive(&mut self) {
        self.attempts = 0;
        self.next_attempt_at = None;
        self.failing = None;
        self.budget_from = Counted {
            done: self.items_done,
            failed: self.items_failed,
        };
    }

    /// The batch that keeps the task from going on, since attempts at it failed.
    #[must_use]
    pub fn blocking(&self) -> Option<&Failing> {
        let failing = self.failing.as_ref()?;
        // A page that was not done says nothing of where the next one starts, unless it went back to it.
        let moves = failing.next != self.cursor || self.detour.is_some();
        (self.attempts > 0 && failing.batch == self.batch && moves).then_some(failing)
    }

    fn pass(&mut self, batch: &BatchDone, now: Timestamp) {
        if self.detour.is_some() {
            self.leave_detour();
        } else {
            self.cursor = ByteBuf::from(batch.next.clone());
            self.cut = self.cut_after(batch.next_cut);
            self.batch = self.batch.next();
        }
        self.attempts = 0;
        self.next_attempt_at = None;
        self.failing = None;
        self.account(batch.ran, now);
    }

    /// Folds a batch into the recent rate: weighted by the time it covers, so that many short
    /// batches count like one long one.
    fn note_pace(&mut self, batch: &BatchDone) {
        let ran = batch.ran.as_secs_f64().max(1e-6);
        let seen = self.ran().as_secs_f64();
        // Young tasks average over all they have seen; older ones forget.
        let memory = RATE_MEMORY.as_secs_f64().min(seen);
        let weight = if self.batches_done <= 1 {
            1.0
        } else {
            1.0 - (-ran / memory.max(ran)).exp()
        };
        self.rate += weight * (as_f64(batch.items) / ran - self.rate);
        self.note_batch_time(batch.took.as_secs_f64(), weight);
    }
}

/// A count as a float: exact up to 2^53, which is beyond any count here.
#[must_use]
pub fn as_f64(count: u64) -> f64 {
    #[allow(
        clippy::cast_precision_loss,
        reason = "counts of items and bytes stay far below 2^53"
    )]
    {
        count as f64
    }
}

#[cfg(test)]
mod tests;
