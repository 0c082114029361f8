//! Marks as they are stored, and the batches behind a task as they are found by them.

use std::collections::BTreeMap;

use serde_bytes::ByteBuf;

use super::Store;
use super::batch_rows;
use super::error::StoreError;
use super::hold::Key;
use super::queue::Planned;
use super::record::Failure;
use super::row_name::RowName;
use super::schema::{FAILURES, MARKS, PLANNED};
use super::tx::{Reads, Tx, View, decode, encode};
use crate::id::{BatchNumber, TaskNumber};
use crate::marks::{Mark, Marked};
use crate::progress::Progress;

/// The progress once it moved on, with the marks that go with it.
#[derive(Clone, Debug)]
pub struct Moved {
    /// The progress.
    pub progress: Progress,
    /// The marks to keep from now on.
    pub marks: Vec<Marked>,
    /// The batch it had gone back to, which is over.
    pub again: Option<BatchNumber>,
}

impl From<Progress> for Moved {
    fn from(progress: Progress) -> Self {
        Self {
            progress,
            marks: Vec::new(),
            again: None,
        }
    }
}

/// Batches between a mark and the next one, or the end.
#[derive(Clone, Debug, PartialEq)]
pub struct Stretch {
    /// The first.
    pub first: BatchNumber,
    /// How they are cut.
    pub mark: Mark,
    /// They are below this one.
    pub below: BatchNumber,
    /// Where the last of them ends, where that is known: what is left of the numbers has nothing.
    pub end: Option<ByteBuf>,
    /// Those that failed, or some of whose items did.
    pub failures: BTreeMap<BatchNumber, Failure>,
    /// Those that are planned and not done.
    pub planned: BTreeMap<BatchNumber, Planned>,
}

impl Store {
    /// The batches that end below `below`, back to the last mark before it; `end` is where they do. None: there
    /// are none. Reads on the calling thread.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn stretch(
        &self,
        key: Key,
        below: BatchNumber,
        end: Option<&ByteBuf>,
    ) -> Result<Option<Stretch>, StoreError> {
        self.inner.handle.check_place()?;
        self.inner
            .handle
            .view(|view| stretch(view, key.task, below, end.cloned()))
    }

    /// All marks of a task, in the order of their batches.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn marks(&self, task: TaskNumber) -> Result<Vec<Marked>, StoreError> {
        self.read(move |view| {
            let rows = batch_rows::first(view, MARKS, RowName::Mark, task, usize::MAX)?;
            let marked = |(batch, mark)| Marked { batch, mark };
            Ok(rows.into_iter().map(marked).collect())
        })
    }
}

fn stretch(
    view: &View<'_>,
    task: TaskNumber,
    below: BatchNumber,
    end: Option<ByteBuf>,
) -> Result<Option<Stretch>, StoreError> {
    let Some(table) = view.table(MARKS)? else {
        return Ok(None);
    };
    let last = table.range((task.0, 0)..(task.0, below.0))?.next_back();
    let Some(row) = last else {
        return Ok(None);
    };
    let (key, bytes) = row?;
    let first = BatchNumber(key.value()?.1);
    let mark: Mark = decode(view.dir(), RowName::Mark(task, first), bytes.value()?)?;
    let span = (task.0, first.0)..(task.0, below.0);
    let mut stretch = Stretch {
        first,
        mark,
        below,
        end,
        failures: BTreeMap::new(),
        planned: BTreeMap::new(),
    };
    if let Some(table) = view.table(FAILURES)? {
        for row in table.range(span.clone())? {
            let (key, bytes) = row?;
            let batch = BatchNumber(key.value()?.1);
            let name = RowName::Failure(task, batch);
            let failure = decode(view.dir(), name, bytes.value()?)?;
            stretch.failures.insert(batch, failure);
        }
    }
    if let Some(table) = view.table(PLANNED)? {
        for row in table.range(span)? {
            let (key, bytes) = row?;
            let batch = BatchNumber(key.value()?.1);
            let name = RowName::Planned(task, batch);
            let planned = decode(view.dir(), name, bytes.value()?)?;
            stretch.planned.insert(batch, planned);
        }
    }
    Ok(Some(stretch))
}

/// Keeps marks.
pub(super) fn keep(tx: &Tx<'_>, task: TaskNumber, marks: &[Marked]) -> Result<(), StoreError> {
    if marks.is_empty() {
        return Ok(());
    }
    let mut table = tx.table(MARKS)?;
    for marked in marks {
        let bytes = encode(&marked.mark);
        table.insert((task.0, marked.batch.0), bytes.as_slice())?;
    }
    Ok(())
}

/// Drops the marks of a task that has ended.
pub(super) fn forget(tx: &Tx<'_>, task: TaskNumber) -> Result<(), StoreError> {
    tx.table(MARKS)?
        .remove_range((task.0, 0)..=(task.0, u64::MAX))?;
    Ok(())
}
