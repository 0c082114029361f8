//! Locks on single bytes that belong to an open file description (`F_OFD_SETLK`, fcntl(2)): the
//! kernel drops them when the last descriptor of that description is closed, however that comes.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;
use rustix::fs::OFlags;

use crate::folder::Folder;
use crate::lock_error::LockError;

/// How a byte is locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hold {
    /// By any number of descriptions at once.
    Shared,
    /// By one description.
    Exclusive,
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the constants are at most 2, and the struct of fcntl wants them short"
)]
fn range(kind: libc::c_int, byte: i64) -> libc::flock {
    libc::flock {
        l_type: kind as libc::c_short,
        l_whence: libc::SEEK_SET as libc::c_short,
        l_start: byte,
        l_len: 1,
        l_pid: 0,
    }
}

/// Locks the byte, or says `false` when another description holds it.
pub(crate) fn try_lock(file: impl AsFd, byte: i64, hold: Hold) -> io::Result<bool> {
    let kind = match hold {
        Hold::Shared => libc::F_RDLCK,
        Hold::Exclusive => libc::F_WRLCK,
    };
    match fcntl(file, FcntlArg::F_OFD_SETLK(&range(kind, byte))) {
        Ok(_) => Ok(true),
        Err(Errno::EAGAIN | Errno::EACCES) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Drops the lock for the whole description, whoever else has a descriptor of it.
pub(crate) fn unlock(file: impl AsFd, byte: i64) -> io::Result<()> {
    fcntl(file, FcntlArg::F_OFD_SETLK(&range(libc::F_UNLCK, byte)))?;
    Ok(())
}

/// Whether no other description holds the byte. A descriptor for reading is enough.
pub(crate) fn is_free(file: impl AsFd, byte: i64) -> io::Result<bool> {
    let mut asked = range(libc::F_WRLCK, byte);
    fcntl(file, FcntlArg::F_OFD_GETLK(&mut asked))?;
    Ok(libc::c_int::from(asked.l_type) == libc::F_UNLCK)
}

/// Opens `store_dir/folder/name`, and makes folder and file where they are missing, for those whose
/// store it is. Links are not followed. Neither is an event: a file is created without being opened
/// for writing unless `access` says so, since closing such a descriptor wakes whoever watches.
pub(crate) fn open(
    store_dir: &Path,
    folder: &str,
    name: &str,
    access: OFlags,
) -> Result<(OwnedFd, PathBuf), LockError> {
    let path = store_dir.join(folder);
    let folder = Folder::of_store(store_dir)
        .and_then(|store| store.make(folder))
        .map_err(LockError::io("open the folder", &path))?;
    open_in(&folder, name, access | OFlags::CREATE)
}

/// Opens `store_dir/folder/name` for reading; None where it is missing.
pub(crate) fn open_to_look(
    store_dir: &Path,
    folder: &str,
    name: &str,
) -> Result<Option<(OwnedFd, PathBuf)>, LockError> {
    let path = store_dir.join(folder);
    let entered = Folder::of_store(store_dir)
        .and_then(|store| store.enter(folder))
        .map_err(LockError::io("open the folder", &path));
    match entered.and_then(|folder| open_in(&folder, name, OFlags::RDONLY)) {
        Ok(opened) => Ok(Some(opened)),
        Err(LockError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn open_in(folder: &Folder, name: &str, access: OFlags) -> Result<(OwnedFd, PathBuf), LockError> {
    let path = folder.path().join(name);
    match folder.file(name, access) {
        Ok(file) => Ok((file.into(), path)),
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
            Err(LockError::NotAFile { path })
        }
        Err(error) => Err(LockError::io("open", &path)(error)),
    }
}
