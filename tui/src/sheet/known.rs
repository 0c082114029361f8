//! All that can be read of a task.

use longhaul_common::alive::{Condition, Holder};
use longhaul_common::backlog::Backlog;
use longhaul_common::control::Control;
use longhaul_common::event::Event;
use longhaul_common::id::WorkerNumber;
use longhaul_common::store::{Failure as FailedBatch, TaskRow};
use longhaul_common::task_log::{Chunk, LogReader};
use longhaul_common::time::Timestamp;
use longhaul_common::view::{QueueView, TaskView};

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
    /// When the oldest of the batches was planned that wait in its queue.
    pub(crate) oldest: Option<Timestamp>,
}

impl Known {
    /// Reads what else there is of a task.
    pub(crate) fn of(control: &Control, row: TaskRow, view: TaskView) -> Result<Self, Failure> {
        let number = view.number;
        let store = control.store();
        let failures = match view.batches_failed + view.batches_again {
            0 => Vec::new(),
            _ => store.first_failures(number, FAILURES)?,
        };
        let oldest = oldest_waiting(control, &row)?;
        Ok(Self {
            row,
            view,
            oldest,
            failures,
            events: store.last_events(Some(number), EVENTS)?.events,
            log: LogReader::new(store.dir(), number).tail(LOG_LINES)?,
        })
    }
}

/// When the oldest of the batches was planned that wait in a task's queue.
pub(crate) fn oldest_waiting(
    control: &Control,
    row: &TaskRow,
) -> Result<Option<Timestamp>, Failure> {
    let backlog = row.backlog.as_ref();
    let Some(batch) = backlog.and_then(Backlog::first_waiting) else {
        return Ok(None);
    };
    // It may have begun and ended since.
    let planned = control.store().planned(row.spec.number, batch)?;
    Ok(planned.map(|planned| planned.at))
}

/// The workers of these tasks that live and can't act. Where it can't be told, nothing is said.
pub(crate) fn stuck_holders(control: &Control, views: &[TaskView]) -> Vec<Holder> {
    let held = |view: &TaskView| {
        let performed = view.queue.as_ref().is_some_and(QueueView::is_performed);
        performed || view.worker.as_ref().is_some_and(|worker| worker.alive)
    };
    if !views.iter().any(held) {
        return Vec::new();
    }
    let mut holders = control.alive().holders().unwrap_or_default();
    holders.retain(|holder| holder.condition != Condition::Running);
    holders
}

/// The same, as a page wants them.
pub(crate) fn halted(holders: &[Holder]) -> Vec<(WorkerNumber, Condition)> {
    let holders = holders.iter();
    holders
        .map(|holder| (holder.worker, holder.condition))
        .collect()
}
