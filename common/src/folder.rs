//! The folders of a store and the files in them: its owner's, or its group's where it is shared;
//! reached without following a link, and never where others may write.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::{
    AtFlags, CWD, Mode, OFlags, RenameFlags, fstat, mkdirat, openat, renameat_with, unlinkat,
};
use rustix::io::Errno;

use crate::custody::{Custody, Kind};

#[cfg(test)]
mod tests;

// O_PATH is no open in the eyes of inotify: reaching a watched folder wakes nobody.
const FOLDER: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// An open folder. Names are looked up in it, whatever happens to its path meanwhile.
#[derive(Debug)]
pub(crate) struct Folder {
    descriptor: OwnedFd,
    path: PathBuf,
    custody: Custody,
}

impl Folder {
    /// The folder of a store itself. Here a link is followed: where it leads is for the store to
    /// judge.
    pub(crate) fn of_store(path: &Path) -> io::Result<Self> {
        let descriptor = openat(CWD, path, FOLDER, Mode::empty())?;
        let custody = Custody::told_by(&fstat(&descriptor)?);
        Ok(Self {
            descriptor,
            path: path.to_owned(),
            custody,
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
        let path = self.path.join(name);
        self.refuse_exposed(&descriptor, &path)?;
        Ok(Self {
            descriptor,
            path,
            custody: self.custody,
        })
    }

    /// The folder `name` in this one, made if it was missing.
    pub(crate) fn make(&self, name: &str) -> io::Result<Self> {
        match self.enter(name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => match self.make_folder(name) {
                Ok(()) | Err(Errno::EXIST) => self.enter(name),
                Err(error) => Err(error.into()),
            },
            entered => entered,
        }
    }

    fn make_folder(&self, name: &str) -> rustix::io::Result<()> {
        if self.custody.is_plain() {
            return mkdirat(&self.descriptor, name, Mode::RWXU);
        }
        // Nobody meets it before it is whole: whoever it is for could not enter it.
        let new = name_of_new(name);
        mkdirat(&self.descriptor, &new, Mode::RWXU)?;
        let made = openat(
            &self.descriptor,
            &new,
            OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC,
            Mode::empty(),
        );
        made.and_then(|made| {
            self.custody
                .give(made, Kind::Folder)
                .map_err(|error| errno(&error))
        })
        .and_then(|()| self.rename_new(&new, name))
        .inspect_err(|_| {
            let _ = unlinkat(&self.descriptor, &new, AtFlags::REMOVEDIR);
        })
    }

    /// Opens the regular file `name`, made if `flags` say so and it was missing.
    pub(crate) fn file(&self, name: &str, flags: OFlags) -> io::Result<File> {
        // NONBLOCK: a FIFO in the file's place must not hold us up before we can refuse it.
        let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let makes = flags.contains(OFlags::CREATE) && !self.custody.is_plain();
        let opened = if makes {
            match self.open(name, flags - OFlags::CREATE) {
                Err(Errno::NOENT) => match self.make_file(name, flags) {
                    Err(Errno::EXIST) => self.open(name, flags - OFlags::CREATE),
                    made => made,
                },
                opened => opened,
            }
        } else {
            self.open(name, flags)
        };
        let file = File::from(opened?);
        if !file.metadata()?.is_file() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "not a regular file",
            ));
        }
        self.refuse_exposed(&file, &self.path.join(name))?;
        Ok(file)
    }

    fn open(&self, name: &str, flags: OFlags) -> rustix::io::Result<OwnedFd> {
        openat(&self.descriptor, name, flags, Mode::RUSR | Mode::WUSR)
    }

    fn make_file(&self, name: &str, flags: OFlags) -> rustix::io::Result<OwnedFd> {
        let new = name_of_new(name);
        let file = self.open(&new, flags | OFlags::CREATE | OFlags::EXCL)?;
        self.custody
            .give(&file, Kind::File)
            .map_err(|error| errno(&error))
            .and_then(|()| self.rename_new(&new, name))
            .inspect_err(|_| {
                let _ = unlinkat(&self.descriptor, &new, AtFlags::empty());
            })?;
        Ok(file)
    }

    /// Gives what was made its name, unless another process was faster.
    fn rename_new(&self, new: &str, name: &str) -> rustix::io::Result<()> {
        let folder = &self.descriptor;
        match renameat_with(folder, new, folder, name, RenameFlags::NOREPLACE) {
            // Not every file system can.
            Err(Errno::INVAL | Errno::NOSYS) => rustix::fs::renameat(folder, new, folder, name),
            renamed => renamed,
        }
    }

    fn refuse_exposed(&self, opened: impl AsFd, path: &Path) -> io::Result<()> {
        let found = fstat(opened)?;
        self.custody
            .judge(found.st_gid, found.st_mode)
            .map_err(|exposed| {
                io::Error::other(format!(
                    "others may write to it (mode {:04o}): {} {}",
                    exposed.mode,
                    exposed.mend,
                    path.display()
                ))
            })
    }

    pub(crate) fn descriptor(&self) -> &OwnedFd {
        &self.descriptor
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// Makes the folder `name` of a store, if it was missing, for those whose store it is.
///
/// # Errors
/// What the system said; also where something else stands in its place, or others may write to it.
pub fn make_in_store(store_dir: &Path, name: &str) -> io::Result<()> {
    Folder::of_store(store_dir)?.make(name).map(drop)
}

/// The name that something bears until it can be met: hidden, and of this moment of this process.
fn name_of_new(name: &str) -> String {
    static LAST: AtomicU64 = AtomicU64::new(0);
    let last = LAST.fetch_add(1, Ordering::Relaxed);
    format!(".{name}.{}-{last}.new", std::process::id())
}

fn errno(error: &io::Error) -> Errno {
    Errno::from_io_error(error).unwrap_or(Errno::IO)
}
