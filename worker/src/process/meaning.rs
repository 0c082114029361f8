//! What the end of a batch's process says about the batch.

use std::time::Duration;

use nix::sys::signal::Signal;

use super::Verdict;

/// What becomes of a batch whose process ended, and why in words.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Meaning {
    /// It is done.
    Done,
    /// It failed and is tried again while retries are left.
    Retry(String),
    /// It is not to be tried again; its items go to the failures.
    Skip(String),
    /// The task suspends at once, with no retry spent: somebody has to look.
    Suspend(String),
    /// It was interrupted on request, which says nothing about it.
    Cancelled,
}

/// The contract between a command and its worker: 0 done, 75 (`EX_TEMPFAIL` of `sysexits.h`) retry,
/// 65 (`EX_DATAERR`) skip, 78 (`EX_CONFIG`) suspend, 126 and 127 (a shell's "cannot execute" and
/// "not found") suspend, anything else retry. `limit` is the time the batch was given.
#[must_use]
pub fn exit_meaning(verdict: Verdict, limit: Option<Duration>) -> Meaning {
    match verdict {
        Verdict::Exited(0) => Meaning::Done,
        Verdict::Exited(code @ 65) => Meaning::Skip(exited(code, "it asks to skip the batch")),
        Verdict::Exited(code @ 75) => Meaning::Retry(exited(code, "it asks to try again")),
        Verdict::Exited(code @ 78) => Meaning::Suspend(exited(code, "it asks to suspend the task")),
        Verdict::Exited(code @ 126) => {
            Meaning::Suspend(exited(code, "a command cannot be executed"))
        }
        Verdict::Exited(code @ 127) => Meaning::Suspend(exited(code, "a command was not found")),
        Verdict::Exited(code) => Meaning::Retry(format!("exit status {code}")),
        Verdict::Signalled(signal) => Meaning::Retry(killed(signal)),
        Verdict::TimedOut => Meaning::Retry(timed_out(limit)),
        Verdict::Interrupted => Meaning::Cancelled,
    }
}

fn exited(code: i32, meaning: &str) -> String {
    format!("exit status {code} ({meaning})")
}

fn killed(signal: i32) -> String {
    // Real-time signals have no names.
    match Signal::try_from(signal) {
        Ok(name) => format!("killed by signal {signal} ({name})"),
        Err(_) => format!("killed by signal {signal}"),
    }
}

fn timed_out(limit: Option<Duration>) -> String {
    match limit {
        Some(limit) => format!("timed out after {}", humantime::format_duration(limit)),
        None => "timed out".to_owned(),
    }
}

#[cfg(test)]
mod tests;
