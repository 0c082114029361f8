//! Inputs: what cuts the items of a task into batches.
//!
//! A source knows nothing of tasks and stores. It is asked to read on from a cursor, and the cursor
//! it gives back is kept in the checkpoint. So it can be dropped after any batch and made anew.

use std::io;
use std::path::PathBuf;

use longhaul_common::id::TaskNumber;
use longhaul_common::store::StoreError;

use crate::cx::Stop;
use crate::failure::Failure;
use crate::process::Framing;

mod awaited;
mod content;
mod csv;
mod fed;
mod file;
mod lines;
mod null;
mod open;
mod pages;
mod parts;
mod position;
mod range;
mod separated;
mod single;
mod told_pages;

pub use awaited::{AsyncSource, Awaited};
pub use csv::{CsvFormat, CsvRows, CsvSource};
pub(crate) use fed::{FedSource, fed_item};
pub use file::Fingerprint;
pub(crate) use file::open as open_regular;
pub use lines::LinesSource;
pub use null::NullSource;
pub use open::{count, open_kept};
pub(crate) use open::{failed_parts, open};
pub use pages::{AsyncPages, Page, Pages};
pub(crate) use parts::{Part, PartsSource};
pub(crate) use position::position;
pub use range::{ParseRangeError, RangeSource};
pub use separated::MAX_LINE;
pub use single::SingleSource;

/// Makes batches from a cursor. The cursor is opaque to everybody but the source.
pub trait Source<T>: Send {
    /// Reads at most `size` items from `cursor` on; `None` when there are no more. The same cursor
    /// and size always cut the same items.
    ///
    /// # Errors
    ///
    /// When the input cannot be read, is not what it was at submission, or never gave this cursor.
    /// The source stays usable: the same call may be made again.
    fn read(&mut self, cursor: &Cursor, size: usize) -> Result<Option<Chunk<T>>, SourceError>;

    /// The same, and comes back early with [`Failure::Cancelled`] once it is told to stop: for a source
    /// that may keep one waiting.
    ///
    /// # Errors
    ///
    /// Those of [`read`](Self::read).
    fn read_until(
        &mut self,
        cursor: &Cursor,
        size: usize,
        _stop: &Stop,
    ) -> Result<Option<Chunk<T>>, SourceError> {
        self.read(cursor, size)
    }

    /// The total number of items, where it is known without reading the input.
    fn total(&self) -> Option<u64>;

    /// What the items of any batch come after where a command reads them: the header of a CSV file.
    fn head(&self) -> &[u8] {
        &[]
    }

    /// What ends each item where a command reads them.
    fn framing(&self) -> Framing {
        Framing::Lines
    }

    /// How many bytes it would have to go through only to get to `cursor`; None: it gets there at once.
    fn detour(&self, _cursor: &Cursor) -> Option<u64> {
        None
    }
}

/// The items of one batch, and where the next one starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk<T> {
    /// At least one item, at most as many as were asked for.
    pub items: Vec<T>,
    /// Where the next batch starts.
    pub next: Cursor,
    /// Nothing follows. A source that cannot tell without reading on says false.
    pub exhausted: bool,
}

/// Where a batch starts. The default, an empty one, is the start of any input.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Cursor(pub Vec<u8>);

impl Cursor {
    /// Decimal text, so that a person who looks at a record can read it.
    fn at(position: u128) -> Self {
        Self(position.to_string().into_bytes())
    }

    fn position(&self) -> Option<u128> {
        if self.0.is_empty() {
            return Some(0);
        }
        str::from_utf8(&self.0).ok()?.parse().ok()
    }

    fn refused(&self, input: String) -> SourceError {
        SourceError::BadCursor {
            input,
            cursor: String::from_utf8_lossy(&self.0).into_owned(),
        }
    }
}

/// Why a source could not make a batch.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// What a source outside this crate says, and what is to be done about it.
    #[error("{0}")]
    Failed(Failure),
    /// The file could not be opened or looked at.
    #[error(
        "cannot open the input {}; check that it exists and that the worker's user may read it",
        path.display()
    )]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The path leads to something that cannot be read again from any place.
    #[error(
        "the input {} is {kind}, not a file; save its content to a file, or pipe it in with -",
        path.display()
    )]
    NotAFile {
        /// The path.
        path: PathBuf,
        /// What is there, with its article.
        kind: &'static str,
    },
    /// Reading failed midway.
    #[error(
        "cannot read the input {} at byte {offset}; check the disk or mount it is on, then resume the task",
        path.display()
    )]
    Read {
        /// The file.
        path: PathBuf,
        /// Where the item starts that could not be read, in bytes.
        offset: u64,
        /// What the system said.
        source: io::Error,
    },
    /// An item is longer than a source takes into memory.
    #[error(
        "the {item} at byte {offset} of the input {} is longer than {} MiB; break it up, or check that this is a file of {items}",
        path.display(),
        MAX_LINE >> 20
    )]
    TooLong {
        /// The file.
        path: PathBuf,
        /// What an item of it is called.
        item: &'static str,
        /// What several are called.
        items: &'static str,
        /// Where it starts, in bytes of the file's content.
        offset: u64,
    },
    /// A record of a CSV file is none, or not like the others.
    #[error(
        "the input {}, line {line}{}: {what} (record {record}); mend the file and submit a new task for it",
        path.display(),
        column.map_or_else(String::new, |column| format!(", column {column}"))
    )]
    Record {
        /// The file.
        path: PathBuf,
        /// The line, from 1: where the fault is, or where the record begins.
        line: u64,
        /// The character in that line, from 1, where the fault has a place.
        column: Option<u64>,
        /// The number of the record, from 1, the header left out.
        record: u64,
        /// What is wrong with it.
        what: String,
    },
    /// A compressed file can't be decompressed.
    #[error(
        "the input {} can't be decompressed ({form}) after byte {offset} of its content: it is cut short or damaged; submit a new task for a whole one",
        path.display()
    )]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// How it is compressed.
        form: &'static str,
        /// Where the first item starts that can't be read, in bytes of the file's content.
        offset: u64,
        /// What the decompressor said.
        source: io::Error,
    },
    /// The file is not the one that was submitted.
    #[error(
        "the input {} changed since the task was submitted: {what}; submit a new task for it as it is now, or move the old file back and resume",
        path.display()
    )]
    Changed {
        /// The file.
        path: PathBuf,
        /// What differs, with the old and the new value where they mean something to a person.
        what: String,
    },
    /// The cursor did not come from this input.
    #[error("{input} has no batch at the cursor {cursor:?}; submit the task anew")]
    BadCursor {
        /// The input, in words.
        input: String,
        /// The cursor, as text.
        cursor: String,
    },
    /// What was fed to the task can't be read.
    #[error("what was fed to the task can't be read")]
    Fed(#[from] StoreError),
    /// Items that were fed are not there.
    #[error(
        "item {item} that was fed to task {task} is not in the store any more; submit a new task for what is left"
    )]
    Gone {
        /// The task.
        task: TaskNumber,
        /// The item's number, from 1.
        item: u64,
    },
    /// An item that was fed is none of the kind's.
    #[error("item {item} that was fed is not what the kind takes: {what}")]
    Malformed {
        /// The item's number, from 1.
        item: u64,
        /// What is wrong with it.
        what: String,
    },
    /// A batch of no items would never end.
    #[error("a batch of 0 items was asked of {input}; set a batch size of at least 1")]
    EmptyBatch {
        /// The input, in words.
        input: String,
    },
}

impl From<Failure> for SourceError {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl SourceError {
    /// Whether it is what the file holds that is wrong, and not how it is read.
    fn is_in_content(&self) -> bool {
        matches!(
            self,
            Self::TooLong { .. } | Self::Record { .. } | Self::Corrupt { .. }
        )
    }

    /// Whether trying again is in vain until somebody mends something.
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        match self {
            Self::Open { source, .. } | Self::Read { source, .. } => matches!(
                source.kind(),
                io::ErrorKind::NotFound
                    | io::ErrorKind::PermissionDenied
                    | io::ErrorKind::NotADirectory
                    | io::ErrorKind::IsADirectory
                    | io::ErrorKind::InvalidInput
                    | io::ErrorKind::InvalidFilename
            ),
            Self::Fed(_) => false,
            Self::Failed(failure) => !matches!(failure, Failure::Retry(_) | Failure::Cancelled),
            Self::Gone { .. }
            | Self::Malformed { .. }
            | Self::NotAFile { .. }
            | Self::TooLong { .. }
            | Self::Record { .. }
            | Self::Corrupt { .. }
            | Self::Changed { .. }
            | Self::BadCursor { .. }
            | Self::EmptyBatch { .. } => true,
        }
    }
}

#[cfg(test)]
mod tests;
