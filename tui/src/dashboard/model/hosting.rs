//! The worker in the dashboard's own process, which has to end before the dashboard does.

use longhaul_common::id::{TaskNumber, WorkerNumber};
use longhaul_common::store::Haste;

/// What becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hosting {
    /// There is none.
    Nothing,
    Works(WorkerNumber),
    /// It was asked whether to quit.
    Asked(WorkerNumber),
    /// It gives its tasks back, and the dashboard ends with it.
    Stops(WorkerNumber, Haste),
}

impl Hosting {
    /// The worker, while it is there.
    pub(crate) fn worker(self) -> Option<WorkerNumber> {
        match self {
            Self::Nothing => None,
            Self::Works(worker) | Self::Asked(worker) | Self::Stops(worker, _) => Some(worker),
        }
    }
}

/// The task that this program was started for; its worker takes nothing by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Own {
    pub(crate) task: TaskNumber,
    /// Whether its page was opened.
    pub(crate) shown: bool,
    /// Whether the worker was told to take it since it waits.
    pub(crate) told: bool,
}

impl Own {
    pub(crate) fn new(task: TaskNumber) -> Self {
        Self {
            task,
            shown: false,
            told: false,
        }
    }
}
