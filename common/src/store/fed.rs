//! The items of fed tasks: taken in chunks, read by those who perform their batches, and removed once
//! they are done.

mod trim;

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_bytes::{ByteBuf, Bytes};

pub(super) use trim::{drop_rest, number_anew, trim};

use super::Store;
use super::error::StoreError;
use super::record::{State, Wish};
use super::row_name::RowName;
use super::schema::{FED_ITEMS, FEDS, PROGRESS, SPECS, STATES, WISHES};
use super::tx::{Reads, Tx, decode, encode};
use crate::actor::Actor;
use crate::event::{Event, What};
use crate::fed::{self, Chunk, Fed};
use crate::id::TaskNumber;
use crate::progress::Progress;
use crate::spec::TaskSpec;
use crate::state::{Desired, Outcome, StateWord};

/// Why the rules refuse to feed a task, or to close it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// It has an input of its own, or none.
    #[error("it was not submitted with --feed")]
    NotFed,
    /// Its feeding has ended.
    #[error("its feeding was closed")]
    Closed,
    /// It has ended.
    #[error("it has ended ({0})")]
    Ended(Outcome),
    /// It is about to be terminated: nobody would ever perform what is fed.
    #[error("it is being terminated")]
    Ending,
}

/// How a task stands once its feeding is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed {
    /// How many items were fed in all.
    pub items: u64,
    /// Whether it was closed before.
    pub already: bool,
}

/// Items that were taken in one commit, by the number of the first.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Row<'a> {
    #[serde(borrow)]
    items: Vec<&'a Bytes>,
}

impl Store {
    /// Appends items to a fed task, all of them or none; they are durable once this returns. Gives how
    /// many it has been fed in all.
    ///
    /// # Errors
    /// [`StoreError::NoTask`], and the store's own; nothing is taken then, except where it says "unknown".
    pub fn feed(
        &self,
        task: TaskNumber,
        chunk: &Chunk,
    ) -> Result<Result<u64, NotTaken>, StoreError> {
        let (count, row) = (chunk.len() as u64, encode_items(chunk.items()));
        self.write(move |tx| {
            let mut fed = match open_feed(tx, task)? {
                Ok(fed) => fed,
                Err(refused) => return Ok(Err(refused)),
            };
            if count == 0 {
                return Ok(Ok(fed.items));
            }
            let progress: Progress = tx.task_record(&PROGRESS, task)?;
            // Whoever plans has seen all there was, and waits to be told of more.
            let waited_for = fed::item(&progress.cursor) == Some(fed.items);
            tx.table(FED_ITEMS)?
                .insert((task.0, fed.items), row.as_slice())?;
            fed.items += count;
            tx.put_quietly(&FEDS, task.0, &fed)?;
            if waited_for {
                tx.ring();
            }
            Ok(Ok(fed.items))
        })
    }

    /// Ends the feeding of a task, which completes once all is done. Closing it again changes nothing.
    ///
    /// # Errors
    /// [`StoreError::NoTask`], and the store's own.
    pub fn close_feed(
        &self,
        task: TaskNumber,
        by: &Actor,
        reason: Option<&str>,
    ) -> Result<Result<Closed, NotTaken>, StoreError> {
        let (by, reason) = (by.clone(), reason.map(str::to_owned));
        self.write(move |tx| {
            let known: Option<Fed> = tx.record(&FEDS, task.0)?;
            if let Some(fed) = known.filter(|fed| !fed.is_open()) {
                return Ok(Ok(Closed {
                    items: fed.items,
                    already: true,
                }));
            }
            let mut fed = match open_feed(tx, task)? {
                Ok(fed) => fed,
                Err(refused) => return Ok(Err(refused)),
            };
            fed.closed_at = Some(tx.now);
            tx.put(&FEDS, task.0, &fed)?;
            let items = fed.items;
            let noun = if items == 1 { "item" } else { "items" };
            tx.append(Event {
                actor: Some(by.clone()),
                reason: reason.clone(),
                detail: Some(format!("{items} {noun} in all")),
                ..Event::of(task, What::FeedClosed, tx.now)
            })?;
            Ok(Ok(Closed {
                items,
                already: false,
            }))
        })
    }

    /// Reads items that were fed to a task, at most `size` from the one with the number `from` on. Reads
    /// on the calling thread.
    ///
    /// # Errors
    /// The store's own.
    pub fn fed_items(
        &self,
        task: TaskNumber,
        from: u64,
        size: usize,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        self.inner.handle.check_place()?;
        self.inner.handle.view(|view| {
            let Some(table) = view.table(FED_ITEMS)? else {
                return Ok(Vec::new());
            };
            let holder = table.range((task.0, 0)..=(task.0, from))?.next_back();
            let Some(first) = holder
                .transpose()?
                .map(|(key, _)| key.value())
                .transpose()?
            else {
                return Ok(Vec::new());
            };
            let mut found = Vec::new();
            let mut next = first.1;
            for row in table.range(first..=(task.0, u64::MAX))? {
                let (key, bytes) = row?;
                let first = key.value()?.1;
                if found.len() >= size || first != next {
                    // What lies behind a gap was done with, or is another batch's.
                    break;
                }
                let name = RowName::Fed(task, first);
                let row: Row<'_> = decode(view.dir(), name, bytes.value()?)?;
                next += row.items.len() as u64;
                let before = usize::try_from(from.saturating_sub(first)).unwrap_or(usize::MAX);
                let wanted = row.items.iter().skip(before).take(size - found.len());
                found.extend(wanted.map(|item| item.to_vec()));
            }
            Ok(found)
        })
    }
}

/// The feed of a task that takes items.
fn open_feed(tx: &Tx<'_>, task: TaskNumber) -> Result<Result<Fed, NotTaken>, StoreError> {
    let Some(fed): Option<Fed> = tx.record(&FEDS, task.0)? else {
        let _there: TaskSpec = tx.task_record(&SPECS, task)?;
        return Ok(Err(NotTaken::NotFed));
    };
    let state: State = tx.task_record(&STATES, task)?;
    if state.word == StateWord::Terminate {
        let outcome = state.outcome.unwrap_or(Outcome::Failed);
        return Ok(Err(NotTaken::Ended(outcome)));
    }
    if !fed.is_open() {
        return Ok(Err(NotTaken::Closed));
    }
    let wish: Wish = tx.task_record(&WISHES, task)?;
    Ok(match wish.desired {
        Desired::Terminate => Err(NotTaken::Ending),
        Desired::Run | Desired::Suspend => Ok(fed),
    })
}

fn encode_items(items: &[ByteBuf]) -> Vec<u8> {
    encode(&Row {
        items: items.iter().map(|item| Bytes::new(item)).collect(),
    })
}

/// Whether a row of items can be read.
pub(super) fn check_items(
    dir: &Path,
    task: TaskNumber,
    first: u64,
    bytes: &[u8],
) -> Result<(), StoreError> {
    decode::<Row<'_>>(dir, RowName::Fed(task, first), bytes).map(|_| ())
}

#[cfg(test)]
mod tests;
