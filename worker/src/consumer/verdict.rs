//! What follows a batch that failed at a seat, by the settings of now.

use std::sync::Arc;
use std::time::Duration;

use longhaul_common::backoff;
use longhaul_common::progress::first_half;
use longhaul_common::spec::{MAX_BACKOFF, OnError, TaskSpec};
use longhaul_common::store::{Begin, Ended, Failing, PassedItem, Performed, Performer, Planned};
use longhaul_common::time::Timestamp;

use super::Consumer;
use crate::engine::Engine;
use crate::failure::Failure;
use crate::source::Cursor;

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
        &mut self,
        begin: &Begin,
        outcome: Result<Vec<PassedItem>, Failure>,
    ) -> Ended {
        let failure = match outcome {
            Ok(passed) => return Ended::Done(passed),
            Err(failure) => failure.shortened(),
        };
        let attempt = begin.begun.attempt;
        // A part of a halved batch has one attempt: only one of its items may be bad.
        let retries = if begin.planned.half {
            0
        } else {
            self.spec.retries
        };
        let middle = match failure {
            Failure::Retry(_) if attempt <= retries => None,
            Failure::Retry(_) | Failure::Skip(_) => self.middle(begin),
            Failure::Cancelled | Failure::Suspend(_) | Failure::Fatal(_) => None,
        };
        let (error, then) = match failure {
            Failure::Cancelled => {
                self.note(
                    begin,
                    "stopped in the middle; the batch is repeated should the task go on",
                );
                return Ended::GivenBack;
            }
            Failure::Retry(error) if attempt <= retries => {
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
            Failure::Retry(error) | Failure::Skip(error) if middle.is_some() => {
                (error, Performed::Halve(middle.unwrap_or_default()))
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
            Performed::Halve(_) => "its items are halved",
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

    /// Where the second half of a batch starts, if it is to be halved.
    fn middle(&mut self, begin: &Begin) -> Option<Vec<u8>> {
        self.spec
            .isolate
            .then(|| middle(&mut *self.engine, &begin.planned))?
    }
}

/// Where the second half of a planned batch starts; None: it has one item, or can't be read.
pub(crate) fn middle(engine: &mut dyn Engine, planned: &Planned) -> Option<Vec<u8>> {
    if planned.items < 2 {
        return None;
    }
    let half = usize::try_from(first_half(planned.items)).ok()?;
    let cut = engine.cut(&Cursor(planned.cursor.to_vec()), half);
    cut.ok().flatten().map(|cut| cut.next.0)
}
