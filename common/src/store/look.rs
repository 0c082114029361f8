//! Reading: short transactions, never a scan of all tasks to learn what changed.

use redb::ReadableTable;

use super::Store;
use super::error::StoreError;
use super::record::{Claim, Failure, TaskRow, WorkerRow};
use super::schema::{
    CLAIMED, COUNTER_EVENT, COUNTER_FIRST_EVENT, COUNTER_SCHEMA, EVENTS, FAILURES, IDENTITY,
    SCHEMA, SPECS, STORE_ID, TASK_EVENTS, WORKERS,
};
use super::tx::{Reads, View, decode};
use crate::event::Event;
use crate::id::{Epoch, EventNumber, TaskNumber, WorkerNumber};

/// Some events, and where the feed stands.
#[derive(Clone, Debug, Default)]
pub struct Events {
    /// In the order of their numbers.
    pub events: Vec<Event>,
    /// The last event of the store when they were read.
    pub last: EventNumber,
}

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

    /// The newest tasks for which `keep` says yes, newest first, at most `limit`.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn list(
        &self,
        limit: usize,
        keep: impl Fn(&TaskRow) -> bool + Send + 'static,
    ) -> Result<Tasks, StoreError> {
        self.read(move |view| {
            let mut found = Tasks {
                workers: workers(view)?,
                last: EventNumber(view.counter(COUNTER_EVENT)?),
                ..Tasks::default()
            };
            let Some(specs) = view.table(SPECS.table)? else {
                return Ok(found);
            };
            found.total =
                redb::ReadableTableMetadata::len(&specs).map_err(|error| view.failed(error))?;
            for row in specs.iter().map_err(|error| view.failed(error))?.rev() {
                if found.rows.len() >= limit {
                    break;
                }
                let (number, _) = row.map_err(|error| view.failed(error))?;
                let row = view.task(TaskNumber(number.value()))?;
                if keep(&row) {
                    found.rows.push(row);
                }
            }
            Ok(found)
        })
    }

    /// The events after `after`, of one task or of all, at most `limit`.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn events(
        &self,
        after: EventNumber,
        task: Option<TaskNumber>,
        limit: usize,
    ) -> Result<Events, StoreError> {
        self.read(move |view| {
            let mut found = Events {
                last: EventNumber(view.counter(COUNTER_EVENT)?),
                ..Events::default()
            };
            let from = after.0.saturating_add(1);
            match task {
                Some(task) => {
                    let Some(index) = view.table(TASK_EVENTS)? else {
                        return Ok(found);
                    };
                    let range = index
                        .range((task.0, from)..=(task.0, u64::MAX))
                        .map_err(|error| view.failed(error))?;
                    for row in range.take(limit) {
                        let (key, _) = row.map_err(|error| view.failed(error))?;
                        found.events.extend(view.record(&EVENTS, key.value().1)?);
                    }
                }
                None => {
                    let Some(events) = view.table(EVENTS.table)? else {
                        return Ok(found);
                    };
                    let range = events.range(from..).map_err(|error| view.failed(error))?;
                    for row in range.take(limit) {
                        let (_, bytes) = row.map_err(|error| view.failed(error))?;
                        found.events.push(decode(view.dir(), bytes.value())?);
                    }
                }
            }
            Ok(found)
        })
    }

    /// The number of the last event, and of the first that is still kept.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn event_span(&self) -> Result<(EventNumber, EventNumber), StoreError> {
        self.read(|view| {
            let first = view.counter(COUNTER_FIRST_EVENT)?.max(1);
            Ok((
                EventNumber(first),
                EventNumber(view.counter(COUNTER_EVENT)?),
            ))
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
        self.read(move |view| {
            let Some(table) = view.table(FAILURES)? else {
                return Ok(Vec::new());
            };
            table
                .range((task.0, 0)..=(task.0, u64::MAX))
                .map_err(|error| view.failed(error))?
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
