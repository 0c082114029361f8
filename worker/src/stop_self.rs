//! Ctrl-z: a process that is stopped inside the database freezes every other, so it waits until it
//! is out of it.

use std::sync::atomic::{AtomicBool, Ordering};

use longhaul_common::store::while_idle;
use nix::sys::signal::{Signal, raise};

/// Stops this process, as its terminal asked, once none of its threads is inside the database.
/// Returns at once; asked again meanwhile, it stops once.
pub fn stop_once_idle() {
    stop_once_idle_by(|| {
        // A process that can't be stopped runs on.
        let _ = raise(Signal::SIGSTOP);
    });
}

/// As [`stop_once_idle`], for a process that has more to do before and after: `stop` stops it.
pub fn stop_once_idle_by(stop: impl FnOnce() + Send + 'static) {
    static WAITS: AtomicBool = AtomicBool::new(false);
    if WAITS.swap(true, Ordering::AcqRel) {
        return;
    }
    // Beside another process that is stopped in there it can take for ever, and whoever listens to
    // signals has others to hear.
    let waiting = std::thread::Builder::new()
        .name("stop".into())
        .spawn(move || {
            while_idle(|| {
                // Before the stop: whoever asks right after it went on is asking anew.
                WAITS.store(false, Ordering::Release);
                stop();
            });
        });
    if waiting.is_err() {
        WAITS.store(false, Ordering::Release);
    }
}
