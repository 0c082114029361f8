//! What a task keeps beside its effects, in the same transaction, so that they happen exactly once.

use longhaul_common::id::{BatchNumber, Epoch, TaskId};
use longhaul_common::progress::Progress;
use longhaul_common::store::PassedItem;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::failure::Failure;

/// Says which batch's effects it is kept with. Got from [`Cx::mark`](crate::Cx::mark) and written in the
/// transaction that has the batch's effects; given back by [`Task::committed`](crate::Task::committed). A
/// batch whose mark is there is taken as done without running, so that a crash between the task's own commit
/// and the checkpoint repeats nothing.
///
/// Kept in any form that serde knows; what a later version adds is ignored by an earlier one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Mark {
    pub(crate) task: TaskId,
    pub(crate) epoch: Epoch,
    pub(crate) batch: BatchNumber,
    /// Where the batch starts.
    pub(crate) from: ByteBuf,
    /// Where the one after starts.
    pub(crate) next: ByteBuf,
    /// Nothing follows.
    pub(crate) last: bool,
    pub(crate) items: u64,
    pub(crate) passed: Vec<PassedItem>,
}

impl Mark {
    /// The task it is of.
    #[must_use]
    pub fn task(&self) -> TaskId {
        self.task
    }

    /// The batch it is of.
    #[must_use]
    pub fn batch(&self) -> BatchNumber {
        self.batch
    }

    /// Which claim of the task it was made under: it grows. Zero for a task with a queue, whose batches
    /// are many workers'.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// How many items the batch has.
    #[must_use]
    pub fn items(&self) -> u64 {
        self.items
    }
}

/// What follows from a mark for the batch that comes next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// It is to run.
    Run,
    /// It is done.
    Done,
    /// Somebody has claimed the task since.
    Later,
    /// Somebody has to look.
    Suspend(String),
}

impl Mark {
    /// Compares what the task keeps with what the store knows of it.
    pub(crate) fn read(
        kept: Option<&Self>,
        task: TaskId,
        epoch: Epoch,
        progress: &Progress,
    ) -> Reading {
        const MEND: &str =
            "bring the task's own data and the store back to one point in time, and resume";
        let Some(mark) = kept else {
            return match progress.marked {
                None => Reading::Run,
                Some(batch) => Reading::Suspend(format!(
                    "batch {batch} was done with a mark, and the task's own data has none: is it the right one? {MEND}"
                )),
            };
        };
        if mark.task != task {
            return Reading::Suspend(format!(
                "the mark in the task's own data is of task {}, not of this one",
                mark.task
            ));
        }
        if mark.epoch > epoch {
            return Reading::Later;
        }
        let batch = progress.batch;
        let marked = progress.marked;
        let is_here = mark.batch == batch;
        let (behind, ahead) = match &progress.detour {
            None => (
                marked.is_some_and(|marked| mark.batch < marked),
                mark.batch > batch,
            ),
            // It went back: what is kept is of that batch, or of the one that was done last.
            Some(_) if is_here => (false, false),
            Some(detour) => (
                marked.is_some_and(|marked| mark.batch < marked),
                marked.map_or(mark.batch >= detour.batch, |marked| mark.batch > marked),
            ),
        };
        match marked {
            Some(marked) if behind => Reading::Suspend(format!(
                "the task's own data is behind: it has the effects up to batch {}, and batch {marked} was done; {MEND}",
                mark.batch
            )),
            _ if ahead => Reading::Suspend(format!(
                "the task's own data is ahead: it has the effects of batch {}, and the store is at batch {batch}; {MEND}",
                mark.batch
            )),
            _ if !is_here => Reading::Run,
            _ if mark.from != progress.cursor => Reading::Suspend(format!(
                "the mark of batch {batch} in the task's own data starts at another place than the batch; {MEND}"
            )),
            _ => Reading::Done,
        }
    }
}

impl Mark {
    /// The items that this batch of a task with a queue passed over: its mark is kept, so it is done. Any
    /// other mark tells nothing of the batch, so whoever keeps only the last one can't have a queue.
    pub(crate) fn of_batch(
        self,
        task: TaskId,
        batch: BatchNumber,
        from: &[u8],
    ) -> Result<Vec<PassedItem>, Failure> {
        if self.task == task && self.batch == batch && self.from == from {
            return Ok(self.passed);
        }
        Err(Failure::suspend(format!(
            "asked for the mark of batch {batch}, the task gives that of batch {} of task {}: with a queue it has to keep one for each batch key; submit it without --queue, --parallel and --ordered",
            self.batch, self.task
        )))
    }
}

#[cfg(test)]
mod tests;
