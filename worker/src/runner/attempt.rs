//! What follows a failed attempt: another one, or the error policy.

use std::time::Duration;

use longhaul_common::id::BatchNumber;
use longhaul_common::marks::{self, Start};
use longhaul_common::progress::Failing;
use longhaul_common::spec::OnError;
use longhaul_common::state::StateWord;
use longhaul_common::store::{AfterFailure, FailedAttempt, Failure as FailedBatch, Halved, Moved};
use longhaul_common::time::Timestamp;
use serde_bytes::ByteBuf;

use super::Runner;
use crate::engine::Cut;
use crate::failure::Failure;
use crate::insist::Over;

/// What is done about a failed attempt.
enum Verdict {
    Retry,
    Halve,
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
        let spec = &self.row.spec;
        // A part of a halved batch has one attempt: only one of its items may be bad.
        let retries = if cut.is_some() && self.row.progress.is_half() {
            0
        } else {
            spec.retries
        };
        let halves = spec.isolate && cut.is_some_and(|cut| cut.count > 1);
        let (error, verdict) = match failure.shortened() {
            Failure::Cancelled => {
                self.account();
                self.note("stopped in the middle; the batch is repeated should the task go on");
                return Ok(());
            }
            Failure::Retry(error) if self.row.progress.attempts < retries => {
                (error, Verdict::Retry)
            }
            Failure::Retry(error) | Failure::Skip(error) if halves => (error, Verdict::Halve),
            Failure::Retry(error) => {
                let verdict = match spec.on_error {
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
            (Verdict::Retry, _) => self.retry(error, cut),
            (Verdict::Halve, Some(cut)) => self.halve(error, cut),
            (Verdict::Skip, Some(cut)) => self.skip(error, cut),
            (Verdict::Halve | Verdict::Skip | Verdict::Suspend, _) => {
                let then = AfterFailure::Suspend(self.orders().request);
                self.give_up(error, then, cut)
            }
            (Verdict::Terminate, _) => {
                self.gave_up = true;
                self.give_up(error, AfterFailure::Terminate, cut)
            }
        }
    }

    fn retry(&mut self, error: String, cut: Option<&Cut>) -> Result<(), Over> {
        let delay = self.backoff(self.row.progress.attempts + 1);
        self.note(&format!(
            "attempt {} failed: {error}; the next one in {:.1} s",
            self.row.progress.attempts + 1,
            delay.as_secs_f64()
        ));
        let at = Timestamp::now().after(delay);
        self.attempt_failed(&error, Some(at), cut);
        self.wait_before_retry(delay);
        self.record(error, AfterFailure::Retry)
    }

    fn give_up(
        &mut self,
        error: String,
        then: AfterFailure,
        cut: Option<&Cut>,
    ) -> Result<(), Over> {
        self.note(&format!(
            "attempt {} failed: {error}; {}",
            self.row.progress.attempts + 1,
            match then {
                AfterFailure::Retry | AfterFailure::Suspend(_) => "the task is suspended",
                AfterFailure::Terminate => "the task ends as failed",
            }
        ));
        self.attempt_failed(&error, None, cut);
        self.record(error, then)
    }

    /// Notes a failed attempt in the progress.
    fn attempt_failed(&mut self, error: &str, retry_at: Option<Timestamp>, cut: Option<&Cut>) {
        let (ran, now) = (self.ran(), Timestamp::now());
        let progress = &mut self.row.progress;
        progress.attempt_failed(error.to_owned(), retry_at, ran, now);
        progress.failing = cut.map(|cut| Failing {
            batch: progress.batch,
            items: cut.count,
            next: ByteBuf::from(cut.next.0.clone()),
        });
    }

    /// Its retries are spent: it goes on in halves, until the bad item stands alone.
    fn halve(&mut self, error: String, cut: &Cut) -> Result<(), Over> {
        if self.row.progress.detour.is_some() {
            return self.halve_again(error, cut);
        }
        let progress = &self.row.progress;
        let halved = Halved {
            batch: progress.batch,
            items: cut.count,
            first: progress.batch.next(),
            attempts: progress.attempts + 1,
            error: error.clone(),
        };
        self.note(&format!(
            "attempt {} failed: {error}; its {} items are halved, from batch {} on",
            halved.attempts, halved.items, halved.first
        ));
        self.account();
        self.row.progress.halve(cut.count, error);
        let half = Start::of(&self.row.progress);
        let moved = Moved {
            progress: self.row.progress.clone(),
            marks: vec![
                marks::retired(halved.batch, half.cursor.clone(), half.cut),
                half.marked(),
            ],
            again: None,
        };
        let key = self.key;
        let orders = self.insist("halving a batch", |store| {
            store.halve(key, moved.clone(), halved.clone())
        })?;
        self.line.tell(orders);
        Ok(())
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
        let start = self.start();
        self.row.progress.skipped(&behind, error, failure.at);
        self.row.progress.exhausted = cut.last && start.is_ok();
        self.again.fresh = true;
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
    pub(super) fn pass_over(
        &mut self,
        start: &Result<Start, BatchNumber>,
        failure: &FailedBatch,
    ) -> Result<(), Over> {
        let (key, request) = (self.key, self.orders().request);
        let moved = self.moved_from(start);
        let (progress, orders) = self.insist("passing a batch over", |store| {
            store.skip(key, moved.clone(), failure.clone(), request)
        })?;
        self.row.progress = progress;
        self.line.tell(orders);
        Ok(())
    }
}
