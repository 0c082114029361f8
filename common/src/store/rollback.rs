//! Rollback: asked for, begun, checkpointed batch by batch, and failed.

use super::Store;
use super::error::StoreError;
use super::hold::Key;
use super::record::TaskRow;
use super::request::{Done, tell_passed_over};
use super::schema::{PROGRESS, SCHEMA_OF_HOOKS, STATES};
use super::tx::{Reads, Tx};
use crate::actor::Actor;
use crate::event::{Event, What};
use crate::progress::Progress;
use crate::rules::{self, Refused, Standing, Unheld};
use crate::spec::Input;
use crate::state::{Desired, Ending, Hook, Owed, RollbackStage};

/// What follows when a batch could not be undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterUndo {
    /// It is tried again.
    Retry,
    /// Nobody tries it again before somebody asks for it.
    Rest,
}

impl Store {
    /// Records how far the rollback is, durably. Saying so again changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when the claim is over, and the store's own.
    pub fn undone(&self, key: Key, progress: Progress) -> Result<TaskRow, StoreError> {
        self.commit(move |tx| {
            tx.check_claim(key.task, key.claim)?;
            tx.put_progress(key.task, &progress)?;
            tx.task(key.task)
        })
    }

    /// Records that a batch could not be undone. Saying so again changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when the claim is over, and the store's own.
    pub fn undo_failed(
        &self,
        key: Key,
        progress: Progress,
        then: AfterUndo,
    ) -> Result<TaskRow, StoreError> {
        self.commit(move |tx| {
            tx.check_claim(key.task, key.claim)?;
            let stored: Progress = tx.task_record(&PROGRESS, key.task)?;
            let mut row = tx.task(key.task)?;
            if stored == progress {
                // Durable already, although the commit was answered with an error.
                return Ok(row);
            }
            tx.put_progress(key.task, &progress)?;
            row.progress = progress.clone();
            // What is kept after all is passed over where it would go on.
            let rests = then == AfterUndo::Rest && !row.passes_over(Hook::Rollback);
            if rests {
                row.state.rollback = RollbackStage::Failed;
                row.state.hook = None;
                tx.put(&STATES, key.task.0, &row.state)?;
            }
            let what = match then {
                AfterUndo::Retry => What::Retry,
                AfterUndo::Rest => What::RollbackFailed,
            };
            let batch = progress.rollback.as_ref().and_then(|undone| undone.next);
            let error = progress.error.as_deref().unwrap_or_default();
            tx.append(Event {
                worker: Some(key.claim.worker),
                batch,
                attempt: Some(progress.attempts),
                detail: Some(format!("{}: {error}", Hook::Rollback)),
                ..Event::of(key.task, what, tx.now)
            })?;
            Ok(row)
        })
    }
}

/// Begins the rollback, or goes on with it on another worker.
pub(super) fn begin(tx: &Tx<'_>, key: Key, row: &mut TaskRow) -> Result<(), StoreError> {
    let goes_on = row.progress.rollback.is_some();
    row.state.hook = Some(Hook::Rollback);
    row.state.rollback = RollbackStage::Begun;
    row.state.taken = None;
    row.state.stuck = None;
    row.progress.begin_rollback(tx.now);
    row.progress.updated_at = tx.now;
    tx.put(&STATES, key.task.0, &row.state)?;
    tx.put_progress(key.task, &row.progress)?;
    let detail = if goes_on {
        format!("{} goes on", Hook::Rollback)
    } else {
        Hook::Rollback.as_str().to_owned()
    };
    tx.append(Event {
        worker: Some(key.claim.worker),
        detail: Some(detail),
        ..Event::of(key.task, What::HookStarted, tx.now)
    })?;
    Ok(())
}

/// Tells that all that was done is undone.
pub(super) fn tell_over(tx: &Tx<'_>, key: Key, row: &TaskRow) -> Result<(), StoreError> {
    let undone = row.progress.rollback.clone().unwrap_or_default();
    tx.append(Event {
        worker: Some(key.claim.worker),
        detail: Some(format!(
            "{} items in {} batches",
            undone.items_done, undone.batches_done
        )),
        ..Event::of(key.task, What::RolledBack, tx.now)
    })?;
    Ok(())
}

/// Whether what is done is kept, and by which command it is undone instead of the task's own.
pub(super) fn wished(
    row: &TaskRow,
    desired: Desired,
    done: &Done,
) -> Result<(bool, Option<String>), Refused> {
    let no = |why: &str| Err(Refused::NoRollback(why.to_owned()));
    if desired != Desired::Terminate {
        return Ok((false, None));
    }
    let before = row.wish.desired == Desired::Terminate;
    let line = row.wish.rollback.clone().filter(|_| before);
    match done {
        Done::AsBrought => Ok((row.wish.keep && before, line)),
        Done::Keep => Ok((true, line)),
        Done::TryAgain if row.state.rollback != RollbackStage::Failed => {
            no("no rollback of it has failed")
        }
        Done::TryAgain => Ok((false, line)),
        Done::Undo(_) if is_over(row) => Err(Refused::Ending {
            ending: row.state.begun.unwrap_or(Ending::Terminated),
        }),
        Done::Undo(_) if row.spec.input == Input::Fed => {
            no("what it was fed goes once it is done, so it can't be undone")
        }
        Done::Undo(Some(_)) if row.spec.work.is_registered() => {
            no("it is performed in Rust, which no command can undo")
        }
        Done::Undo(None) if line.is_none() && !row.spec.rolls_back() => {
            no("it brings no rollback; name a command: --rollback=COMMAND")
        }
        Done::Undo(asked) => Ok((false, asked.clone().or(line))),
    }
}

/// Whether its ending has begun without a rollback, or has it behind it.
fn is_over(row: &TaskRow) -> bool {
    let begun = matches!(
        row.state.begun,
        Some(Ending::Completed | Ending::Terminated | Ending::Failed)
    );
    begun && !row.state.owed.rollback
}

/// Whether a rollback that failed is asked for again.
pub(super) fn tries_again(row: &TaskRow, done: &Done) -> bool {
    let asked = matches!(done, Done::TryAgain | Done::Undo(_));
    asked && row.state.rollback == RollbackStage::Failed
}

/// Lets a rollback that failed begin again, or end.
pub(super) fn try_again(tx: &Tx<'_>, row: &mut TaskRow, done: &Done) -> Result<(), StoreError> {
    let ends = *done == Done::Keep && row.state.rollback == RollbackStage::Failed;
    if !tries_again(row, done) && !ends {
        return Ok(());
    }
    let task = row.spec.number;
    row.state.rollback = RollbackStage::Begun;
    row.progress.attempts = 0;
    row.progress.next_attempt_at = None;
    tx.put(&STATES, task.0, &row.state)?;
    tx.put_progress(task, &row.progress)
}

/// What the trail says of what becomes of what is done.
pub(super) fn told(row: &TaskRow, done: &Done) -> Option<String> {
    match done {
        Done::AsBrought => None,
        Done::Keep => Some("what is done is kept".into()),
        Done::TryAgain => Some("the rollback is tried again".into()),
        Done::Undo(None) => Some("what is done is undone".into()),
        Done::Undo(Some(line)) if row.state.rollback == RollbackStage::None => {
            Some(format!("what is done is undone by {line}"))
        }
        Done::Undo(Some(line)) => Some(format!("the rollback goes on with {line}")),
    }
}

/// Owes the rollback that is wished, unless it has begun or the task ends otherwise.
pub(super) fn owe(tx: &Tx<'_>, row: &mut TaskRow) -> Result<(), StoreError> {
    if row.wish.rollback.is_some() {
        tx.raise_schema(SCHEMA_OF_HOOKS)?;
    }
    let may_change = match row.state.begun {
        None | Some(Ending::Suspended | Ending::Released) => true,
        Some(Ending::Completed | Ending::Terminated | Ending::Failed) => false,
    };
    if row.state.rollback != RollbackStage::None || !may_change {
        return Ok(());
    }
    let by_command = row.wish.rollback.is_some();
    let owed = row.state.epoch.0 > 0 && (row.spec.rolls_back() || by_command);
    if row.state.owed.rollback != owed {
        row.state.owed.rollback = owed;
        tx.put(&STATES, row.spec.number.0, &row.state)?;
    }
    Ok(())
}

/// Passes over the rollback of a task that nobody holds, if nothing but that is left to do.
pub(super) fn keep(tx: &Tx<'_>, row: &mut TaskRow, by: &Actor) -> Result<(), StoreError> {
    let in_flight = row.backlog.as_ref();
    let in_flight = in_flight.is_some_and(|backlog| !backlog.begun.is_empty());
    let standing = row.standing();
    let without = Standing {
        owed: Owed {
            rollback: false,
            ..standing.owed
        },
        ..standing
    };
    let settles = matches!(rules::unheld(&without), Unheld::Settle(_));
    if !standing.owed.rollback || in_flight || !settles {
        return Ok(());
    }
    tell_passed_over(tx, row, Hook::Rollback, by)?;
    row.state.owed.rollback = false;
    tx.put(&STATES, row.spec.number.0, &row.state)
}
