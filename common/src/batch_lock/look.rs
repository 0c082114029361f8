//! The file for those who only look: nothing is made, nothing is locked.

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use super::{BatchRecord, FILE, FOLDER, SLOTS};
use crate::byte_lock;
use crate::id::TaskNumber;
use crate::lock_error::LockError;
use crate::process::{FileIdentity, HeldLock};

/// The file, open for reading.
#[derive(Debug)]
pub struct BatchRecords {
    file: OwnedFd,
    path: PathBuf,
    identity: FileIdentity,
}

impl BatchRecords {
    /// Opens the file of a store; None where no batch ever ran.
    ///
    /// # Errors
    /// [`LockError::Io`], also for a symbolic link; [`LockError::NotAFile`].
    pub fn open(store_dir: &Path) -> Result<Option<Self>, LockError> {
        let Some((file, path)) = byte_lock::open_to_look(store_dir, FOLDER, FILE)? else {
            return Ok(None);
        };
        let identity = FileIdentity::of(&file, FILE).map_err(LockError::io("look at", &path))?;
        Ok(Some(Self {
            file,
            path,
            identity,
        }))
    }

    /// Who the batch of a task is or last was, if the numbers mean anything to this process; None
    /// where no whole record stands.
    ///
    /// # Errors
    /// [`LockError::Io`].
    pub fn read(&self, task: TaskNumber) -> Result<Option<BatchRecord>, LockError> {
        let Some(place) = task.0.checked_mul(BatchRecord::SIZE as u64) else {
            return Ok(None);
        };
        let mut bytes = [0; BatchRecord::SIZE];
        rustix::io::pread(&self.file, &mut bytes[..], place)
            .map_err(LockError::io("read a record of", &self.path))?;
        match BatchRecord::decode(&bytes, task) {
            Some(record) if record.is_of_here()? => Ok(Some(record)),
            _ => Ok(None),
        }
    }

    pub(crate) fn identity(&self) -> &FileIdentity {
        &self.identity
    }

    /// The task whose batch has the byte that is locked.
    pub(crate) fn task_of(lock: &HeldLock) -> Option<TaskNumber> {
        Some(TaskNumber(u64::try_from(lock.first).ok()? / SLOTS))
    }
}
