//! Writing to a store that may be full, busy or gone.

use std::time::{Duration, Instant};

use longhaul_common::backoff;
use longhaul_common::store::{Outlook, Store, StoreError};

use super::{Over, Runner};
use crate::failure::chain;

impl Runner {
    /// Writes to the store until it is written: a full disk or a busy store must not lose a batch
    /// that is done. Each call may be repeated safely. An error that lasts ends it, once a database
    /// opened anew has shown it again.
    pub(super) fn insist<T>(
        &self,
        doing: &str,
        mut write: impl FnMut(&Store) -> Result<T, StoreError>,
    ) -> Result<T, Over> {
        let mut failures = 0_u32;
        let mut lasts = false;
        loop {
            let error = match write(&self.store) {
                Ok(written) => return Ok(written),
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
                    self.number(),
                    chain(&error)
                ));
            }
            if self.told().stopping_now {
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
                    self.number(),
                    chain(error)
                ));
                Over::Abandoned
            }
            _ => Over::Fenced,
        }
    }
}
