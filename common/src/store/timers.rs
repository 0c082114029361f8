//! Suspensions that end by themselves: a row for each, by when it ends, so that whoever waits for the next one
//! reads the first row and nothing else.

use std::collections::BTreeMap;

use super::Store;
use super::before::{Before, remember};
use super::error::{StoreError, passing_over};
use super::policy::in_the_name_of;
use super::record::{TaskRow, Wish};
use super::request::{act_unheld, one_number};
use super::schedules;
use super::schema::{SCHEMA_OF_GATES, TIMERS, WISHES};
use super::tx::{Reads, Tx, View};
use crate::event::{Event, What};
use crate::id::{RequestNumber, TaskNumber, WorkerNumber};
use crate::rules;
use crate::state::Desired;
use crate::time::Timestamp;

/// What the trail calls the policy.
const TIMER: &str = "timer";

/// So many go off in one transaction, which stays short.
const AT_ONCE: usize = 500;

impl Store {
    /// Looks at the tasks whose time has come, and lets go off what is due: each timer asks for RUN in the worker's name if the last request on its task is the
    /// one that set it, and is void otherwise. Gives when the next one is due; where more are due than a short
    /// transaction can bear, that is at once.
    ///
    /// # Errors
    /// See [`StoreError`]; nothing is written then, except where it says "unknown".
    pub fn go_off(&self, worker: WorkerNumber) -> Result<Option<Timestamp>, StoreError> {
        self.write(move |tx| go_off(tx, worker))
    }
}

/// When the next timer is due, or the next task.
pub(super) fn next(view: &View<'_>) -> Result<Option<Timestamp>, StoreError> {
    let scheduled = schedules::next(view)?;
    let Some(timers) = view.table(TIMERS)? else {
        return Ok(scheduled);
    };
    let first = timers.iter()?.next();
    let first = first.map(|row| Ok::<_, StoreError>(Timestamp::from_millis(row?.0.value()?.0)));
    Ok(scheduled.into_iter().chain(first.transpose()?).min())
}

/// Sets the timer of what is wanted now, and takes back that of what was wanted before.
pub(super) fn renew(
    tx: &Tx<'_>,
    task: TaskNumber,
    before: &Wish,
    now: &Wish,
) -> Result<(), StoreError> {
    if let Some(at) = before.until {
        tx.table(TIMERS)?.remove((at.as_millis(), task.0))?;
    }
    if let Some(at) = now.until {
        tx.raise_schema(SCHEMA_OF_GATES)?;
        tx.table(TIMERS)?
            .insert((at.as_millis(), task.0), now.request.0)?;
    }
    Ok(())
}

/// Takes back the timer of a task that has ended.
pub(super) fn forget(tx: &Tx<'_>, row: &TaskRow) -> Result<(), StoreError> {
    match row.wish.until {
        Some(at) => tx
            .table(TIMERS)?
            .remove((at.as_millis(), row.spec.number.0)),
        None => Ok(()),
    }
}

fn go_off(tx: &Tx<'_>, worker: WorkerNumber) -> Result<Option<Timestamp>, StoreError> {
    let due = tx
        .table(TIMERS)?
        .range(..=(tx.now.as_millis(), u64::MAX))?
        .take(AT_ONCE)
        .map(|row| {
            let (key, request) = row?;
            let (at, task) = key.value()?;
            Ok((
                Timestamp::from_millis(at),
                TaskNumber(task),
                RequestNumber(request.value()?),
            ))
        })
        .collect::<Result<Vec<_>, StoreError>>()?;
    let stand = due
        .iter()
        .filter_map(|due| standing(tx, *due).transpose())
        .collect::<Result<Vec<_>, StoreError>>()?;
    for (at, task, _) in &due {
        tx.table(TIMERS)?.remove((at.as_millis(), task.0))?;
        // Committed in any case: one that is void must not be due for ever.
        tx.touch();
    }
    // What one request set goes off under one number.
    let mut numbers = BTreeMap::new();
    for row in stand {
        let number = numbers.entry(row.wish.request).or_insert(None);
        let request = one_number(tx, number)?;
        resume(tx, row, worker, request)?;
    }
    let scheduled = schedules::come_due(tx, AT_ONCE)?;
    let timers = tx.table(TIMERS)?;
    let next = timers.iter()?.next();
    let next = next.map(|row| Ok::<_, StoreError>(Timestamp::from_millis(row?.0.value()?.0)));
    Ok(scheduled.into_iter().chain(next.transpose()?).min())
}

/// The task of a timer that is not void.
fn standing(
    tx: &Tx<'_>,
    (at, task, answers): (Timestamp, TaskNumber, RequestNumber),
) -> Result<Option<TaskRow>, StoreError> {
    let row = match passing_over(tx.task(task)) {
        Err(StoreError::NoTask(_)) => None,
        found => found?,
    };
    Ok(row.filter(|row| {
        row.wish.request == answers
            && row.wish.until == Some(at)
            && row.wish.desired == Desired::Suspend
            && rules::request(&row.standing(), Desired::Run).is_ok()
    }))
}

fn resume(
    tx: &Tx<'_>,
    mut row: TaskRow,
    worker: WorkerNumber,
    request: RequestNumber,
) -> Result<(), StoreError> {
    let task = row.spec.number;
    let answers = row.wish.request;
    let by = in_the_name_of(tx, worker, TIMER)?;
    let reason = row
        .wish
        .until
        .map(|at| format!("it was suspended until {at}"));
    remember(tx, request, task, &Before::of_wish(&row.wish))?;
    row.wish = Wish {
        desired: Desired::Run,
        request,
        by: by.clone(),
        reason: reason.clone(),
        at: tx.now,
        settings: row.wish.settings,
        again: row.wish.again,
        rest: std::mem::take(&mut row.wish.rest),
        ..Wish::default()
    };
    tx.put(&WISHES, task.0, &row.wish)?;
    tx.append(Event {
        worker: Some(worker),
        request: Some(request),
        answers: Some(answers),
        want: Some(Desired::Run),
        reason,
        detail: Some(TIMER.into()),
        ..Event::of(task, What::Requested, tx.now)
    })?;
    if row.claim.is_none() {
        act_unheld(tx, &mut row, Some(by))?;
    }
    Ok(())
}
