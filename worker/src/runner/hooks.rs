//! Hooks, and what is left of a dead worker.

use std::time::{Duration, Instant};

use longhaul_common::backoff;
use longhaul_common::id::{batch_key, hook_key, persistent_key};
use longhaul_common::leftovers;
use longhaul_common::spec::OnError;
use longhaul_common::state::{Ending, Hook};
use longhaul_common::store::{HookBegin, Taken};
use longhaul_common::time::Timestamp;

use super::Runner;
use super::wait::Wait;
use crate::engine::Cut;
use crate::failure::Failure;
use crate::insist::Over;
use crate::source::Cursor;
use crate::task::Cx;

/// The wait before a failed hook is tried again: the first, and the longest.
const HOOK_BACKOFF: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(10));
/// The same before what a dead worker left is cleared again.
const CLEAR_BACKOFF: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

impl Runner {
    /// Makes sure that nothing of the dead worker's batch runs any more, and lets the error policy
    /// act on a batch that keeps killing its workers.
    pub(super) fn take_over(&mut self) -> Result<(), Over> {
        let Some(taken) = self.taken.take() else {
            return Ok(());
        };
        self.clear(&taken)?;
        let attempts = self.row.progress.attempts;
        self.note(&format!(
            "taken over from worker {}, which died",
            taken.from
        ));
        // What is kept after all is not undone once more.
        let kept = self.was_rolling_back() && self.row.passes_over(Hook::Rollback);
        if attempts > self.row.spec.retries && !kept {
            // Counted at the claim already.
            self.row.progress.attempts -= 1;
            let error = match self.row.progress.error {
                None => format!("its worker died {attempts} times in a row"),
                Some(_) => format!("its worker died at the last of {attempts} attempts"),
            };
            if self.was_rolling_back() {
                return self.gives_up_undoing(error);
            }
            let batch = batch_key(self.row.spec.id, self.row.progress.batch);
            // One that died elsewhere since may have died of that, and would again before the batch
            // could be passed over.
            let persistent = persistent_key(self.row.spec.id, None);
            let of_batch = taken
                .keys
                .iter()
                .all(|key| *key == batch || *key == persistent);
            if self.row.spec.on_error == OnError::Skip && of_batch {
                // Where it ends is known once it is cut.
                self.deadly = Some(error);
                return Ok(());
            }
            let cut = if of_batch { self.cut_at_cursor() } else { None };
            return self.failed(Failure::Retry(error), cut.as_ref());
        }
        if let Some(at) = self.row.progress.next_attempt_at {
            let now = Timestamp::now();
            if backoff::waits(at, now) {
                self.wait_before_retry(at.since(now));
            }
        }
        Ok(())
    }

    /// The batch at the cursor, if its input can be read.
    fn cut_at_cursor(&mut self) -> Option<Cut> {
        let progress = &self.row.progress;
        let cursor = Cursor(progress.cursor.to_vec());
        let size = usize::try_from(progress.cut).unwrap_or(usize::MAX);
        self.engine.cut(&cursor, size.max(1)).ok().flatten()
    }

    /// Nothing may start before this is done.
    fn clear(&mut self, taken: &Taken) -> Result<(), Over> {
        let keys: Vec<&str> = taken.keys.iter().map(String::as_str).collect();
        let mut failures = 0;
        let mut wait = Wait::new(self);
        loop {
            let cleared = self
                .engine
                .clear(0, &keys, &mut |stubborn| wait.goes_on(stubborn));
            let failure = match cleared {
                Ok(killed) => {
                    wait.ends();
                    if !killed.is_empty() {
                        let (key, whom) = (self.key, leftovers::roll(&killed));
                        self.insist("telling of what was killed", |store| {
                            store.killed(key, whom.clone())
                        })?;
                    }
                    return Ok(());
                }
                Err(failure) => failure,
            };
            if wait.is_over() {
                return Err(Over::Abandoned);
            }
            failures += 1;
            self.note(&format!(
                "clearing what worker {} left failed and is tried until it works: {failure}",
                taken.from
            ));
            let (base, cap) = CLEAR_BACKOFF;
            self.line
                .wait(Instant::now() + backoff::delay(failures, base, cap, fastrand::f64()));
        }
    }

    pub(super) fn hook(&mut self, hook: Hook, ending: Option<Ending>) -> Result<(), Over> {
        if hook == Hook::Rollback && self.is_rolling_back() {
            return self.roll_back();
        }
        let (key, happened) = (self.key, self.happened());
        let (begin, row) = self.insist("beginning a hook", |store| {
            store.begin_hook(key, happened, hook, ending)
        })?;
        let attempt = match begin {
            HookBegin::PlanAgain | HookBegin::Dropped => {
                self.learn(row);
                return Ok(());
            }
            HookBegin::Run(attempt) => attempt,
        };
        let before = self.cx(batch_key(self.row.spec.id, self.row.progress.batch));
        self.engine.leave(&before);
        if hook == Hook::Rollback {
            self.row.progress = row.progress.clone();
            self.learn(row);
            return self.roll_back();
        }
        self.learn(row);
        self.line.obeys(self.orders().request);
        let cx = Cx {
            attempt,
            // Force that was there before is what led here; only a later request stops the hook.
            heeds: Some(self.orders().request),
            ..self.cx(hook_key(self.row.spec.id, hook))
        };
        let outcome = self.engine.hook(hook, ending, &cx);
        self.hear();
        let error = outcome.err().map(|failure| failure.shortened().to_string());
        if let Some(error) = &error {
            self.note(&format!("{hook} failed, attempt {attempt}: {error}"));
        }
        let row = self.insist("recording a hook", |store| {
            store.end_hook(key, hook, error.clone())
        })?;
        let again = row.state.hook_attempts > 0;
        self.learn(row);
        if again {
            let (base, cap) = HOOK_BACKOFF;
            self.line
                .wait(Instant::now() + backoff::delay(attempt, base, cap, fastrand::f64()));
        }
        Ok(())
    }
}
