//! Reading: short transactions, never a scan of all tasks to learn what changed.

use std::collections::BTreeMap;

use redb::ReadableTable;

use super::Store;
use super::error::StoreError;
use super::record::{Claim, Failure, State, TaskRow, WorkerRow};
use super::schema::{
    CLAIMED, COUNTER_EVENT, COUNTER_SCHEMA, FAILURES, IDENTITY, SCHEMA, SPECS, STATES, STORE_ID,
    WORKERS,
};
use super::tx::{Reads, View, decode};
use crate::id::{Epoch, EventNumber, TaskNumber, WorkerNumber};
use crate::spec::TaskSpec;

/// Tasks and the place in the feed they were read at, from one transaction.
#[derive(Clone, Debug, Default)]
pub struct Tasks {
    /// In the order asked for.
    pub rows: Vec<TaskRow>,
    /// The workers that are known.
    pub workers: Vec<WorkerRow>,
    /// How many tasks there are in all.
    pub total: u64,
    /// The last event.
    pub last: EventNumber,
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
                workers: workers(view)?,
                total: tasks.len() as u64,
                last: EventNumber(view.counter(COUNTER_EVENT)?),
            })
        })
    }

    /// The newest tasks whose state `keep` says yes to, newest first, at most `limit`. Of those
    /// passed over nothing but the state is read.
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
                workers: workers(view)?,
                last: EventNumber(view.counter(COUNTER_EVENT)?),
                ..Tasks::default()
            };
            let Some(states) = view.table(STATES.table)? else {
                return Ok(found);
            };
            found.total =
                redb::ReadableTableMetadata::len(&states).map_err(|error| view.failed(error))?;
            for row in states.iter().map_err(|error| view.failed(error))?.rev() {
                if found.rows.len() >= limit {
                    break;
                }
                let (number, bytes) = row.map_err(|error| view.failed(error))?;
                if keep(&decode(view.dir(), bytes.value())?) {
                    found.rows.push(view.task(TaskNumber(number.value()))?);
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
            for task in &tasks {
                match view.task(*task) {
                    Ok(row) => rows.push(row),
                    Err(StoreError::NoTask(_)) => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(Tasks {
                rows,
                workers: workers(view)?,
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
                workers: workers(view)?,
                last: EventNumber(view.counter(COUNTER_EVENT)?),
                ..Tasks::default()
            };
            let Some(states) = view.table(STATES.table)? else {
                return Ok(found);
            };
            found.total =
                redb::ReadableTableMetadata::len(&states).map_err(|error| view.failed(error))?;
            let page = states
                .range(..before.0)
                .map_err(|error| view.failed(error))?
                .rev()
                .take(limit);
            for row in page {
                let (number, _) = row.map_err(|error| view.failed(error))?;
                found.rows.push(view.task(TaskNumber(number.value()))?);
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
                let spec: Option<TaskSpec> = view.record(&SPECS, task.0)?;
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
            let id = identity.get(STORE_ID).map_err(|error| view.failed(error))?;
            Ok(id.map(|id| id.value().to_owned()).unwrap_or_default())
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
        self.read(workers)
    }

    /// The batches of a task that failed for good.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn failures(&self, task: TaskNumber) -> Result<Vec<Failure>, StoreError> {
        self.first_failures(task, usize::MAX)
    }

    /// The first batches of a task that failed for good, at most `limit`.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn first_failures(
        &self,
        task: TaskNumber,
        limit: usize,
    ) -> Result<Vec<Failure>, StoreError> {
        self.read(move |view| {
            let Some(table) = view.table(FAILURES)? else {
                return Ok(Vec::new());
            };
            table
                .range((task.0, 0)..=(task.0, u64::MAX))
                .map_err(|error| view.failed(error))?
                .take(limit)
                .map(|row| {
                    let (_, bytes) = row.map_err(|error| view.failed(error))?;
                    decode(view.dir(), bytes.value())
                })
                .collect()
        })
    }
}

fn workers(view: &View<'_>) -> Result<Vec<WorkerRow>, StoreError> {
    let Some(table) = view.table(WORKERS.table)? else {
        return Ok(Vec::new());
    };
    table
        .iter()
        .map_err(|error| view.failed(error))?
        .map(|row| {
            let (_, bytes) = row.map_err(|error| view.failed(error))?;
            decode(view.dir(), bytes.value())
        })
        .collect()
}

pub(super) fn claims(view: &View<'_>) -> Result<Vec<(TaskNumber, Claim)>, StoreError> {
    let Some(table) = view.table(CLAIMED)? else {
        return Ok(Vec::new());
    };
    table
        .iter()
        .map_err(|error| view.failed(error))?
        .map(|row| {
            let (task, claim) = row.map_err(|error| view.failed(error))?;
            let (worker, epoch) = claim.value();
            let claim = Claim {
                worker: WorkerNumber(worker),
                epoch: Epoch(epoch),
            };
            Ok((TaskNumber(task.value()), claim))
        })
        .collect()
}

#[cfg(test)]
mod tests;
