//! Undoing a request: what was wanted before is wanted again, unless somebody asked for something
//! else since.

use std::collections::BTreeSet;

use super::Store;
use super::before::before;
use super::error::{StoreError, passing_over};
use super::record::{TaskRow, Wish};
use super::request::{Answer, asked_since, change_wish, one_number};
use super::schema::{COUNTER_REQUEST, SPECS};
use super::set::{SetAnswer, Setting};
use super::tx::{Reads, Tx};
use crate::actor::Actor;
use crate::event::{Event, What};
use crate::id::{RequestNumber, TaskId, TaskNumber};
use crate::rules::{self, Refused};
use crate::settings::Assignment;
use crate::spec::TaskSpec;
use crate::state::Desired;

/// A request on one task, that is to be undone.
#[derive(Clone, Debug, PartialEq)]
pub struct Undo {
    /// The task.
    pub task: TaskNumber,
    /// Its id: in another store the number is another task's.
    pub id: TaskId,
    /// The request.
    pub request: RequestNumber,
    /// What has to be the task's last request, else it is left alone: this one, or the undoing of
    /// the one after it, which brought its wish back.
    pub last: RequestNumber,
    /// What was wanted before it.
    pub before: Box<Wish>,
}

impl Undo {
    /// What undoes a request on the task that this answer is about; None: nothing was written.
    #[must_use]
    pub fn of(answer: &Answer) -> Option<Self> {
        let request = answer.request?;
        Some(Self {
            task: answer.number,
            id: answer.id,
            request,
            last: request,
            before: answer.before.clone()?,
        })
    }

    /// What undoes a request on a task, of which this was wanted before.
    fn from(spec: &TaskSpec, request: RequestNumber, before: Wish) -> Self {
        Self {
            task: spec.number,
            id: spec.id,
            request,
            last: request,
            before: Box::new(before),
        }
    }

    /// What would become of a task that is as this row says, with nothing written.
    #[must_use]
    pub fn outlook(&self, row: &TaskRow) -> Answer {
        let desired = undoable(row, self);
        Answer {
            desired: *desired.as_ref().unwrap_or(&row.wish.desired),
            refused: desired.err(),
            ..Answer::unwritten(row)
        }
    }

    /// Takes notice that a later request on the same task was undone: where that brought back what
    /// this one wished, this one can be undone next.
    pub fn uncover(&mut self, later: &Self, undoing: RequestNumber) {
        if (self.task, self.id) == (later.task, later.id) && self.last == later.before.request {
            self.last = undoing;
        }
    }
}

impl Store {
    /// Undoes requests, in one transaction under one new number: what was wanted before is wanted
    /// again, by whom and why it was wanted then; the trail says who undid it. Never by force, so
    /// that no batch is killed for it. A task of which something was asked since keeps that, and
    /// neither it nor one that has ended keeps the others from being undone. One named twice has
    /// one answer.
    ///
    /// # Errors
    /// See [`StoreError`]; nothing is written then, except where it says "unknown".
    pub fn undo(&self, undos: Vec<Undo>, by: Actor) -> Result<Vec<Answer>, StoreError> {
        self.write(move |tx| {
            let mut named = BTreeSet::new();
            let rows = undos
                .iter()
                .filter(|undo| named.insert(undo.task))
                .map(|undo| match tx.task(undo.task)? {
                    row if row.spec.id == undo.id => Ok((undo, row)),
                    _ => Err(StoreError::NoTask(undo.task)),
                })
                .collect::<Result<Vec<_>, StoreError>>()?;
            let mut number = None;
            rows.into_iter()
                .map(|(undo, row)| go_back(tx, row, undo, &by, None, &mut number))
                .collect()
        })
    }
}

fn go_back(
    tx: &Tx<'_>,
    mut row: TaskRow,
    undo: &Undo,
    by: &Actor,
    reason: Option<&str>,
    number: &mut Option<RequestNumber>,
) -> Result<Answer, StoreError> {
    let mut answer = Answer::unwritten(&row);
    match undoable(&row, undo) {
        Err(refused) => answer.refused = Some(refused),
        Ok(desired) => {
            let request = one_number(tx, number)?;
            let before = &*undo.before;
            let wish = Wish {
                desired,
                request,
                force: false,
                at: tx.now,
                brings_back: Some((request, before.brought_back().unwrap_or(before.request))),
                // One whose time is over would end at once, against whoever undoes.
                until: undo.before.until.filter(|at| *at > tx.now),
                settings: row.wish.settings,
                again: row.wish.again,
                rest: row.wish.rest.clone(),
                ..before.clone()
            };
            let event = Event {
                reason: reason.map(str::to_owned),
                detail: Some(format!("undoes request {}", undo.request)),
                ..Event::of(row.spec.number, What::Requested, tx.now)
            };
            change_wish(tx, &mut row, wish, by, event, &mut answer)?;
        }
    }
    Ok(answer)
}

/// What would be wanted again, or why it can't be. What has ended says so, whatever was asked of it before.
fn undoable(row: &TaskRow, undo: &Undo) -> Result<Desired, Refused> {
    let desired = rules::request(&row.standing(), undo.before.desired)?;
    if row.wish.request == undo.last || row.wish.stands_for(undo.request) {
        Ok(desired)
    } else {
        Err(asked_since(row))
    }
}

/// What a request was, as far as its tasks are still there.
#[derive(Clone, Debug, PartialEq)]
pub enum Made {
    /// It asked for states: what undoes it, task by task.
    Asked(Vec<Undo>),
    /// It changed settings: what takes them back, task by task.
    Set(Vec<(TaskNumber, Vec<Assignment>)>),
    /// It was made, and nothing is left of it: its tasks are gone, or an older version made it.
    Gone,
    /// There was none of this number.
    Never,
}

/// What became of undoing a request.
#[derive(Clone, Debug)]
pub enum Undone {
    /// It had asked for states.
    Asked(Vec<Answer>),
    /// It had changed settings.
    Set(Vec<SetAnswer>),
    /// Nothing of it is left: see [`Made::Gone`].
    Gone,
    /// There was none of this number.
    Never,
}

impl Store {
    /// What a request was on, and what there was before it.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn made(&self, request: RequestNumber) -> Result<Made, StoreError> {
        self.read(move |view| {
            let rows = before(view, request)?;
            if rows.is_empty() {
                return Ok(match was_made(view, request)? {
                    true => Made::Gone,
                    false => Made::Never,
                });
            }
            let mut undos = Vec::new();
            let mut set = Vec::new();
            for (task, kept) in rows {
                let Some(kept) = passing_over(kept)? else {
                    continue;
                };
                let spec = passing_over(view.record(&SPECS, task.0))?.flatten();
                match (kept.wish.clone(), spec) {
                    (None, Some(_)) => set.push((task, kept.undoing())),
                    (Some(wish), Some(spec)) => undos.push(Undo::from(&spec, request, wish)),
                    (_, None) => {}
                }
            }
            Ok(match (undos.is_empty(), set.is_empty()) {
                (false, _) => Made::Asked(undos),
                (true, false) => Made::Set(set),
                (true, true) => Made::Gone,
            })
        })
    }

    /// Undoes a request, by its number and whoever made it, however long ago: see [`undo`](Self::undo). Settings
    /// that it changed go back to what they were, unless they were changed again since.
    ///
    /// # Errors
    /// See [`StoreError`]; nothing is written then, except where it says "unknown".
    pub fn undo_request(
        &self,
        request: RequestNumber,
        by: Actor,
        reason: Option<String>,
    ) -> Result<Undone, StoreError> {
        self.write(move |tx| {
            let rows = before(tx, request)?;
            if rows.is_empty() {
                return Ok(match was_made(tx, request)? {
                    true => Undone::Gone,
                    false => Undone::Never,
                });
            }
            let mut number = None;
            let mut asked = Vec::new();
            let mut set = Vec::new();
            for (task, kept) in rows {
                let (kept, row) = match (kept, tx.task(task)) {
                    (Ok(kept), Ok(row)) => (kept, row),
                    (Err(error), _) | (_, Err(error)) => match error {
                        StoreError::NoTask(_) | StoreError::Unreadable { .. } => {
                            asked.push(Answer::lost(task, &error));
                            continue;
                        }
                        error => return Err(error),
                    },
                };
                match kept.wish {
                    Some(wish) => {
                        let undo = Undo::from(&row.spec, request, wish);
                        asked.push(go_back(
                            tx,
                            row,
                            &undo,
                            &by,
                            reason.as_deref(),
                            &mut number,
                        )?);
                    }
                    None => {
                        let setting = Setting {
                            assignments: kept.undoing(),
                            by: by.clone(),
                            reason: reason.clone(),
                            undoes: Some(request),
                        };
                        set.push(super::set::set(tx, row, &setting, &mut number)?);
                    }
                }
            }
            Ok(if set.is_empty() {
                Undone::Asked(asked)
            } else {
                Undone::Set(set)
            })
        })
    }
}

fn was_made(reads: &impl Reads, request: RequestNumber) -> Result<bool, StoreError> {
    let last = reads.counter(COUNTER_REQUEST)?;
    Ok(request.0 > 0 && request.0 <= last)
}
