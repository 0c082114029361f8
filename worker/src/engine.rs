//! The seam between a task's input and performing its batches: one shape for every way to write a
//! task.

use longhaul_common::leftovers::{Process, Stubborn};
use longhaul_common::spec::TaskSpec;
use longhaul_common::state::{Ending, Hook};
use longhaul_common::store::PassedItem;

use crate::cx::{PlannedBatch, Stop};
use crate::failure::{Failure, shortened};
use crate::mark::Mark;
use crate::source::Cursor;
use crate::task::{Cx, Items};

/// A batch that has been cut.
pub(crate) struct Cut {
    pub(crate) items: Items,
    pub(crate) count: u64,
    pub(crate) next: Cursor,
    pub(crate) last: bool,
}

impl Cut {
    /// How it is cut.
    pub(crate) fn planned(&self, from: &Cursor) -> PlannedBatch {
        PlannedBatch {
            from: from.0.clone(),
            next: self.next.0.clone(),
            last: self.last,
            items: self.count,
        }
    }
}

/// What performing a batch told beyond that it is done.
#[derive(Debug, Default)]
pub(crate) struct Yielded {
    /// Where the next batch starts, and whether there is none; of an input that only the work knows.
    pub(crate) next: Option<(Cursor, bool)>,
    /// Items that were passed over; the others are done.
    pub(crate) passed: Vec<PassedItem>,
}

impl Yielded {
    /// The items of a batch of so many that were passed over, by place, each once and in words that can
    /// be kept.
    pub(crate) fn passed_of(&mut self, count: u64) -> Vec<PassedItem> {
        let mut passed = std::mem::take(&mut self.passed);
        passed.retain(|item| item.place < count);
        passed.sort_by_key(|item| item.place);
        passed.dedup_by_key(|item| item.place);
        for item in &mut passed {
            item.error = shortened(std::mem::take(&mut item.error));
        }
        passed
    }
}

/// What a task's check said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Checked {
    /// Batches may begin.
    Well,
    /// None may, for this reason.
    Unwell(String),
}

/// Cuts and performs the batches of one task.
pub(crate) trait Engine: Send {
    /// How many items there are, where that is known at once.
    fn total(&mut self) -> Option<u64>;

    /// Prepares the task on this worker.
    fn init(&mut self, resumes: Resumes, cx: &Cx) -> Result<(), Failure>;

    /// Prepares to perform batches beside others that do: the task itself is prepared already.
    fn join(&mut self, cx: &Cx) -> Result<(), Failure>;

    /// What the task has kept of the last batch beside its effects, or, of a task with a queue, of this one.
    fn committed(&mut self, _cx: &Cx) -> Result<Option<Mark>, Failure> {
        Ok(None)
    }

    /// What is cut from now on is left in the middle when this is told to stop.
    fn heed(&mut self, _stop: Stop) {}

    /// Cuts the batch at `cursor`. None: the input is exhausted.
    fn cut(&mut self, cursor: &Cursor, size: usize) -> Result<Option<Cut>, Failure>;

    /// Performs a batch.
    fn perform(&mut self, cut: &Cut, cx: &Cx) -> Result<Yielded, Failure>;

    /// Asks the task's check whether batches may begin; if not, what it said. A failure is one of asking.
    fn check(&mut self, _cx: &Cx) -> Result<Checked, Failure> {
        Ok(Checked::Well)
    }

    /// Runs a hook. No ending: the cleanup that a dead worker owed.
    fn hook(&mut self, hook: Hook, ending: Option<Ending>, cx: &Cx) -> Result<(), Failure>;

    /// Undoes a batch that is done, but for the items that were passed over; by this command where there is
    /// one, else by what the kind brings. There is no time limit.
    fn undo(
        &mut self,
        cut: Cut,
        passed: &[PassedItem],
        line: Option<&str>,
        cx: &Cx,
    ) -> Result<(), Failure>;

    /// Makes sure that nothing that runs under the lock of the slot or bears one of the keys runs any more,
    /// also when a dead worker left it behind; gives what was killed for it. What does not go is waited for as long as `waits` says yes; it is asked
    /// again and again.
    fn clear(
        &mut self,
        slot: u16,
        keys: &[&str],
        waits: &mut dyn FnMut(&Stubborn) -> bool,
    ) -> Result<Vec<Process>, Failure>;

    /// The task leaves this engine, or a hook of it runs: what was kept from batch to batch is ended. It may be
    /// asked to more than once.
    fn leave(&mut self, _cx: &Cx) {}

    /// Takes what was changed of the task's settings, for what begins from now on.
    fn renew(&mut self, _spec: &TaskSpec) {}

    /// Drops the lock that was kept since it was cleared: nothing starts under it.
    fn let_go(&mut self) {}
}

/// The items of a batch without those that were passed over.
pub(crate) fn without<T>(mut items: Vec<T>, passed: &[PassedItem]) -> Vec<T> {
    let mut place = 0;
    items.retain(|_| {
        let is_done = passed.iter().all(|item| item.place != place);
        place += 1;
        is_done
    });
    items
}

/// Whether an init follows a suspension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resumes {
    /// It does.
    Yes,
    /// It does not.
    No,
}
