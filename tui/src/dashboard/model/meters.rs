//! What tasks and workers use of processors and memory, as it was measured last.

use std::collections::BTreeMap;
use std::time::Duration;

use longhaul_common::id::{TaskNumber, WorkerNumber};
use longhaul_common::process::ProcessId;
use longhaul_common::time::Timestamp;
use longhaul_common::usage::Used;

/// What was measured longer ago is not shown any more. Short batches give something now and then:
/// between two of them there is no process.
const KEPT: Duration = Duration::from_secs(10);

/// What is on the screen of what can be measured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Metered {
    /// Tasks that run commands, and the highest slot in which they may.
    pub(crate) tasks: BTreeMap<TaskNumber, u16>,
    /// Workers and their processes.
    pub(crate) workers: BTreeMap<WorkerNumber, ProcessId>,
}

impl Metered {
    pub(crate) fn is_empty(&self) -> bool {
        self.tasks.is_empty() && self.workers.is_empty()
    }
}

/// What was measured: those that have no process just now are missing.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Measured {
    pub(crate) tasks: Vec<(TaskNumber, Used)>,
    pub(crate) workers: Vec<(WorkerNumber, Used)>,
}

/// What is known of what is used.
#[derive(Default)]
pub(crate) struct Meters {
    tasks: BTreeMap<TaskNumber, Reading>,
    workers: BTreeMap<WorkerNumber, Reading>,
}

struct Reading {
    at: Timestamp,
    used: Used,
    /// When the share of a processor was measured.
    cores_at: Timestamp,
}

impl Meters {
    /// Takes in what was measured; whether that is news.
    pub(crate) fn take(&mut self, measured: Measured, now: Timestamp) -> bool {
        let tasks = take(&mut self.tasks, measured.tasks, now);
        take(&mut self.workers, measured.workers, now) || tasks
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// What a task uses.
    pub(crate) fn task(&self, task: TaskNumber, now: Timestamp) -> Option<Used> {
        self.tasks.get(&task)?.by(now)
    }

    /// What a worker's own process uses.
    pub(crate) fn worker(&self, worker: WorkerNumber, now: Timestamp) -> Option<Used> {
        self.workers.get(&worker)?.by(now)
    }
}

impl Reading {
    fn by(&self, now: Timestamp) -> Option<Used> {
        (now.since(self.at) <= KEPT).then_some(self.used)
    }
}

fn take<K: Ord + Copy>(
    known: &mut BTreeMap<K, Reading>,
    measured: Vec<(K, Used)>,
    now: Timestamp,
) -> bool {
    let count = known.len();
    known.retain(|_, reading| reading.by(now).is_some());
    let mut news = known.len() != count;
    for (key, mut used) in measured {
        let before = known.get(&key);
        let mut cores_at = now;
        if let (None, Some(before)) = (used.cores, before)
            && now.since(before.cores_at) <= KEPT
        {
            used.cores = before.used.cores;
            cores_at = before.cores_at;
        }
        news |= before.is_none_or(|before| before.used != used);
        known.insert(
            key,
            Reading {
                at: now,
                used,
                cores_at,
            },
        );
    }
    news
}

#[cfg(test)]
mod tests;
