//! What follows a batch that failed at a seat, by the settings of now.

use std::sync::Arc;
use std::time::Duration;

use longhaul_common::backoff;
use longhaul_common::spec::{MAX_BACKOFF, OnError, TaskSpec};
use longhaul_common::store::{Begin, Ended, Failing, PassedItem, Performed, Performer};
use longhaul_common::time::Timestamp;

use super::Consumer;
use crate::failure::Failure;

impl Consumer {
    /// Takes what was changed of the task's settings, for what begins from now on.
    pub(super) fn renew(&mut self, spec: TaskSpec, settings: u64) {
        self.engine.renew(&spec);
        if let Some(performer) = Performer::of(&spec, settings) {
            self.performer = performer;
        }
        self.spec = Arc::new(spec);
    }

    pub(super) fn verdict(
        &self,
        begin: &Begin,
        outcome: Result<Vec<PassedItem>, Failure>,
    ) -> Ended {
        let failure = match outcome {
            Ok(passed) => return Ended::Done(passed),
            Err(failure) => failure.shortened(),
        };
        let attempt = begin.begun.attempt;
        let (error, then) = match failure {
            Failure::Cancelled => {
                self.note(
                    begin,
                    "stopped in the middle; the batch is repeated should the task go on",
                );
                return Ended::GivenBack;
            }
            Failure::Retry(error) if attempt <= self.spec.retries => {
                let delay = backoff::delay(
                    attempt,
                    Duration::from_millis(self.spec.backoff_ms),
                    MAX_BACKOFF,
                    fastrand::f64(),
                );
                self.note(
                    begin,
                    &format!(
                        "attempt {attempt} failed: {error}; the next one in {:.1} s",
                        delay.as_secs_f64()
                    ),
                );
                let then = Performed::Retry(Timestamp::now().after(delay));
                return Ended::Failed(Failing { error, then });
            }
            Failure::Retry(error) => match self.spec.on_error {
                OnError::Suspend => (error, Performed::Suspend(self.request)),
                OnError::Skip => (error, Performed::Skip),
                OnError::Terminate => (error, Performed::Terminate),
            },
            Failure::Skip(error) => (error, Performed::Skip),
            Failure::Suspend(error) => (error, Performed::Suspend(self.request)),
            Failure::Fatal(error) => (error, Performed::Terminate),
        };
        let follows = match then {
            Performed::Skip => "the batch is passed over",
            Performed::Retry(_) | Performed::Suspend(_) => "the task is suspended",
            Performed::Terminate => "the task ends as failed",
        };
        self.note(
            begin,
            &format!("attempt {attempt} failed: {error}; {follows}"),
        );
        Ended::Failed(Failing { error, then })
    }
}
