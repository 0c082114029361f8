//! A task's own queue as people and programs see it.

use serde::Serialize;

use super::{Surroundings, WorkerView};
use crate::backlog::{Backlog, Begun, Limits, Tried};
use crate::id::{BatchNumber, WorkerNumber};
use crate::phase::Flow;
use crate::spec::Queue;
use crate::store::TaskRow;
use crate::time::Timestamp;

/// A task's own queue, as JSON has it. Unknown values are None.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct QueueView {
    /// Where it is, without a password.
    pub place: String,
    /// The most batches in flight at once.
    pub parallel: u64,
    /// Batches planned ahead.
    pub depth: u64,
    /// Whether batches begin in the order of their numbers.
    pub ordered: bool,
    /// Whether batches may begin.
    pub serving: bool,
    /// Batches planned so far.
    pub planned: u64,
    /// Whether nothing more will be planned.
    pub all_planned: bool,
    /// Batches that wait to begin.
    pub waiting: u64,
    /// Batches in flight.
    pub in_flight: u64,
    /// Who performs those, ascending.
    pub workers: Vec<WorkerNumber>,
    /// Messages for batches that had begun or were done.
    pub redelivered: u64,
    /// Messages that were lost and sent again.
    pub sent_again: u64,
    /// Messages that were none of ours.
    pub foreign: u64,
    /// Since when its broker can't be used.
    pub unreachable_since: Option<Timestamp>,
    /// Why its broker can't be used.
    pub unreachable: Option<String>,
    /// The batches in flight, by their numbers.
    #[serde(skip)]
    pub flight: Vec<FlightView>,
    /// The batches that were tried and wait, by their numbers.
    #[serde(skip)]
    pub tried: Vec<Tried>,
}

/// A batch in flight.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FlightView {
    /// Its number.
    pub batch: BatchNumber,
    /// Whose lock it runs under.
    pub slot: u16,
    /// Which attempt it is, from 1.
    pub attempt: u32,
    /// Since when.
    pub since: Timestamp,
    /// Who performs it.
    pub worker: WorkerView,
}

impl Surroundings<'_> {
    /// The queue of a task that has one.
    pub(super) fn queue(&self, row: &TaskRow) -> Option<QueueView> {
        let (queue, backlog) = parts(row)?;
        let mut flight: Vec<FlightView> = backlog
            .begun
            .iter()
            .map(|begun| self.in_flight(begun))
            .collect();
        flight.sort_by_key(|flight| flight.batch);
        let mut workers: Vec<_> = flight.iter().map(|flight| flight.worker.id).collect();
        workers.sort_unstable();
        workers.dedup();
        let unreachable = backlog.unreachable.as_ref();
        Some(QueueView {
            place: queue.place.to_string(),
            parallel: queue.parallel,
            depth: queue.depth,
            ordered: queue.ordered,
            serving: backlog.serving,
            planned: row.progress.batch.0,
            all_planned: backlog.all_planned,
            waiting: backlog.waiting(),
            in_flight: backlog.begun.len() as u64,
            workers,
            redelivered: backlog.redelivered,
            sent_again: backlog.sent_again,
            foreign: backlog.foreign,
            unreachable_since: unreachable.map(|known| known.since),
            unreachable: unreachable.map(|known| known.why.clone()),
            flight,
            tried: backlog.tried.clone(),
        })
    }

    fn in_flight(&self, begun: &Begun) -> FlightView {
        FlightView {
            batch: begun.batch,
            slot: begun.slot,
            attempt: begun.attempt,
            since: begun.since,
            worker: self.worker(begun.seat.worker),
        }
    }
}

impl QueueView {
    /// How many workers beside the one that holds the task perform batches of it.
    #[must_use]
    pub fn others(&self, holder: Option<WorkerNumber>) -> usize {
        let others = self.workers.iter();
        others.filter(|worker| Some(**worker) != holder).count()
    }

    /// Whether a living worker performs a batch of it.
    #[must_use]
    pub fn is_performed(&self) -> bool {
        self.flight.iter().any(|flight| flight.worker.alive)
    }

    /// When the batch began that began last of those in flight: once it ends, all have, about.
    #[must_use]
    pub fn last_began(&self) -> Option<Timestamp> {
        self.flight.iter().map(|flight| flight.since).max()
    }
}

/// How a task's queue flows, if it has one.
pub(super) fn flow(row: &TaskRow, now: Timestamp) -> Option<Flow<'_>> {
    let (queue, backlog) = parts(row)?;
    Some(Flow {
        in_flight: backlog.begun.len() as u64,
        ready: backlog.room(Limits::of(queue, row.spec.rate), now) > 0,
        unreachable: backlog.unreachable.as_ref(),
    })
}

/// When something of a task is tried again: a batch, its init, or planning.
pub(super) fn next_attempt_at(row: &TaskRow, now: Timestamp) -> Option<Timestamp> {
    let own = row.progress.next_attempt_at;
    let due = parts(row).and_then(|(_, backlog)| backlog.next_due(now));
    match (own.filter(|at| *at > now), due) {
        (Some(own), Some(due)) => Some(own.min(due)),
        (None, Some(due)) => Some(due),
        (_, None) => own,
    }
}

/// When the rate limit lets the next batch begin, if nothing but that keeps it from beginning.
pub(super) fn throttled_until(row: &TaskRow, now: Timestamp) -> Option<Timestamp> {
    match parts(row) {
        Some((queue, backlog)) => {
            let limits = Limits::of(queue, row.spec.rate);
            let waits = backlog.begun.is_empty() && backlog.waiting() > 0;
            backlog.throttled_until(limits, now).filter(|_| waits)
        }
        None => row.progress.pace?.next(row.spec.rate?, now),
    }
}

fn parts(row: &TaskRow) -> Option<(&Queue, &Backlog)> {
    Some((row.spec.way.queue()?, row.backlog.as_ref()?))
}
