//! The thread that tells what was kept, of all batches of this process. It is there only while something is.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::Instant;

use super::Teller;

static TAIL: Tail = Tail {
    state: Mutex::new(State {
        awaited: BTreeMap::new(),
        next: 0,
        runs: false,
    }),
    sooner: Condvar::new(),
};

struct Tail {
    state: Mutex<State>,
    /// Something is due before all that was.
    sooner: Condvar,
}

struct State {
    /// By when it is due; the number tells those of one instant apart.
    awaited: BTreeMap<(Instant, u64), Weak<Teller>>,
    next: u64,
    runs: bool,
}

/// Sees to it that what a teller keeps is told at this time, if its batch is still there.
pub(super) fn come_back(due: Instant, teller: Weak<Teller>) {
    let mut state = lock();
    state.add(due, teller);
    if state.runs {
        let is_first = state
            .awaited
            .first_key_value()
            .map(|((first, _), _)| *first)
            == Some(due);
        if is_first {
            TAIL.sooner.notify_one();
        }
        return;
    }
    let started = thread::Builder::new().name("tellings".into()).spawn(run);
    // Without a thread it is told with the next thing that is said, or with the checkpoint.
    state.runs = started.is_ok();
}

fn run() {
    let mut state = lock();
    while let Some(((due, _), _)) = state.awaited.first_key_value() {
        let left = due.saturating_duration_since(Instant::now());
        if !left.is_zero() {
            let waited = TAIL.sooner.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
            continue;
        }
        let first = state.awaited.pop_first();
        drop(state);
        let teller = first.and_then(|(_, teller)| teller.upgrade());
        let again = teller.as_ref().and_then(|teller| teller.come_back());
        state = lock();
        if let (Some(due), Some(teller)) = (again, teller) {
            state.add(due, Arc::downgrade(&teller));
        }
    }
    state.runs = false;
}

impl State {
    fn add(&mut self, due: Instant, teller: Weak<Teller>) {
        self.awaited.insert((due, self.next), teller);
        self.next += 1;
    }
}

fn lock() -> MutexGuard<'static, State> {
    TAIL.state.lock().unwrap_or_else(PoisonError::into_inner)
}
