//! Pruning: which tasks that have ended go, and the files that go with them.

mod files;

use std::time::Duration;

pub use files::{FileError, Orphan, orphans};
pub(crate) use files::{InUse, remove_log, remove_spool};

use crate::id::TaskNumber;
use crate::state::Outcome;
use crate::time::Timestamp;

/// A task that has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// The task.
    pub number: TaskNumber,
    /// How it ended.
    pub outcome: Outcome,
    /// When.
    pub at: Timestamp,
}

/// Which of the tasks that have ended go: those for which all of it holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// Ended longer ago than this; None: whenever.
    pub older_than: Option<Duration>,
    /// Ended in one of these ways; empty: in any.
    pub outcomes: Vec<Outcome>,
    /// Of those that ended in one of these ways so many stay, the last that did.
    pub keep: Option<usize>,
}

impl Choice {
    /// Those that go, in the order in which they ended.
    #[must_use]
    pub fn of(&self, ended: &[Ended], now: Timestamp) -> Vec<TaskNumber> {
        let mut named: Vec<&Ended> = ended
            .iter()
            .filter(|task| self.outcomes.is_empty() || self.outcomes.contains(&task.outcome))
            .collect();
        named.sort_unstable_by_key(|task| (task.at, task.number));
        let may_go = named.len().saturating_sub(self.keep.unwrap_or(0));
        named[..may_go]
            .iter()
            .filter(|task| self.is_old(task.at, now))
            .map(|task| task.number)
            .collect()
    }

    /// When the next of those that stayed becomes too old, as long as nothing else ends; None: never.
    #[must_use]
    pub fn due(&self, ended: &[Ended], now: Timestamp) -> Option<Timestamp> {
        let age = self.older_than?;
        let stayed = ended.iter().filter(|task| !self.is_old(task.at, now));
        stayed.map(|task| task.at.after(age)).min()
    }

    fn is_old(&self, at: Timestamp, now: Timestamp) -> bool {
        self.older_than.is_none_or(|age| at.after(age) <= now)
    }
}

#[cfg(test)]
mod tests;
