//! Which tasks an operation is about: named, seen by somebody who was asked, picked by a filter, or
//! those of a request.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use super::Store;
use super::before::tasks_of;
use super::error::StoreError;
use super::gates;
use super::look::{Tasks, all_workers};
use super::record::{State, TaskRow};
use super::scan::Scans;
use super::schema::{COUNTER_EVENT, STATES};
use super::tx::{Reads, ReadsNamed, Tx, decode};
use crate::filter::{Filter, Scratch};
use crate::id::{EventNumber, RequestNumber, TaskNumber};
use crate::state::StateWord;
use crate::time::Timestamp;
use crate::view::{Lives, Surroundings};

/// The tasks that an operation is about.
#[derive(Clone, Debug)]
pub enum Aim {
    /// These. One that isn't there refuses the whole operation.
    Named(Vec<TaskNumber>),
    /// These, as somebody saw them: each with the last request on it. One of which something was asked
    /// since keeps that.
    Seen(Vec<(TaskNumber, RequestNumber)>),
    /// All that a filter picks, in the transaction that acts on them.
    Picked(Picked),
    /// Those that a request was on, each unless something was asked of it since.
    Of(RequestNumber),
}

impl From<Vec<TaskNumber>> for Aim {
    fn from(tasks: Vec<TaskNumber>) -> Self {
        Self::Named(tasks)
    }
}

impl<const N: usize> From<[TaskNumber; N]> for Aim {
    fn from(tasks: [TaskNumber; N]) -> Self {
        Self::Named(tasks.into())
    }
}

/// Tasks that a filter picks.
#[derive(Clone)]
pub struct Picked {
    /// What they are.
    pub filter: Filter,
    /// Whether they live.
    pub reach: Reach,
    /// Which workers do: some of what a filter asks for depends on it.
    pub lives: Arc<dyn Lives + Send + Sync>,
}

impl fmt::Debug for Picked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Picked")
            .field("filter", &self.filter)
            .field("reach", &self.reach)
            .finish_non_exhaustive()
    }
}

/// Whether tasks that have ended are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Those that have not.
    Living,
    /// Those that have.
    Ended,
    /// All.
    All,
}

impl Reach {
    fn takes(self, state: &State) -> bool {
        let ended = state.word == StateWord::Terminate;
        match self {
            Self::Living => !ended,
            Self::Ended => ended,
            Self::All => true,
        }
    }
}

/// A task that an operation is about, as it is found.
pub(super) enum Target {
    /// It is as it was meant.
    Row(Box<TaskRow>),
    /// Something was asked of it since.
    Changed(Box<TaskRow>),
    /// It is gone, or its rows can't be read.
    Lost(TaskNumber, StoreError),
}

impl Aim {
    /// Acts on each of them, in the order of what was named, else of their numbers.
    pub(super) fn each<T>(
        &self,
        tx: &Tx<'_>,
        mut act: impl FnMut(Target) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut done = Vec::new();
        match self {
            Self::Named(tasks) => {
                // Read before anything is written: an unknown number refuses all. One that is named twice
                // is there once: its second row would be stale.
                let mut named = BTreeSet::new();
                let tasks = tasks.iter().filter(|task| named.insert(**task));
                let rows = tasks
                    .map(|task| tx.task(*task))
                    .collect::<Result<Vec<_>, _>>()?;
                for row in rows {
                    done.push(act(Target::Row(Box::new(row)))?);
                }
            }
            Self::Seen(tasks) => {
                let mut named = BTreeSet::new();
                for (task, request) in tasks {
                    if named.insert(*task) {
                        done.push(act(seen(tx, *task, *request)?)?);
                    }
                }
            }
            Self::Of(request) => {
                for task in tasks_of(tx, *request)? {
                    done.push(act(seen(tx, task, *request)?)?);
                }
            }
            Self::Picked(picked) => picked.each(tx, Order::OldestFirst, |target| {
                done.push(act(target)?);
                Ok(())
            })?,
        }
        Ok(done)
    }
}

fn seen(
    reads: &impl Scans,
    task: TaskNumber,
    request: RequestNumber,
) -> Result<Target, StoreError> {
    Ok(match reads.task(task) {
        Ok(row) if row.wish.stands_for(request) => Target::Row(Box::new(row)),
        Ok(row) => Target::Changed(Box::new(row)),
        Err(error @ (StoreError::NoTask(_) | StoreError::Unreadable { .. })) => {
            Target::Lost(task, error)
        }
        Err(error) => return Err(error),
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    OldestFirst,
    NewestFirst,
}

impl Picked {
    fn each(
        &self,
        reads: &(impl Scans + ReadsNamed),
        order: Order,
        mut act: impl FnMut(Target) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let workers = all_workers(reads)?;
        let gates = gates::of_store(reads)?;
        let around = Surroundings::new(&workers, &gates, &*self.lives, Timestamp::now());
        let mut scratch = Scratch::default();
        let mut numbers = self.reached(reads)?;
        if order == Order::NewestFirst {
            numbers.reverse();
        }
        for task in numbers {
            match reads.task(task) {
                Ok(row) => {
                    if self.filter.is_empty() || self.filter.takes(&around.view(&row), &mut scratch)
                    {
                        act(Target::Row(Box::new(row)))?;
                    }
                }
                // Nobody can tell whether it is meant.
                Err(error @ (StoreError::NoTask(_) | StoreError::Unreadable { .. })) => {
                    act(Target::Lost(task, error))?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Those that live or not, as it is meant. Of the others nothing but the state is read.
    fn reached(&self, reads: &impl Scans) -> Result<Vec<TaskNumber>, StoreError> {
        let mut numbers = Vec::new();
        reads.each(STATES.table, &mut |number, bytes| {
            match decode::<State>(reads.dir(), (STATES.row)(number), bytes) {
                Ok(state) if !self.reach.takes(&state) => {}
                Ok(_) | Err(_) => numbers.push(TaskNumber(number)),
            }
            Ok(())
        })?;
        Ok(numbers)
    }
}

/// What a filter picks.
#[derive(Clone, Debug, Default)]
pub struct Matching {
    /// The newest of them, newest first.
    pub tasks: Tasks,
    /// How many there are.
    pub matching: u64,
}

impl Store {
    /// The tasks that a filter picks, the newest first, at most `limit`; those that can't be read are named.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn matching(&self, picked: Picked, limit: usize) -> Result<Matching, StoreError> {
        self.read(move |view| {
            let mut found = Matching::default();
            picked.each(view, Order::NewestFirst, |target| {
                match target {
                    Target::Row(row) | Target::Changed(row) => {
                        found.matching += 1;
                        if found.tasks.rows.len() < limit {
                            found.tasks.rows.push(*row);
                        }
                    }
                    Target::Lost(_, error) => found.tasks.unreadable.push(error),
                }
                Ok(())
            })?;
            found.tasks.workers = all_workers(view)?;
            found.tasks.gates = gates::of_store(view)?;
            found.tasks.last = EventNumber(view.counter(COUNTER_EVENT)?);
            if let Some(states) = view.table(STATES.table)? {
                found.tasks.total = states.len()?;
            }
            Ok(found)
        })
    }
}
