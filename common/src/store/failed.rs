//! What failed of a task: batches, or some of their items, that were passed over; and what keeps the task
//! from going on, which an operator may pass over.

use std::collections::BTreeMap;

use serde_bytes::ByteBuf;

use super::Store;
use super::again;
use super::batch_rows;
use super::error::StoreError;
use super::feed::event;
use super::marks::keep;
use super::queue::{Planned, failure_of, planned_in, take_planned};
use super::record::{Again, Failure, TaskRow};
use super::row_name::RowName;
use super::schema::{BACKLOGS, FAILURES, TASK_EVENTS};
use super::tx::{Reads, Tx, View, encode};
use crate::actor::Actor;
use crate::event::{Event, What};
use crate::id::{BatchNumber, TaskNumber};
use crate::marks::{self, Start};
use crate::progress::BatchDone;
use crate::rules::Refused;
use crate::state::StateWord;
use crate::time::Timestamp;

/// How many events are looked at for the last error of a batch that waits for its next attempt.
const EVENTS: usize = 1000;

/// What failed of a task, and what is in the way.
#[derive(Clone, Debug, Default)]
pub struct Failed {
    /// The task.
    pub row: TaskRow,
    /// What keeps it from going on, or is tried again.
    pub troubles: Vec<Trouble>,
    /// Those that were passed over, by number.
    pub failures: Vec<Failure>,
}

/// A batch that failed and was not passed over.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trouble {
    /// Its number.
    pub batch: BatchNumber,
    /// Where it starts.
    pub cursor: ByteBuf,
    /// Its items; None where it failed before it was known what it is: its input can't be read, or what
    /// failed is the preparation of the task.
    pub items: Option<u64>,
    /// Attempts that failed.
    pub attempts: u32,
    /// The last error.
    pub error: String,
    /// When that was.
    pub at: Timestamp,
    /// When it is tried again.
    pub next_attempt_at: Option<Timestamp>,
    /// Whether the task waits for somebody to look at it.
    pub blocks: bool,
}

impl Store {
    /// What failed of a task, of the batches that were passed over at most `limit`; read together.
    ///
    /// # Errors
    /// [`StoreError::NoTask`] and the store's own.
    pub fn failed(&self, task: TaskNumber, limit: usize) -> Result<Failed, StoreError> {
        self.read(move |view| {
            let row = view.task(task)?;
            let troubles = troubles(view, &row)?;
            let mut failures = failures(view, task, limit)?;
            // One that failed again on a detour stands in the way by now.
            failures.retain(|failure| troubles.iter().all(|one| one.batch != failure.batch));
            Ok(Failed {
                row,
                troubles,
                failures,
            })
        })
    }

    /// The batches of a task that failed for good, wholly or in part.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn failures(&self, task: TaskNumber) -> Result<Vec<Failure>, StoreError> {
        self.first_failures(task, usize::MAX)
    }

    /// The first of them, at most `limit`.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn first_failures(
        &self,
        task: TaskNumber,
        limit: usize,
    ) -> Result<Vec<Failure>, StoreError> {
        self.read(move |view| failures(view, task, limit))
    }
}

pub(super) fn failures(
    view: &View<'_>,
    task: TaskNumber,
    limit: usize,
) -> Result<Vec<Failure>, StoreError> {
    let stands = |failure: &Failure| failure.again != Again::Apart;
    let rows = batch_rows::those(view, FAILURES, RowName::Failure, task, limit, stands)?;
    Ok(rows.into_iter().map(|(_, failure)| failure).collect())
}

fn troubles(view: &View<'_>, row: &TaskRow) -> Result<Vec<Trouble>, StoreError> {
    let progress = &row.progress;
    let rests = matches!(row.state.word, StateWord::Suspend | StateWord::Terminate);
    let mut found = Vec::new();
    if progress.attempts > 0 {
        let failing = progress.blocking();
        found.push(Trouble {
            batch: progress.batch,
            cursor: progress.cursor.clone(),
            items: failing.map(|failing| failing.items),
            attempts: progress.attempts,
            error: progress.error.clone().unwrap_or_default(),
            at: progress.updated_at,
            next_attempt_at: progress.next_attempt_at,
            blocks: rests,
        });
    }
    let Some(backlog) = &row.backlog else {
        return Ok(found);
    };
    let task = row.spec.number;
    let mut errors = BTreeMap::new();
    let waits = |batch| {
        !backlog
            .blocking
            .iter()
            .any(|blocked| blocked.batch == batch)
    };
    let tried = backlog.tried.iter();
    let retried: Vec<_> = tried
        .filter(|tried| tried.attempts > 0 && waits(tried.batch))
        .collect();
    if !retried.is_empty() {
        errors = last_errors(view, task)?;
    }
    for tried in retried {
        let planned = planned_in(view, task, tried.batch)?.unwrap_or_default();
        let (error, at) = errors.remove(&tried.batch).unwrap_or_default();
        found.push(Trouble {
            batch: tried.batch,
            cursor: planned.cursor,
            items: Some(planned.items),
            attempts: tried.attempts,
            error,
            at,
            next_attempt_at: tried.not_before,
            blocks: false,
        });
    }
    for blocked in &backlog.blocking {
        let planned = planned_in(view, task, blocked.batch)?.unwrap_or_default();
        found.push(Trouble {
            batch: blocked.batch,
            cursor: planned.cursor,
            items: Some(planned.items),
            attempts: blocked.attempts,
            error: blocked.error.clone(),
            at: blocked.at,
            next_attempt_at: None,
            blocks: true,
        });
    }
    found.sort_by_key(|trouble| trouble.batch);
    Ok(found)
}

/// The last error of each batch that the last events tell of.
fn last_errors(
    view: &View<'_>,
    task: TaskNumber,
) -> Result<BTreeMap<BatchNumber, (String, Timestamp)>, StoreError> {
    let mut errors = BTreeMap::new();
    let Some(index) = view.table(TASK_EVENTS)? else {
        return Ok(errors);
    };
    for row in index
        .range((task.0, 0)..=(task.0, u64::MAX))?
        .rev()
        .take(EVENTS)
    {
        let number = row?.0.value()?.1;
        let Some(event) = event(view, number, Some(task))? else {
            continue;
        };
        if let (What::Retry | What::PutBack, Some(batch)) = (event.what, event.batch) {
            errors
                .entry(batch)
                .or_insert_with(|| (event.detail.unwrap_or_default(), event.at));
        }
    }
    Ok(errors)
}

pub(super) fn put_failure(
    tx: &Tx<'_>,
    task: TaskNumber,
    failure: &Failure,
) -> Result<(), StoreError> {
    tx.table(FAILURES)?
        .insert((task.0, failure.batch.0), encode(failure).as_slice())
}

/// Passes over what keeps a task from going on, in an operator's name; gives which batches. A refusal has
/// written nothing.
pub(super) fn pass_over_blocking(
    tx: &Tx<'_>,
    row: &mut TaskRow,
    by: &Actor,
    reason: Option<&str>,
) -> Result<Result<Vec<BatchNumber>, Refused>, StoreError> {
    if row.claim.is_some() || row.state.word != StateWord::Suspend {
        return Ok(Err(Refused::NotSuspended));
    }
    let failures = match &row.backlog {
        None => blocking_direct(row, tx.now),
        Some(_) => blocking_queued(tx, row)?,
    };
    if failures.is_empty() {
        return Ok(Err(Refused::NothingBlocks));
    }
    let task = row.spec.number;
    for failure in failures.iter().cloned() {
        let failure = Failure {
            by: Some(by.clone()),
            reason: reason.map(str::to_owned),
            ..failure
        };
        if again::leaves(tx, task, failure.batch)? {
            row.wish.again.batches = row.wish.again.batches.saturating_sub(1);
        }
        put_failure(tx, task, &failure)?;
        let batch = BatchDone {
            items: failure.items,
            passed: 0,
            next: failure.next.to_vec(),
            next_cut: row.spec.batch_size,
            took: std::time::Duration::ZERO,
            ran: std::time::Duration::ZERO,
        };
        match &mut row.backlog {
            None => {
                let from = row
                    .progress
                    .detour
                    .is_none()
                    .then(|| Start::of(&row.progress));
                row.progress.skipped(&batch, failure.error.clone(), tx.now);
                if let Some(from) = from {
                    let marks = marks::between(&from, &Start::of(&row.progress), None);
                    keep(tx, task, &marks)?;
                }
            }
            Some(backlog) => {
                backlog.drop_tried(failure.batch);
                let (items, error) = (failure.items, failure.error.clone());
                let lasted = std::time::Duration::ZERO;
                row.progress.skipped_of_many(items, error, lasted, tx.now);
            }
        }
        tx.append(Event {
            actor: Some(by.clone()),
            reason: reason.map(str::to_owned),
            batch: Some(failure.batch),
            attempt: Some(failure.attempts),
            detail: Some(failure.error),
            ..Event::of(task, What::Skipped, tx.now)
        })?;
    }
    tx.put_progress(task, &row.progress)?;
    if let Some(backlog) = &row.backlog {
        tx.put(&BACKLOGS, task.0, backlog)?;
    }
    Ok(Ok(failures.iter().map(|failure| failure.batch).collect()))
}

fn blocking_direct(row: &TaskRow, now: Timestamp) -> Vec<Failure> {
    let progress = &row.progress;
    let failure = |items, next| Failure {
        batch: progress.batch,
        cursor: progress.cursor.clone(),
        next,
        items,
        attempts: progress.attempts,
        error: progress.error.clone().unwrap_or_default(),
        at: now,
        ..Failure::default()
    };
    let blocking = progress.blocking();
    blocking
        .map(|failing| failure(failing.items, failing.next.clone()))
        .into_iter()
        .collect()
}

fn blocking_queued(tx: &Tx<'_>, row: &TaskRow) -> Result<Vec<Failure>, StoreError> {
    let backlog = row.backlog.as_ref();
    let mut failures = Vec::new();
    for blocked in backlog.into_iter().flat_map(|backlog| &backlog.blocking) {
        let planned: Planned = take_planned(tx, row.spec.number, blocked.batch)?;
        let tried = (blocked.batch, blocked.attempts);
        failures.push(failure_of(planned, tried, blocked.error.clone(), tx.now));
    }
    Ok(failures)
}
