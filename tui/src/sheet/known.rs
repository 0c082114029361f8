//! All that can be read of a task.

use longhaul_common::alive::{Condition, Holder};
use longhaul_common::control::Control;
use longhaul_common::event::Event;
use longhaul_common::store::{Failure as FailedBatch, TaskRow};
use longhaul_common::task_log::{Chunk, LogReader};
use longhaul_common::view::TaskView;

use crate::exit::Failure;

/// The last lines of the log that are shown.
const LOG_LINES: usize = 5;
/// The failed batches that are shown.
const FAILURES: usize = 5;
/// The last events the story is made of.
pub(super) const EVENTS: usize = 200;

/// All that is known of a task.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) row: TaskRow,
    pub(crate) view: TaskView,
    pub(crate) failures: Vec<FailedBatch>,
    pub(crate) events: Vec<Event>,
    /// Its end.
    pub(crate) log: Chunk,
}

impl Known {
    /// Reads what else there is of a task.
    pub(crate) fn of(control: &Control, row: TaskRow, view: TaskView) -> Result<Self, Failure> {
        let number = view.number;
        let store = control.store();
        let failures = match view.batches_failed {
            0 => Vec::new(),
            _ => store.first_failures(number, FAILURES)?,
        };
        Ok(Self {
            row,
            view,
            failures,
            events: store.last_events(Some(number), EVENTS)?.events,
            log: LogReader::new(store.dir(), number).tail(LOG_LINES)?,
        })
    }

    /// What the worker that holds it is up to, if it is one of these.
    pub(crate) fn stuck(&self, holders: &[Holder]) -> Option<Condition> {
        let worker = self.view.worker.as_ref()?;
        let holder = holders.iter().find(|holder| holder.worker == worker.id)?;
        Some(holder.condition)
    }
}

/// The workers of these tasks that live and can't act. Where it can't be told, nothing is said.
pub(crate) fn stuck_holders(control: &Control, views: &[TaskView]) -> Vec<Holder> {
    let held = |view: &TaskView| view.worker.as_ref().is_some_and(|worker| worker.alive);
    if !views.iter().any(held) {
        return Vec::new();
    }
    let mut holders = control.alive().holders().unwrap_or_default();
    holders.retain(|holder| holder.condition != Condition::Running);
    holders
}
