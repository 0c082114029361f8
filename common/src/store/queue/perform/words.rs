//! What those who perform batches say, and what they are told.

use std::time::Duration;

use crate::backlog::{Begun, Limits, NotBegun, Which};
use crate::id::{BatchNumber, RequestNumber, TaskNumber};
use crate::rate::Rate;
use crate::spec::{Queue, TaskSpec};
use crate::store::Planned;
use crate::store::hold::Orders;
use crate::store::record::PassedItem;
use crate::time::Timestamp;

/// A batch that has begun.
#[derive(Clone, Debug, PartialEq)]
pub struct Begin {
    /// Which, under whose lock, and which attempt.
    pub begun: Begun,
    /// How it is cut.
    pub planned: Planned,
}

/// A queued task as those know it who perform its batches.
#[derive(Clone, Debug)]
pub struct Performer {
    /// The task.
    pub task: TaskNumber,
    /// Its queue.
    pub queue: Queue,
    /// Its rate limit.
    pub rate: Option<Rate>,
    /// After how many items it is suspended.
    pub stop_at: Option<u64>,
    /// How often its settings had been changed when they were read.
    pub settings: u64,
    /// Whether what performs a batch stays at the seat for the next.
    pub persistent: bool,
}

impl Failing {
    /// Whether another attempt follows.
    #[must_use]
    pub fn is_tried_again(&self) -> bool {
        matches!(self.then, Performed::Retry(_))
    }
}

impl Performer {
    /// A task with a queue as its rows have it.
    #[must_use]
    pub fn of(spec: &TaskSpec, settings: u64) -> Option<Self> {
        Some(Self {
            task: spec.number,
            queue: spec.way.queue()?.clone(),
            rate: spec.rate,
            stop_at: spec.stop_at,
            settings,
            persistent: spec.is_persistent(),
        })
    }

    pub(super) fn limits(&self) -> Limits {
        Limits::of(&self.queue, self.rate)
    }
}

/// What follows in the same transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Another batch begins at the seat, if one may.
    Begin(Which),
    /// Nothing.
    Leave,
}

/// How a batch that had begun ended.
#[derive(Clone, Debug)]
pub enum Ended {
    /// It is done, but for the items that were passed over.
    Done(Vec<PassedItem>),
    /// It failed.
    Failed(Failing),
    /// It was stopped in the middle, and that is no failure of its own.
    GivenBack,
}

/// What a seat reports of a batch that it had begun.
#[derive(Clone, Debug)]
pub struct Report {
    /// The batch.
    pub batch: BatchNumber,
    /// How it ended.
    pub ended: Ended,
    /// How long it took.
    pub took: Duration,
    /// What the task said of itself meanwhile.
    pub said: Option<String>,
    /// Messages that were met since the last report.
    pub met: Met,
}

/// Messages of a broker that led to no batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Met {
    /// Delivered before, or for batches that had begun or were done.
    pub again: u64,
    /// None of ours.
    pub foreign: u64,
}

/// What a seat is told.
#[derive(Clone, Debug)]
pub struct Turn {
    /// The batch that begins, or why none does.
    pub begin: Result<Begin, NotBegun>,
    /// What is wanted of the task.
    pub orders: Orders,
    /// Whether whoever coordinates the task has something to do.
    pub wants_coordinator: bool,
    /// When the rate limit lets another batch begin, if it is not now.
    pub not_before: Option<Timestamp>,
    /// What the task is by now, if its settings were changed since they were read.
    pub renewed: Option<Box<TaskSpec>>,
}

/// A batch that failed.
#[derive(Clone, Debug)]
pub struct Failing {
    /// What went wrong.
    pub error: String,
    /// What follows.
    pub then: Performed,
}

/// What follows a failed attempt at a queued batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Performed {
    /// It is tried again, from then on.
    Retry(Timestamp),
    /// It is halved: the second half starts there.
    Halve(Vec<u8>),
    /// It is passed over and goes to the failures.
    Skip,
    /// The task is suspended, unless somebody asked for something since that request.
    Suspend(RequestNumber),
    /// The task ends as failed.
    Terminate,
}
