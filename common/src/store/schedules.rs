//! Tasks that wait for a time: a row for each, by when a gate opens, so that what waits costs nothing until then.
//! A row that is old does no harm: what it names is looked at again, and waits on or rests.

use super::error::{StoreError, passing_over};
use super::lanes::offer;
use super::record::TaskRow;
use super::schema::{SCHEDULED, SCHEDULES};
use super::tx::{Reads, Tx, View};
use crate::id::TaskNumber;
use crate::rules::{self, Unheld};
use crate::time::Timestamp;

/// Has a task looked at again then; None: no more.
pub(super) fn schedule(
    tx: &Tx<'_>,
    task: TaskNumber,
    at: Option<Timestamp>,
) -> Result<(), StoreError> {
    let before = {
        let scheduled = tx.table(SCHEDULED)?;
        let found = scheduled.get(task.0)?;
        found.map(|at| at.value()).transpose()?
    };
    let at = at.map(Timestamp::as_millis);
    if before == at {
        return Ok(());
    }
    if let Some(before) = before {
        tx.table(SCHEDULES)?.remove((before, task.0))?;
        tx.table(SCHEDULED)?.remove(task.0)?;
    }
    if let Some(at) = at {
        tx.table(SCHEDULES)?.insert((at, task.0), ())?;
        tx.table(SCHEDULED)?.insert(task.0, at)?;
    }
    // Whoever sleeps until the next one sleeps until another.
    tx.ring();
    Ok(())
}

/// When the next one is due.
pub(super) fn next(view: &View<'_>) -> Result<Option<Timestamp>, StoreError> {
    let Some(schedules) = view.table(SCHEDULES)? else {
        return Ok(None);
    };
    let first = schedules.iter()?.next();
    first
        .map(|row| Ok(Timestamp::from_millis(row?.0.value()?.0)))
        .transpose()
}

/// Looks at the tasks again whose time has come, so many at once: those that no gate holds may be claimed. Gives
/// when the next one is due.
pub(super) fn come_due(tx: &Tx<'_>, at_once: usize) -> Result<Option<Timestamp>, StoreError> {
    let due = tx
        .table(SCHEDULES)?
        .range(..=(tx.now.as_millis(), u64::MAX))?
        .take(at_once)
        .map(|row| Ok(TaskNumber(row?.0.value()?.1)))
        .collect::<Result<Vec<_>, StoreError>>()?;
    let waits: Vec<TaskRow> = due
        .iter()
        .filter_map(|task| waiting(tx, *task).transpose())
        .collect::<Result<_, StoreError>>()?;
    for task in due {
        schedule(tx, task, None)?;
    }
    for row in waits {
        offer(tx, &row)?;
    }
    let schedules = tx.table(SCHEDULES)?;
    let next = schedules.iter()?.next();
    next.map(|row| Ok(Timestamp::from_millis(row?.0.value()?.0)))
        .transpose()
}

/// The task, if a worker would have to claim it.
fn waiting(tx: &Tx<'_>, task: TaskNumber) -> Result<Option<TaskRow>, StoreError> {
    let row = match passing_over(tx.task(task)) {
        Err(StoreError::NoTask(_)) => None,
        found => found?,
    };
    Ok(row.filter(|row| row.claim.is_none() && rules::unheld(&row.standing()) == Unheld::Claim))
}
