//! Hooks, as the worker that holds the task writes them: begun, ended, given up.

use super::Store;
use super::error::StoreError;
use super::hold::Key;
use super::record::TaskRow;
use super::rollback;
use super::schema::STATES;
use super::tx::{Reads, Tx};
use crate::event::{Event, What};
use crate::rules::{self, Happened, Step};
use crate::state::{Ending, Hook};

/// How often a hook is tried before it is recorded as failed.
pub const HOOK_ATTEMPTS: u32 = 3;

/// What became of a hook that was to begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HookBegin {
    /// It begins: this is the attempt, from 1.
    Run(u32),
    /// It failed too often and is recorded as dropped.
    Dropped,
    /// Something else is wanted by now: plan again.
    PlanAgain,
}

impl Store {
    /// Begins a hook: attempts are counted before the run, so that a hook that kills its worker
    /// does not kill every worker in turn. What is wanted is read again here; a TERMINATE can't be
    /// withdrawn any more once its first hook has begun. Saying so again changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when the claim is over, and the store's own.
    pub fn begin_hook(
        &self,
        key: Key,
        happened: Happened,
        hook: Hook,
        ending: Option<Ending>,
    ) -> Result<(HookBegin, TaskRow), StoreError> {
        self.commit(move |tx| {
            tx.check_claim(key.task, key.claim)?;
            let mut row = tx.task(key.task)?;
            if rules::plan(&row.standing(), happened) != Step::Hook(hook, ending) {
                return Ok((HookBegin::PlanAgain, row));
            }
            let passes_over = row.passes_over(hook);
            if row.state.hook == Some(hook) && !passes_over {
                // Durable already, although the commit was answered with an error.
                return Ok((HookBegin::Run(row.state.hook_attempts), row));
            }
            if ending.is_some() {
                row.state.begun = ending;
            }
            if passes_over {
                drop_hook(tx, key, &mut row, hook, "passed over on request")?;
                tx.put(&STATES, key.task.0, &row.state)?;
                return Ok((HookBegin::Dropped, row));
            }
            if hook == Hook::Rollback {
                // Its batches count their attempts themselves.
                rollback::begin(tx, key, &mut row)?;
                return Ok((HookBegin::Run(0), row));
            }
            if row.state.hook_tried.replace(hook) != Some(hook) {
                row.state.hook_attempts = 0;
            }
            if row.state.hook_attempts >= HOOK_ATTEMPTS {
                drop_hook(tx, key, &mut row, hook, "it failed every time")?;
                tx.put(&STATES, key.task.0, &row.state)?;
                return Ok((HookBegin::Dropped, row));
            }
            row.state.hook = Some(hook);
            // Whoever runs something has cleared first.
            row.state.taken = None;
            row.state.stuck = None;
            row.state.hook_attempts += 1;
            tx.put(&STATES, key.task.0, &row.state)?;
            tx.append(Event {
                worker: Some(key.claim.worker),
                attempt: Some(row.state.hook_attempts),
                detail: Some(hook.as_str().into()),
                ..Event::of(key.task, What::HookStarted, tx.now)
            })?;
            Ok((HookBegin::Run(row.state.hook_attempts), row))
        })
    }

    /// Records how a hook went. One that failed stays owed until its attempts are spent. Saying so
    /// again changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when the claim is over, and the store's own.
    pub fn end_hook(
        &self,
        key: Key,
        hook: Hook,
        failed: Option<String>,
    ) -> Result<TaskRow, StoreError> {
        self.commit(move |tx| {
            tx.check_claim(key.task, key.claim)?;
            let mut row = tx.task(key.task)?;
            if row.state.hook != Some(hook) {
                return Ok(row);
            }
            row.state.hook = None;
            match &failed {
                None => {
                    row.state.owed = rules::owed_after(row.state.owed, hook);
                    row.state.hook_attempts = 0;
                    if hook == Hook::Rollback {
                        rollback::tell_over(tx, key, &row)?;
                    }
                }
                Some(error) => {
                    tx.append(Event {
                        worker: Some(key.claim.worker),
                        attempt: Some(row.state.hook_attempts),
                        detail: Some(format!("{hook}: {error}")),
                        ..Event::of(key.task, What::HookFailed, tx.now)
                    })?;
                    if row.state.hook_attempts >= HOOK_ATTEMPTS {
                        drop_hook(tx, key, &mut row, hook, error)?;
                    }
                }
            }
            tx.put(&STATES, key.task.0, &row.state)?;
            Ok(row)
        })
    }
}

fn drop_hook(
    tx: &Tx<'_>,
    key: Key,
    row: &mut TaskRow,
    hook: Hook,
    why: &str,
) -> Result<(), StoreError> {
    row.state.hook = None;
    row.state.owed = rules::owed_after(row.state.owed, hook);
    row.state.hook_attempts = 0;
    tx.append(Event {
        worker: Some(key.claim.worker),
        detail: Some(format!("{hook}: {why}")),
        ..Event::of(key.task, What::HookDropped, tx.now)
    })?;
    Ok(())
}
