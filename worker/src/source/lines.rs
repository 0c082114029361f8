//! The lines of a file.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use super::file::Fingerprint;
use super::separated::{Separated, Separator};
use super::{Chunk, Cursor, Source, SourceError};

/// A file of lines, compressed with gzip or zstd or not. The cursor is a byte offset in its content, so that
/// resuming near the end of a huge file costs the same as at its start; a compressed one is decompressed up to
/// there.
///
/// An item is a line without its `\n` and otherwise as it is in the file: a `\r` before it stays,
/// and so does what is not UTF-8. Empty lines are items. A last line without a newline counts; an
/// empty file has no items.
pub struct LinesSource(Separated);

impl LinesSource {
    /// Opens the file that was submitted as `submitted`. The path should be absolute: it is looked
    /// up again before every batch.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened, is no regular file, or is not the one that was submitted.
    pub fn open(path: impl Into<PathBuf>, submitted: Fingerprint) -> Result<Self, SourceError> {
        Separated::open(path.into(), submitted, Separator::Newline).map(Self)
    }

    /// Counts the items of the file at `path`, from its beginning; `None` once `stop` is set.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened or read, or is no regular file.
    pub fn count(path: &Path, stop: &AtomicBool) -> Result<Option<u64>, SourceError> {
        Separated::count(path, Separator::Newline, stop)
    }
}

impl Source<Vec<u8>> for LinesSource {
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

    fn detour(&self, cursor: &Cursor) -> Option<u64> {
        self.0.detour(cursor)
    }
}

#[cfg(test)]
mod tests;
