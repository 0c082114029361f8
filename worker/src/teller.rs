//! Tells how far a batch in flight is: now and then, since each telling is a commit.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use longhaul_common::id::{BatchNumber, TaskId, TaskNumber};
use longhaul_common::store::{Store, Telling};

/// The shortest time between two tellings, and before the first: a short batch costs nothing.
const GAP: Duration = Duration::from_millis(200);
/// A batch waits no longer for the store.
const PATIENCE: Duration = Duration::from_millis(200);

/// The way of one attempt at a batch to those who look.
pub(crate) struct Teller {
    store: Store,
    state: Mutex<State>,
}

struct State {
    /// When it told last, or began.
    last: Instant,
    items_done: Option<u64>,
    message: Option<String>,
}

/// Who tells.
pub(crate) struct Who {
    pub(crate) task: TaskNumber,
    pub(crate) id: TaskId,
    pub(crate) batch: BatchNumber,
    pub(crate) attempt: u32,
}

impl Teller {
    pub(crate) fn new(store: &Store) -> Self {
        Self {
            store: store.with_patience(PATIENCE),
            state: Mutex::new(State {
                last: Instant::now(),
                items_done: None,
                message: None,
            }),
        }
    }

    /// Tells it now, or keeps it until it is [due](Self::due).
    pub(crate) fn tell(&self, who: &Who, items_done: Option<u64>, message: Option<String>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.items_done = items_done.or(state.items_done);
        state.message = message.or(state.message.take());
        if state.last.elapsed() < GAP {
            return;
        }
        state.last = Instant::now();
        let telling = Telling {
            id: who.id,
            batch: Some(who.batch),
            attempt: Some(who.attempt),
            items_done: state.items_done.take(),
            message: state.message.take(),
        };
        drop(state);
        if telling.items_done.is_some() || telling.message.is_some() {
            // What can't be told is told with the checkpoint.
            let _ = self.store.tell_live(who.task, telling);
        }
    }

    /// When something that was kept wants to be told.
    pub(crate) fn due(&self) -> Option<Instant> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let keeps = state.items_done.is_some() || state.message.is_some();
        keeps.then(|| state.last + GAP)
    }
}
