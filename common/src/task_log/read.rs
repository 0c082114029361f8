//! Reading a log: its end, or on from a place.

use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use super::line::{LogLine, parse_line};
use super::mark::Mark;
use super::{LogError, Missing, file_name, logs_folder, path};
use crate::id::TaskNumber;

const BLOCK: u64 = 64 * 1024;
/// The most that one call to [`LogReader::read_from`] gives.
const CHUNK: u64 = 1024 * 1024;

/// Whole lines of a log, and where the next ones will be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// The lines, each with its line end.
    pub bytes: Vec<u8>,
    /// Where to read on, in bytes since the log began.
    pub next: u64,
    /// How the lines join those before.
    pub seam: Seam,
}

impl Chunk {
    /// The lines, oldest first.
    pub fn lines(&self) -> impl Iterator<Item = LogLine<'_>> {
        self.bytes
            .split_inclusive(|byte| *byte == b'\n')
            .map(parse_line)
    }
}

/// How a [`Chunk`] joins what was read before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seam {
    /// It begins where was asked.
    Joined,
    /// So much of what was asked for had been dropped to keep the log under its cap. The first
    /// line tells what was dropped in all.
    Dropped {
        /// The bytes missing.
        bytes: u64,
    },
    /// The log was emptied, removed or replaced by another: it begins anew.
    Restarted,
}

/// Reads the log of one task. A log that does not exist is empty.
#[derive(Debug)]
pub struct LogReader {
    store_dir: PathBuf,
    task: TaskNumber,
    open: Option<Open>,
}

/// A log in hand. As long as it is open its inode names no other file.
#[derive(Debug)]
struct Open {
    file: File,
    inode: (u64, u64),
    mark: Mark,
    length: u64,
}

impl Open {
    /// The end, in bytes since the log began.
    fn end(&self) -> u64 {
        self.mark.bytes + self.length.saturating_sub(self.mark.length)
    }
}

impl LogReader {
    /// A reader of the log of a task, which may not exist yet.
    #[must_use]
    pub fn new(store_dir: &Path, task: TaskNumber) -> Self {
        Self {
            store_dir: store_dir.to_owned(),
            task,
            open: None,
        }
    }

    /// The last lines, at most so many, read from the end.
    ///
    /// # Errors
    ///
    /// The log can't be opened or read.
    pub fn tail(&mut self, lines: usize) -> Result<Chunk, LogError> {
        self.look()?;
        let Some(open) = &self.open else {
            return Ok(Chunk::empty(0, Seam::Joined));
        };
        let (bytes, end) =
            read_tail(&open.file, open.length, lines).map_err(|source| self.failed(source))?;
        Ok(Chunk {
            bytes,
            next: open.mark.bytes + end.saturating_sub(open.mark.length),
            seam: Seam::Joined,
        })
    }

    /// Whole lines from a place on: 0, or the [`next`](Chunk::next) of a chunk, of any reader.
    /// At most 1 MiB; read on until a chunk is empty.
    ///
    /// # Errors
    ///
    /// The log can't be opened or read.
    pub fn read_from(&mut self, offset: u64) -> Result<Chunk, LogError> {
        let replaced = self.look()?;
        let Some(open) = &self.open else {
            return Ok(Chunk::empty(0, restarted_unless(offset == 0)));
        };
        let seam = if replaced == Replaced::ByAnother || offset > open.end() {
            restarted_unless(offset == 0)
        } else if offset < open.mark.bytes {
            let bytes = open.mark.bytes - offset;
            Seam::Dropped { bytes }
        } else {
            Seam::Joined
        };
        let start = match seam {
            Seam::Joined if offset > 0 => open.mark.length + (offset - open.mark.bytes),
            Seam::Joined | Seam::Dropped { .. } | Seam::Restarted => 0,
        };
        let bytes = read_lines(&open.file, start).map_err(|source| self.failed(source))?;
        let next = (start + bytes.len() as u64).saturating_sub(open.mark.length) + open.mark.bytes;
        Ok(Chunk { bytes, next, seam })
    }

    /// The last lines before a place, at most so many; none at the log's beginning, and before what
    /// was dropped. [`Chunk::next`] is that place.
    ///
    /// # Errors
    ///
    /// The log can't be opened or read.
    pub fn before(&mut self, offset: u64, lines: usize) -> Result<Chunk, LogError> {
        self.look()?;
        let empty = Chunk::empty(offset, Seam::Joined);
        let Some(open) = &self.open else {
            return Ok(empty);
        };
        let Some(into) = offset.checked_sub(open.mark.bytes) else {
            return Ok(empty);
        };
        let length = (open.mark.length + into).min(open.length);
        let (bytes, _) =
            read_tail(&open.file, length, lines).map_err(|source| self.failed(source))?;
        Ok(Chunk { bytes, ..empty })
    }

    /// Takes the file in place in hand.
    fn look(&mut self) -> Result<Replaced, LogError> {
        let inode = match std::fs::symlink_metadata(self.path()) {
            Ok(there) => (there.dev(), there.ino()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.open = None;
                return Ok(Replaced::No);
            }
            Err(error) => return Err(self.failed(error)),
        };
        let before = self.open.take();
        let (file, replaced_mark) = match before {
            Some(open) if open.inode == inode => (open.file, None),
            other => match self.reopen()? {
                Some(file) => (file, other.map(|open| open.mark)),
                None => return Ok(Replaced::No),
            },
        };
        let open = Self::measure(file).map_err(|source| self.failed(source))?;
        // Shortening always drops something; a log that dropped no more than the last is another.
        let replaced = match replaced_mark {
            Some(mark) if open.mark.bytes <= mark.bytes => Replaced::ByAnother,
            Some(_) | None => Replaced::No,
        };
        self.open = Some(open);
        Ok(replaced)
    }

    fn reopen(&self) -> Result<Option<File>, LogError> {
        let opened = logs_folder(&self.store_dir, Missing::Refuse)?
            .file(&file_name(self.task), OFlags::RDONLY);
        match opened {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(LogError::Open {
                path: self.path(),
                source,
            }),
        }
    }

    fn measure(file: File) -> io::Result<Open> {
        let now = file.metadata()?;
        Ok(Open {
            inode: (now.dev(), now.ino()),
            mark: Mark::read(&file)?,
            length: now.len(),
            file,
        })
    }

    fn path(&self) -> PathBuf {
        path(&self.store_dir, self.task)
    }

    fn failed(&self, source: io::Error) -> LogError {
        LogError::Read {
            path: self.path(),
            source,
        }
    }
}

impl Chunk {
    fn empty(next: u64, seam: Seam) -> Self {
        Self {
            bytes: Vec::new(),
            next,
            seam,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Replaced {
    No,
    ByAnother,
}

fn restarted_unless(at_start: bool) -> Seam {
    if at_start {
        Seam::Joined
    } else {
        Seam::Restarted
    }
}

/// Whole lines from `start`: what has no line end yet is still being written.
fn read_lines(file: &File, start: u64) -> io::Result<Vec<u8>> {
    let mut bytes = read_at(file, start, CHUNK)?;
    match bytes.iter().rposition(|byte| *byte == b'\n') {
        Some(last) => bytes.truncate(last + 1),
        // Garbage without a line end must not hold up the reader for ever.
        None if bytes.len() as u64 == CHUNK => {}
        None => bytes.clear(),
    }
    Ok(bytes)
}

/// The last lines before `length`, and where they end.
fn read_tail(file: &File, length: u64, lines: usize) -> io::Result<(Vec<u8>, u64)> {
    let mut start = length;
    let mut blocks = Vec::new();
    let mut ends = 0;
    // The line end before the first line is looked for as well.
    while start > 0 && ends <= lines {
        let size = start.min(BLOCK);
        start -= size;
        let block = read_at(file, start, size)?;
        ends += block.iter().filter(|byte| **byte == b'\n').count();
        blocks.push(block);
    }
    let mut bytes: Vec<u8> = blocks.into_iter().rev().flatten().collect();
    let whole = bytes
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |last| last + 1);
    bytes.truncate(whole);
    let end = start + whole as u64;
    let surplus = bytes
        .iter()
        .enumerate()
        .rev()
        .filter(|(_, byte)| **byte == b'\n')
        .nth(lines)
        .map_or(0, |(at, _)| at + 1);
    bytes.drain(..surplus);
    Ok((bytes, end))
}

fn read_at(file: &File, start: u64, size: u64) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; usize::try_from(size).map_err(io::Error::other)?];
    let mut got = 0;
    while got < bytes.len() {
        match file.read_at(&mut bytes[got..], start + got as u64) {
            Ok(0) => break,
            Ok(more) => got += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(got);
    Ok(bytes)
}
