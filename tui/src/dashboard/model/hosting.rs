//! The worker in the dashboard's own process, which has to end before the dashboard does.

use longhaul_common::id::WorkerNumber;

/// What becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hosting {
    /// There is none.
    Nothing,
    Works(WorkerNumber),
    /// It was asked whether to quit, while the worker had so many tasks.
    Asked {
        worker: WorkerNumber,
        tasks: usize,
    },
    /// It gives its tasks back, and the dashboard ends with it.
    Stops,
}
