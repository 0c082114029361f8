//! Tells how far a batch in flight is: now and then, since each telling is a commit.

mod tail;

use std::sync::{Arc, Mutex, PoisonError};
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
    kept: Option<Kept>,
    /// Whether the tail comes back for what is kept.
    awaited: bool,
}

/// What nobody was told yet.
struct Kept {
    task: TaskNumber,
    telling: Telling,
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
                kept: None,
                awaited: false,
            }),
        }
    }

    /// Tells it now, or once the time since the last telling is long enough, whether or not anything is said
    /// by then. What is kept when the batch ends is told by its checkpoint.
    pub(crate) fn tell(
        self: &Arc<Self>,
        who: &Who,
        items_done: Option<u64>,
        message: Option<String>,
    ) {
        let due = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            let kept = state.kept.get_or_insert(Kept {
                task: who.task,
                telling: Telling {
                    id: who.id,
                    batch: Some(who.batch),
                    attempt: Some(who.attempt),
                    items_done: None,
                    message: None,
                },
            });
            let telling = &mut kept.telling;
            telling.items_done = items_done.or(telling.items_done);
            telling.message = message.or(telling.message.take());
            let due = state.last + GAP;
            let is_due = due <= Instant::now();
            if !is_due && std::mem::replace(&mut state.awaited, true) {
                return;
            }
            (!is_due).then_some(due)
        };
        match due {
            None => self.tell_kept(),
            Some(due) => tail::come_back(due, Arc::downgrade(self)),
        }
    }

    /// The tail came back. Gives when to come again, where something was told meanwhile and more was said.
    fn come_back(&self) -> Option<Instant> {
        {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            let due = state.last + GAP;
            state.awaited = state.kept.is_some() && due > Instant::now();
            if state.awaited {
                return Some(due);
            }
        }
        self.tell_kept();
        None
    }

    fn tell_kept(&self) {
        let kept = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            let kept = state.kept.take();
            if kept.is_some() {
                state.last = Instant::now();
            }
            kept
        };
        if let Some(Kept { task, telling }) = kept {
            // What can't be told is told with the checkpoint.
            let _ = self.store.tell_live(task, telling);
        }
    }
}
