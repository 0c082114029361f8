//! What follows a failed attempt: another one, or the error policy.

use std::time::Duration;

use longhaul_common::marks::Start;
use longhaul_common::spec::OnError;
use longhaul_common::state::StateWord;
use longhaul_common::store::{AfterFailure, FailedAttempt, Failure as FailedBatch};
use longhaul_common::time::Timestamp;
use serde_bytes::ByteBuf;

use super::Runner;
use crate::engine::Cut;
use crate::failure::Failure;
use crate::insist::Over;

/// What is done about a failed attempt.
enum Verdict {
    Retry,
    Skip,
    Suspend,
    Terminate,
}

impl Runner {
    /// A batch, an init or a cut failed. Without a cut there is nothing that could be passed over,
    /// so where the policy says skip, the task is suspended.
    pub(super) fn failed(&mut self, failure: Failure, cut: Option<&Cut>) -> Result<(), Over> {
        // Whatever was told of them: this failure is judged by those of now.
        self.read_settings()?;
        let (error, verdict) = match failure.shortened() {
            Failure::Cancelled => {
                self.account();
                self.note("stopped in the middle; the batch is repeated should the task go on");
                return Ok(());
            }
            Failure::Retry(error) if self.row.progress.attempts < self.row.spec.retries => {
                (error, Verdict::Retry)
            }
            Failure::Retry(error) => {
                let verdict = match self.row.spec.on_error {
                    OnError::Suspend => Verdict::Suspend,
                    OnError::Skip => Verdict::Skip,
                    OnError::Terminate => Verdict::Terminate,
                };
                (error, verdict)
            }
            Failure::Skip(error) => (error, Verdict::Skip),
            Failure::Suspend(error) => (error, Verdict::Suspend),
            Failure::Fatal(error) => (error, Verdict::Terminate),
        };
        match (verdict, cut) {
            (Verdict::Retry, _) => self.retry(error),
            (Verdict::Skip, Some(cut)) => self.skip(error, cut),
            (Verdict::Skip | Verdict::Suspend, _) => {
                let then = AfterFailure::Suspend(self.orders().request);
                self.give_up(error, then)
            }
            (Verdict::Terminate, _) => {
                self.gave_up = true;
                self.give_up(error, AfterFailure::Terminate)
            }
        }
    }

    fn retry(&mut self, error: String) -> Result<(), Over> {
        let delay = self.backoff(self.row.progress.attempts + 1);
        let now = Timestamp::now();
        self.note(&format!(
            "attempt {} failed: {error}; the next one in {:.1} s",
            self.row.progress.attempts + 1,
            delay.as_secs_f64()
        ));
        let ran = self.ran();
        self.row
            .progress
            .attempt_failed(error.clone(), Some(now.after(delay)), ran, now);
        self.wait_before_retry(delay);
        self.record(error, AfterFailure::Retry)
    }

    fn give_up(&mut self, error: String, then: AfterFailure) -> Result<(), Over> {
        self.note(&format!(
            "attempt {} failed: {error}; {}",
            self.row.progress.attempts + 1,
            match then {
                AfterFailure::Retry | AfterFailure::Suspend(_) => "the task is suspended",
                AfterFailure::Terminate => "the task ends as failed",
            }
        ));
        let ran = self.ran();
        self.row
            .progress
            .attempt_failed(error.clone(), None, ran, Timestamp::now());
        self.record(error, then)
    }

    fn record(&mut self, error: String, then: AfterFailure) -> Result<(), Over> {
        let key = self.key;
        let failed = FailedAttempt {
            progress: self.row.progress.clone(),
            error,
            then,
        };
        self.scribe.meters.attempt_failed(&failed);
        if self.desk.is_some() && self.row.state.word == StateWord::Run {
            let watched = self.insist("recording a failed attempt", |store| {
                store.planning_failed(key, failed.clone())
            })?;
            self.take_in(watched);
            return Ok(());
        }
        let orders = self.insist("recording a failed attempt", |store| {
            store.attempt_failed(key, failed.clone())
        })?;
        self.line.tell(orders);
        Ok(())
    }

    fn skip(&mut self, error: String, cut: &Cut) -> Result<(), Over> {
        self.note(&format!(
            "attempt {} failed: {error}; the batch is passed over",
            self.row.progress.attempts + 1
        ));
        let failure = self.failed_batch(cut, error.clone());
        let behind = self.behind(cut, Duration::ZERO);
        let start = Start::of(&self.row.progress);
        self.row.progress.skipped(&behind, error, failure.at);
        self.row.progress.exhausted = cut.last;
        self.pass_over(&start, &failure)?;
        self.scribe.meters.skipped();
        Ok(())
    }

    /// The batch at the cursor as one that failed for good.
    pub(super) fn failed_batch(&self, cut: &Cut, error: String) -> FailedBatch {
        let progress = &self.row.progress;
        FailedBatch {
            batch: progress.batch,
            cursor: progress.cursor.clone(),
            next: ByteBuf::from(cut.next.0.clone()),
            items: cut.count,
            attempts: progress.attempts + 1,
            error,
            at: Timestamp::now(),
            ..FailedBatch::default()
        }
    }

    /// A checkpoint that also writes what failed.
    pub(super) fn pass_over(&mut self, start: &Start, failure: &FailedBatch) -> Result<(), Over> {
        let key = self.key;
        let moved = self.moved_from(start);
        let (progress, orders) = self.insist("passing a batch over", |store| {
            store.skip(key, moved.clone(), failure.clone())
        })?;
        self.row.progress = progress;
        self.line.tell(orders);
        Ok(())
    }
}
