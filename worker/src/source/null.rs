//! What NUL bytes end in a file.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use super::file::Fingerprint;
use super::separated::{Separated, Separator};
use super::{Chunk, Cursor, Source, SourceError};
use crate::process::Framing;

/// A file whose items end with a NUL byte each, as `find -print0` writes them; compressed with gzip or zstd or not.
/// The cursor is a byte offset in its content, as in [`LinesSource`](super::LinesSource).
///
/// An item may hold anything but a NUL byte, newlines too, and may be empty. A last one without a NUL byte counts;
/// an empty file has no items.
pub struct NullSource(Separated);

impl NullSource {
    /// Opens the file that was submitted as `submitted`. The path should be absolute: it is looked
    /// up again before every batch.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened, is no regular file, or is not the one that was submitted.
    pub fn open(path: impl Into<PathBuf>, submitted: Fingerprint) -> Result<Self, SourceError> {
        Separated::open(path.into(), submitted, Separator::Nul).map(Self)
    }

    /// Counts the items of the file at `path`, from its beginning; `None` once `stop` is set.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened or read, or is no regular file.
    pub fn count(path: &Path, stop: &AtomicBool) -> Result<Option<u64>, SourceError> {
        Separated::count(path, Separator::Nul, stop)
    }
}

impl Source<Vec<u8>> for NullSource {
    fn read(
        &mut self,
        cursor: &Cursor,
        size: usize,
    ) -> Result<Option<Chunk<Vec<u8>>>, SourceError> {
        self.0.read(cursor, size)
    }

    fn total(&self) -> Option<u64> {
        None
    }

    fn framing(&self) -> Framing {
        Framing::Null
    }

    fn detour(&self, cursor: &Cursor) -> Option<u64> {
        self.0.detour(cursor)
    }
}

#[cfg(test)]
mod tests;
