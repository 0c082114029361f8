//! Processes that a test's batches left behind.

use std::fs;
use std::path::Path;

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

/// Kills what still runs for a store, and nothing else: every batch bears the store's folder.
pub(super) fn kill_all(store_dir: &Path) {
    let wanted = format!("LONGHAUL_STORE={}", store_dir.display()).into_bytes();
    let Ok(entries) = fs::read_dir("/proc") else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let pid = name.to_str().and_then(|name| name.parse().ok());
        let Some(pid) = pid.and_then(Pid::from_raw) else {
            continue;
        };
        // The descriptor before the look: the number may be another process's by then.
        let Ok(process) = pidfd_open(pid, PidfdFlags::empty()) else {
            continue;
        };
        let environment = fs::read(entry.path().join("environ")).unwrap_or_default();
        if environment
            .split(|byte| *byte == 0)
            .any(|entry| entry == wanted)
        {
            let _ = pidfd_send_signal(&process, Signal::KILL);
        }
    }
}
