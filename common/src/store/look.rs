//! Reading: short transactions, never a scan of all tasks to learn what changed.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;

use super::Store;
use super::before::Before;
use super::error::{StoreError, passing_over};
use super::fed::check_items;
use super::gates;
use super::queue::{Planned, planned_in};
use super::record::{Claim, Failure, State, TaskRow, Waiting, WorkerRow};
use super::row_name::RowName;
use super::scan::Scans;
use super::schema::{
    AWAITED, BACKLOGS, BEFORE, CLAIMABLE, CLAIMED, COUNTER_EVENT, COUNTER_SCHEMA, EVENTS, FAILURES,
    FED_ITEMS, FEDS, IDENTITY, LIVES, PLANNED, PROGRESS, Records, SCHEMA, SPECS, STATES, STORE_ID,
    WISHES, WORKERS,
};
use super::tx::{Reads, View, decode};
use crate::backlog::{Backlog, Begun};
use crate::gate::StoreGates;
use crate::id::{BatchNumber, Epoch, EventNumber, RequestNumber, TaskNumber, WorkerNumber};
use crate::spec::TaskSpec;

/// Tasks and the place in the feed they were read at, from one transaction.
#[derive(Clone, Debug, Default)]
pub struct Tasks {
    /// In the order asked for.
    pub rows: Vec<TaskRow>,
    /// The workers that are known.
    pub workers: Vec<WorkerRow>,
    /// What keeps tasks from running, beside their own gates.
    pub gates: StoreGates,
    /// How many tasks there are in all.
    pub total: u64,
    /// The last event.
    pub last: EventNumber,
    /// Why tasks are missing here: rows of theirs that can't be read.
    pub unreadable: Vec<StoreError>,
}

impl Store {
    /// One task.
    ///
    /// # Errors
    /// [`StoreError::NoTask`] and the store's own.
    pub fn task(&self, task: TaskNumber) -> Result<TaskRow, StoreError> {
        self.read(move |view| view.task(task))
    }

    /// These tasks with the workers, read together.
    ///
    /// # Errors
    /// [`StoreError::NoTask`] and the store's own.
    pub fn tasks(&self, tasks: Vec<TaskNumber>) -> Result<Tasks, StoreError> {
        self.read(move |view| {
            Ok(Tasks {
                rows: tasks
                    .iter()
                    .map(|task| view.task(*task))
                    .collect::<Result<_, _>>()?,
                workers: all_workers(view)?,
                gates: gates::of_store(view)?,
                total: tasks.len() as u64,
                last: EventNumber(view.counter(COUNTER_EVENT)?),
                unreadable: Vec::new(),
            })
        })
    }

    /// The newest tasks whose state `keep` says yes to, newest first, at most `limit`. Of those
    /// passed over nothing but the state is read; those that can't be read are named.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn list(
        &self,
        limit: usize,
        keep: impl Fn(&State) -> bool + Send + 'static,
    ) -> Result<Tasks, StoreError> {
        self.read(move |view| {
            let mut found = Tasks {
                workers: all_workers(view)?,
                gates: gates::of_store(view)?,
                last: EventNumber(view.counter(COUNTER_EVENT)?),
                ..Tasks::default()
            };
            let Some(states) = view.table(STATES.table)? else {
                return Ok(found);
            };
            found.total = states.len()?;
            for row in states.iter()?.rev() {
                if found.rows.len() >= limit {
                    break;
                }
                let (number, bytes) = row?;
                let number = number.value()?;
                let state = decode(view.dir(), (STATES.row)(number), bytes.value()?);
                let read = match state {
                    Ok(state) if !keep(&state) => continue,
                    Ok(_) => view.task(TaskNumber(number)),
                    Err(error) => Err(error),
                };
                match read {
                    Ok(row) => found.rows.push(row),
                    Err(error @ StoreError::Unreadable { .. }) => found.unreadable.push(error),
                    Err(error) => return Err(error),
                }
            }
            Ok(found)
        })
    }

    /// Those of these tasks that are there, with the workers, read together.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn present(&self, tasks: Vec<TaskNumber>) -> Result<Tasks, StoreError> {
        self.read(move |view| {
            let mut rows = Vec::with_capacity(tasks.len());
            let mut unreadable = Vec::new();
            for task in &tasks {
                match view.task(*task) {
                    Ok(row) => rows.push(row),
                    Err(StoreError::NoTask(_)) => {}
                    Err(error @ StoreError::Unreadable { .. }) => unreadable.push(error),
                    Err(error) => return Err(error),
                }
            }
            Ok(Tasks {
                rows,
                unreadable,
                workers: all_workers(view)?,
                gates: gates::of_store(view)?,
                total: tasks.len() as u64,
                last: EventNumber(view.counter(COUNTER_EVENT)?),
            })
        })
    }

    /// The newest tasks whose number is below `before`, newest first, at most `limit`: a page of
    /// all tasks, for those who hold no transaction from one page to the next.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn list_below(&self, before: TaskNumber, limit: usize) -> Result<Tasks, StoreError> {
        self.read(move |view| {
            let mut found = Tasks {
                workers: all_workers(view)?,
                gates: gates::of_store(view)?,
                last: EventNumber(view.counter(COUNTER_EVENT)?),
                ..Tasks::default()
            };
            let Some(states) = view.table(STATES.table)? else {
                return Ok(found);
            };
            found.total = states.len()?;
            for row in states.range(..before.0)?.rev() {
                if found.rows.len() >= limit {
                    break;
                }
                let (number, _) = row?;
                match view.task(TaskNumber(number.value()?)) {
                    Ok(row) => found.rows.push(row),
                    Err(error @ StoreError::Unreadable { .. }) => found.unreadable.push(error),
                    Err(error) => return Err(error),
                }
            }
            Ok(found)
        })
    }

    /// The names of these tasks; those without one and those that are gone are left out.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn names(
        &self,
        tasks: Vec<TaskNumber>,
    ) -> Result<BTreeMap<TaskNumber, String>, StoreError> {
        self.read(move |view| {
            let mut names = BTreeMap::new();
            for task in tasks {
                let spec: Option<TaskSpec> = passing_over(view.record(&SPECS, task.0))?.flatten();
                if let Some(spec) = spec.filter(|spec| !spec.name.is_empty()) {
                    names.insert(task, spec.name);
                }
            }
            Ok(names)
        })
    }

    /// The schema it has, and the newest that this version knows.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn schema(&self) -> Result<(u64, u64), StoreError> {
        self.read(|view| Ok((view.counter(COUNTER_SCHEMA)?, SCHEMA)))
    }

    /// The id that tells this store from any other.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn id(&self) -> Result<String, StoreError> {
        self.read(|view| {
            let Some(identity) = view.table(IDENTITY)? else {
                return Ok(String::new());
            };
            let id = identity.get(STORE_ID)?;
            id.map_or(Ok(String::new()), |id| Ok(id.value()?.to_owned()))
        })
    }

    /// Every claim, for those who look for the claims of the dead.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn claims(&self) -> Result<Vec<(TaskNumber, Claim)>, StoreError> {
        self.read(claims)
    }

    /// The workers that have not stopped in good order, and those that have not been forgotten.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn workers(&self) -> Result<Vec<WorkerRow>, StoreError> {
        self.read(|view| all_workers(view))
    }
}

impl Store {
    /// How a batch is cut; None where it was never planned, or is finished.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn planned(
        &self,
        task: TaskNumber,
        batch: BatchNumber,
    ) -> Result<Option<Planned>, StoreError> {
        self.read(move |view| planned_in(view, task, batch))
    }

    /// Every batch of a queued task that is in flight, or was when its worker died. Tasks whose rows can't
    /// be read are left out.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn in_flight(&self) -> Result<Vec<(TaskNumber, Begun)>, StoreError> {
        self.read(|view| {
            let Some(table) = view.table(BACKLOGS.table)? else {
                return Ok(Vec::new());
            };
            let mut found = Vec::new();
            for row in table.iter()? {
                let (task, bytes) = row?;
                let task = task.value()?;
                let read = decode(view.dir(), (BACKLOGS.row)(task), bytes.value()?);
                let backlog: Option<Backlog> = passing_over(read)?;
                let begun = backlog.into_iter().flat_map(|backlog| backlog.begun);
                found.extend(begun.map(|begun| (TaskNumber(task), begun)));
            }
            Ok(found)
        })
    }
}

/// Names the rows that can't be read, of every table.
pub(super) fn unreadable(view: &View<'_>) -> Result<Vec<StoreError>, StoreError> {
    let mut found = Vec::new();
    scan(view, &SPECS, &mut found)?;
    scan(view, &WISHES, &mut found)?;
    scan(view, &STATES, &mut found)?;
    scan(view, &PROGRESS, &mut found)?;
    scan(view, &BACKLOGS, &mut found)?;
    scan(view, &FEDS, &mut found)?;
    scan(view, &AWAITED, &mut found)?;
    scan(view, &LIVES, &mut found)?;
    scan(view, &EVENTS, &mut found)?;
    scan(view, &WORKERS, &mut found)?;
    if let Some(table) = view.table(CLAIMABLE)? {
        for row in table.iter()? {
            let (key, bytes) = row?;
            let task = RowName::Waiting(TaskNumber(key.value()?.2));
            note::<Waiting>(view, task, bytes.value()?, &mut found)?;
        }
    }
    if let Some(table) = view.table(FAILURES)? {
        for row in table.iter()? {
            let (key, bytes) = row?;
            let (task, batch) = key.value()?;
            let row = RowName::Failure(TaskNumber(task), BatchNumber(batch));
            note::<Failure>(view, row, bytes.value()?, &mut found)?;
        }
    }
    if let Some(table) = view.table(PLANNED)? {
        for row in table.iter()? {
            let (key, bytes) = row?;
            let (task, batch) = key.value()?;
            let row = RowName::Planned(TaskNumber(task), BatchNumber(batch));
            note::<Planned>(view, row, bytes.value()?, &mut found)?;
        }
    }
    if let Some(table) = view.table(BEFORE)? {
        for row in table.iter()? {
            let (key, bytes) = row?;
            let (request, task) = key.value()?;
            let row = RowName::Before(RequestNumber(request), TaskNumber(task));
            note::<Before>(view, row, bytes.value()?, &mut found)?;
        }
    }
    if let Some(table) = view.table(FED_ITEMS)? {
        for row in table.iter()? {
            let (key, bytes) = row?;
            let (task, first) = key.value()?;
            let checked = check_items(view.dir(), TaskNumber(task), first, bytes.value()?);
            noted(checked, &mut found)?;
        }
    }
    Ok(found)
}

fn scan<R: DeserializeOwned>(
    view: &View<'_>,
    records: &Records<R>,
    found: &mut Vec<StoreError>,
) -> Result<(), StoreError> {
    let Some(table) = view.table(records.table)? else {
        return Ok(());
    };
    for row in table.iter()? {
        let (number, bytes) = row?;
        let row = (records.row)(number.value()?);
        note::<R>(view, row, bytes.value()?, found)?;
    }
    Ok(())
}

fn note<R: DeserializeOwned>(
    view: &View<'_>,
    row: RowName,
    bytes: &[u8],
    found: &mut Vec<StoreError>,
) -> Result<(), StoreError> {
    noted(decode::<R>(view.dir(), row, bytes).map(|_| ()), found)
}

fn noted(checked: Result<(), StoreError>, found: &mut Vec<StoreError>) -> Result<(), StoreError> {
    match checked {
        Ok(()) => Ok(()),
        Err(error @ StoreError::Unreadable { .. }) => {
            found.push(error);
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// The workers, without those whose rows can't be read.
pub(super) fn all_workers(reads: &impl Scans) -> Result<Vec<WorkerRow>, StoreError> {
    let mut found = Vec::new();
    reads.each(WORKERS.table, &mut |number, bytes| {
        let read = decode(reads.dir(), (WORKERS.row)(number), bytes);
        found.extend(passing_over(read)?);
        Ok(())
    })?;
    Ok(found)
}

pub(super) fn claims(view: &View<'_>) -> Result<Vec<(TaskNumber, Claim)>, StoreError> {
    let Some(table) = view.table(CLAIMED)? else {
        return Ok(Vec::new());
    };
    table
        .iter()?
        .map(|row| {
            let (task, claim) = row?;
            let (worker, epoch) = claim.value()?;
            let claim = Claim {
                worker: WorkerNumber(worker),
                epoch: Epoch(epoch),
            };
            Ok((TaskNumber(task.value()?), claim))
        })
        .collect()
}

#[cfg(test)]
mod tests;
