//! What still runs: `DIR/locks/batches`. All processes of a batch share one open descriptor that
//! holds the lock of byte `task number x 65,536 + slot`; the lock lasts as long as one of them keeps
//! it. That two batches of a slot never overlap rests on this lock alone.
//!
//! The file also stores a record of 64 bytes per task and slot ([`BatchRecord`]). Locks are on offsets, not
//! on bytes stored, so neither disturbs the other.

mod look;
mod record;

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use crate::byte_lock::{self, Hold};
use crate::id::TaskNumber;
use crate::lock_error::LockError;
use crate::process::FileIdentity;
use crate::spec::MAX_PARALLEL;

pub use look::BatchRecords;
pub use record::BatchRecord;

const FOLDER: &str = "locks";
const FILE: &str = "batches";
const SLOTS: u64 = 1 << 16;
/// The record from which on those of other slots than 0 stand. What is not written takes no room on the disk.
const FIRST_SLOTTED: u64 = 1 << 34;

/// Whoever opens the file shares a lock on this byte, which no task has. It tells a process that
/// starts or clears batches from those of a batch: the latter inherit the batch's descriptor only,
/// while a child that has not reached its exec yet still shows all that its parent has open.
pub(crate) const CONTROLLER_BYTE: i64 = i64::MAX - 1;

/// The file, open to lock batches in it.
#[derive(Debug)]
pub struct BatchLocks {
    store_dir: PathBuf,
    file: OwnedFd,
    path: PathBuf,
    identity: FileIdentity,
}

/// The lock of a batch. It is close-on-exec: hand it to the batch's process by a `dup2` file action.
///
/// Dropping this closes one descriptor; the lock stays with the processes that inherited it.
#[derive(Debug)]
pub struct BatchLock {
    file: OwnedFd,
    path: PathBuf,
    task: TaskNumber,
    slot: u16,
    byte: i64,
}

impl BatchLocks {
    /// Whether a store has the file already: for those who only look, since opening makes it.
    #[must_use]
    pub fn is_there(store_dir: &Path) -> bool {
        store_dir.join(FOLDER).join(FILE).exists()
    }

    /// Opens the file of a store; folder (0700) and file (0600) are made if they are missing.
    ///
    /// # Errors
    /// [`LockError::Io`], also for a symbolic link; [`LockError::NotAFile`].
    pub fn open(store_dir: &Path) -> Result<Self, LockError> {
        let (file, path) = byte_lock::open(store_dir, FOLDER, FILE, OFlags::RDWR)?;
        byte_lock::try_lock(&file, CONTROLLER_BYTE, Hold::Shared)
            .map_err(LockError::io("lock a byte of", &path))?;
        let identity = FileIdentity::of(&file, FILE).map_err(LockError::io("look at", &path))?;
        Ok(Self {
            store_dir: store_dir.to_owned(),
            file,
            path,
            identity,
        })
    }

    /// Takes the lock of a batch on a descriptor of its own; `None` when somebody holds it.
    ///
    /// # Errors
    /// [`LockError::TaskOutOfRange`]; [`LockError::Io`].
    pub fn lock(&self, task: TaskNumber, slot: u16) -> Result<Option<BatchLock>, LockError> {
        let byte = self.byte_of(task, slot)?;
        let (file, path) = byte_lock::open(&self.store_dir, FOLDER, FILE, OFlags::RDWR)?;
        let taken = byte_lock::try_lock(&file, byte, Hold::Exclusive)
            .map_err(LockError::io("lock a byte of", &path))?;
        Ok(taken.then_some(BatchLock {
            file,
            path,
            task,
            slot,
            byte,
        }))
    }

    /// Whether nobody holds the lock of a batch at this instant.
    ///
    /// # Errors
    /// [`LockError::TaskOutOfRange`]; [`LockError::Io`].
    pub fn is_free(&self, task: TaskNumber, slot: u16) -> Result<bool, LockError> {
        byte_lock::is_free(&self.file, self.byte_of(task, slot)?)
            .map_err(LockError::io("ask for a lock of", &self.path))
    }

    /// Writes who the batch of a task is. Not synced: after a crash of the machine no process is
    /// left that it could describe.
    ///
    /// # Errors
    /// [`LockError::TaskOutOfRange`]; [`LockError::Io`].
    pub fn write_record(
        &self,
        task: TaskNumber,
        slot: u16,
        record: &BatchRecord,
    ) -> Result<(), LockError> {
        let bytes = record.encode(task);
        let place = self.place_of(task, slot)?;
        match rustix::io::pwrite(&self.file, &bytes, place) {
            Ok(written) if written == bytes.len() => Ok(()),
            Ok(_) => Err(io::Error::from(io::ErrorKind::WriteZero)),
            Err(error) => Err(error.into()),
        }
        .map_err(LockError::io("write a record to", &self.path))
    }

    /// Who the batch of a task is or last was; `None` where no whole record stands.
    ///
    /// # Errors
    /// [`LockError::TaskOutOfRange`]; [`LockError::Io`].
    pub fn read_record(
        &self,
        task: TaskNumber,
        slot: u16,
    ) -> Result<Option<BatchRecord>, LockError> {
        let mut bytes = [0; BatchRecord::SIZE];
        rustix::io::pread(&self.file, &mut bytes[..], self.place_of(task, slot)?)
            .map_err(LockError::io("read a record of", &self.path))?;
        Ok(BatchRecord::decode(&bytes, task))
    }

    pub(crate) fn identity(&self) -> &FileIdentity {
        &self.identity
    }

    pub(crate) fn byte_of(&self, task: TaskNumber, slot: u16) -> Result<i64, LockError> {
        task.0
            .checked_mul(SLOTS)
            .and_then(|first| i64::try_from(first + u64::from(slot)).ok())
            .filter(|byte| *byte < CONTROLLER_BYTE)
            .ok_or_else(|| self.out_of_range(task))
    }

    fn place_of(&self, task: TaskNumber, slot: u16) -> Result<u64, LockError> {
        self.byte_of(task, slot)?;
        record_place(task, slot).ok_or_else(|| self.out_of_range(task))
    }

    fn out_of_range(&self, task: TaskNumber) -> LockError {
        LockError::TaskOutOfRange {
            task,
            path: self.path.clone(),
        }
    }
}

/// Where in the file the record of a slot stands.
fn record_place(task: TaskNumber, slot: u16) -> Option<u64> {
    let index = match slot {
        0 => Some(task.0).filter(|task| *task < FIRST_SLOTTED),
        slot => task
            .0
            .checked_mul(MAX_PARALLEL)
            .and_then(|first| first.checked_add(u64::from(slot)))
            .and_then(|index| index.checked_add(FIRST_SLOTTED)),
    };
    index?.checked_mul(BatchRecord::SIZE as u64)
}

impl BatchLock {
    /// The task whose batch is locked.
    #[must_use]
    pub fn task(&self) -> TaskNumber {
        self.task
    }

    /// The slot of the task that is locked.
    #[must_use]
    pub fn slot(&self) -> u16 {
        self.slot
    }

    /// Drops the lock for everybody who shares the descriptor, living children included: they were
    /// left behind on purpose, and the next batch need not wait for them.
    ///
    /// # Errors
    /// [`LockError::Io`].
    pub fn unlock(self) -> Result<(), LockError> {
        byte_lock::unlock(&self.file, self.byte)
            .map_err(LockError::io("unlock a byte of", &self.path))
    }
}

impl AsFd for BatchLock {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

#[cfg(test)]
mod tests;
