//! What the task keeps beside its effects: a batch whose mark is there is done.

use std::time::Duration;

use longhaul_common::id::batch_key;

use super::Runner;
use crate::engine::Cut;
use crate::failure::Failure;
use crate::insist::Over;
use crate::mark::{Mark, Reading};
use crate::source::Cursor;

impl Runner {
    /// Asks the task which batch it has kept a mark of, where the next one may have run already. True: that
    /// one is seen to.
    pub(super) fn sees_to_mark(&mut self) -> Result<bool, Over> {
        if !self.asks_mark {
            return Ok(false);
        }
        match self.kept_mark() {
            Ok(kept) => {
                self.asks_mark = false;
                self.heed_mark(kept)
            }
            Err(failure) => self.failed(failure, None).map(|()| true),
        }
    }

    /// The same after a batch that failed: it may have failed to say that it was done.
    pub(super) fn turns_out_done(&mut self) -> Result<bool, Over> {
        match self.kept_mark() {
            Ok(kept @ Some(_)) if self.reads(kept.as_ref()) == Reading::Done => {
                self.heed_mark(kept)
            }
            Ok(_) | Err(_) => Ok(false),
        }
    }

    fn kept_mark(&mut self) -> Result<Option<Mark>, Failure> {
        let cx = self.cx(batch_key(self.row.spec.id, self.row.progress.batch));
        self.engine.committed(&cx)
    }

    fn reads(&self, kept: Option<&Mark>) -> Reading {
        let epoch = self.key.claim.epoch;
        Mark::read(kept, self.row.spec.id, epoch, &self.row.progress)
    }

    fn heed_mark(&mut self, kept: Option<Mark>) -> Result<bool, Over> {
        match self.reads(kept.as_ref()) {
            Reading::Run => Ok(false),
            Reading::Done => {
                let mark = kept.expect("a mark says so");
                self.note("the task's own data has the effects of this batch: it is done");
                let cut = Cut {
                    items: Box::new(()),
                    count: mark.items,
                    next: Cursor(mark.next.into_vec()),
                    last: mark.last,
                };
                self.deadly = None;
                self.row.progress.marked = Some(mark.batch);
                self.done(&cut, mark.passed, Duration::ZERO).map(|()| true)
            }
            Reading::Later => {
                let (task, claim) = (self.key.task, self.key.claim);
                let held =
                    self.insist("looking whose the task is", |store| store.held(task, claim))?;
                if held.is_none() {
                    return Err(Over::Fenced);
                }
                // Nobody has it but us: the store is older than what the task keeps.
                let told = "the mark in the task's own data was made under a later claim than any the store knows: bring both back to one point in time, and resume";
                self.gives_up_on(told.into())
            }
            Reading::Suspend(told) => self.gives_up_on(told),
        }
    }

    fn gives_up_on(&mut self, told: String) -> Result<bool, Over> {
        self.asks_mark = true;
        self.failed(Failure::Suspend(told), None).map(|()| true)
    }
}
