//! What becomes of requests, for whoever tells how the store is.

use std::sync::{MutexGuard, PoisonError};
use std::time::Instant;

use longhaul_common::changes::Waker;
use longhaul_common::control::Control;
use longhaul_common::store::StoreError;

use super::{Desk, Glimpse, Inner, glimpse};

/// What is known of requests.
#[derive(Default)]
pub(super) struct Asking {
    /// When the one that is not answered yet was made.
    since: Option<Instant>,
    /// The last one found no room, when the database was as seen here.
    no_room: Option<(StoreError, Option<Glimpse>)>,
    /// Wakes who tells of it.
    reader: Option<Waker>,
}

impl Desk {
    /// Asks something of the store; whoever looks is told that it takes long, and of no room.
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
        match &answer {
            Ok(_) => asking.no_room = None,
            Err(error @ StoreError::Full { .. }) => {
                asking.no_room = Some((error.clone(), glimpse(&self.inner.dir)));
            }
            Err(_) => {}
        }
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

    /// Why a request found no room, unless somebody has written since.
    pub(in crate::dashboard::rim) fn no_room(&self) -> Option<StoreError> {
        let no_room = &mut self.inner.asking().no_room;
        no_room.take_if(|(_, before)| *before != glimpse(&self.inner.dir));
        no_room.as_ref().map(|(error, _)| error.clone())
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
