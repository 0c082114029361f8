//! Failures of a task that lives, queued again: asked for by an operator, taken up by whoever holds the task.
//! A batch that failed as a whole is tried again under its number, so its key means the same items. Where
//! only some of its items failed these are batches of their own.

use super::Store;
use super::error::StoreError;
use super::failed::put_failure;
use super::fed::number_anew;
use super::hold::{Halved, Key};
use super::marks::keep;
use super::queue::Planned;
use super::record::{Again, Failure, TaskRow, ToRetry, Wish};
use super::row_name::RowName;
use super::schema::{BACKLOGS, FAILURES, PLANNED, PROGRESS, SCHEMA_OF_RETRY, WISHES};
use super::tx::{Reads, Tx, decode, encode};
use crate::actor::Actor;
use crate::event::{Event, What};
use crate::id::{BatchNumber, TaskNumber};
use crate::marks::{self, Start};
use crate::progress::Progress;
use crate::state::{Desired, Ending, RollbackStage, StateWord};

/// So many are taken up at once, at most.
const AT_ONCE: usize = 256;

/// What is queued again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueuedAgain {
    /// Batches that failed, wholly or in part.
    pub batches: u64,
    /// Their items that failed.
    pub items: u64,
}

/// Why the failures of a task are not queued again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotQueued {
    /// It is about to end, or has.
    #[error("it is ending: nothing more of it runs")]
    Ending,
    /// Nothing has.
    #[error("nothing of it has failed")]
    Nothing,
    /// It was asked for before.
    #[error("what failed of it waits to be tried again already")]
    Waiting,
}

impl Store {
    /// Queues the failures of a task that has not ended again, in one transaction.
    ///
    /// # Errors
    /// See [`StoreError`]; nothing is written then, except where it says "unknown".
    pub fn queue_again(
        &self,
        task: TaskNumber,
        by: Actor,
        reason: Option<String>,
    ) -> Result<Result<QueuedAgain, NotQueued>, StoreError> {
        self.write(move |tx| queue_again(tx, tx.task(task)?, &by, reason.as_deref()))
    }

    /// Failures of a held task that wait to be tried again, some of them; from now on none of these counts
    /// as failed. Saying so again changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when the claim is over, and the store's own.
    pub fn take_up_again(
        &self,
        key: Key,
        progress: Progress,
    ) -> Result<(Progress, Vec<Failure>), StoreError> {
        self.commit(move |tx| {
            tx.check_claim(key.task, key.claim)?;
            let mut wish: Wish = tx.task_record(&WISHES, key.task)?;
            let stored: Progress = tx.task_record(&PROGRESS, key.task)?;
            // What was taken up by a commit that was answered with an error is counted no more.
            let mut progress = Progress {
                batches_failed: stored.batches_failed,
                items_failed: stored.items_failed,
                budget_from: stored.budget_from,
                ..progress.clone()
            };
            let before = wish.again;
            let mut found = failed(tx, key.task, Failure::waits, AT_ONCE)?;
            for failure in &mut found {
                if failure.again == Again::Asked {
                    failure.again = Again::Waits;
                    wish.again.uncount(failure);
                    progress.uncount(failure);
                    put_failure(tx, key.task, failure)?;
                    tx.put_progress(key.task, &progress)?;
                }
            }
            if found.is_empty() {
                wish.again = ToRetry::default();
            }
            if wish.again != before {
                tx.put(&WISHES, key.task.0, &wish)?;
            }
            Ok((progress, found))
        })
    }

    /// Makes batches with numbers of their own of items of a batch that waits to be tried again: of those
    /// that failed, or of its halves. Its own number is finished. The batch after all others gets a new
    /// number, so it must not have begun. Saying so again changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when the claim is over, and the store's own.
    pub fn take_apart(
        &self,
        key: Key,
        progress: Progress,
        batch: BatchNumber,
        parts: Vec<Planned>,
        halved: Option<Halved>,
    ) -> Result<TaskRow, StoreError> {
        self.commit(move |tx| {
            tx.check_claim(key.task, key.claim)?;
            let mut row = tx.task(key.task)?;
            let Some(failure) = failure(tx, key.task, batch)?.filter(Failure::waits) else {
                // Durable already, although the commit was answered with an error.
                return Ok(row);
            };
            if row.backlog.is_none() {
                row.progress = progress.clone();
            }
            take_apart(tx, &mut row, failure, &parts)?;
            if let Some(halved) = &halved {
                tx.append(halved.event(key.task, key.claim.worker, tx.now))?;
            }
            Ok(row)
        })
    }
}

fn queue_again(
    tx: &Tx<'_>,
    mut row: TaskRow,
    by: &Actor,
    reason: Option<&str>,
) -> Result<Result<QueuedAgain, NotQueued>, StoreError> {
    let task = row.spec.number;
    if let Some(why) = refusal(&row) {
        return Ok(Err(why));
    }
    let found = failed(tx, task, |failure| failure.again == Again::No, usize::MAX)?;
    if found.is_empty() {
        let waiting = row.wish.again.batches > 0;
        return Ok(Err(if waiting {
            NotQueued::Waiting
        } else {
            NotQueued::Nothing
        }));
    }
    let mut queued = QueuedAgain::default();
    // The progress of a task without a queue is its holder's.
    let counts = row.backlog.is_some() || row.claim.is_none();
    for mut failure in found {
        queued.batches += 1;
        queued.items += failure.items_failed();
        if counts {
            row.progress.uncount(&failure);
        }
        match &mut row.backlog {
            Some(backlog) if failure.passed.is_empty() => {
                backlog.queue_again(failure.batch);
                plan(tx, task, &failure)?;
            }
            Some(_) | None => {
                if counts {
                    failure.again = Again::Waits;
                } else {
                    failure.again = Again::Asked;
                    row.wish.again.count(&failure);
                }
                row.wish.again.batches += 1;
                put_failure(tx, task, &failure)?;
            }
        }
    }
    if counts {
        tx.put_progress(task, &row.progress)?;
    }
    if let Some(backlog) = &row.backlog {
        tx.put(&BACKLOGS, task.0, backlog)?;
    }
    tx.raise_schema(SCHEMA_OF_RETRY)?;
    row.wish.settings += 1;
    tx.put(&WISHES, task.0, &row.wish)?;
    tx.append(Event {
        actor: Some(by.clone()),
        reason: reason.map(str::to_owned),
        detail: Some(format!(
            "{} items of {} batches",
            queued.items, queued.batches
        )),
        ..Event::of(task, What::QueuedAgain, tx.now)
    })?;
    Ok(Ok(queued))
}

fn refusal(row: &TaskRow) -> Option<NotQueued> {
    let begun = matches!(
        row.state.begun,
        Some(Ending::Completed | Ending::Terminated | Ending::Failed)
    );
    let gave_up = row.backlog.as_ref().is_some_and(|it| it.gave_up.is_some());
    let ends = row.state.word == StateWord::Terminate
        || row.wish.desired == Desired::Terminate
        || row.state.rollback != RollbackStage::None
        || row.progress.exhausted
        || begun
        || gave_up;
    ends.then_some(NotQueued::Ending)
}

/// Lets a batch of a queued task begin again, under its number.
fn plan(tx: &Tx<'_>, task: TaskNumber, failure: &Failure) -> Result<(), StoreError> {
    let planned = Planned {
        cursor: failure.cursor.clone(),
        next: failure.next.clone(),
        items: failure.items,
        size: failure.items,
        at: tx.now,
        ..Planned::default()
    };
    let number = (task.0, failure.batch.0);
    tx.table(PLANNED)?
        .insert(number, encode(&planned).as_slice())?;
    tx.table(FAILURES)?.remove(number)?;
    Ok(())
}

fn take_apart(
    tx: &Tx<'_>,
    row: &mut TaskRow,
    failure: Failure,
    parts: &[Planned],
) -> Result<(), StoreError> {
    let task = row.spec.number;
    let progress = &mut row.progress;
    progress.leave_detour();
    // A number without items lies between: what comes before does not end where the parts start.
    let retired = progress.batch;
    let first = retired.next();
    progress.batch = BatchNumber(first.0 + parts.len() as u64);
    if let Some(isolation) = &mut progress.isolation
        && isolation.batch == retired
    {
        isolation.batch = progress.batch;
    }
    let mut marks = Vec::new();
    for (number, part) in (first.0..).zip(parts) {
        let batch = BatchNumber(number);
        let start = Start {
            batch,
            cursor: part.cursor.clone(),
            cut: part.items,
        };
        if marks.is_empty() {
            marks.push(marks::retired(retired, part.cursor.clone(), part.items));
        }
        marks.push(start.marked());
        if row.backlog.is_some() {
            tx.table(PLANNED)?
                .insert((task.0, number), encode(part).as_slice())?;
        } else {
            let part = Failure {
                batch,
                cursor: part.cursor.clone(),
                next: part.next.clone(),
                items: part.items,
                half: part.half,
                passed: Vec::new(),
                again: Again::Waits,
                ..failure.clone()
            };
            put_failure(tx, task, &part)?;
            row.wish.again.batches += 1;
        }
    }
    marks.push(Start::of(progress).marked());
    if row.fed.is_none() {
        keep(tx, task, &marks)?;
    }
    let apart = Failure {
        again: Again::Apart,
        ..failure
    };
    put_failure(tx, task, &apart)?;
    row.wish.again.batches = row.wish.again.batches.saturating_sub(1);
    tx.put(&WISHES, task.0, &row.wish)?;
    if let Some(backlog) = &mut row.backlog {
        backlog.plan(first, parts.len() as u64);
        tx.put(&BACKLOGS, task.0, backlog)?;
        number_anew(tx, task)?;
        tx.ring();
    }
    tx.put_progress(task, &row.progress)
}

/// Takes a batch that was tried again and is done out of the failures.
pub(super) fn is_done(tx: &Tx<'_>, task: TaskNumber, batch: BatchNumber) -> Result<(), StoreError> {
    if leaves(tx, task, batch)? {
        tx.table(FAILURES)?.remove((task.0, batch.0))?;
    }
    Ok(())
}

/// Counts a batch no more among those that wait to be tried again; false: it was not.
pub(super) fn leaves(
    tx: &Tx<'_>,
    task: TaskNumber,
    batch: BatchNumber,
) -> Result<bool, StoreError> {
    if !failure(tx, task, batch)?.is_some_and(|failure| failure.waits()) {
        return Ok(false);
    }
    let mut wish: Wish = tx.task_record(&WISHES, task)?;
    wish.again.batches = wish.again.batches.saturating_sub(1);
    tx.put(&WISHES, task.0, &wish)?;
    Ok(true)
}

fn failure(
    tx: &Tx<'_>,
    task: TaskNumber,
    batch: BatchNumber,
) -> Result<Option<Failure>, StoreError> {
    let table = tx.table(FAILURES)?;
    let Some(bytes) = table.get((task.0, batch.0))? else {
        return Ok(None);
    };
    decode(tx.dir(), RowName::Failure(task, batch), bytes.value()?).map(Some)
}

fn failed(
    tx: &Tx<'_>,
    task: TaskNumber,
    which: impl Fn(&Failure) -> bool,
    limit: usize,
) -> Result<Vec<Failure>, StoreError> {
    let table = tx.table(FAILURES)?;
    let mut found = Vec::new();
    for row in table.range((task.0, 0)..=(task.0, u64::MAX))? {
        let (key, bytes) = row?;
        let batch = BatchNumber(key.value()?.1);
        let name = RowName::Failure(task, batch);
        let failure: Failure = decode(tx.dir(), name, bytes.value()?)?;
        if found.len() == limit {
            break;
        }
        if which(&failure) {
            found.push(failure);
        }
    }
    Ok(found)
}
