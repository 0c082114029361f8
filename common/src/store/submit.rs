//! Submission: one transaction, whose cost does not depend on how many tasks there are.

use super::Store;
use super::after;
use super::claim::{Held, claim_one};
use super::error::StoreError;
use super::record::{State, TaskRow, Wish};
use super::request::act_unheld;
use super::schema::{
    COUNTER_TASK, FEDS, ID_ENDINGS, IDS, KEYS, NAMES, SCHEMA_OF_GATES, SCHEMA_OF_HOOKS, SPECS,
    STATES, WISHES, reversed_digits,
};
use super::slots;
use super::tx::{Reads, Tx};
use crate::event::{Event, What};
use crate::fed::Fed;
use crate::id::{TaskNumber, WorkerNumber};
use crate::progress::Progress;
use crate::spec::{Input, Queue, TaskSpec, Way};
use crate::state::{Desired, StateWord};

/// A task to submit.
#[derive(Clone, Debug)]
pub struct NewTask {
    /// What it is; its number and creation time are set by the store.
    pub spec: TaskSpec,
    /// How many items it has, where that is known.
    pub items_total: Option<u64>,
    /// Why, in the submitter's words.
    pub reason: Option<String>,
    /// Claim it in the same transaction for this worker.
    pub claim_for: Option<WorkerNumber>,
}

/// A task that was submitted.
#[derive(Clone, Debug)]
pub struct Submitted {
    /// Its number.
    pub number: TaskNumber,
    /// Its claim, if it was claimed at once.
    pub held: Option<Box<Held>>,
    /// Nothing was submitted: why it is this task instead.
    pub instead: Option<Instead>,
}

/// Why a task that was there before is told of instead of a new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instead {
    /// It lives and bears the key.
    BearsTheKey,
    /// It lives and tries again what the new one would.
    TriesAgain,
}

impl Store {
    /// Queues a task. Submitting the same id again gives the number it has, a key that a live task bears
    /// the number of that one, and what failed of another task the number of the one that tries it again
    /// already: of many who submit at once, one makes the task.
    ///
    /// # Errors
    /// See [`StoreError`]; nothing is written then, except where it says "unknown".
    pub fn submit(&self, task: NewTask) -> Result<Submitted, StoreError> {
        self.write(move |tx| submit(tx, &task, Desired::Run))
    }

    /// Submits a task that is suspended from the start: nothing of it runs before somebody resumes it. Else as
    /// [`submit`](Self::submit); nobody claims it.
    ///
    /// # Errors
    /// See [`StoreError`]; nothing is written then, except where it says "unknown".
    pub fn submit_suspended(&self, task: NewTask) -> Result<Submitted, StoreError> {
        self.write(move |tx| submit(tx, &task, Desired::Suspend))
    }
}

fn submit(tx: &Tx<'_>, task: &NewTask, desired: Desired) -> Result<Submitted, StoreError> {
    let id = task.spec.id.as_u128();
    let known = tx
        .table(IDS)?
        .get(id)?
        .map(|number| number.value().map(TaskNumber))
        .transpose()?;
    if let Some(number) = known {
        return Ok(Submitted {
            number,
            held: None,
            instead: None,
        });
    }
    if let Some(number) = bearer(tx, &task.spec.key)? {
        return Ok(Submitted {
            number,
            held: None,
            instead: Some(Instead::BearsTheKey),
        });
    }
    if let Input::Parts(parts) = &task.spec.input
        && let Some(number) = tries_again(tx, parts.task)?
    {
        return Ok(Submitted {
            number,
            held: None,
            instead: Some(Instead::TriesAgain),
        });
    }
    let mut spec = task.spec.clone();
    let awaited = after::look_at(tx, &spec.after)?;
    let number = TaskNumber(tx.count(COUNTER_TASK)?);
    spec.number = number;
    spec.created_at = tx.now;
    if let (Input::Fed, Way::Direct) = (&spec.input, &spec.way) {
        spec.way = Way::Queued(Queue::default());
    }
    tx.table(IDS)?.insert(id, number.0)?;
    tx.table(ID_ENDINGS)?
        .insert(reversed_digits(id), number.0)?;
    if !spec.name.is_empty() {
        tx.table(NAMES)?
            .insert((spec.name.as_str(), number.0), ())?;
    }
    if !spec.key.is_empty() {
        tx.table(KEYS)?.insert(spec.key.as_str(), number.0)?;
    }
    let wish = Wish {
        desired,
        by: spec.created_by.clone(),
        reason: task.reason.clone(),
        at: tx.now,
        ..Wish::default()
    };
    let state = State {
        word: StateWord::Init,
        since: tx.now,
        ..State::default()
    };
    let progress = Progress {
        cut: spec.size_from(0),
        items_total: task.items_total,
        updated_at: tx.now,
        ..Progress::default()
    };
    if spec.needs_new_hooks() {
        tx.raise_schema(SCHEMA_OF_HOOKS)?;
    }
    if spec.has_gates() {
        tx.raise_schema(SCHEMA_OF_GATES)?;
    }
    if let Input::Parts(parts) = &spec.input {
        let mut of: State = tx.task_record(&STATES, parts.task)?;
        of.retried_by = Some(number);
        tx.put(&STATES, parts.task.0, &of)?;
    }
    if let Some(task) = spec.restart_of {
        // Gone by now, with the copy of its input, it is no pattern for another.
        let mut of: State = tx.task_record(&STATES, task)?;
        of.restarted_by = Some(number);
        tx.put(&STATES, task.0, &of)?;
    }
    tx.put(&SPECS, number.0, &spec)?;
    tx.put(&WISHES, number.0, &wish)?;
    tx.put(&STATES, number.0, &state)?;
    tx.put_progress(number, &progress)?;
    after::follow(tx, number, &awaited)?;
    slots::join(tx, &spec)?;
    if matches!(spec.input, Input::Fed) {
        tx.put(&FEDS, number.0, &Fed::default())?;
    }
    tx.append(Event {
        actor: Some(spec.created_by.clone()),
        reason: task.reason.clone(),
        to: Some(StateWord::Init),
        ..Event::of(number, What::Submitted, tx.now)
    })?;
    let by = spec.created_by.clone();
    let mut row = TaskRow {
        spec,
        wish,
        state,
        progress,
        awaited,
        ..TaskRow::default()
    };
    act_unheld(tx, &mut row, Some(by))?;
    let held = match task.claim_for {
        Some(worker) if desired == Desired::Run => {
            claim_one(tx, number, worker, None)?.map(Box::new)
        }
        Some(_) | None => None,
    };
    Ok(Submitted {
        number,
        held,
        instead: None,
    })
}

/// The task that bears a key and has not ended.
fn bearer(tx: &Tx<'_>, key: &str) -> Result<Option<TaskNumber>, StoreError> {
    if key.is_empty() {
        return Ok(None);
    }
    let last = tx
        .table(KEYS)?
        .get(key)?
        .map(|number| number.value())
        .transpose()?;
    let Some(last) = last else {
        return Ok(None);
    };
    living(tx, TaskNumber(last))
}

/// The task that tries what failed of another one again and has not ended.
fn tries_again(tx: &Tx<'_>, of: TaskNumber) -> Result<Option<TaskNumber>, StoreError> {
    let of: State = tx.task_record(&STATES, of)?;
    match of.retried_by {
        Some(number) => living(tx, number),
        None => Ok(None),
    }
}

/// The task, unless it has ended or was removed.
fn living(tx: &Tx<'_>, task: TaskNumber) -> Result<Option<TaskNumber>, StoreError> {
    let state: Option<State> = tx.record(&STATES, task.0)?;
    Ok(state
        .filter(|state| state.word != StateWord::Terminate)
        .map(|_| task))
}
