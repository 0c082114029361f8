//! Items as a file in memory that nobody can change any more.

use std::fs::File;
use std::io::{self, Seek, SeekFrom};
use std::os::fd::OwnedFd;

use rustix::fs::{MemfdFlags, SealFlags};
use rustix::io::Errno;

/// Why the items of a batch could not be laid down in memory.
#[derive(Debug, thiserror::Error)]
pub enum ItemsError {
    /// The kernel refused the file.
    #[error("cannot make a file in memory for {name}")]
    Create {
        /// Whose items.
        name: String,
        /// What the kernel said.
        source: io::Error,
    },
    /// The items could not be written; a lack of memory shows here.
    #[error("cannot write {name} to memory")]
    Write {
        /// Whose items.
        name: String,
        /// What the kernel or the writer said.
        source: io::Error,
    },
    /// The file could not be sealed.
    #[error("cannot seal {name} in memory")]
    Seal {
        /// Whose items.
        name: String,
        /// What the kernel said.
        source: io::Error,
    },
}

/// A file in memory with what `write` wrote, at offset 0, that nobody can write, shrink or grow any
/// more, and that is closed on exec. `name` shows in `/proc/PID/fd`.
///
/// A pipe would tell the reader "end of file" when the writer dies, and so hand over a cut last
/// item as a whole one. This file is complete before anybody sees it. Every run needs a file of its
/// own: whoever inherits one shares its offset, so a leftover of an earlier run would move it.
///
/// # Errors
///
/// What `write` returned, or the step the kernel refused.
pub fn sealed_items(
    name: &str,
    write: impl FnOnce(&mut File) -> io::Result<()>,
) -> Result<OwnedFd, ItemsError> {
    let mut file = create(name).map_err(|source| ItemsError::Create {
        name: name.to_owned(),
        source: source.into(),
    })?;
    write(&mut file)
        .and_then(|()| file.seek(SeekFrom::Start(0)))
        .map_err(|source| ItemsError::Write {
            name: name.to_owned(),
            source,
        })?;
    let seals = SealFlags::WRITE | SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL;
    rustix::fs::fcntl_add_seals(&file, seals).map_err(|source| ItemsError::Seal {
        name: name.to_owned(),
        source: source.into(),
    })?;
    Ok(file.into())
}

fn create(name: &str) -> Result<File, Errno> {
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    // `vm.memfd_noexec=2` refuses files that could be executed, kernels before 6.3 don't know the
    // flag.
    match rustix::fs::memfd_create(name, flags | MemfdFlags::NOEXEC_SEAL) {
        Err(Errno::INVAL) => rustix::fs::memfd_create(name, flags),
        other => other,
    }
    .map(File::from)
}

#[cfg(test)]
mod tests;
