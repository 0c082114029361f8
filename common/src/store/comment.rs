//! Comments: what people say of tasks, in the trail of each, for those who look later.

use super::Store;
use super::aim::{Aim, Target};
use super::error::StoreError;
use crate::actor::Actor;
use crate::event::{Event, What};
use crate::id::{EventNumber, TaskId, TaskNumber};

/// What somebody says of tasks.
#[derive(Clone, Debug)]
pub struct Comment {
    /// What.
    pub text: String,
    /// Who.
    pub by: Actor,
}

/// A task that was commented on.
#[derive(Clone, Debug)]
pub struct Commented {
    /// The task.
    pub number: TaskNumber,
    /// Its id.
    pub id: TaskId,
    /// Its name; may be empty.
    pub name: String,
    /// The event that says it, or why there is none.
    pub event: Result<EventNumber, String>,
}

impl Store {
    /// Comments on all tasks that are meant, also on those that have ended, in one transaction. It is no
    /// request: nothing changes of them.
    ///
    /// # Errors
    /// See [`StoreError`]; nothing is written then, except where it says "unknown".
    pub fn comment(
        &self,
        aim: impl Into<Aim>,
        comment: Comment,
    ) -> Result<Vec<Commented>, StoreError> {
        let aim = aim.into();
        self.write(move |tx| {
            aim.each(tx, |target| {
                let row = match target {
                    Target::Row(row) | Target::Changed(row) => row,
                    Target::Lost(number, error) => {
                        return Ok(Commented {
                            number,
                            id: TaskId::default(),
                            name: String::new(),
                            event: Err(error.to_string()),
                        });
                    }
                };
                let event = tx.append(Event {
                    actor: Some(comment.by.clone()),
                    detail: Some(comment.text.clone()),
                    ..Event::of(row.spec.number, What::Comment, tx.now)
                })?;
                Ok(Commented {
                    number: row.spec.number,
                    id: row.spec.id,
                    name: row.spec.name,
                    event: Ok(event),
                })
            })
        })
    }
}
