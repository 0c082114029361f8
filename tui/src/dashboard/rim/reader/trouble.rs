//! What is wrong with the store, in words, and what to do.

use std::path::Path;

use longhaul_common::alive::{AliveFile, Condition};
use longhaul_common::safe_text::safe;
use longhaul_common::store::{Store, StoreError};
use longhaul_worker::report::{advice, in_one_line};
use rustix::fs::statvfs;

/// What an operator is told.
pub(super) fn words(error: &StoreError, dir: &Path) -> String {
    match error {
        StoreError::Missing { path } => format!(
            "no store at {}: `longhaul submit … -- CMD` makes one",
            path.display()
        ),
        // What was tried is nothing to the reader of a screen, which tries again by itself.
        StoreError::Busy { .. } | StoreError::Unknown { .. } => stopped_process(dir)
            .or_else(|| stuck_worker(dir))
            .unwrap_or_else(|| "the store is busy; what is shown is of before".into()),
        error => match advice(error).hint {
            Some(hint) => format!("{}: {hint}", in_one_line(error)),
            None => in_one_line(error),
        },
    }
}

/// What is said of a store that was there before.
pub(super) fn gone(dir: &Path) -> String {
    format!(
        "the store {} is gone, moved away or removed; what is shown is of before",
        dir.display()
    )
}

/// Less than a commit takes.
const ROOM: u64 = 64 * 1024;

/// What is said while the disk has no room, before anybody wants to write.
pub(super) fn full_disk(dir: &Path) -> Option<String> {
    let disk = statvfs(dir).ok()?;
    let room = disk.f_bavail.saturating_mul(disk.f_frsize);
    (room < ROOM).then(|| {
        format!(
            "no room on the disk of {}: nothing goes on until there is; nothing is lost",
            safe(&dir.to_string_lossy())
        )
    })
}

/// A process that is stopped with the store open: found without the store, which it freezes.
pub(super) fn stopped_process(dir: &Path) -> Option<String> {
    let openers = Store::openers(dir).ok()?;
    let mut stopped = openers
        .seen
        .iter()
        .filter(|opener| opener.condition == Condition::Stopped);
    let first = stopped.next()?;
    let more = match stopped.count() {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    let (pid, name) = (first.pid, safe(&first.name));
    Some(format!(
        "process {pid} ({name}) is stopped inside the store{more}; it goes on with: kill -CONT {pid}"
    ))
}

/// A worker that takes no signal.
fn stuck_worker(dir: &Path) -> Option<String> {
    let holders = AliveFile::open(dir)
        .and_then(|alive| alive.holders())
        .ok()?;
    let stuck = holders
        .into_iter()
        .find(|holder| holder.condition == Condition::Uninterruptible)?;
    Some(format!(
        "the store is busy: worker {} (process {}) waits for its disk and may hold it",
        stuck.worker, stuck.pid
    ))
}
