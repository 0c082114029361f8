//! Marks: how the batches that are behind a task are found again, backwards. Pure; the store keeps them,
//! each in the transaction that moves on over its batch.
//!
//! A mark says that from a batch on, batches are cut with a size from a cursor. The batches up to the
//! next mark follow from it by reading forward, so a mark is kept now and then, and wherever size or
//! numbering change. Between two marks those batches lie that end at the cursor of the second; a number
//! beyond has nothing: it was retired, and its items run under other ones.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::id::BatchNumber;
use crate::progress::Progress;
use crate::spec::Rest;
use crate::store::Planned;

/// Batches between two marks, at least as long as a task has not very many.
const SPACING: u64 = 64;
/// From this batch on, marks are [`WIDE`] apart: a task that has run for days keeps few all the same.
const MANY: u64 = 1 << 18;
const WIDE: u64 = 1024;

/// How batches are cut from one on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Mark {
    /// Where the batch starts.
    pub cursor: ByteBuf,
    /// The size that it and those after it are cut with.
    pub cut: u64,
    /// The number itself was retired and has nothing: cursor and size are those of the one after it.
    pub retired: bool,
    /// What this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

/// The mark of a batch.
#[derive(Clone, Debug, PartialEq)]
pub struct Marked {
    /// The batch.
    pub batch: BatchNumber,
    /// How it and those after it are cut.
    pub mark: Mark,
}

/// Where a batch starts, and how it is cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// Its number.
    pub batch: BatchNumber,
    /// Where it starts.
    pub cursor: ByteBuf,
    /// The size it is cut with.
    pub cut: u64,
}

impl Start {
    /// Of the batch that is next.
    #[must_use]
    pub fn of(progress: &Progress) -> Self {
        Self {
            batch: progress.batch,
            cursor: progress.cursor.clone(),
            cut: progress.cut,
        }
    }

    /// Its mark.
    #[must_use]
    pub fn marked(&self) -> Marked {
        Marked {
            batch: self.batch,
            mark: Mark {
                cursor: self.cursor.clone(),
                cut: self.cut,
                ..Mark::default()
            },
        }
    }
}

/// The marks to keep when a task moves on from one batch to another, whatever became of the first. `cut` is
/// the size that batches before it were cut with, where whoever asks knows it.
#[must_use]
pub fn between(from: &Start, to: &Start, cut: Option<u64>) -> Vec<Marked> {
    let mut marks = Vec::new();
    if cut != Some(from.cut) || from.batch.0.is_multiple_of(spacing(from.batch)) {
        marks.push(from.marked());
    }
    if to.cut != from.cut || to.batch != from.batch.next() {
        marks.push(to.marked());
    }
    marks
}

/// The marks to keep when batches are planned, from `first` on; `next` is the one after them. `cut` is as
/// with [`between`].
#[must_use]
pub fn planned(
    first: BatchNumber,
    batches: &[Planned],
    next: &Start,
    mut cut: Option<u64>,
) -> Vec<Marked> {
    let starts = (first.0..).zip(batches).map(|(number, planned)| Start {
        batch: BatchNumber(number),
        cursor: planned.cursor.clone(),
        cut: planned.size,
    });
    let starts: Vec<Start> = starts.chain([next.clone()]).collect();
    let mut marks: Vec<Marked> = starts
        .windows(2)
        .flat_map(|pair| {
            let marks = between(&pair[0], &pair[1], cut);
            cut = Some(pair[0].cut);
            marks
        })
        .collect();
    // A change of the size may be told twice, by the one before and by the place.
    marks.dedup_by_key(|marked| marked.batch);
    marks
}

/// The mark of a number that was retired: its items run under other numbers. `next` is where the batch
/// after it starts, and the size that is cut with.
#[must_use]
pub fn retired(batch: BatchNumber, next: ByteBuf, cut: u64) -> Marked {
    Marked {
        batch,
        mark: Mark {
            cursor: next,
            cut,
            retired: true,
            ..Mark::default()
        },
    }
}

fn spacing(batch: BatchNumber) -> u64 {
    if batch.0 < MANY { SPACING } else { WIDE }
}

#[cfg(test)]
mod tests;
