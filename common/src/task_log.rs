//! The log of a task: what its batches and hooks wrote, and what longhaul has to say about it.
//!
//! `DIR/logs/<number>.log`, a line each: `<RFC 3339, UTC, milliseconds> <batch or hook>
//! <out|err|sys> <text>`. One that grew over its cap loses its oldest lines; its first line then
//! tells how much was dropped since the log began, so that a place in the log, counted in bytes
//! from that beginning, stays valid.

use std::io;
use std::path::{Path, PathBuf};

use crate::folder::Folder;
use crate::id::TaskNumber;

mod line;
mod mark;
mod read;
mod shorten;
mod write;

#[cfg(test)]
mod tests;

pub use line::{LogLine, Stream, parse_line};
pub use read::{Chunk, LogReader, Seam};
pub use write::LogWriter;

/// The cap of a log where nobody chose another: 16 MiB.
pub const DEFAULT_CAP: u64 = 16 * 1024 * 1024;

const LOGS: &str = "logs";

/// Where the log of a task is, whether or not it exists.
#[must_use]
pub fn path(store_dir: &Path, task: TaskNumber) -> PathBuf {
    store_dir.join(LOGS).join(file_name(task))
}

fn file_name(task: TaskNumber) -> String {
    format!("{task}.log")
}

/// Why a log can't be written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// The folder of the logs could not be made or entered.
    #[error("cannot open the folder {}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The log could not be made or opened; a link or a FIFO in its place is refused.
    #[error("cannot open the log {}", path.display())]
    Open {
        /// The log.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Lines could not be appended. They are lost; the log will say how many.
    #[error("cannot append to the log {}", path.display())]
    Append {
        /// The log.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A log at its cap could not be shortened, so that nothing was appended either. The lines
    /// are lost; the log will say how many.
    #[error("cannot shorten the log {}", path.display())]
    Shorten {
        /// The log.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The log could not be read.
    #[error("cannot read the log {}", path.display())]
    Read {
        /// The log.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

#[derive(Clone, Copy)]
enum Missing {
    Make,
    Refuse,
}

fn logs_folder(store_dir: &Path, missing: Missing) -> Result<Folder, LogError> {
    Folder::of_store(store_dir)
        .and_then(|store| match missing {
            Missing::Make => store.make(LOGS),
            Missing::Refuse => store.enter(LOGS),
        })
        .map_err(|source| LogError::Folder {
            path: store_dir.join(LOGS),
            source,
        })
}
