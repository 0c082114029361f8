//! What becomes of requests, for whoever tells how the store is.

use std::sync::{MutexGuard, PoisonError};
use std::time::Instant;

use longhaul_common::changes::Waker;
use longhaul_common::control::Control;
use longhaul_common::store::StoreError;

use super::{Desk, Inner};

/// What is known of requests.
#[derive(Default)]
pub(super) struct Asking {
    /// When the one that is not answered yet was made.
    since: Option<Instant>,
    /// Why the last one came to nothing.
    failed: Option<StoreError>,
    /// Wakes who tells of it.
    reader: Option<Waker>,
}

impl Desk {
    /// Asks something of the store; whoever looks is told that it takes long, and that it failed.
    pub(in crate::dashboard::rim) fn ask<T>(
        &self,
        ask: impl FnOnce(&Control) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let control = self.control().ok_or_else(|| StoreError::Missing {
            path: self.inner.dir.clone(),
        })?;
        self.inner.asking().begin(Instant::now());
        let answer = ask(&control);
        let mut asking = self.inner.asking();
        asking.since = None;
        asking.failed = match &answer {
            Err(
                error @ (StoreError::Full { .. }
                | StoreError::Busy { .. }
                | StoreError::Unknown { .. }),
            ) => Some(error.clone()),
            _ => None,
        };
        asking.wake();
        answer
    }

    /// Who is woken when something is asked, and when it is answered.
    pub(in crate::dashboard::rim) fn wake_at_requests(&self, reader: Waker) {
        self.inner.asking().reader = Some(reader);
    }

    /// When the request was made that is not answered yet.
    pub(in crate::dashboard::rim) fn asked_at(&self) -> Option<Instant> {
        self.inner.asking().since
    }

    /// Why nothing could be written when it was last asked for, unless somebody has written since.
    pub(in crate::dashboard::rim) fn failed(&self) -> Option<StoreError> {
        self.inner.asking().failed.clone()
    }

    /// Somebody has written. The file alone does not tell: it changes when it is put right, too.
    pub(in crate::dashboard::rim) fn somebody_wrote(&self) {
        self.inner.asking().failed = None;
    }
}

impl Asking {
    fn begin(&mut self, now: Instant) {
        self.since = Some(now);
        self.wake();
    }

    fn wake(&self) {
        if let Some(reader) = &self.reader {
            reader.wake();
        }
    }
}

impl Inner {
    fn asking(&self) -> MutexGuard<'_, Asking> {
        self.asking.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
