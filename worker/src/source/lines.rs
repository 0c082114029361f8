//! The lines of a file.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use super::file::{self, Fingerprint};
use super::{Chunk, Cursor, Source, SourceError};

/// The longest line, in bytes, without its newline.
pub const MAX_LINE: usize = 16 << 20;

const BUFFER: usize = 128 << 10;

/// A file of lines. The cursor is a byte offset, so that resuming near the end of a huge file costs
/// the same as at its start.
///
/// An item is a line without its `\n` and otherwise as it is in the file: a `\r` before it stays,
/// and so does what is not UTF-8. Empty lines are items. A last line without a newline counts; an
/// empty file has no items.
#[derive(Debug)]
pub struct LinesSource {
    path: PathBuf,
    submitted: Fingerprint,
    reader: BufReader<File>,
    /// Where the reader stands; unknown after an error.
    at: Option<u64>,
}

impl LinesSource {
    /// Opens the file that was submitted as `submitted`. The path should be absolute: it is looked
    /// up again before every batch.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened, is no regular file, or is not the one that was submitted.
    pub fn open(path: impl Into<PathBuf>, submitted: Fingerprint) -> Result<Self, SourceError> {
        let path = path.into();
        let file = file::open_submitted(&path, &submitted)?;
        Ok(Self {
            path,
            submitted,
            reader: BufReader::with_capacity(BUFFER, file),
            at: Some(0),
        })
    }

    /// Counts the items of the file at `path`, from its beginning; `None` once `stop` is set.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened or read, or is no regular file.
    pub fn count(path: &Path, stop: &AtomicBool) -> Result<Option<u64>, SourceError> {
        let (mut file, _) = file::open(path)?;
        let mut buffer = vec![0; BUFFER];
        let (mut newlines, mut offset, mut last) = (0, 0, b'\n');
        while !stop.load(Ordering::Relaxed) {
            let read = match file.read(&mut buffer) {
                Ok(0) => return Ok(Some(newlines + u64::from(last != b'\n'))),
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(source) => return Err(cannot_read(path, offset, source)),
            };
            newlines += count_newlines(&buffer[..read]);
            offset += read as u64;
            last = buffer[read - 1];
        }
        Ok(None)
    }

    fn verify(&self) -> Result<(), SourceError> {
        file::verify(self.reader.get_ref(), &self.path, &self.submitted)
    }

    fn in_words(&self) -> String {
        format!("the input {}", self.path.display())
    }

    /// Puts the reader at `offset`, which must be the start of a line or the end of the file.
    fn go_to(&mut self, offset: u64) -> io::Result<Place> {
        if self.at.take() == Some(offset) {
            return Ok(Place::Valid);
        }
        let Some(before) = offset.checked_sub(1) else {
            return self.reader.rewind().map(|()| Place::Valid);
        };
        self.reader.seek(SeekFrom::Start(before))?;
        let mut byte = [0];
        match self.reader.read_exact(&mut byte) {
            Ok(()) if byte == *b"\n" => Ok(Place::Valid),
            // A last line without a newline ends like this.
            Ok(()) if self.is_at_end()? => Ok(Place::Valid),
            Ok(()) => Ok(Place::Invalid),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(Place::Invalid),
            Err(error) => Err(error),
        }
    }

    fn cut(&mut self, mut offset: u64, size: usize) -> Result<Option<Chunk<Vec<u8>>>, SourceError> {
        let mut items = Vec::new();
        while items.len() < size {
            match self.read_line() {
                Ok((_, 0)) => break,
                Ok((Line::Whole(line), taken)) => {
                    items.push(line);
                    offset += taken as u64;
                }
                Ok((Line::TooLong, _)) => {
                    let path = self.path.clone();
                    return Err(SourceError::LineTooLong { path, offset });
                }
                Err(source) => return Err(cannot_read(&self.path, offset, source)),
            }
        }
        let exhausted = self
            .is_at_end()
            .map_err(|source| cannot_read(&self.path, offset, source))?;
        self.at = Some(offset);
        Ok((!items.is_empty()).then(|| Chunk {
            items,
            next: Cursor::at(offset.into()),
            exhausted,
        }))
    }

    /// One line, and the number of bytes it takes with its newline; 0 at the end of the file.
    fn read_line(&mut self) -> io::Result<(Line, usize)> {
        let mut line = Vec::new();
        let limit = MAX_LINE as u64 + 1;
        let taken = self
            .reader
            .by_ref()
            .take(limit)
            .read_until(b'\n', &mut line)?;
        if line.last() == Some(&b'\n') {
            line.pop();
        } else if line.len() > MAX_LINE {
            return Ok((Line::TooLong, taken));
        }
        Ok((Line::Whole(line), taken))
    }

    fn is_at_end(&mut self) -> io::Result<bool> {
        loop {
            match self.reader.fill_buf() {
                Ok(bytes) => return Ok(bytes.is_empty()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl Source<Vec<u8>> for LinesSource {
    fn read(
        &mut self,
        cursor: &Cursor,
        size: usize,
    ) -> Result<Option<Chunk<Vec<u8>>>, SourceError> {
        if size == 0 {
            let input = self.in_words();
            return Err(SourceError::EmptyBatch { input });
        }
        let start = cursor.position().and_then(|at| u64::try_from(at).ok());
        let Some(offset) = start else {
            return Err(cursor.refused(self.in_words()));
        };
        self.verify()?;
        let chunk = match self.go_to(offset) {
            Ok(Place::Valid) => self.cut(offset, size),
            Ok(Place::Invalid) => Err(cursor.refused(self.in_words())),
            Err(source) => Err(cannot_read(&self.path, offset, source)),
        };
        // Once more: what was written to meanwhile may be half old and half new, or explain an error.
        self.verify()?;
        chunk
    }

    fn total(&self) -> Option<u64> {
        None
    }
}

enum Place {
    Valid,
    Invalid,
}

enum Line {
    Whole(Vec<u8>),
    TooLong,
}

fn count_newlines(bytes: &[u8]) -> u64 {
    // Blocks whose count fits a byte: the compiler then compares many bytes at once.
    let block = |block: &[u8]| {
        let newlines: u8 = block.iter().map(|byte| u8::from(*byte == b'\n')).sum();
        u64::from(newlines)
    };
    bytes.chunks(255).map(block).sum()
}

fn cannot_read(path: &Path, offset: u64, source: io::Error) -> SourceError {
    let path = path.to_owned();
    SourceError::Read {
        path,
        offset,
        source,
    }
}

#[cfg(test)]
mod tests;
