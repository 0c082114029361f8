//! Why a process could not be watched.

use std::io;

use crate::process::Stream;

/// Why a process could not be watched. It may still run.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// Waiting for events failed.
    #[error("cannot wait for events of process {pid}")]
    Poll {
        /// The process.
        pid: i32,
        /// What the kernel said.
        source: io::Error,
    },
    /// Its end could not be asked for: something else in this program reaped it, or SIGCHLD is
    /// ignored and its exit status lost; see
    /// [`default_child_signal`](crate::process::default_child_signal).
    #[error("cannot learn how process {pid} ended")]
    Wait {
        /// The process.
        pid: i32,
        /// What the kernel said.
        source: io::Error,
    },
    /// Its output could not be read.
    #[error("cannot read the {stream:?} of a process")]
    Read {
        /// Which output.
        stream: Stream,
        /// What the kernel said.
        source: io::Error,
    },
    /// The wake descriptor could not be read.
    #[error("cannot read the descriptor that interrupts the wait for process {pid}")]
    Wake {
        /// The process.
        pid: i32,
        /// What the kernel said.
        source: io::Error,
    },
}
