//! Attempts at a batch that failed, and what follows.

use crate::event::{Event, What};
use crate::id::{BatchNumber, RequestNumber, TaskNumber, WorkerNumber};
use crate::progress::{Progress, first_half};
use crate::time::Timestamp;

/// An attempt at a batch that failed.
#[derive(Clone, Debug)]
pub struct FailedAttempt {
    /// The progress with the attempt noted.
    pub progress: Progress,
    /// What went wrong.
    pub error: String,
    /// Whether it is tried again, or what the policy does; the request it answers.
    pub then: AfterFailure,
}

/// What follows a failed attempt.
#[derive(Clone, Debug)]
pub enum AfterFailure {
    /// It is tried again.
    Retry,
    /// The task is suspended, unless somebody asked for something since that request.
    Suspend(RequestNumber),
    /// The task ends as failed; written once its hooks are done.
    Terminate,
}

impl AfterFailure {
    /// What the feed tells.
    pub(in crate::store) fn told(&self) -> What {
        match self {
            Self::Retry => What::Retry,
            Self::Suspend(_) | Self::Terminate => What::GaveUp,
        }
    }
}

/// A batch that was halved.
#[derive(Clone, Debug)]
pub struct Halved {
    /// Which.
    pub batch: BatchNumber,
    /// Its items.
    pub items: u64,
    /// The batch that its first half is now.
    pub first: BatchNumber,
    /// Attempts at it.
    pub attempts: u32,
    /// The last error.
    pub error: String,
}

impl Halved {
    pub(in crate::store) fn event(
        &self,
        task: TaskNumber,
        worker: WorkerNumber,
        now: Timestamp,
    ) -> Event {
        let half = first_half(self.items);
        Event {
            worker: Some(worker),
            batch: Some(self.batch),
            attempt: Some(self.attempts),
            detail: Some(format!(
                "{half} and {} of its items apart, from batch {} on, since {}",
                self.items - half,
                self.first,
                self.error
            )),
            ..Event::of(task, What::Halved, now)
        }
    }
}
