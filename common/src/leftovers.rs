//! Clearing what a batch left behind: one way for takeover, force, timeouts, failed attempts and
//! the command line.
//!
//! A process belongs to a batch if it holds the batch lock or bears its key in its environment. Both
//! are asked for, since each gets lost: `env -i` drops the key, Python's `subprocess` the descriptor.
//! Where we may not look, the recorded process group and session decide.

mod search;
mod sweep;

use std::fmt;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::batch_lock::{BatchLock, BatchLocks};
use crate::id::TaskNumber;
use crate::lock_error::LockError;
use crate::process::{ProcessId, wait_for_any};

use search::Search;
pub(crate) use search::{Environment, environment};
use sweep::{Sweep, sweep};

/// The variable that carries the key of a batch to all its processes.
pub const BATCH_KEY_VARIABLE: &str = "LONGHAUL_BATCH_KEY";

const FIRST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
const FIRST_REPORT: Duration = Duration::from_millis(100);
/// How many processes are named where there are many.
const NAMED: usize = 5;

/// The batch whose processes are meant.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// The locks of the store.
    pub locks: &'a BatchLocks,
    /// The task.
    pub task: TaskNumber,
    /// The slot of the task.
    pub slot: u16,
    /// The keys its processes may bear: that of the batch or of the hook that may be in flight.
    pub keys: &'a [&'a str],
    /// Processes that are never killed. The caller's own is always spared, and so is process 1.
    pub spare: &'a [ProcessId],
}

/// A process of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// Its number.
    pub pid: ProcessId,
    /// What its program calls itself; not safe for a terminal. `?` where we may not know.
    pub name: String,
    /// Why it is taken for one of the batch.
    pub evidence: Evidence,
}

/// What shows that a process belongs to a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// It bears the key in its environment.
    Key,
    /// It holds the lock.
    Lock,
    /// It is the very process that was recorded.
    Record,
    /// We may not look into it, and it is in the recorded process group and session.
    Group,
}

/// A process that is still there, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Survivor {
    /// The process.
    pub process: Process,
    /// What keeps it.
    pub reason: Survival,
}

/// Why a process was not killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Survival {
    /// We may not signal it.
    NotPermitted,
    /// It was killed and does not die: it waits in the kernel.
    Dying,
    /// It hangs in its exec, and it can't be told yet whether it is one of the batch.
    Starting,
    /// It was to be spared, or starts and clears batches itself.
    Spared,
}

/// What the clearing waits for.
#[derive(Clone, Debug)]
pub struct Stubborn {
    /// Since when it has been clearing.
    pub waited: Duration,
    /// Who is still there. With nobody in it the lock is held by a process that can't be seen from
    /// here, such as one in another PID namespace.
    pub survivors: Vec<Survivor>,
}

/// The batch is over: none of its processes is left, and its lock is ours.
#[derive(Debug)]
pub struct Cleared {
    /// The lock, for the next batch or to be dropped.
    pub lock: BatchLock,
    /// Who was killed.
    pub killed: Vec<Process>,
}

/// What was reached when the caller gave up.
#[derive(Debug)]
pub struct GivenUp {
    /// The lock, if it is ours nevertheless.
    pub lock: Option<BatchLock>,
    /// Who was killed.
    pub killed: Vec<Process>,
    /// Who is still there.
    pub stubborn: Stubborn,
}

/// Why a batch was not cleared.
#[derive(Debug, thiserror::Error)]
pub enum ClearError {
    /// The system refused.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The caller did not want to wait any longer.
    #[error("something of the batch still runs: {}", .0.stubborn)]
    GivenUp(Box<GivenUp>),
}

/// Kills whatever of a batch still runs, and waits until none of it is left and its lock is ours.
///
/// A caller that holds the lock passes it in and gets it back. `on_stubborn` is called after 100 ms,
/// then at growing intervals up to 1 s, and ends the clearing with [`ControlFlow::Break`].
///
/// # Errors
/// [`ClearError::GivenUp`] when `on_stubborn` said so; [`ClearError::Lock`] when the lock or `/proc`
/// can't be used (the lock passed in is dropped then).
pub fn clear(
    batch: &Batch<'_>,
    held: Option<BatchLock>,
    mut on_stubborn: impl FnMut(&Stubborn) -> ControlFlow<()>,
) -> Result<Cleared, ClearError> {
    let began = Instant::now();
    let mut lock = held;
    let mut killed = Vec::new();
    let mut pause = FIRST_PAUSE;
    let mut interval = FIRST_REPORT;
    let mut next_report = began + interval;
    loop {
        // The lock before the look: while it is ours no child of a dead worker can be on its way to
        // its exec, not bearing the key yet.
        if lock.is_none() {
            lock = batch.locks.lock(batch.task, batch.slot)?;
        }
        let search = Search::new(batch)?;
        let Sweep { ends, survivors } =
            sweep(&search, &mut killed).map_err(LockError::io("look through", proc()))?;
        let none_left = ends == 0
            && survivors
                .iter()
                .all(|(survivor, _)| survivor.reason == Survival::Spared);
        lock = match lock {
            Some(lock) if none_left => return Ok(Cleared { lock, killed }),
            other => other,
        };
        if Instant::now() >= next_report {
            let stubborn = Stubborn {
                waited: began.elapsed(),
                survivors: survivors.iter().map(|(who, _)| who.clone()).collect(),
            };
            if on_stubborn(&stubborn).is_break() {
                return Err(ClearError::GivenUp(Box::new(GivenUp {
                    lock,
                    killed,
                    stubborn,
                })));
            }
            interval = (interval * 2).min(LONGEST_PAUSE);
            next_report = Instant::now() + interval;
        }
        if ends > 0 {
            pause = FIRST_PAUSE;
            continue;
        }
        let until_report = next_report.saturating_duration_since(Instant::now());
        wait_for_any(
            survivors.iter().map(|(_, handle)| handle),
            pause.min(until_report),
        )
        .map_err(LockError::io("wait for processes in", proc()))?;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// The processes of a batch that run now, without killing any; those to be spared are left out.
///
/// # Errors
/// [`LockError`] when the lock file or `/proc` can't be used.
pub fn find(batch: &Batch<'_>) -> Result<Vec<Process>, LockError> {
    sweep::look(&Search::new(batch)?).map_err(LockError::io("look through", proc()))
}

/// Processes by number and name, the first few of them. Not safe for a terminal.
#[must_use]
pub fn roll(processes: &[Process]) -> String {
    let (named, others) = processes.split_at(processes.len().min(NAMED));
    let named: Vec<String> = named.iter().map(Process::to_string).collect();
    match others.len() {
        0 => named.join(", "),
        others => format!("{} and {others} more", named.join(", ")),
    }
}

fn proc() -> &'static Path {
    Path::new("/proc")
}

impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.pid, self.name.escape_default())
    }
}

impl fmt::Display for Survivor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = match self.reason {
            Survival::NotPermitted => "which we may not kill",
            Survival::Dying => "which was killed and does not die",
            Survival::Starting => "which hangs while it starts",
            Survival::Spared => "which is spared",
        };
        write!(f, "process {}, {reason}", self.process)
    }
}

impl fmt::Display for Stubborn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.survivors.is_empty() {
            return f.write_str("a process that can't be seen from here holds its lock");
        }
        for (index, survivor) in self.survivors.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{survivor}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
