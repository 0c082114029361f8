//! Waiting for something to change in a store, without asking it over and over.

use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Instant;

use crate::bell::{BellError, Heard, TICK, Watch, Watcher, Watching};

/// Tells when it is worth looking again. It only ever says "perhaps": whoever is woken reads what
/// is there. At the slow tick it says so without being told, which catches what was missed.
pub struct Changes {
    signal: Arc<Signal>,
    watcher: Watcher,
}

#[derive(Default)]
struct Signal {
    /// What was heard since the last wait; of progress and more, more.
    raised: Mutex<Option<Heard>>,
    changed: Condvar,
}

/// What ended a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Woken {
    /// Something may have changed.
    Perhaps,
    /// Progress was made, and nothing else was told.
    Progress,
    /// The time was up.
    TimeUp,
}

impl Changes {
    /// Starts to listen. Start first, then read: what changed before is not told.
    #[must_use]
    pub fn listen(store_dir: &Path, what: Watch) -> Self {
        let signal = Arc::new(Signal::default());
        let theirs = Arc::clone(&signal);
        Self {
            signal,
            watcher: Watcher::start_telling(store_dir, what, move |heard| theirs.raise(heard)),
        }
    }

    /// Something that ends a wait from another thread.
    #[must_use]
    pub fn waker(&self) -> Waker {
        Waker(Arc::clone(&self.signal))
    }

    /// Waits until something may have changed, at most until `deadline`.
    pub fn wait(&self, deadline: Option<Instant>) -> Woken {
        let tick = Instant::now() + TICK;
        let until = deadline.map_or(tick, |deadline| deadline.min(tick));
        let mut raised = self
            .signal
            .raised
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        loop {
            match raised.take() {
                Some(Heard::Progress) => return Woken::Progress,
                Some(Heard::Bell | Heard::Departure) => return Woken::Perhaps,
                None => {}
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let over = deadline.is_some_and(|deadline| deadline <= Instant::now());
                return if over { Woken::TimeUp } else { Woken::Perhaps };
            }
            raised = self
                .signal
                .changed
                .wait_timeout(raised, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// Why only the slow tick tells, if that is so; said once to whoever waits.
    #[must_use]
    pub fn tick_only(&self) -> Option<&BellError> {
        match self.watcher.watching() {
            Watching::Notified => None,
            Watching::TickOnly(reason) => Some(reason),
        }
    }
}

/// Ends a wait from another thread.
#[derive(Clone)]
pub struct Waker(Arc<Signal>);

impl Waker {
    /// Ends the wait under way, or the next one.
    pub fn wake(&self) {
        self.0.raise(Heard::Bell);
    }
}

impl Signal {
    fn raise(&self, heard: Heard) {
        {
            let mut raised = self.raised.lock().unwrap_or_else(PoisonError::into_inner);
            *raised = raised.max(Some(heard));
        }
        self.changed.notify_one();
    }
}

#[cfg(test)]
mod tests;
