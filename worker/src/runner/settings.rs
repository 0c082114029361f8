//! Settings of a task that are changed while it is held, and its rate limit: both heeded at a batch
//! boundary, also while it waits for something.

use std::time::{Duration, Instant};

use longhaul_common::backoff;
use longhaul_common::rate::Pace;
use longhaul_common::spec::{MAX_BACKOFF, TaskSpec};
use longhaul_common::time::Timestamp;

use super::Runner;
use crate::insist::Over;

impl Runner {
    /// Reads the settings again if somebody changed them.
    pub(super) fn heed_settings(&mut self) -> Result<(), Over> {
        if self.orders().settings == self.row.wish.settings {
            return Ok(());
        }
        self.read_settings()
    }

    /// Reads the settings again, whether or not anybody told of a change.
    pub(super) fn read_settings(&mut self) -> Result<(), Over> {
        let key = self.key;
        let read = self.insist("reading the settings", |store| store.settings(key))?;
        self.row.wish.settings = read.settings;
        self.row.awaited = read.awaited;
        self.renew(read.spec);
        Ok(())
    }

    fn renew(&mut self, spec: TaskSpec) {
        self.engine.renew(&spec);
        if let (Some(desk), Some(queue)) = (&mut self.desk, spec.way.queue()) {
            desk.renew(queue);
        }
        let backoff_before = std::mem::replace(&mut self.row.spec, spec).backoff_ms;
        if self.row.spec.backoff_ms != backoff_before && self.retry_at.is_some() {
            // The wait counts from the failure.
            let waited = Timestamp::now().since(self.row.progress.updated_at);
            let delay = self.backoff(self.row.progress.attempts);
            self.wait_before_retry(delay.saturating_sub(waited));
        }
    }

    /// Waits until the rate limit lets the next batch begin, if it does not now; waiting is a batch
    /// boundary, so whoever waited plans again.
    pub(super) fn waits_for_rate(&mut self) -> bool {
        let (Some(rate), Some(pace)) = (self.row.spec.rate, self.row.progress.pace) else {
            return false;
        };
        let now = Timestamp::now();
        let Some(next) = pace.next(rate, now) else {
            return false;
        };
        self.wait_until(Instant::now() + next.since(now).min(LONGEST));
        true
    }

    /// Rests after the last batch as long as the store's brake wants; as above, whoever waited plans again.
    pub(super) fn waits_for_brake(&mut self) -> bool {
        let (Some(share), Some((ended, took))) = (self.line.braked(), self.last_batch) else {
            return false;
        };
        let until = ended.checked_add(share.rest_after(took));
        let Some(until) = until.filter(|until| *until > Instant::now()) else {
            return false;
        };
        self.line.wait(until);
        true
    }

    /// Waits before the next attempt, if there is something to wait for; waiting is a batch
    /// boundary, so whoever waited plans again.
    pub(super) fn waits_for_retry(&mut self) -> bool {
        let Some(at) = self.retry_at else {
            return false;
        };
        if at <= Instant::now() {
            self.retry_at = None;
            return false;
        }
        self.wait_until(at);
        true
    }

    /// Waits, at most until a gate closes.
    fn wait_until(&self, at: Instant) {
        let closes = self.closes_at().into_iter();
        self.line.wait(closes.fold(at, Instant::min));
    }

    pub(super) fn wait_before_retry(&mut self, delay: Duration) {
        self.retry_at = Some(Instant::now() + delay);
    }

    pub(super) fn backoff(&self, failures: u32) -> Duration {
        backoff::delay(
            failures,
            Duration::from_millis(self.row.spec.backoff_ms),
            MAX_BACKOFF,
            fastrand::f64(),
        )
    }

    /// Counts a batch that begins.
    pub(super) fn count_items(&mut self, items: u64) {
        let (before, rate) = (self.row.progress.pace, self.row.spec.rate);
        self.row.progress.pace = Some(Pace::begun(before, rate, items, Timestamp::now()));
    }
}

/// A clock that was set is noticed by then.
const LONGEST: Duration = Duration::from_secs(60);
