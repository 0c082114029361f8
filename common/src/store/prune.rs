//! Removing tasks that have ended, with every row of theirs. A task goes whole in one transaction or stays
//! whole; each transaction is short, so that a big prune doesn't hold the store.

use std::collections::{BTreeSet, HashMap};
use std::ffi::OsString;

use super::Store;
use super::after;
use super::error::{StoreError, passing_over};
use super::record::{State, TaskRow};
use super::schedules::schedule;
use super::schema::{
    BACKLOGS, BEFORE, CLAIMED, COUNTER_FIRST_EVENT, COUNTERS, EVENTS, FAILURES, FED_ITEMS, FEDS,
    ID_ENDINGS, IDS, KEYS, LIVES, MARKS, NAMES, PLANNED, PROGRESS, Records, SPECS, STATES,
    TASK_EVENTS, WISHES, reversed_digits,
};
use super::slots;
use super::timers;
use super::tx::{Reads, Tx, decode};
use crate::actor::Actor;
use crate::event::{Event, What};
use crate::id::{TaskId, TaskNumber, WorkerNumber};
use crate::prune::{Ended, InUse};
use crate::spec::TaskSpec;
use crate::state::Outcome;
use crate::state::{Current, StateWord};
use crate::time::Timestamp;

/// About so many rows are removed in a transaction: a few milliseconds.
const ROWS: usize = 2000;
/// At most so many tasks are.
const TASKS: usize = 200;

/// Who prunes, and why.
#[derive(Clone, Debug, Default)]
pub struct Forget {
    /// Who, if a person does.
    pub by: Option<Actor>,
    /// Which worker, if its retention does.
    pub worker: Option<WorkerNumber>,
    /// Why.
    pub reason: Option<String>,
    /// Events at the beginning of the feed that are about no task, such as the coming and going of workers,
    /// go too if they are older than this.
    pub events_before: Option<Timestamp>,
}

/// A task that was removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrunedTask {
    /// Its number, which no other task ever gets.
    pub number: TaskNumber,
    /// Its id.
    pub id: TaskId,
    /// Its name; may be empty.
    pub name: String,
    /// How it had ended.
    pub outcome: Outcome,
    /// When.
    pub at: Timestamp,
    /// The name of the copy of its input, where it has one.
    pub spool: Option<OsString>,
}

/// Why a task is not pruned.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Kept {
    /// It has not ended.
    #[error("it has not ended ({0}); only terminated tasks are pruned")]
    Lives(StateWord),
    /// Somebody still writes of it.
    #[error("a batch of it is still in flight")]
    InFlight,
    /// What failed of it is tried again by a task that has not ended, and reads its rows and its input.
    #[error("task {0} tries again what failed of it, and has not ended")]
    Retried(TaskNumber),
    /// A row of it can't be read.
    #[error("{0}")]
    Unreadable(String),
}

/// How many tasks are where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    states: HashMap<StateWord, u64>,
    outcomes: HashMap<Outcome, u64>,
}

impl Tally {
    fn add(&mut self, current: Current) {
        *self.states.entry(current.word()).or_default() += 1;
        if let Current::Terminate { outcome, .. } = current {
            *self.outcomes.entry(outcome).or_default() += 1;
        }
    }

    /// How many tasks are in this state.
    #[must_use]
    pub fn in_state(&self, state: StateWord) -> u64 {
        self.states.get(&state).copied().unwrap_or(0)
    }

    /// How many tasks ended so.
    #[must_use]
    pub fn with_outcome(&self, outcome: Outcome) -> u64 {
        self.outcomes.get(&outcome).copied().unwrap_or(0)
    }
}

/// What became of the first of the tasks that were to be pruned.
#[derive(Clone, Debug, Default)]
pub struct Pruned {
    /// Those that are gone.
    pub gone: Vec<PrunedTask>,
    /// Those that stay, and why.
    pub kept: Vec<(TaskNumber, Kept)>,
    /// How many of the tasks were seen to, gone before included.
    pub seen: usize,
}

impl Store {
    /// Every task that has ended. Nothing but the states is read; those that can't be read are left out.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn ended(&self) -> Result<Vec<Ended>, StoreError> {
        self.read(|view| {
            let Some(states) = view.table(STATES.table)? else {
                return Ok(Vec::new());
            };
            let mut ended = Vec::new();
            for row in states.iter()? {
                let (number, bytes) = row?;
                let number = number.value()?;
                let state = decode(view.dir(), (STATES.row)(number), bytes.value()?);
                let state: Option<State> = passing_over(state)?;
                if let Some(Current::Terminate { outcome, at }) = state.map(|row| row.current()) {
                    let number = TaskNumber(number);
                    ended.push(Ended {
                        number,
                        outcome,
                        at,
                    });
                }
            }
            Ok(ended)
        })
    }

    /// How many tasks there are in each state, and of those that ended with each outcome. Those that can't be
    /// read are left out.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn tally(&self) -> Result<Tally, StoreError> {
        self.read(|view| {
            let mut tally = Tally::default();
            let Some(states) = view.table(STATES.table)? else {
                return Ok(tally);
            };
            for row in states.iter()? {
                let (number, bytes) = row?;
                let name = (STATES.row)(number.value()?);
                let state = decode(view.dir(), name, bytes.value()?);
                let state: Option<State> = passing_over(state)?;
                if let Some(state) = state {
                    tally.add(state.current());
                }
            }
            Ok(tally)
        })
    }

    /// Removes the first of these tasks, as many as a short transaction can bear and at least one. Only
    /// tasks that have ended go. Their files are for the caller to remove.
    ///
    /// # Errors
    /// See [`StoreError`]; nothing is written then, except where it says "unknown".
    pub fn prune(&self, tasks: &[TaskNumber], forget: &Forget) -> Result<Pruned, StoreError> {
        let tasks: Vec<TaskNumber> = tasks.iter().copied().take(TASKS).collect();
        let forget = forget.clone();
        self.write(move |tx| prune(tx, &tasks, &forget))
    }

    /// The tasks that there are, and the names of the copies of inputs that they read, from one transaction.
    pub(crate) fn files_in_use(&self) -> Result<InUse, StoreError> {
        self.read(|view| {
            let (mut tasks, mut spools) = InUse::default();
            let Some(specs) = view.table(SPECS.table)? else {
                return Ok((tasks, spools));
            };
            for row in specs.iter()? {
                let (number, bytes) = row?;
                let number = number.value()?;
                tasks.insert(TaskNumber(number));
                // One that can't be read may read any of them.
                let spec: TaskSpec = decode(view.dir(), (SPECS.row)(number), bytes.value()?)?;
                spools.extend(spool_of(&spec));
            }
            Ok((tasks, spools))
        })
    }
}

fn spool_of(spec: &TaskSpec) -> Option<OsString> {
    Some(spec.spool()?.file_name()?.to_owned())
}

fn prune(tx: &Tx<'_>, tasks: &[TaskNumber], forget: &Forget) -> Result<Pruned, StoreError> {
    let mut pruned = Pruned::default();
    let mut rows = 0;
    let mut named = BTreeSet::new();
    for task in tasks {
        if rows >= ROWS {
            break;
        }
        pruned.seen += 1;
        if !named.insert(*task) {
            continue;
        }
        let row = match tx.task(*task) {
            Ok(row) => row,
            Err(StoreError::NoTask(_)) => continue,
            Err(error @ StoreError::Unreadable { .. }) => {
                let why = Kept::Unreadable(error.to_string());
                pruned.kept.push((*task, why));
                continue;
            }
            Err(error) => return Err(error),
        };
        let may_go = match retried(tx, &row)? {
            Some(by) => Err(Kept::Retried(by)),
            None => may_go(&row),
        };
        match may_go {
            Ok(gone) => {
                rows += remove(tx, &row)?;
                pruned.gone.push(gone);
            }
            Err(why) => pruned.kept.push((*task, why)),
        }
    }
    if pruned.gone.is_empty() {
        return Ok(pruned);
    }
    if let Some(before) = forget.events_before {
        forget_events(tx, before)?;
    }
    let numbers: Vec<TaskNumber> = pruned.gone.iter().map(|task| task.number).collect();
    tx.append(Event {
        what: What::Pruned,
        actor: forget.by.clone(),
        worker: forget.worker,
        reason: forget.reason.clone(),
        detail: Some(in_words(&numbers)),
        pruned: numbers,
        ..Event::default()
    })?;
    raise_first_event(tx)?;
    Ok(pruned)
}

/// The task that has not ended and tries again what failed of this one, or what failed of one that did.
fn retried(tx: &Tx<'_>, row: &TaskRow) -> Result<Option<TaskNumber>, StoreError> {
    let mut next = row.state.retried_by;
    while let Some(task) = next {
        let Some(state) = tx.record(&STATES, task.0)? else {
            return Ok(None);
        };
        if state.word != StateWord::Terminate {
            return Ok(Some(task));
        }
        next = state.retried_by;
    }
    Ok(None)
}

fn may_go(row: &TaskRow) -> Result<PrunedTask, Kept> {
    let Current::Terminate { outcome, at } = row.state.current() else {
        return Err(Kept::Lives(row.state.word));
    };
    let begun = row
        .backlog
        .as_ref()
        .is_some_and(|backlog| !backlog.begun.is_empty());
    if row.claim.is_some() || begun {
        return Err(Kept::InFlight);
    }
    Ok(PrunedTask {
        number: row.spec.number,
        id: row.spec.id,
        name: row.spec.name.clone(),
        outcome,
        at,
        spool: spool_of(&row.spec),
    })
}

/// Removes every row of a task, what there was before requests on it included: each of them is told by an
/// event. Gives how many there were, about.
fn remove(tx: &Tx<'_>, row: &TaskRow) -> Result<usize, StoreError> {
    let spec = &row.spec;
    let task = spec.number.0;
    let mut rows = 8;
    forget_record(tx, &SPECS, task)?;
    forget_record(tx, &WISHES, task)?;
    forget_record(tx, &STATES, task)?;
    forget_record(tx, &PROGRESS, task)?;
    forget_record(tx, &BACKLOGS, task)?;
    forget_record(tx, &FEDS, task)?;
    forget_record(tx, &LIVES, task)?;
    after::forget(tx, spec)?;
    slots::leave(tx, spec)?;
    tx.table(CLAIMED)?.remove(task)?;
    timers::forget(tx, row)?;
    schedule(tx, spec.number, None)?;
    for table in [FAILURES, PLANNED, MARKS, FED_ITEMS] {
        rows += tx
            .table(table)?
            .remove_range((task, 0)..=(task, u64::MAX))?;
    }
    rows += remove_events(tx, task)?;
    let id = spec.id.as_u128();
    tx.table(IDS)?.remove(id)?;
    tx.table(ID_ENDINGS)?.remove(reversed_digits(id))?;
    tx.table(NAMES)?.remove((spec.name.as_str(), task))?;
    if !spec.key.is_empty() {
        let mut keys = tx.table(KEYS)?;
        let bearer = keys
            .get(spec.key.as_str())?
            .map(|bearer| bearer.value())
            .transpose()?;
        // A later task may bear the same one.
        if bearer == Some(task) {
            keys.remove(spec.key.as_str())?;
        }
    }
    Ok(rows)
}

fn forget_record<R>(tx: &Tx<'_>, records: &Records<R>, key: u64) -> Result<(), StoreError> {
    tx.table(records.table)?.remove(key)
}

fn remove_events(tx: &Tx<'_>, task: u64) -> Result<usize, StoreError> {
    let mut index = tx.table(TASK_EVENTS)?;
    let numbers: Vec<u64> = index
        .range((task, 0)..=(task, u64::MAX))?
        .map(|row| Ok(row?.0.value()?.1))
        .collect::<Result<_, StoreError>>()?;
    let mut events = tx.table(EVENTS.table)?;
    let mut requests = BTreeSet::new();
    for number in &numbers {
        if let Some(stored) = events.get(*number)? {
            let event = decode::<Event>(tx.dir(), (EVENTS.row)(*number), stored.value()?);
            requests.extend(passing_over(event)?.and_then(|event| event.request));
        }
        events.remove(*number)?;
    }
    let mut before = tx.table(BEFORE)?;
    for request in &requests {
        before.remove((request.0, task))?;
    }
    Ok(numbers.len() + requests.len() + index.remove_range((task, 0)..=(task, u64::MAX))?)
}

/// Removes what the feed begins with and nobody will ask for any more.
fn forget_events(tx: &Tx<'_>, before: Timestamp) -> Result<(), StoreError> {
    let mut events = tx.table(EVENTS.table)?;
    let mut old = Vec::new();
    for row in events.iter()?.take(ROWS) {
        let (number, bytes) = row?;
        let number = number.value()?;
        let event = decode::<Event>(tx.dir(), (EVENTS.row)(number), bytes.value()?);
        match passing_over(event)? {
            Some(event) if event.task.is_none() && event.at < before => old.push(number),
            Some(_) | None => break,
        }
    }
    for number in old {
        events.remove(number)?;
    }
    Ok(())
}

/// Says where the feed begins now: who read up to before that reads everything anew.
fn raise_first_event(tx: &Tx<'_>) -> Result<(), StoreError> {
    let first = match tx.table(EVENTS.table)?.iter()?.next() {
        Some(row) => row?.0.value()?,
        None => return Ok(()),
    };
    if first > tx.counter(COUNTER_FIRST_EVENT)?.max(1) {
        tx.table(COUNTERS)?.insert(COUNTER_FIRST_EVENT, first)?;
    }
    Ok(())
}

/// So many runs of numbers are told.
const TOLD: usize = 8;

/// How many, and which: runs of numbers, the first ones.
fn in_words(numbers: &[TaskNumber]) -> String {
    let mut sorted: Vec<u64> = numbers.iter().map(|number| number.0).collect();
    sorted.sort_unstable();
    let runs: Vec<&[u64]> = sorted.chunk_by(|a, b| b - a == 1).collect();
    let told: Vec<String> = runs
        .iter()
        .take(TOLD)
        .map(|run| match run {
            [first, .., last] => format!("{first} to {last}"),
            [only] => only.to_string(),
            [] => String::new(),
        })
        .collect();
    let more = if runs.len() > TOLD { ", …" } else { "" };
    let tasks = if numbers.len() == 1 { "task" } else { "tasks" };
    format!("{} {tasks}: {}{more}", numbers.len(), told.join(", "))
}
