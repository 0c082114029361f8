//! A batch of a task that runs directly: cut, performed, and its checkpoint written.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use longhaul_common::id::{BatchNumber, batch_key};
use longhaul_common::marks::{self, Start};
use longhaul_common::progress::BatchDone;
use longhaul_common::spec::Input;
use longhaul_common::store::{Failure as FailedBatch, Moved, PassedItem};
use longhaul_common::time::Timestamp;

use super::Runner;
use crate::engine::Cut;
use crate::failure::Failure;
use crate::insist::Over;
use crate::source::Cursor;
use crate::task::Cx;

impl Runner {
    pub(super) fn batch(&mut self) -> Result<(), Over> {
        let stops = self.stops_here()?;
        if stops || self.waits_for_retry() || self.waits_for_rate() || self.waits_for_brake() {
            return Ok(());
        }
        if self.waits_for_check()? {
            return Ok(());
        }
        if let Some(total) = self.total.known() {
            self.row.progress.items_total = Some(total);
        }
        if self.sees_to_mark()? || self.goes_back()? {
            return Ok(());
        }
        let cursor = Cursor(self.row.progress.cursor.to_vec());
        let size = usize::try_from(self.row.progress.cut).unwrap_or(usize::MAX);
        let mut cut = match self.engine.cut(&cursor, size.max(1)) {
            Ok(Some(cut)) => cut,
            Ok(None) => return self.exhausted(),
            Err(failure) => return self.failed(failure, None),
        };
        if let Some(error) = self.deadly.take() {
            return self.failed(Failure::Retry(error), self.passable(&cut, &cursor));
        }
        let cx = Cx {
            planned: Some(cut.planned(&cursor)),
            ..self.cx(batch_key(self.row.spec.id, self.row.progress.batch))
        };
        self.again.fresh = self.row.progress.detour.is_some();
        self.count_items(cut.count);
        let started = Instant::now();
        let outcome = self.engine.perform(&cut, &cx);
        self.last_batch = Some((Instant::now(), started.elapsed()));
        self.hear();
        let marked = cx.marked.load(Ordering::Acquire);
        match outcome {
            Ok(mut yielded) => {
                if let Some((next, last)) = yielded.next.take() {
                    (cut.next, cut.last) = (next, last);
                }
                if marked {
                    self.row.progress.marked = Some(self.row.progress.batch);
                }
                let passed = yielded.passed_of(cut.count);
                self.done(&cut, passed, started.elapsed())
            }
            // Its own commit may have succeeded all the same.
            Err(_) if marked && self.turns_out_done()? => Ok(()),
            Err(failure) => {
                self.asks_mark = true;
                self.failed(failure, self.passable(&cut, &cursor))
            }
        }
    }

    /// The batch, if it can be passed over: where the one after a page starts is told by the page alone. On a
    /// detour that is known.
    fn passable<'a>(&self, cut: &'a Cut, cursor: &Cursor) -> Option<&'a Cut> {
        (cut.next != *cursor || self.row.progress.detour.is_some()).then_some(cut)
    }

    /// Suspends the task if it is to stop where it is; true: look again at what is wanted.
    pub(super) fn stops_here(&mut self) -> Result<bool, Over> {
        if !self.row.spec.stops_at(self.row.progress.items_tried()) {
            return Ok(false);
        }
        let key = self.key;
        let row = self.insist("stopping", |store| store.reach_breakpoint(key))?;
        self.learn(row);
        Ok(true)
    }

    pub(super) fn done(
        &mut self,
        cut: &Cut,
        passed: Vec<PassedItem>,
        took: Duration,
    ) -> Result<(), Over> {
        self.heed_settings()?;
        let done = BatchDone {
            passed: passed.len() as u64,
            ..self.behind(cut, took)
        };
        let failure = passed
            .first()
            .map(|first| self.failed_batch(cut, first.error.clone()));
        let start = self.start();
        self.row.progress.done(&done, Timestamp::now());
        self.row.progress.exhausted = cut.last && start.is_ok();
        self.again.fresh = true;
        let lost = passed.len() as u64;
        match failure {
            None => {
                let moved = self.moved_from(&start);
                self.checkpoint(&moved)?;
            }
            Some(failure) => self.pass_over(&start, &FailedBatch { passed, ..failure })?,
        }
        self.scribe.meters.batch(cut.count, lost);
        Ok(())
    }

    /// Where the batch at the cursor starts; of one that it went back to, its number alone.
    pub(super) fn start(&self) -> Result<Start, BatchNumber> {
        let progress = &self.row.progress;
        match progress.detour {
            None => Ok(Start::of(progress)),
            Some(_) => Err(progress.batch),
        }
    }

    /// The batch as one that moves the cursor on.
    pub(super) fn behind(&mut self, cut: &Cut, took: Duration) -> BatchDone {
        let behind = self.row.progress.items_tried().saturating_add(cut.count);
        BatchDone {
            items: cut.count,
            passed: 0,
            next: cut.next.0.clone(),
            next_cut: self.row.spec.size_from(behind),
            took,
            ran: self.ran(),
        }
    }

    /// The progress, with the marks of the batch that it moved on from.
    pub(super) fn moved_from(&mut self, start: &Result<Start, BatchNumber>) -> Moved {
        let start = match start {
            Ok(start) => start,
            // It has its mark, or follows from one, since it failed.
            Err(batch) => {
                return Moved {
                    again: Some(*batch),
                    ..self.row.progress.clone().into()
                };
            }
        };
        let next = Start::of(&self.row.progress);
        let marks = match self.row.spec.input {
            // Where the one after it starts does not follow from it.
            Input::Pages => vec![start.marked()],
            _ => marks::between(start, &next, self.marked_cut),
        };
        self.marked_cut = Some(start.cut);
        Moved {
            progress: self.row.progress.clone(),
            marks,
            again: None,
        }
    }

    /// The input turned out to have nothing more.
    pub(super) fn exhausted(&mut self) -> Result<(), Over> {
        self.account();
        // Nothing is at the cursor that could have begun.
        self.again.fresh = true;
        self.row.progress.exhausted = true;
        self.checkpoint(&self.row.progress.clone().into())
    }

    pub(super) fn checkpoint(&mut self, moved: &Moved) -> Result<(), Over> {
        let key = self.key;
        let (progress, orders) = self.insist("checkpointing", |store| {
            store.checkpoint(key, moved.clone())
        })?;
        self.row.progress = progress;
        self.line.tell(orders);
        Ok(())
    }
}
