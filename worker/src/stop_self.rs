//! Ctrl-z: a process that is stopped inside the database freezes every other, so it waits until it
//! is out of it.

use longhaul_common::store::Store;
use nix::sys::signal::{Signal, raise};

/// Stops this process, as its terminal asked, once none of its threads is inside the database.
/// Returns when it is continued.
pub fn stop_once_idle(store: &Store) {
    store.while_idle(|| {
        // A process that can't be stopped runs on.
        let _ = raise(Signal::SIGSTOP);
    });
}
