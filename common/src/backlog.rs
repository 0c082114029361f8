//! What a queued task has planned and not done: which batches are open, which were tried, which are in
//! flight. Pure; the store keeps it, and every change of it is a transaction.
//!
//! A batch is planned, begun, and done or given up. A number that was planned and is in none of the
//! lists here is finished.

mod kept;
mod limits;
mod parts;

use serde::{Deserialize, Serialize};

pub use kept::Kept;

use crate::backoff;
use crate::id::BatchNumber;
use crate::rate::Pace;
use crate::spec::Rest;
use crate::time::Timestamp;

pub use limits::Limits;
pub use parts::{Begun, Blocked, Half, Seat, Span, Tried, Unreachable};

/// What is planned and not done of a queued task.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Backlog {
    /// Whether batches may begin.
    pub serving: bool,
    /// The input is exhausted: nothing more will be planned.
    pub all_planned: bool,
    /// Batches that may begin and never began, in runs of neighbours, ascending.
    pub open: Vec<Span>,
    /// Batches that were tried and are to be tried again, ascending.
    pub tried: Vec<Tried>,
    /// Batches in flight.
    pub begun: Vec<Begun>,
    /// Parts of batches that were halved and are not done, in the order of their items. They begin before
    /// the others.
    pub halves: Vec<Half>,
    /// Batches whose retries are spent where the policy suspends the task: it waits for somebody to look.
    pub blocking: Vec<Blocked>,
    /// What seats keep beyond their batches.
    pub kept: Vec<Kept>,
    /// The batch that began last, as a rate limit counts it.
    pub pace: Option<Pace>,
    /// A batch that failed for good where the policy ends the task.
    pub gave_up: Option<BatchNumber>,
    /// Messages that a broker delivered more than once, or for batches that had begun or were done.
    pub redelivered: u64,
    /// Messages that a broker had lost and that were sent again.
    pub sent_again: u64,
    /// Messages in the task's queue at a broker that were none of ours.
    pub foreign: u64,
    /// Why the broker can't be used, and since when.
    pub unreachable: Option<Unreachable>,
    /// What this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

/// Which batch a seat would begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The lowest that may.
    Next,
    /// This one: a message says so.
    This(BatchNumber),
}

/// Why a batch does not begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotBegun {
    /// The task is not being run.
    Closed,
    /// As many as may be are in flight.
    Full,
    /// Nothing is open.
    Nothing,
    /// Not before then; None: not before another one.
    NotYet(Option<Timestamp>),
    /// Not before then: the task's rate limit.
    Throttled(Timestamp),
    /// It is in flight.
    InFlight,
    /// It is done, or was given up.
    Finished,
    /// It was never planned.
    Unknown,
}

impl Backlog {
    /// Batches that wait to begin.
    #[must_use]
    pub fn waiting(&self) -> u64 {
        self.open.iter().map(|span| span.len()).sum::<u64>() + self.tried.len() as u64
    }

    /// The lowest of those.
    #[must_use]
    pub fn first_waiting(&self) -> Option<BatchNumber> {
        let open = self.open.first().map(|span| BatchNumber(span.0));
        let tried = self.tried.first().map(|tried| tried.batch);
        open.into_iter().chain(tried).min()
    }

    /// Batches planned and not done.
    #[must_use]
    pub fn left(&self) -> u64 {
        self.waiting() + self.begun.len() as u64
    }

    /// The numbers of those that wait to begin and may now, ascending; what was tried and waits for its
    /// time is left out.
    #[must_use]
    pub fn ready(&self, now: Timestamp) -> Vec<BatchNumber> {
        let tried = self.tried.iter().filter(|tried| tried.is_due(now));
        let mut ready: Vec<BatchNumber> = self
            .open
            .iter()
            .flat_map(|span| span.0..=span.1)
            .map(BatchNumber)
            .chain(tried.map(|tried| tried.batch))
            .collect();
        ready.sort_unstable();
        ready
    }

    /// When the next one that was tried may begin, if it is not now.
    #[must_use]
    pub fn next_due(&self, now: Timestamp) -> Option<Timestamp> {
        let later = self.tried.iter().filter_map(|tried| tried.not_before);
        later.filter(|at| backoff::waits(*at, now)).min()
    }

    /// How many more batches could begin now.
    #[must_use]
    pub fn room(&self, limits: Limits, now: Timestamp) -> usize {
        if !self.serving || self.unreachable.is_some() {
            return 0;
        }
        let free = limits.width.saturating_sub(self.begun.len());
        let open = self.open.iter().map(|span| span.len()).sum::<u64>();
        let due = self.tried.iter().filter(|tried| tried.is_due(now)).count();
        let ready = usize::try_from(open)
            .unwrap_or(usize::MAX)
            .saturating_add(due);
        // One at a time where they are paced.
        let paced = limits.rate.map_or(usize::MAX, |_| 1);
        match self.first(limits, now) {
            Ok(_) if self.throttled_until(limits, now).is_none() => free.min(ready).min(paced),
            Ok(_) | Err(_) => 0,
        }
    }

    /// Notes batches as planned: `count` of them from `first` on.
    pub fn plan(&mut self, first: BatchNumber, count: u64) {
        if count == 0 {
            return;
        }
        let added = Span(first.0, first.0 + count - 1);
        match self.open.last_mut() {
            Some(last) if last.1 + 1 == added.0 => last.1 = added.1,
            _ => self.open.push(added),
        }
    }

    /// Begins a batch at a seat. What the seat has begun already is told again.
    ///
    /// # Errors
    /// [`NotBegun`], and nothing has changed.
    pub fn begin(
        &mut self,
        which: Which,
        seat: Seat,
        limits: Limits,
        planned: BatchNumber,
        now: Timestamp,
    ) -> Result<Begun, NotBegun> {
        if let Some(begun) = self.at(seat) {
            return Ok(begun);
        }
        if !self.serving {
            return Err(NotBegun::Closed);
        }
        let batch = match which {
            Which::Next => None,
            Which::This(batch) => {
                self.may(batch, planned, now)?;
                Some(batch)
            }
        };
        if self.begun.len() >= limits.width {
            return Err(NotBegun::Full);
        }
        let first = self.first(limits, now)?;
        let batch = match batch {
            Some(batch) if limits.ordered && batch != first => return Err(NotBegun::NotYet(None)),
            Some(batch) => batch,
            None => first,
        };
        if let Some(at) = self.throttled_until(limits, now) {
            return Err(NotBegun::Throttled(at));
        }
        let begun = Begun {
            batch,
            slot: self.slot_at(seat),
            seat,
            attempt: self.take(batch) + 1,
            since: now,
        };
        self.begun.push(begun);
        Ok(begun)
    }

    /// What a seat has begun.
    #[must_use]
    pub fn at(&self, seat: Seat) -> Option<Begun> {
        self.begun.iter().find(|begun| begun.seat == seat).copied()
    }

    /// Whether a batch waits to begin or is in flight.
    #[must_use]
    pub fn has(&self, batch: BatchNumber) -> bool {
        self.is_open(batch)
            || self.tried.iter().any(|tried| tried.batch == batch)
            || self.begun.iter().any(|begun| begun.batch == batch)
    }

    /// Ends what a seat has begun: it is finished. None: it has not begun this batch.
    pub fn finish(&mut self, seat: Seat, batch: BatchNumber) -> Option<Begun> {
        let place = self
            .begun
            .iter()
            .position(|begun| begun.seat == seat && begun.batch == batch)?;
        Some(self.begun.swap_remove(place))
    }

    /// Lets a batch that was begun in vain wait to begin again.
    pub fn put_back(&mut self, begun: Begun, attempts: u32, not_before: Option<Timestamp>) {
        let tried = Tried {
            batch: begun.batch,
            attempts,
            not_before,
        };
        let place = self
            .tried
            .partition_point(|other| other.batch < begun.batch);
        self.tried.insert(place, tried);
    }

    /// Lets a batch that was given up begin again, as if it had not been tried.
    pub fn queue_again(&mut self, batch: BatchNumber) {
        let begun = Begun {
            batch,
            ..Begun::default()
        };
        self.put_back(begun, 0, None);
    }

    /// Notes that a batch which waits keeps the task from going on.
    pub fn block(&mut self, blocked: Blocked) {
        self.blocking.retain(|other| other.batch != blocked.batch);
        self.blocking.push(blocked);
    }

    /// Takes a batch that was tried out of what waits: it is passed over.
    pub fn drop_tried(&mut self, batch: BatchNumber) {
        self.tried.retain(|tried| tried.batch != batch);
        self.blocking.retain(|blocked| blocked.batch != batch);
        self.halves.retain(|half| half.batch != batch);
    }

    /// Notes that a batch which is in flight no more was halved: its parts may begin, with these numbers.
    pub fn halve(&mut self, batch: BatchNumber, parts: [BatchNumber; 2]) {
        let place = self.halves.iter().position(|half| half.batch == batch);
        let of = place.map_or(batch, |place| self.halves.remove(place).of);
        let place = place.unwrap_or_else(|| self.halves.partition_point(|half| half.of <= batch));
        let halves = parts.map(|batch| Half { batch, of });
        self.halves.splice(place..place, halves);
        self.plan(parts[0], parts.len() as u64);
    }

    /// Forgets that a batch is a part of a halved one: it is finished.
    pub fn forget_half(&mut self, batch: BatchNumber) {
        self.halves.retain(|half| half.batch != batch);
    }

    /// Lets all that were tried begin anew, as if they never had.
    pub fn forgive(&mut self) {
        self.gave_up = None;
        self.blocking.clear();
        for tried in &mut self.tried {
            tried.attempts = 0;
            tried.not_before = None;
        }
    }

    /// Whether a batch may begin, whatever the others do.
    fn may(
        &self,
        batch: BatchNumber,
        planned: BatchNumber,
        now: Timestamp,
    ) -> Result<(), NotBegun> {
        if self.is_open(batch) {
            return Ok(());
        }
        if let Some(tried) = self.tried.iter().find(|tried| tried.batch == batch) {
            return match tried.not_before {
                Some(at) if backoff::waits(at, now) => Err(NotBegun::NotYet(Some(at))),
                Some(_) | None => Ok(()),
            };
        }
        if self.begun.iter().any(|begun| begun.batch == batch) {
            Err(NotBegun::InFlight)
        } else if batch < planned {
            Err(NotBegun::Finished)
        } else {
            Err(NotBegun::Unknown)
        }
    }

    /// The batch that begins next.
    fn first(&self, limits: Limits, now: Timestamp) -> Result<BatchNumber, NotBegun> {
        let open = self.open.first().map(|span| BatchNumber(span.0));
        let later = || {
            self.next_due(now)
                .map_or(NotBegun::Nothing, |at| NotBegun::NotYet(Some(at)))
        };
        // They have the last numbers, and the first items.
        for half in &self.halves {
            let tried = self.tried.iter().find(|tried| tried.batch == half.batch);
            let is_due = tried.is_some_and(|tried| tried.is_due(now));
            if is_due || self.is_open(half.batch) {
                return Ok(half.batch);
            }
            if limits.ordered && tried.is_some() {
                return Err(later());
            }
        }
        let tried = if limits.ordered {
            self.tried.first()
        } else {
            self.tried.iter().find(|tried| tried.is_due(now))
        };
        match (open, tried) {
            (Some(open), Some(tried)) if tried.batch > open => Ok(open),
            (_, Some(tried)) if tried.is_due(now) => Ok(tried.batch),
            (_, Some(_)) => Err(later()),
            (Some(open), None) => Ok(open),
            (None, None) => Err(later()),
        }
    }

    fn is_open(&self, batch: BatchNumber) -> bool {
        let after = self.open.partition_point(|span| span.1 < batch.0);
        self.open.get(after).is_some_and(|span| span.0 <= batch.0)
    }

    /// Takes a batch that waits out of its list; gives how often it was tried.
    fn take(&mut self, batch: BatchNumber) -> u32 {
        if let Some(place) = self.tried.iter().position(|tried| tried.batch == batch) {
            return self.tried.remove(place).attempts;
        }
        let place = self.open.partition_point(|span| span.1 < batch.0);
        if let Some(span) = self.open.get(place).copied() {
            let mut rest = Vec::with_capacity(2);
            if span.0 < batch.0 {
                rest.push(Span(span.0, batch.0 - 1));
            }
            if batch.0 < span.1 {
                rest.push(Span(batch.0 + 1, span.1));
            }
            self.open.splice(place..=place, rest);
        }
        0
    }
}

#[cfg(test)]
mod tests;
