//! A task as people and programs see it: the same everywhere, derived from the store's rows.

mod queue;
mod rollback;
mod surroundings;

use serde::Serialize;

use crate::actor::Actor;
use crate::fed::Fed;
use crate::id::{Epoch, RequestNumber, TaskId, TaskNumber, WorkerNumber};
use crate::phase::Phase;
use crate::state::{Desired, Outcome, StateWord};
use crate::time::Timestamp;
use crate::window::Window;

pub use queue::{FlightView, QueueView};
pub use rollback::RollbackView;
pub use surroundings::Surroundings;

/// Whether a worker's process is there, by its number; as the kernel tells it.
pub trait Lives {
    /// Whether the worker lives.
    fn lives(&self, worker: WorkerNumber) -> bool;
}

impl<F: Fn(WorkerNumber) -> bool> Lives for F {
    fn lives(&self, worker: WorkerNumber) -> bool {
        self(worker)
    }
}

/// A worker that holds a task, or performs a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WorkerView {
    /// Its number.
    pub id: WorkerNumber,
    /// Its process; None if the store has forgotten it.
    pub pid: Option<u32>,
    /// Its host.
    pub host: Option<String>,
    /// Whether its process is there.
    pub alive: bool,
}

/// Whether a fed task takes more items.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FeedView {
    /// It does.
    Open,
    /// Somebody closed it.
    Closed,
}

impl FeedView {
    fn of(fed: &Fed) -> Self {
        if fed.is_open() {
            Self::Open
        } else {
            Self::Closed
        }
    }
}

/// A task, as JSON has it. Unknown values are None.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TaskView {
    /// The unique id.
    pub id: TaskId,
    /// The number in its store.
    pub number: TaskNumber,
    /// The name.
    pub name: Option<String>,
    /// The key, of which there is one live task at most.
    pub key: Option<String>,
    /// The kind.
    pub kind: String,
    /// What the operator wants.
    pub desired_state: Desired,
    /// Where the task is.
    pub current_state: StateWord,
    /// What it is doing, for people.
    pub phase: Phase,
    /// What it waits for, in words.
    pub waiting_for: Option<String>,
    /// Why it ended.
    pub outcome: Option<Outcome>,
    /// Why it is where it is: the last request's reason.
    pub reason: Option<String>,
    /// Items done.
    pub items_done: u64,
    /// Items in all.
    pub items_total: Option<u64>,
    /// Batches done.
    pub batches_done: u64,
    /// Batches that failed for good.
    pub batches_failed: u64,
    /// Items that failed for good.
    pub items_failed: u64,
    /// Retries so far.
    pub retries: u64,
    /// Items per second lately.
    pub rate: Option<f64>,
    /// Seconds of running still ahead.
    pub eta_seconds: Option<f64>,
    /// Seconds it has been running; suspended and queued time left out.
    pub running_seconds: f64,
    /// Items per batch.
    pub batch_size: u64,
    /// Seconds a batch takes lately.
    pub batch_seconds: Option<f64>,
    /// Seconds until the batches in flight are over, about: the next boundary. None: it is not known, or nothing of
    /// it runs.
    pub boundary_seconds: Option<f64>,
    /// The most items per second allowed.
    pub rate_limit: Option<f64>,
    /// It is suspended once so many items are behind it.
    pub stop_at: Option<u64>,
    /// When it was submitted.
    pub created_at: Timestamp,
    /// By whom.
    pub created_by: Actor,
    /// When it first ran.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Since when it is in its current state.
    pub current_state_since: Timestamp,
    /// Who asked for the desired state.
    pub desired_by: Actor,
    /// Why.
    pub desired_reason: Option<String>,
    /// The request that did.
    pub desired_request: RequestNumber,
    /// When the next attempt may start, or when it goes on by itself.
    pub next_attempt_at: Option<Timestamp>,
    /// Who holds it.
    pub worker: Option<WorkerView>,
    /// The epoch of its last claim.
    pub epoch: Epoch,
    /// What it last said of itself.
    pub message: Option<String>,
    /// The last error.
    pub error: Option<String>,
    /// Higher runs first.
    pub priority: i32,
    /// The group it belongs to.
    pub group: Option<String>,
    /// The tasks that have to complete before it runs.
    pub after: Vec<TaskNumber>,
    /// It does not run before that time.
    pub at: Option<Timestamp>,
    /// The times of day in which it runs.
    pub window: Option<Window>,
    /// Where its items come from.
    pub input: Option<String>,
    /// The task whose specification it has.
    pub restart_of: Option<TaskNumber>,
    /// The last task that has its specification, by a restart.
    pub restarted_by: Option<TaskNumber>,
    /// The task of which it tries again what failed.
    pub retry_of: Option<TaskNumber>,
    /// The task that tries again what failed of it.
    pub retried_by: Option<TaskNumber>,
    /// Whether more may be fed to it; None: it is not a fed task.
    pub feed: Option<FeedView>,
    /// What performs its batches.
    pub command: String,
    /// Names of the variables that were set for its commands; their values are shown nowhere.
    pub env: Vec<String>,
    /// Names of the variables that its commands have from the worker.
    pub secret_env: Vec<String>,
    /// Whether one process performs them all while it is at a worker.
    pub persistent: bool,
    /// How what it did is undone, and how far that is; None: it has no rollback.
    pub rollback: Option<RollbackView>,
    /// Its own queue; None: its batches run one after the other.
    pub queue: Option<QueueView>,
    /// Seconds a batch takes lately, at least and at most.
    #[serde(skip)]
    pub batch_range: Option<(f64, f64)>,
    /// When its suspension ends by itself.
    #[serde(skip)]
    pub until: Option<Timestamp>,
    /// The share done, 0 to 1.
    #[serde(skip)]
    pub fraction: Option<f64>,
    /// Batches that failed and wait to be tried again; of a queued task those wait among its others.
    #[serde(skip)]
    pub batches_again: u64,
    /// Whether it needs a worker that knows its kind.
    #[serde(skip)]
    pub registered: bool,
    /// When the batch in flight began, about; of several, the last. None where none is.
    #[serde(skip)]
    pub batch_since: Option<Timestamp>,
    /// Whether the error policy asked for the desired state.
    #[serde(skip)]
    pub desired_by_policy: bool,
    /// Whether hooks must run before it can end.
    #[serde(skip)]
    pub owes_hooks: bool,
    /// Whether a gate of its own holds it.
    #[serde(skip)]
    pub gated: bool,
    /// Whether a gate holds it that opens no more unless somebody does something about it.
    #[serde(skip)]
    pub lost: bool,
}

impl TaskView {
    /// The items that are done, and not undone by now.
    #[must_use]
    pub fn items_standing(&self) -> u64 {
        let undone = self.rollback.as_ref().map_or(0, |undone| undone.items_done);
        self.items_done.saturating_sub(undone)
    }

    /// What failed of it, and was not done since, in words; None: nothing.
    #[must_use]
    pub fn failed(&self) -> Option<String> {
        let told = |count: u64, one: &str, many: &str| match count {
            1 => format!("1 {one}"),
            count => format!("{count} {many}"),
        };
        match (self.batches_failed, self.items_failed) {
            (0, 0) => None,
            (0, items) => Some(told(items, "item", "items")),
            (batches, _) => Some(told(batches, "batch", "batches")),
        }
    }
}

#[cfg(test)]
mod tests;
