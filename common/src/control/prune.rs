//! Pruning: tasks that have ended go, with their rows first and their files then, so that whatever kills it in
//! the middle leaves no task that is half there.

use std::collections::BTreeSet;
use std::ffi::OsString;

use super::Control;
use crate::id::TaskNumber;
use crate::prune::{self, FileError};
use crate::store::{Forget, Kept, PrunedTask, StoreError};

/// What a prune did, a transaction at a time.
#[derive(Debug, Default)]
pub struct Swept {
    /// The tasks that are gone.
    pub gone: Vec<PrunedTask>,
    /// Those that stay, and why.
    pub kept: Vec<(TaskNumber, Kept)>,
    /// Bytes that their files had on the disk.
    pub bytes: u64,
    /// Files that stay, which [`orphans`](prune::orphans) tells of.
    pub files: Vec<FileError>,
}

impl Control {
    /// Removes these tasks, those of them that have ended, with their logs and with the copies of inputs that
    /// no other task reads; tells after each transaction what is gone. In this control's name, unless `forget`
    /// names somebody.
    ///
    /// # Errors
    /// The store's; what was told before is gone.
    pub fn prune(
        &self,
        mut tasks: &[TaskNumber],
        mut forget: Forget,
        mut told: impl FnMut(Swept),
    ) -> Result<(), StoreError> {
        if forget.by.is_none() && forget.worker.is_none() {
            forget.by = Some(self.actor.clone());
        }
        while !tasks.is_empty() {
            let pruned = self.store.prune(tasks, &forget)?;
            tasks = &tasks[pruned.seen..];
            let mut swept = Swept {
                kept: pruned.kept,
                ..Swept::default()
            };
            let spools = pruned.gone.iter().filter_map(|gone| gone.spool.clone());
            let spools: BTreeSet<OsString> = spools.collect();
            let spools_swept = self.sweep_spools(&spools, &mut swept);
            for task in &pruned.gone {
                self.note(prune::remove_log(self.store.dir(), task.number), &mut swept);
            }
            swept.gone = pruned.gone;
            told(swept);
            spools_swept?;
        }
        Ok(())
    }

    /// Looked up after the commit: a task that reads what another one was given is submitted while that one is
    /// there, so it is seen by now.
    fn sweep_spools(
        &self,
        spools: &BTreeSet<OsString>,
        swept: &mut Swept,
    ) -> Result<(), StoreError> {
        if spools.is_empty() {
            return Ok(());
        }
        let (_, used) = match self.store.files_in_use() {
            // Nobody can tell whether it is read: it stays.
            Err(StoreError::Unreadable { .. }) => return Ok(()),
            used => used?,
        };
        for name in spools.difference(&used) {
            self.note(prune::remove_spool(self.store.dir(), name), swept);
        }
        Ok(())
    }

    fn note(&self, removed: Result<u64, FileError>, swept: &mut Swept) {
        match removed {
            Ok(bytes) => swept.bytes += bytes,
            Err(error) => swept.files.push(error),
        }
    }
}
