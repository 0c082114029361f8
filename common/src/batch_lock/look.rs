//! The file for those who only look: nothing is made, nothing is locked.

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use super::{BatchRecord, FILE, FOLDER, SLOTS, record_place};
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

    /// Who the batch of a task's slot is or last was, if the numbers mean anything to this process; None
    /// where no whole record stands.
    ///
    /// # Errors
    /// [`LockError::Io`].
    pub fn read(&self, task: TaskNumber, slot: u16) -> Result<Option<BatchRecord>, LockError> {
        let Some(place) = record_place(task, slot) else {
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

    /// The task and the slot whose batch has the byte that is locked.
    pub(crate) fn task_and_slot(lock: &HeldLock) -> Option<(TaskNumber, u16)> {
        let byte = u64::try_from(lock.first).ok()?;
        let slot = u16::try_from(byte % SLOTS).ok()?;
        Some((TaskNumber(byte / SLOTS), slot))
    }
}
