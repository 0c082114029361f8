//! Children whose owner went away before they ended.

use std::sync::{Mutex, PoisonError};

use rustix::process::{Pid, WaitId, WaitIdOptions};

// Numbers, not pidfds: they are needed most when descriptors have run out, and a child that was not
// waited for keeps its number.
static ORPHANS: Mutex<Vec<Pid>> = Mutex::new(Vec::new());

/// Takes over a child of this process that was not reaped and that nobody will wait for any more.
pub(super) fn adopt(pid: Pid) {
    ORPHANS
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(pid);
}

/// Frees the process table of children that ended after their [`Running`](super::Running) was
/// dropped. Never blocks. Every [`spawn`](super::spawn) does it too; a program that spawns rarely
/// calls it on its own occasions.
pub fn reap_orphans() {
    ORPHANS
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .retain(|pid| !reaped(*pid));
}

fn reaped(pid: Pid) -> bool {
    let ended = rustix::process::waitid(
        WaitId::Pid(pid),
        WaitIdOptions::EXITED | WaitIdOptions::NOHANG,
    );
    // An error says that it is no child of ours any more.
    !matches!(ended, Ok(None))
}
