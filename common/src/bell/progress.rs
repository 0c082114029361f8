//! The bell of progress: rung at most 20 times a second, the last of a burst never dropped.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::Bell;

/// The shortest time between two rings.
pub(super) const GAP: Duration = Duration::from_millis(50);

#[derive(Debug)]
pub(super) struct Progress {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    bell: Bell,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    last: Option<Instant>,
    owed: bool,
    timer: Timer,
}

#[derive(Debug, PartialEq, Eq)]
enum Timer {
    NotStarted,
    Started,
    Closed,
}

impl Progress {
    pub(super) fn new(bell: Bell) -> Self {
        Self {
            shared: Arc::new(Shared {
                bell,
                state: Mutex::new(State {
                    last: None,
                    owed: false,
                    timer: Timer::NotStarted,
                }),
                changed: Condvar::new(),
            }),
        }
    }

    pub(super) fn ring(&self) {
        let now = Instant::now();
        let mut state = self.shared.lock();
        if state.owed {
            return;
        }
        let too_soon = state
            .last
            .is_some_and(|last| now.saturating_duration_since(last) < GAP);
        if too_soon && self.start_timer(&mut state) {
            state.owed = true;
            self.shared.changed.notify_one();
        } else {
            state.last = Some(now);
            // Written without the lock: a slow disk holds up one ringer only.
            drop(state);
            self.shared.bell.ring();
        }
    }

    /// Whether the trailing timer runs; a process out of threads rings too often instead.
    fn start_timer(&self, state: &mut State) -> bool {
        if state.timer == Timer::NotStarted {
            let shared = Arc::clone(&self.shared);
            let started = thread::Builder::new()
                .name("longhaul-bell".to_owned())
                .spawn(move || shared.ring_what_is_owed());
            if started.is_ok() {
                state.timer = Timer::Started;
            }
        }
        state.timer == Timer::Started
    }
}

#[cfg(test)]
impl Progress {
    pub(super) fn is_owed(&self) -> bool {
        self.shared.lock().owed
    }

    pub(super) fn has_timer(&self) -> bool {
        self.shared.lock().timer == Timer::Started
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.timer = Timer::Closed;
        if std::mem::take(&mut state.owed) {
            self.shared.bell.ring();
        }
        self.shared.changed.notify_one();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sleeps without a timeout unless a ring is owed.
    fn ring_what_is_owed(&self) {
        let mut state = self.lock();
        while state.timer != Timer::Closed {
            let now = Instant::now();
            let due = state.last.map_or(now, |last| last + GAP);
            if !state.owed {
                state = self
                    .changed
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner);
            } else if now < due {
                (state, _) = self
                    .changed
                    .wait_timeout(state, due - now)
                    .unwrap_or_else(PoisonError::into_inner);
            } else {
                state.owed = false;
                state.last = Some(now);
                drop(state);
                self.bell.ring();
                state = self.lock();
            }
        }
    }
}
