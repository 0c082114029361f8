//! Writing a log.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rustix::fs::OFlags;

use super::line::{Stream, push};
use super::mark::SOURCE;
use super::shorten::shorten;
use super::{LogError, Missing, file_name, logs_folder};
use crate::folder::Folder;
use crate::id::TaskNumber;

/// Lines are held back up to this many bytes.
const BUFFER: usize = 64 * 1024;

/// Appends to the log of one task.
///
/// A failed write costs the lines in hand and nothing else: the writer goes on, and as soon as
/// there is room the log itself says how many lines are missing. A log that was removed meanwhile
/// is begun anew. Dropping the writer flushes it.
#[derive(Debug)]
pub struct LogWriter {
    folder: Folder,
    name: String,
    cap: u64,
    file: File,
    /// Where we left the end; another end means that another process wrote.
    end: u64,
    /// The last line has no end: a crash or a full disk cut it.
    torn: bool,
    buffer: Vec<u8>,
    last_at: Timestamp,
    lost: Option<Lost>,
}

/// Lines that could not be written.
#[derive(Debug)]
struct Lost {
    lines: usize,
    at: Timestamp,
    why: String,
}

impl LogWriter {
    /// Opens the log of a task, made if it is missing. It grows to `cap` bytes, by one flush more
    /// at most, then loses its older half.
    ///
    /// # Errors
    ///
    /// The folder or the file can't be opened, or a link or a FIFO is in its place.
    pub fn open(store_dir: &Path, task: TaskNumber, cap: u64) -> Result<Self, LogError> {
        let folder = logs_folder(store_dir, Missing::Make)?;
        let name = file_name(task);
        let file = open(&folder, &name)?;
        let mut writer = Self {
            folder,
            name,
            cap,
            file,
            end: 0,
            torn: false,
            buffer: Vec::new(),
            last_at: Timestamp::UNIX_EPOCH,
            lost: None,
        };
        writer.look_at_end()?;
        Ok(writer)
    }

    /// Adds a line; held back until [`flush`](Self::flush), or until 64 KiB are waiting. A text
    /// that holds line ends, or more than 16 KiB, becomes several lines.
    ///
    /// # Errors
    ///
    /// As for [`flush`](Self::flush), if it came to that.
    pub fn line(
        &mut self,
        at: Timestamp,
        source: &str,
        stream: Stream,
        text: &[u8],
    ) -> Result<(), LogError> {
        push(&mut self.buffer, at, source, stream, text);
        self.last_at = at;
        if self.buffer.len() < BUFFER {
            Ok(())
        } else {
            self.flush()
        }
    }

    /// Appends what is held back, in one write.
    ///
    /// # Errors
    ///
    /// The disk is full, or the log can't be written for another reason. No batch should fail
    /// for that: the lines are counted as lost, and the writer stays usable.
    pub fn flush(&mut self) -> Result<(), LogError> {
        if self.buffer.is_empty() && self.lost.is_none() {
            return Ok(());
        }
        let lines = std::mem::take(&mut self.buffer);
        let result = self.append(&lines);
        self.buffer = lines;
        self.buffer.clear();
        // One burst must not keep its memory for the life of a task.
        self.buffer.shrink_to(2 * BUFFER);
        result
    }

    fn append(&mut self, lines: &[u8]) -> Result<(), LogError> {
        self.make_ready(lines.len()).inspect_err(|error| {
            let why =
                std::error::Error::source(error).map_or_else(String::new, ToString::to_string);
            self.lose(count_lines(lines), why);
        })?;
        let mut all = self.head();
        let head = all.len();
        all.extend_from_slice(lines);
        let (written, result) = write_once(&self.file, &all);
        self.end += written as u64;
        if let Some(last) = all[..written].last() {
            self.torn = *last != b'\n';
        }
        if written >= head {
            self.lost = None;
        }
        result.map_err(|source| {
            self.lose(count_lines(&all[written.max(head)..]), source.to_string());
            LogError::Append {
                path: self.path(),
                source,
            }
        })
    }

    /// Sees to it that the file is the one in place, and that there is room under the cap.
    fn make_ready(&mut self, more: usize) -> Result<(), LogError> {
        let now = self.file.metadata().map_err(self.failed_to_open())?;
        if now.nlink() == 0 {
            self.file = open(&self.folder, &self.name)?;
            self.look_at_end()?;
        } else if now.len() != self.end {
            self.look_at_end()?;
        }
        let more = more as u64;
        if self.end == 0 || self.end.saturating_add(more) <= self.cap {
            return Ok(());
        }
        let keep = (self.cap / 2).min(self.cap.saturating_sub(more));
        let shorter = shorten(&self.folder, &self.name, &self.file, keep, self.last_at).map_err(
            |source| LogError::Shorten {
                path: self.path(),
                source,
            },
        )?;
        if let Some(file) = shorter {
            self.file = file;
            self.look_at_end()?;
        }
        Ok(())
    }

    fn look_at_end(&mut self) -> Result<(), LogError> {
        let failed = self.failed_to_open();
        self.end = self.file.metadata().map_err(&failed)?.len();
        let mut last = [b'\n'];
        if self.end > 0 {
            // Nothing is read where the file was truncated just now: nothing is torn then.
            let _ = self
                .file
                .read_at(&mut last, self.end - 1)
                .map_err(&failed)?;
        }
        self.torn = last != *b"\n";
        Ok(())
    }

    /// What must come before new lines: the end of a torn one, and word of lost ones.
    fn head(&self) -> Vec<u8> {
        let mut head = Vec::new();
        if self.torn {
            head.push(b'\n');
        }
        if let Some(Lost { lines, at, why }) = &self.lost {
            let text = format!("log: {lines} lines lost: {why}");
            push(&mut head, *at, SOURCE, Stream::Sys, text.as_bytes());
        }
        head
    }

    fn lose(&mut self, lines: usize, why: String) {
        let before = self.lost.take().map_or(0, |lost| lost.lines);
        if before + lines > 0 {
            self.lost = Some(Lost {
                lines: before + lines,
                at: self.last_at,
                why,
            });
        }
    }

    fn failed_to_open(&self) -> impl Fn(io::Error) -> LogError + use<> {
        let path = self.path();
        move |source| LogError::Open {
            path: path.clone(),
            source,
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join(&self.name)
    }
}

impl Drop for LogWriter {
    fn drop(&mut self) {
        // Nobody is left to be told.
        let _ = self.flush();
    }
}

fn open(folder: &Folder, name: &str) -> Result<File, LogError> {
    folder
        .file(name, OFlags::RDWR | OFlags::CREATE | OFlags::APPEND)
        .map_err(|source| LogError::Open {
            path: folder.path().join(name),
            source,
        })
}

/// One append, and a second one only where the first came back short, to learn why. Tells how
/// much was written even if not all was.
fn write_once(mut file: &File, bytes: &[u8]) -> (usize, io::Result<()>) {
    let mut written = 0;
    while written < bytes.len() {
        match file.write(&bytes[written..]) {
            Ok(0) => return (written, Err(io::ErrorKind::WriteZero.into())),
            Ok(more) => written += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (written, Err(error)),
        }
    }
    (written, Ok(()))
}

fn count_lines(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte == b'\n').count()
}
