//! Rolling back: the batches that are done are undone, newest first, each followed by a checkpoint.
//! Between two of them the task stands at a boundary, as it does between batches.

use std::time::Duration;

use longhaul_common::id::{BatchNumber, undo_key};
use longhaul_common::spec::Input;
use longhaul_common::state::{Hook, RollbackStage};
use longhaul_common::store::{AfterUndo, PassedItem, Stretch};
use longhaul_common::task_log::Stream;
use longhaul_common::time::Timestamp;
use serde_bytes::ByteBuf;

use super::Runner;
use crate::cx::Cx;
use crate::failure::Failure;
use crate::insist::Over;
use crate::source::Cursor;

/// The way back over what is done.
pub(super) struct WayBack {
    /// Batches that were found, the newest last.
    found: Vec<Behind>,
    /// Those that were not found yet are below this one.
    below: BatchNumber,
    /// Where the last of these ends, where that is known.
    end: Option<ByteBuf>,
}

/// A batch that is done.
#[derive(Clone)]
struct Behind {
    batch: BatchNumber,
    cursor: ByteBuf,
    cut: usize,
    /// Items of it that are not done.
    passed: Vec<PassedItem>,
}

impl Runner {
    /// Whether the rollback has begun here, and nothing else was asked of the task since.
    pub(super) fn is_rolling_back(&self) -> bool {
        self.row.state.hook == Some(Hook::Rollback)
            && self.orders().request == self.row.wish.request
            && !self.row.passes_over(Hook::Rollback)
    }

    /// Undoes one batch, or ends the rollback where none is left.
    pub(super) fn roll_back(&mut self) -> Result<(), Over> {
        if self.waits_for_retry() {
            return Ok(());
        }
        let cx = self.undoing(self.row.progress.batch);
        self.engine.heed(cx.stop());
        let behind = match self.last_behind()? {
            Ok(Some(behind)) => behind,
            Ok(None) => return self.end_rollback(),
            Err(failure) => return self.not_undone(failure),
        };
        let known = self.row.progress.rollback.as_ref();
        if known.and_then(|undone| undone.next) != Some(behind.batch) {
            // Whoever takes over has to know what may be in flight.
            self.row.progress.undoes(behind.batch);
            self.save_rollback()?;
        }
        match self.undo(&behind) {
            Ok(items) => {
                if let Some(way) = &mut self.way_back {
                    way.found.pop();
                }
                // What can't be read is told at the next turn.
                let next = self.last_behind()?.ok().flatten();
                let next = next.map(|behind| behind.batch);
                let start = (behind.batch, behind.cursor);
                self.row
                    .progress
                    .undone(start, items, next, Timestamp::now());
                self.save_rollback()
            }
            Err(failure) => self.not_undone(failure),
        }
    }

    /// Whether what a dead worker had in flight undid a batch.
    pub(super) fn was_rolling_back(&self) -> bool {
        let state = &self.row.state;
        state.rollback == RollbackStage::Begun && state.owed.rollback
    }

    /// What undoes a batch. Force that was there before is what led here; only a later request stops it.
    fn undoing(&self, batch: BatchNumber) -> Cx {
        let request = self.orders().request;
        self.line.obeys(request);
        Cx {
            batch,
            heeds: Some(request),
            ..self.cx(undo_key(self.row.spec.id, batch))
        }
    }

    fn undo(&mut self, behind: &Behind) -> Result<u64, Failure> {
        let cx = self.undoing(behind.batch);
        let cut = self.cut_behind(&behind.cursor, behind.cut, behind.batch)?;
        let items = cut.count.saturating_sub(behind.passed.len() as u64);
        if items == 0 {
            return Ok(0);
        }
        let line = self.row.rollback_line().map(str::to_owned);
        let outcome = self.engine.undo(cut, &behind.passed, line.as_deref(), &cx);
        self.hear();
        outcome.map(|()| items)
    }

    fn cut_behind(
        &mut self,
        cursor: &ByteBuf,
        cut: usize,
        batch: BatchNumber,
    ) -> Result<crate::engine::Cut, Failure> {
        let found = self.engine.cut(&Cursor(cursor.to_vec()), cut)?;
        found.ok_or_else(|| {
            Failure::Suspend(format!("the input has changed: batch {batch} is not in it"))
        })
    }

    /// The newest batch that is done and not undone.
    fn last_behind(&mut self) -> Result<Result<Option<Behind>, Failure>, Over> {
        loop {
            let undone = self.row.progress.rollback.clone().unwrap_or_default();
            let way = self.way_back.get_or_insert_with(|| WayBack {
                found: Vec::new(),
                below: undone.below,
                end: undone.end,
            });
            if let Some(behind) = way.found.last() {
                return Ok(Ok(Some(behind.clone())));
            }
            let (key, below, end) = (self.key, way.below, way.end.clone());
            let stretch = self.insist("looking back", |store| {
                store.stretch(key, below, end.as_ref())
            })?;
            let Some(stretch) = stretch else {
                return Ok(Ok(None));
            };
            let found = match self.found_in(&stretch) {
                Ok(found) => found,
                Err(failure) => return Ok(Err(failure)),
            };
            let Stretch { first, mark, .. } = stretch;
            self.way_back = Some(WayBack {
                found,
                below: first,
                end: (!mark.retired).then_some(mark.cursor),
            });
        }
    }

    /// The batches of a stretch that are done, found by reading on from its mark.
    fn found_in(&mut self, stretch: &Stretch) -> Result<Vec<Behind>, Failure> {
        let mark = &stretch.mark;
        let cut = usize::try_from(mark.cut).unwrap_or(usize::MAX).max(1);
        let mut found = Vec::new();
        let mut cursor = mark.cursor.clone();
        let first = if mark.retired {
            stretch.first.next()
        } else {
            stretch.first
        };
        for number in first.0..stretch.below.0 {
            // The numbers that are left were retired. The last page starts and ends at the same place.
            let pages = self.row.spec.input == Input::Pages;
            if !pages && stretch.end.as_ref() == Some(&cursor) {
                break;
            }
            let batch = BatchNumber(number);
            let behind = |passed: Vec<PassedItem>| Behind {
                batch,
                cursor: cursor.clone(),
                cut,
                passed,
            };
            if let Some(failure) = stretch.failures.get(&batch) {
                if !failure.passed.is_empty() {
                    found.push(behind(failure.passed.clone()));
                }
                cursor = failure.next.clone();
            } else if let Some(planned) = stretch.planned.get(&batch) {
                cursor = planned.next.clone();
            } else {
                found.push(behind(Vec::new()));
                if number + 1 < stretch.below.0 {
                    let next = self.cut_behind(&cursor, cut, batch)?.next;
                    cursor = ByteBuf::from(next.0);
                }
            }
        }
        Ok(found)
    }

    fn save_rollback(&mut self) -> Result<(), Over> {
        let key = self.key;
        let progress = self.row.progress.clone();
        let row = self.insist("checkpointing", |store| store.undone(key, progress.clone()))?;
        self.learn(row);
        Ok(())
    }

    fn end_rollback(&mut self) -> Result<(), Over> {
        let key = self.key;
        self.way_back = None;
        let row = self.insist("recording a hook", |store| {
            store.end_hook(key, Hook::Rollback, None)
        })?;
        self.learn(row);
        Ok(())
    }

    fn not_undone(&mut self, failure: Failure) -> Result<(), Over> {
        let spent = self.row.progress.attempts >= self.row.spec.retries;
        let error = match failure.shortened() {
            Failure::Retry(error) if spent => return self.gives_up_undoing(error),
            Failure::Cancelled if spent => {
                return self.gives_up_undoing("stopped by force".into());
            }
            Failure::Retry(error) => error,
            Failure::Cancelled => "stopped by force".into(),
            // Somebody has to look, and nothing that is done may be passed over.
            Failure::Skip(error) | Failure::Suspend(error) | Failure::Fatal(error) => {
                return self.gives_up_undoing(error);
            }
        };
        let delay = self.backoff(self.row.progress.attempts + 1);
        let now = Timestamp::now();
        self.note_rollback(&format!(
            "attempt {} failed: {error}; the next one in {:.1} s",
            self.row.progress.attempts + 1,
            delay.as_secs_f64()
        ));
        self.row
            .progress
            .attempt_failed(error, Some(now.after(delay)), Duration::ZERO, now);
        self.wait_before_retry(delay);
        self.record_not_undone(AfterUndo::Retry)
    }

    pub(super) fn gives_up_undoing(&mut self, error: String) -> Result<(), Over> {
        self.note_rollback(&format!(
            "attempt {} failed: {error}; the task is left as it is until somebody looks",
            self.row.progress.attempts + 1
        ));
        self.row
            .progress
            .attempt_failed(error, None, Duration::ZERO, Timestamp::now());
        self.record_not_undone(AfterUndo::Rest)
    }

    fn record_not_undone(&mut self, then: AfterUndo) -> Result<(), Over> {
        let key = self.key;
        let progress = self.row.progress.clone();
        let row = self.insist("recording a failed attempt", |store| {
            store.undo_failed(key, progress.clone(), then)
        })?;
        self.learn(row);
        Ok(())
    }

    fn note_rollback(&self, text: &str) {
        let next = self.row.progress.rollback.as_ref();
        let source = match next.and_then(|undone| undone.next) {
            Some(batch) => format!("{}:{batch}", Hook::Rollback),
            None => Hook::Rollback.as_str().to_owned(),
        };
        let mut journal = self.journal();
        journal.line(&source, Stream::Sys, text.as_bytes());
        journal.flush();
    }
}
