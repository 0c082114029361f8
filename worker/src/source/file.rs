//! The file behind an input: opened safely, and recognised again later.

use std::fs::{File, FileType, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::SourceError;

/// What a file was at submission, so that a change under a running task is noticed.
///
/// Two changes of equal size within one tick of the file system's clock look the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Fingerprint {
    /// The size in bytes.
    pub size: u64,
    /// The time of the last modification, in nanoseconds since 1970, at most `i64::MAX`.
    pub modified_ns: i64,
    /// The device that holds the file. Only comparable until the next boot.
    pub dev: u64,
    /// The number of the file on its device.
    pub inode: u64,
}

impl Fingerprint {
    /// Of an open file.
    ///
    /// # Errors
    ///
    /// When the system cannot tell.
    pub fn of(file: &File) -> io::Result<Self> {
        file.metadata().map(|metadata| Self::from(&metadata))
    }

    /// Of the file at `path`, which must be one that a source can read.
    ///
    /// # Errors
    ///
    /// When it cannot be opened, or is no regular file.
    pub fn of_path(path: &Path) -> Result<Self, SourceError> {
        open(path).map(|(_, fingerprint)| fingerprint)
    }

    /// What differs in the file's content or identity. The device is left out: many file systems
    /// get another number at the next mount, and a task outlives a reboot.
    fn change_since(&self, before: &Self) -> Option<String> {
        if self.inode != before.inode {
            return Some("another file is in its place".to_owned());
        }
        if self.size != before.size {
            return Some(format!("size was {}, is {}", before.size, self.size));
        }
        (self.modified_ns != before.modified_ns)
            .then(|| "it was written to, and its size is the same".to_owned())
    }
}

impl From<&Metadata> for Fingerprint {
    fn from(metadata: &Metadata) -> Self {
        Self {
            size: metadata.len(),
            modified_ns: metadata
                .mtime()
                .saturating_mul(1_000_000_000)
                .saturating_add(metadata.mtime_nsec()),
            dev: metadata.dev(),
            inode: metadata.ino(),
        }
    }
}

/// Compares the open file, and what the path leads to now, with what was submitted.
pub(super) fn verify(file: &File, path: &Path, submitted: &Fingerprint) -> Result<(), SourceError> {
    let changed = |what: String| SourceError::Changed {
        path: path.to_owned(),
        what,
    };
    let open = Fingerprint::of(file).map_err(|source| cannot_open(path, source))?;
    if let Some(what) = open.change_since(submitted) {
        return Err(changed(what));
    }
    let there = match path.metadata() {
        Ok(metadata) => Fingerprint::from(&metadata),
        Err(error) if is_gone(&error) => return Err(changed("it is gone".to_owned())),
        Err(source) => return Err(cannot_open(path, source)),
    };
    if (there.dev, there.inode) != (open.dev, open.inode) {
        return Err(changed("another file is in its place".to_owned()));
    }
    Ok(())
}

/// Opens the file that was submitted. A file that is gone has changed.
pub(super) fn open_submitted(path: &Path, submitted: &Fingerprint) -> Result<File, SourceError> {
    match open(path) {
        Ok((file, _)) => {
            verify(&file, path, submitted)?;
            Ok(file)
        }
        Err(SourceError::Open { path, source }) if is_gone(&source) => Err(SourceError::Changed {
            path,
            what: "it is gone".to_owned(),
        }),
        Err(error) => Err(error),
    }
}

/// Opens a regular file. Links are followed: an input may be reached through one.
pub(crate) fn open(path: &Path) -> Result<(File, Fingerprint), SourceError> {
    // Looked at before it is opened, since opening some devices does something (a tape rewinds).
    let metadata = path
        .metadata()
        .map_err(|source| cannot_open(path, source))?;
    refuse_other_kinds(path, metadata.file_type())?;
    let file = OpenOptions::new()
        .read(true)
        // Should a FIFO have taken its place meanwhile, opening must not wait for a writer.
        .custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY)
        .open(path)
        .map_err(|source| cannot_open(path, source))?;
    let metadata = file
        .metadata()
        .map_err(|source| cannot_open(path, source))?;
    refuse_other_kinds(path, metadata.file_type())?;
    Ok((file, Fingerprint::from(&metadata)))
}

fn refuse_other_kinds(path: &Path, kind: FileType) -> Result<(), SourceError> {
    let kind = if kind.is_file() {
        return Ok(());
    } else if kind.is_dir() {
        "a folder"
    } else if kind.is_fifo() {
        "a FIFO"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    };
    let path = path.to_owned();
    Err(SourceError::NotAFile { path, kind })
}

fn is_gone(error: &io::Error) -> bool {
    use io::ErrorKind::{NotADirectory, NotFound};
    matches!(error.kind(), NotFound | NotADirectory)
}

fn cannot_open(path: &Path, source: io::Error) -> SourceError {
    let path = PathBuf::from(path);
    SourceError::Open { path, source }
}

#[cfg(test)]
mod tests;
