//! Writing to a store that may be full, busy or gone.

use std::sync::Arc;
use std::time::{Duration, Instant};

use longhaul_common::backoff;
use longhaul_common::id::TaskNumber;
use longhaul_common::store::{Outlook, Store, StoreError};

use crate::failure::chain;
use crate::line::Line;
use crate::meters::Meters;
use crate::notices::Notices;

/// Why nobody here can go on with a task.
pub(crate) enum Over {
    /// The claim, or the right to a batch, is over: somebody else has it.
    Fenced,
    /// The store could not be written before the worker's grace was over, or a row of the task can't
    /// be read any more.
    Abandoned,
    /// The store can't be used by this process any more.
    StoreLost(StoreError),
}

/// Writes to the store for one task.
#[derive(Clone)]
pub(crate) struct Scribe {
    pub(crate) store: Store,
    pub(crate) task: TaskNumber,
    pub(crate) line: Arc<Line>,
    pub(crate) notices: Notices,
    pub(crate) meters: Meters,
}

impl Scribe {
    /// Writes to the store until it is written: a full disk or a busy store must not lose a batch
    /// that is done. Each call may be repeated safely. An error that lasts ends it, once a database
    /// opened anew has shown it again.
    pub(crate) fn insist<T>(
        &self,
        doing: &str,
        mut write: impl FnMut(&Store) -> Result<T, StoreError>,
    ) -> Result<T, Over> {
        let mut failures = 0_u32;
        let mut lasts = false;
        loop {
            let began = self.meters.count().then(Instant::now);
            let error = match write(&self.store) {
                Ok(written) => {
                    if let Some(began) = began {
                        self.meters.committed(began.elapsed());
                    }
                    return Ok(written);
                }
                Err(error) => error,
            };
            match error.outlook() {
                Outlook::Particular => return Err(self.over(doing, &error)),
                Outlook::Lasts if lasts => return Err(Over::StoreLost(error)),
                Outlook::Lasts => {
                    lasts = true;
                    continue;
                }
                Outlook::Passes => lasts = false,
            }
            failures += 1;
            if failures == 1 {
                self.notices.tell(&format!(
                    "task {}: {doing} failed and is tried until it works: {}",
                    self.task,
                    chain(&error)
                ));
            }
            if self.line.told().stopping_now {
                return Err(Over::Abandoned);
            }
            let base = Duration::from_millis(100);
            let delay = backoff::delay(failures, base, Duration::from_secs(5), fastrand::f64());
            self.line.wait(Instant::now() + delay);
        }
    }

    /// What an error that concerns this task alone makes of it.
    fn over(&self, doing: &str, error: &StoreError) -> Over {
        match error {
            StoreError::Unreadable { .. } => {
                self.notices.tell(&format!(
                    "task {}: {doing} failed, and it is left alone until its rows can be read: {}",
                    self.task,
                    chain(error)
                ));
                Over::Abandoned
            }
            _ => Over::Fenced,
        }
    }
}
