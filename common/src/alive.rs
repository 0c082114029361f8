//! Who lives: `DIR/alive/workers`, in which a worker locks the byte of its number for its life. The
//! kernel drops the lock when the worker dies, however it dies: there is no heartbeat to miss.
//!
//! The file is watched, so a probe opens and closes nothing. The close that tells of a death comes
//! before the lock is dropped: who still finds it held tries again after 1, 2, 4 … 64 ms.

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use crate::byte_lock::{self, Hold};
use crate::id::WorkerNumber;
use crate::lock_error::LockError;
pub use crate::process::Condition;
use crate::process::{FileIdentity, ProcessDir, ProcessId, Processes, Sight};

const FOLDER: &str = "alive";
const FILE: &str = "workers";

mod unresponsive;

/// The file, open for probing.
#[derive(Debug)]
pub struct AliveFile {
    /// For reading only: closing a descriptor for writing would tell all watchers of a death.
    file: OwnedFd,
    path: PathBuf,
    identity: FileIdentity,
}

/// Whether a worker lives. One that is stopped does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Liveness {
    /// Its lock is held.
    Alive,
    /// Nobody holds its lock.
    Dead,
}

/// A process that holds a worker's lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The process.
    pub pid: ProcessId,
    /// The number whose lock it holds.
    pub worker: WorkerNumber,
    /// Whether it can act.
    pub condition: Condition,
}

/// The life of a worker: its lock is held until this is dropped or the process dies.
#[derive(Debug)]
pub struct AliveLock {
    file: OwnedFd,
    byte: i64,
    worker: WorkerNumber,
}

impl AliveFile {
    fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn identity(&self) -> &FileIdentity {
        &self.identity
    }

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
        let (file, path) = byte_lock::open(store_dir, FOLDER, FILE, OFlags::RDONLY)?;
        let identity = FileIdentity::of(&file, FILE).map_err(LockError::io("look at", &path))?;
        Ok(Self {
            file,
            path,
            identity,
        })
    }

    /// Takes the lock of a worker, on a descriptor of its own that no child inherits.
    ///
    /// # Errors
    /// [`LockError::Held`] if somebody holds it; [`LockError::WorkerOutOfRange`];
    /// [`LockError::Io`] and [`LockError::NotAFile`] as in [`open`](Self::open).
    pub fn hold(store_dir: &Path, worker: WorkerNumber) -> Result<AliveLock, LockError> {
        let (file, path) = byte_lock::open(store_dir, FOLDER, FILE, OFlags::RDWR)?;
        let byte = byte_of(worker, &path)?;
        let taken = byte_lock::try_lock(&file, byte, Hold::Exclusive)
            .map_err(LockError::io("lock a byte of", &path))?;
        if taken {
            Ok(AliveLock { file, byte, worker })
        } else {
            Err(LockError::Held { worker, path })
        }
    }

    /// Whether a worker lives. Opens nothing and wakes nobody.
    ///
    /// # Errors
    /// [`LockError::WorkerOutOfRange`]; [`LockError::Io`].
    pub fn probe(&self, worker: WorkerNumber) -> Result<Liveness, LockError> {
        let byte = byte_of(worker, &self.path)?;
        let free = byte_lock::is_free(&self.file, byte)
            .map_err(LockError::io("ask for a lock of", &self.path))?;
        Ok(if free {
            Liveness::Dead
        } else {
            Liveness::Alive
        })
    }

    /// The processes that hold a worker's lock, by worker number, as far as we may look: found
    /// without the store, which a stopped one of them can freeze.
    ///
    /// # Errors
    /// [`LockError::Io`] when `/proc` can't be read.
    pub fn holders(&self) -> Result<Vec<Holder>, LockError> {
        self.look_through_processes()
            .map_err(LockError::io("look through", Path::new("/proc")))
    }

    /// Whether the process that holds a worker's lock can act; None if this process doesn't hold it,
    /// or may not be looked at. Looks at one process alone, where [`holders`](Self::holders) looks at
    /// all.
    #[must_use]
    pub fn condition(&self, worker: WorkerNumber, pid: u32) -> Option<Condition> {
        let Ok(Sight::Seen(process)) = ProcessDir::open(pid.into()) else {
            return None;
        };
        let Ok(Sight::Seen(stat)) = process.stat() else {
            return None;
        };
        let Ok(Sight::Seen(locks)) = process.locks_on(&self.identity) else {
            return None;
        };
        let holds = locks
            .iter()
            .any(|lock| u64::try_from(lock.first).is_ok_and(|number| number == worker.0));
        holds.then(|| stat.condition())
    }

    fn look_through_processes(&self) -> std::io::Result<Vec<Holder>> {
        let mut found: Vec<(Holder, ProcessId)> = Vec::new();
        for pid in Processes::all()? {
            let pid = pid?;
            let Sight::Seen(process) = ProcessDir::open(pid)? else {
                continue;
            };
            let Sight::Seen(locks) = process.locks_on(&self.identity)? else {
                continue;
            };
            if locks.is_empty() {
                continue;
            }
            let Sight::Seen(stat) = process.stat()? else {
                continue;
            };
            let condition = stat.condition();
            found.extend(
                locks
                    .iter()
                    .filter(|lock| lock.hold == Hold::Exclusive)
                    .filter_map(|lock| u64::try_from(lock.first).ok())
                    .map(|number| Holder {
                        pid,
                        worker: WorkerNumber(number),
                        condition,
                    })
                    .map(|holder| (holder, stat.parent)),
            );
        }
        // A child that has not reached its exec yet still shows the descriptors of its parent.
        let mut holders: Vec<Holder> = found
            .iter()
            .filter(|(holder, parent)| {
                !found
                    .iter()
                    .any(|(other, _)| other.pid == *parent && other.worker == holder.worker)
            })
            .map(|(holder, _)| *holder)
            .collect();
        holders.sort_by_key(|holder| (holder.worker, holder.pid));
        Ok(holders)
    }
}

impl AliveLock {
    /// The number that lives by this lock.
    #[must_use]
    pub fn worker(&self) -> WorkerNumber {
        self.worker
    }
}

impl Drop for AliveLock {
    fn drop(&mut self) {
        // A child on its way to exec may have a copy of the descriptor for a moment. If unlocking
        // fails, the close that follows drops the lock a moment later.
        let _ = byte_lock::unlock(&self.file, self.byte);
    }
}

fn byte_of(worker: WorkerNumber, path: &Path) -> Result<i64, LockError> {
    match i64::try_from(worker.0) {
        Ok(byte) if byte < i64::MAX => Ok(byte),
        _ => Err(LockError::WorkerOutOfRange {
            worker,
            path: path.to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests;
