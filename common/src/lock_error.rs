//! What can go wrong with locks and with the processes that hold them.

use std::io;
use std::path::{Path, PathBuf};

use crate::id::{TaskNumber, WorkerNumber};

/// Why a lock could not be taken, asked for, or traced to its holders.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// The system refused an operation.
    #[error("cannot {operation} {}", path.display())]
    Io {
        /// What was tried, as a verb.
        operation: &'static str,
        /// What it was tried on.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The path is a folder, a pipe or a device.
    #[error("{} is not a regular file", path.display())]
    NotAFile {
        /// The path that should be a file.
        path: PathBuf,
    },
    /// Somebody already lives under this worker number.
    #[error("worker {worker} already holds its byte of {}", path.display())]
    Held {
        /// The number that is taken.
        worker: WorkerNumber,
        /// The file that says who lives.
        path: PathBuf,
    },
    /// A worker number beyond what a file offset can express.
    #[error("worker {worker} has no byte in {}: the number is too large", path.display())]
    WorkerOutOfRange {
        /// The number.
        worker: WorkerNumber,
        /// The file that says who lives.
        path: PathBuf,
    },
    /// A task number beyond what a file offset can express.
    #[error("task {task} has no byte in {}: the number is too large", path.display())]
    TaskOutOfRange {
        /// The number.
        task: TaskNumber,
        /// The file of the batch locks.
        path: PathBuf,
    },
}

impl LockError {
    /// Names the operation and the path of what the system said; made for `map_err`.
    pub(crate) fn io<E: Into<io::Error>>(
        operation: &'static str,
        path: &Path,
    ) -> impl FnOnce(E) -> Self {
        move |source| Self::Io {
            operation,
            path: path.to_owned(),
            source: source.into(),
        }
    }
}
