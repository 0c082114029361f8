//! The worker in the dashboard's own process, which has to end before the dashboard does.

use longhaul_common::id::WorkerNumber;
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
