//! Signals that are heeded unless whoever started the program has it ignore them: nohup, or a shell
//! that has it in the background.

use std::fs;
use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Catches a signal from now on; None where it is ignored, and stays so.
///
/// # Errors
/// What the system refused.
pub fn unless_ignored(wanted: SignalKind) -> io::Result<Option<Signal>> {
    if is_ignored(wanted)? {
        return Ok(None);
    }
    signal(wanted).map(Some)
}

/// Whether this process ignores a signal. Asked of /proc, since the system call is unsafe.
fn is_ignored(signal: SignalKind) -> io::Result<bool> {
    let status = fs::read_to_string("/proc/self/status")?;
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or_default();
    Ok(mask >> (signal.as_raw_value() - 1) & 1 == 1)
}

/// Waits for a signal; of one that is ignored, for ever.
pub async fn comes(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => {
            signal.recv().await;
        }
        None => std::future::pending().await,
    }
}
