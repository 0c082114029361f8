//! The folders of a store and the files in them: private to their owner, reached without
//! following a link.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags, mkdirat, openat};
use rustix::io::Errno;

#[cfg(test)]
mod tests;

// O_PATH is no open in the eyes of inotify: reaching a watched folder wakes nobody.
const FOLDER: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// An open folder. Names are looked up in it, whatever happens to its path meanwhile.
#[derive(Debug)]
pub(crate) struct Folder {
    descriptor: OwnedFd,
    path: PathBuf,
}

impl Folder {
    /// The folder of a store itself. Here a link is followed: where it leads is for the store to
    /// judge.
    pub(crate) fn of_store(path: &Path) -> io::Result<Self> {
        let descriptor = openat(CWD, path, FOLDER, Mode::empty())?;
        Ok(Self {
            descriptor,
            path: path.to_owned(),
        })
    }

    /// The folder `name` in this one.
    pub(crate) fn enter(&self, name: &str) -> io::Result<Self> {
        let descriptor = openat(
            &self.descriptor,
            name,
            FOLDER | OFlags::NOFOLLOW,
            Mode::empty(),
        )?;
        Ok(Self {
            descriptor,
            path: self.path.join(name),
        })
    }

    /// The folder `name` in this one, made with mode 0700 if it was missing.
    pub(crate) fn make(&self, name: &str) -> io::Result<Self> {
        match self.enter(name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                match mkdirat(&self.descriptor, name, Mode::RWXU) {
                    Ok(()) | Err(Errno::EXIST) => self.enter(name),
                    Err(error) => Err(error.into()),
                }
            }
            entered => entered,
        }
    }

    /// Opens the regular file `name`; mode 0600 if `flags` make it.
    pub(crate) fn file(&self, name: &str, flags: OFlags) -> io::Result<File> {
        // NONBLOCK: a FIFO in the file's place must not hold us up before we can refuse it.
        let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let file = File::from(openat(
            &self.descriptor,
            name,
            flags,
            Mode::RUSR | Mode::WUSR,
        )?);
        if file.metadata()?.is_file() {
            Ok(file)
        } else {
            Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "not a regular file",
            ))
        }
    }

    pub(crate) fn descriptor(&self) -> &OwnedFd {
        &self.descriptor
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}
