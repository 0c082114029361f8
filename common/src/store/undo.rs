//! Undoing a request: what was wanted before is wanted again, unless somebody asked for something
//! else since.

use std::collections::BTreeSet;

use super::Store;
use super::error::StoreError;
use super::record::{TaskRow, Wish};
use super::request::{Answer, change_wish, one_number};
use super::tx::{Reads, Tx};
use crate::actor::Actor;
use crate::event::{Event, What};
use crate::id::{RequestNumber, TaskId, TaskNumber};
use crate::rules::{self, Refused};

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
                .map(|(undo, row)| go_back(tx, row, undo, &by, &mut number))
                .collect()
        })
    }
}

fn go_back(
    tx: &Tx<'_>,
    mut row: TaskRow,
    undo: &Undo,
    by: &Actor,
    number: &mut Option<RequestNumber>,
) -> Result<Answer, StoreError> {
    let mut answer = Answer::unwritten(&row);
    // What has ended says so, whatever was asked of it before.
    match rules::request(&row.standing(), undo.before.desired) {
        Err(refused) => answer.refused = Some(refused),
        Ok(_) if row.wish.request != undo.last => {
            answer.refused = Some(Refused::AskedSince {
                by: row.wish.by.to_string(),
                want: row.wish.desired,
            });
        }
        Ok(desired) => {
            let wish = Wish {
                desired,
                request: one_number(tx, number)?,
                force: false,
                at: tx.now,
                // One whose time is over would end at once, against whoever undoes.
                until: undo.before.until.filter(|at| *at > tx.now),
                settings: row.wish.settings,
                again: row.wish.again,
                rest: row.wish.rest.clone(),
                ..Wish::clone(&undo.before)
            };
            let event = Event {
                detail: Some(format!("undoes request {}", undo.request)),
                ..Event::of(row.spec.number, What::Requested, tx.now)
            };
            change_wish(tx, &mut row, wish, by, event, &mut answer)?;
        }
    }
    Ok(answer)
}
