//! Ends a worker that lives and can't act, found without the store.

use std::time::Duration;

use super::{AliveFile, Condition, Holder};
use crate::id::WorkerNumber;
use crate::lock_error::LockError;
use crate::process::{Handle, Signalled};

/// A process in uninterruptible sleep is often just syncing: it counts once it was seen so this
/// often in a row.
const LOOKS: u32 = 5;
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);
/// How long a process that was killed may take to be gone.
const GONE: Duration = Duration::from_secs(2);

impl AliveFile {
    /// Ends the worker if it is stopped, or stays in uninterruptible sleep; whether it is gone.
    ///
    /// # Errors
    /// [`LockError`] when the holders can't be looked up or signalled.
    pub fn end_unresponsive(&self, worker: WorkerNumber) -> Result<bool, LockError> {
        for _ in 0..LOOKS {
            let holders = self.holders()?;
            let Some(holder) = holders.iter().find(|holder| holder.worker == worker) else {
                return Ok(true);
            };
            match holder.condition {
                Condition::Running => return Ok(false),
                Condition::Stopped => return self.end(holder),
                Condition::Uninterruptible => std::thread::sleep(BETWEEN_LOOKS),
            }
        }
        let holders = self.holders()?;
        match holders.iter().find(|holder| holder.worker == worker) {
            Some(holder) if holder.condition != Condition::Running => self.end(holder),
            Some(_) => Ok(false),
            None => Ok(true),
        }
    }

    /// Ends one worker that is stopped: while it is, it may freeze the store for everybody. None:
    /// no worker is.
    ///
    /// # Errors
    /// [`LockError`] when the holders can't be looked up or signalled.
    pub fn end_a_stopped_one(&self) -> Result<Option<Holder>, LockError> {
        let holders = self.holders()?;
        for holder in holders {
            if holder.condition == Condition::Stopped && self.end(&holder)? {
                return Ok(Some(holder));
            }
        }
        Ok(None)
    }

    fn end(&self, holder: &Holder) -> Result<bool, LockError> {
        const END: &str = "end the holder of";
        let opened = Handle::open(holder.pid);
        let Some(process) = opened.map_err(LockError::io(END, self.path()))? else {
            return Ok(true);
        };
        match process.kill().map_err(LockError::io(END, self.path()))? {
            Signalled::Gone => Ok(true),
            Signalled::NotPermitted => Ok(false),
            Signalled::Sent => process
                .ends_within(GONE)
                .map_err(LockError::io(END, self.path())),
        }
    }
}
