//! How a process ended, and how a wait for it ended.

use rustix::process::WaitIdStatus;

/// The stream a piece of output came from.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// How a process ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Status {
    /// It exited with this status, 0 to 255.
    Exited(i32),
    /// A signal of this number ended it.
    Signalled(i32),
}

impl Status {
    /// `None` for what is no end: a stop or a continuation.
    pub(super) fn from_wait(status: &WaitIdStatus) -> Option<Self> {
        let exited = status.exit_status().map(Self::Exited);
        exited.or_else(|| status.terminating_signal().map(Self::Signalled))
    }
}

/// How a wait for a process ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// The process exited with this status, 0 to 255.
    Exited(i32),
    /// A signal of this number ended the process.
    Signalled(i32),
    /// The deadline passed. The process still runs.
    TimedOut,
    /// The waiter was asked to stop waiting. The process still runs.
    Interrupted,
}

impl From<Status> for Verdict {
    fn from(status: Status) -> Self {
        match status {
            Status::Exited(code) => Self::Exited(code),
            Status::Signalled(signal) => Self::Signalled(signal),
        }
    }
}
