//! What failed and is queued again: a task without a queue goes back to it between two batches; of one with
//! a queue, whoever coordinates plans what has no number of its own yet.

use std::collections::VecDeque;

use longhaul_common::progress::first_half;
use longhaul_common::store::{Failure as FailedBatch, Halved, PassedItem, Planned};
use longhaul_common::time::Timestamp;
use serde_bytes::ByteBuf;

use super::Runner;
use crate::engine::Cut;
use crate::failure::Failure;
use crate::insist::Over;
use crate::source::Cursor;

/// What a runner knows of the failures that wait to be tried again.
#[derive(Default)]
pub(super) struct WaitAgain {
    /// Some of them.
    found: VecDeque<FailedBatch>,
    /// There are no others, unless somebody asked since.
    looked: Option<u64>,
    /// The batch after all others has not begun: it may get another number.
    pub(super) fresh: bool,
}

impl WaitAgain {
    pub(super) fn new(waiting: u64, settings: u64) -> Self {
        Self {
            looked: (waiting == 0).then_some(settings),
            ..Self::default()
        }
    }
}

impl Runner {
    /// Goes back to a batch that failed, if one waits to be tried again. True: something was written, plan
    /// again. The batch at the cursor is done first where it may have begun: its key has to stay.
    pub(super) fn goes_back(&mut self) -> Result<bool, Over> {
        let progress = &self.row.progress;
        if progress.detour.is_some() || progress.attempts > 0 || !self.again.fresh {
            return Ok(false);
        }
        let Some(failed) = self.next_again()? else {
            return Ok(false);
        };
        if !failed.passed.is_empty() {
            self.part(&failed)?;
            return Ok(true);
        }
        self.again.found.pop_front();
        self.account();
        self.row.progress.go_back(&failed);
        self.checkpoint(&self.row.progress.clone().into())?;
        Ok(true)
    }

    /// Plans what failed in part and waits to be tried again, of a task with a queue; false: nothing does.
    pub(super) fn plans_again(&mut self) -> Result<bool, Over> {
        match self.next_again()? {
            Some(failed) => self.part(&failed).map(|()| true),
            None => Ok(false),
        }
    }

    fn next_again(&mut self) -> Result<Option<FailedBatch>, Over> {
        let asked = self.orders().settings;
        if self.again.found.is_empty() && self.again.looked != Some(asked) {
            let (key, progress) = (self.key, self.row.progress.clone());
            let (progress, found) = self.insist("taking up what failed", |store| {
                store.take_up_again(key, progress.clone())
            })?;
            self.row.progress = progress;
            if found.is_empty() {
                self.again.looked = Some(asked);
            }
            self.again.found = found.into();
        }
        Ok(self.again.found.front().cloned())
    }

    /// Makes batches of the items of one that failed.
    fn part(&mut self, failed: &FailedBatch) -> Result<(), Over> {
        match self.parts(failed) {
            Ok(parts) => self.apart(failed, &parts, None),
            Err(failure) => self.failed(failure, None),
        }
    }

    fn apart(
        &mut self,
        failed: &FailedBatch,
        parts: &[Planned],
        halved: Option<&Halved>,
    ) -> Result<(), Over> {
        let (key, progress, batch) = (self.key, self.row.progress.clone(), failed.batch);
        let row = self.insist("taking a batch apart", |store| {
            store.take_apart(
                key,
                progress.clone(),
                batch,
                parts.to_vec(),
                halved.cloned(),
            )
        })?;
        self.row.progress = row.progress.clone();
        self.learn(row);
        self.again.found.clear();
        self.again.looked = None;
        Ok(())
    }

    /// The items of a batch that failed, each run of neighbours a batch.
    fn parts(&mut self, failed: &FailedBatch) -> Result<Vec<Planned>, Failure> {
        let mut parts = Vec::new();
        for (place, items) in runs(&failed.passed) {
            let mut cursor = failed.cursor.to_vec();
            if place > 0 {
                cursor = self.cut_again(&cursor, place, failed)?.next.0;
            }
            let cut = self.cut_again(&cursor, items, failed)?;
            parts.push(Planned {
                cursor: ByteBuf::from(cursor),
                next: ByteBuf::from(cut.next.0),
                items,
                size: items,
                at: Timestamp::now(),
                ..Planned::default()
            });
        }
        Ok(parts)
    }

    fn cut_again(
        &mut self,
        cursor: &[u8],
        items: u64,
        failed: &FailedBatch,
    ) -> Result<Cut, Failure> {
        let size = usize::try_from(items).unwrap_or(usize::MAX);
        let cut = self.engine.cut(&Cursor(cursor.to_vec()), size)?;
        cut.filter(|cut| cut.count == items).ok_or_else(|| {
            Failure::Suspend(format!(
                "the input has changed: items of batch {} are not in it",
                failed.batch
            ))
        })
    }

    /// The batch it went back to failed again: it goes on in halves.
    pub(super) fn halve_again(&mut self, error: String, cut: &Cut) -> Result<(), Over> {
        let attempts = self.row.progress.attempts + 1;
        let failed = self.failed_batch(cut, error.clone());
        let first = first_half(cut.count);
        let whole = failed.cursor.to_vec();
        let middle = match self.cut_again(&whole, first, &failed) {
            Ok(half) => ByteBuf::from(half.next.0),
            Err(failure) => return self.failed(failure, None),
        };
        let part = |cursor: &ByteBuf, next: &ByteBuf, items| Planned {
            cursor: cursor.clone(),
            next: next.clone(),
            items,
            size: items,
            half: true,
            at: Timestamp::now(),
            ..Planned::default()
        };
        let parts = vec![
            part(&failed.cursor, &middle, first),
            part(&middle, &failed.next, cut.count - first),
        ];
        let after = self.row.progress.detour.as_ref();
        let numbers = after.map_or(self.row.progress.batch, |detour| detour.batch);
        let halved = Halved {
            batch: failed.batch,
            items: cut.count,
            first: numbers.next(),
            attempts,
            error: error.clone(),
        };
        self.note(&format!(
            "attempt {attempts} failed: {error}; its {} items are halved, from batch {} on",
            halved.items, halved.first
        ));
        self.account();
        self.row.progress.error = Some(error);
        self.apart(&failed, &parts, Some(&halved))
    }
}

/// Runs of neighbouring places: where each starts, and how many it has.
fn runs(passed: &[PassedItem]) -> Vec<(u64, u64)> {
    let mut runs: Vec<(u64, u64)> = Vec::new();
    for item in passed {
        match runs.last_mut() {
            Some((start, items)) if *start + *items == item.place => *items += 1,
            Some(_) | None => runs.push((item.place, 1)),
        }
    }
    runs
}
