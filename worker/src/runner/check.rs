//! The task's check: a command that is asked between batches, now and then, whether they may go on.

use std::time::{Duration, Instant};

use longhaul_common::id::batch_key;

use super::Runner;
use crate::engine::Checked;
use crate::failure::{Failure, shortened};
use crate::insist::Over;

/// It is asked no more often.
const PAUSE: Duration = Duration::from_secs(2);

/// What it said last, and when.
pub(super) struct Check {
    at: Instant,
    unwell: bool,
}

impl Runner {
    /// Whether the check keeps batches from beginning, asking it if the last answer is old.
    pub(super) fn is_unwell(&mut self) -> Result<bool, Over> {
        if self.row.spec.throttle_if.is_none() {
            if self.check.take().is_some_and(|last| last.unwell) {
                // Somebody took it away.
                self.tell_checked(None)?;
            }
            return Ok(false);
        }
        let fresh = |last: &&Check| last.at.elapsed() < PAUSE;
        if let Some(last) = self.check.as_ref().filter(fresh) {
            return Ok(last.unwell);
        }
        let cx = self.cx(batch_key(self.row.spec.id, self.row.progress.batch));
        let said = match self.engine.check(&cx) {
            Ok(Checked::Well) => None,
            Ok(Checked::Unwell(said)) => Some(said),
            // It was cut off, since something else is wanted.
            Err(Failure::Cancelled) => return Ok(true),
            Err(failure) => Some(failure.to_string()),
        };
        let unwell = said.is_some();
        let last = self.check.replace(Check {
            at: Instant::now(),
            unwell,
        });
        if unwell || last.is_some_and(|last| last.unwell) {
            self.tell_checked(said.map(shortened).as_deref())?;
        }
        Ok(unwell)
    }

    fn tell_checked(&mut self, said: Option<&str>) -> Result<(), Over> {
        let key = self.key;
        self.insist("telling of the check", |store| {
            store.throttled(key, said.map(str::to_owned))
        })
    }

    /// When the check is to be asked again.
    pub(super) fn next_check(&self) -> Option<Instant> {
        self.row.spec.throttle_if.as_ref()?;
        let last = self.check.as_ref()?;
        Some(last.at + PAUSE)
    }

    /// Waits until the check is asked again, if it keeps the next batch from beginning; waiting is a batch
    /// boundary, so whoever waited plans again.
    pub(super) fn waits_for_check(&mut self) -> Result<bool, Over> {
        let unwell = self.is_unwell()?;
        if unwell && let Some(at) = self.next_check() {
            self.line.wait(at);
        }
        Ok(unwell)
    }
}
